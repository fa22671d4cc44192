/**
 * Which part holds which row of a matrix, and numbers on their way between rows as rank 0 counts them and rows as the parts do.
 *
 * A *part* is a piece of X that one rank holds whole, with a matrix and a tracked loss of its own. Rows keep their order within a part,
 * so that the first rows of X, or any range of them, are a range in every part. Sums are formed part by part: their bits depend on the parts,
 * not on who holds them.
 */
import type { RowRange } from '../backends/backend.js';

/** Rows between two of the counts that are kept. */
const STRIDE = 1024;

export class Placement {
  readonly rows: number;
  /** Of row i. */
  readonly #partOf: Uint16Array;
  /** How many of the first `STRIDE` * k rows are in each part. */
  readonly #counts: Uint32Array;

  constructor(
    readonly parts: number,
    partOf: Uint16Array,
  ) {
    this.rows = partOf.length;
    this.#partOf = partOf;
    const marks = Math.floor(this.rows / STRIDE) + 1;
    this.#counts = new Uint32Array(marks * parts);
    const now = new Uint32Array(parts);
    for (let i = 0; i < this.rows; i++) {
      if (i % STRIDE === 0) this.#counts.set(now, (i / STRIDE) * parts);
      now[partOf[i]!] = now[partOf[i]!]! + 1;
    }
    if (this.rows % STRIDE === 0) this.#counts.set(now, (marks - 1) * parts);
  }

  /** How many of the first rows are in each part. */
  before(rows: number): Uint32Array {
    const mark = Math.floor(rows / STRIDE);
    const counts = this.#counts.slice(mark * this.parts, (mark + 1) * this.parts);
    for (let i = mark * STRIDE; i < rows; i++) counts[this.#partOf[i]!] = counts[this.#partOf[i]!]! + 1;
    return counts;
  }

  /** A range of rows as a range in every part. */
  ranges({ from, count }: RowRange): RowRange[] {
    const first = this.before(from);
    const end = this.before(from + count);
    return Array.from(first, (start, part) => ({ from: start, count: end[part]! - start }));
  }

  /** Numbers of the rows of a range, `width` each, to the parts. */
  scatter(values: Float64Array, width: number, range: RowRange): Float64Array[] {
    const lists = this.ranges(range).map(({ count }) => new Float64Array(count * width));
    this.#visit(range, width, (part, at, row) => {
      const list = lists[part]!;
      for (let a = 0; a < width; a++) list[at + a] = values[row + a]!;
    });
    return lists;
  }

  /** And back. */
  gather(lists: readonly Float64Array[], width: number, range: RowRange): Float64Array {
    const values = new Float64Array(range.count * width);
    this.#visit(range, width, (part, at, row) => {
      const list = lists[part]!;
      for (let a = 0; a < width; a++) values[row + a] = list[at + a]!;
    });
    return values;
  }

  #visit({ from, count }: RowRange, width: number, visit: (part: number, at: number, row: number) => void): void {
    const next = new Float64Array(this.parts);
    for (let i = 0; i < count; i++) {
      const part = this.#partOf[from + i]!;
      visit(part, next[part]!, i * width);
      next[part] = next[part]! + width;
    }
  }
}

/** `total` things in a row dealt to `count` takers: where each begins, and the end. */
export function bounds(total: number, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, k) => Math.floor((k * total) / count));
}

/** Which rank holds which part: consecutive ones. */
export function ownersOf(parts: number, ranks: number): number[] {
  const owners = new Array<number>(parts);
  bounds(parts, ranks).forEach((from, rank, all) => owners.fill(rank, from, all[rank + 1] ?? from));
  return owners;
}
