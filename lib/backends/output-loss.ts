/** The loss over rows of outputs: targets, offsets and row weights at hand, copied from the caller's memory. */
import type { Loss } from '../losses/loss.js';
import type { Interpreter } from '../networks/interpreter.js';
import { checkArray } from './arguments.js';
import type { TrackedLossSpec } from './backend.js';

export class OutputLoss {
  readonly loss: Loss;
  readonly width: number;
  /** One per row; those of the sample add up to 1. */
  readonly weights: Float64Array;
  readonly #given: Float64Array | null;
  readonly #total: number | undefined;
  readonly #targets: Float64Array;
  readonly #targetWidth: number;
  readonly #offsets: Float64Array | null;
  #shifted = new Float64Array(0);

  constructor(spec: TrackedLossSpec, width: number) {
    const { loss, targets, offsets, sampleWeights, matrix, range } = spec;
    const rows = range?.count ?? matrix.rows;
    this.loss = loss;
    this.width = width;
    this.#targetWidth = loss.targetWidth(width);
    checkArray('The targets', targets, rows * this.#targetWidth, `${rows} rows x ${this.#targetWidth}`);
    if (offsets) checkArray('The offsets', offsets, rows * width, `${rows} rows x ${width} outputs`);
    if (sampleWeights) checkArray('The sample weights', sampleWeights, rows, 'one per row');
    this.#targets = targets.slice();
    this.#offsets = offsets?.slice() ?? null;
    this.weights = new Float64Array(rows);
    this.#given = sampleWeights?.slice() ?? null;
    this.#total = spec.totalWeight;
  }

  /** Has the weights of the rows [from, end) sum to 1, or to their share of the total weight. */
  weigh(from: number, end: number): void {
    let total = this.#total ?? 0;
    if (this.#total === undefined) for (let i = from; i < end; i++) total += this.#given?.[i] ?? 1;
    for (let i = from; i < end; i++) this.weights[i] = total > 0 ? (this.#given?.[i] ?? 1) / total : 0;
  }

  /** What the loss sees for the block of rows [from, from + rows) that `net` has computed: its outputs plus the offsets. */
  outputs(net: Interpreter, from: number, rows: number): Float64Array {
    if (!this.#offsets) return net.outputs;
    const size = rows * this.width;
    if (this.#shifted.length < size) this.#shifted = new Float64Array(size);
    const start = from * this.width;
    for (let e = 0; e < size; e++) this.#shifted[e] = net.outputs[e]! + this.#offsets[start + e]!;
    return this.#shifted;
  }

  /** Loss of row `from` + i with outputs in row i of `o`. */
  row(o: Float64Array, i: number, from: number, slope: Float64Array | null, curvature: Float64Array | null): number {
    return this.loss.row(o, i * this.width, this.width, this.#targets, (from + i) * this.#targetWidth, slope, curvature);
  }

  /** Likewise turns signs `e` into C^(1/2) e. */
  curvatureRoot(o: Float64Array, i: number, from: number, e: Float64Array): void {
    this.loss.curvatureRoot!(o, i * this.width, this.width, this.#targets, (from + i) * this.#targetWidth, e);
  }
}
