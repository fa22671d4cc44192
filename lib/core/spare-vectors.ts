/**
 * Arrays of one length that nobody reads any more, to be written anew. The system clears every page that it hands out, and collects what
 * is dropped: for a million parameters that takes longer than the algebra that fills them.
 *
 * Whoever gives an array back was its only owner and forgets it.
 */
export class SpareVectors {
  readonly #spare: Float64Array[] = [];

  constructor(readonly size: number) {}

  /** Contents are what they were. */
  take(): Float64Array {
    return this.#spare.pop() ?? new Float64Array(this.size);
  }

  give(vector: Float64Array): void {
    if (vector.length === this.size && !this.#spare.includes(vector)) this.#spare.push(vector);
  }
}
