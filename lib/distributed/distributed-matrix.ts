/** X whose rows are with the ranks, as rank 0 sees it. */
import { checkColumnList, checkProduct, checkRange, checkScale } from '../backends/arguments.js';
import type { Chunked, DataMatrix, Precision, RowRange } from '../backends/backend.js';
import type { Frame } from '../backends/frame.js';
import { PlanesearchError } from '../core/errors.js';
import type { Leader } from './leader.js';
import type { Placement } from './placement.js';

export interface MatrixPlace {
  readonly id: number;
  readonly columns: number;
  readonly precision: Precision;
  readonly frame: Frame;
  readonly placement: Placement;
  /** The rank that holds it, of every part. */
  readonly owners: readonly number[];
  /** Where the parts are chunks of X, of which many. */
  readonly chunkOf: Chunked | null;
}

export class DistributedMatrix implements DataMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly precision: Precision;
  readonly frame: Frame;
  /** Products asked for; that the parts have made as many a test can see. */
  readonly counts = { multiply: 0, multiplyTransposed: 0, gram: 0 };
  readonly offers = ['gram'] as const;
  #disposed = false;

  constructor(
    readonly leader: Leader,
    readonly place: MatrixPlace,
  ) {
    this.rows = place.placement.rows;
    this.columns = place.columns;
    this.precision = place.precision;
    this.frame = place.frame;
  }

  async multiply(W: Float64Array, width: number, given?: RowRange): Promise<Float64Array> {
    const { id: matrix, placement } = this.place;
    const range = checkRange(given, this.rows);
    checkProduct('W', W, this.columns, width);
    const ranges = placement.ranges(range);
    const { parts } = await this.leader.run({ op: 'multiply', matrix, W, width, ranges });
    this.counts.multiply += range.count / this.rows;
    return placement.gather(listsOf(parts, placement.parts), width, range);
  }

  async multiplyTransposed(R: Float64Array, width: number, given?: RowRange): Promise<Float64Array> {
    const { id: matrix, placement, owners } = this.place;
    const range = checkRange(given, this.rows);
    checkProduct('R', R, range.count, width);
    const rows = new Map(placement.scatter(R, width, range).entries());
    const command = { op: 'multiplyTransposed', matrix, width, ranges: placement.ranges(range) } as const;
    const { sum } = await this.leader.run(command, rows, owners);
    this.counts.multiplyTransposed += range.count / this.rows;
    return sum;
  }

  async gram(scale: Float64Array, stride: number, rows = this.rows): Promise<Float64Array> {
    const { id: matrix, placement, owners } = this.place;
    const range = checkScale(scale, stride, rows, this.rows);
    const every = new Float64Array(rows);
    for (let i = 0; i < rows; i += stride) every[i] = scale[i / stride]!;
    const scales = new Map(placement.scatter(every, 1, range).entries());
    const { sum } = await this.leader.run({ op: 'gram', matrix, chosen: null }, scales, owners);
    this.counts.gram += rows / this.rows;
    return sum;
  }

  async gramOf(chosen: Uint32Array, scale: Float64Array): Promise<Float64Array> {
    checkColumnList(chosen, this.columns);
    const { id: matrix, placement, owners } = this.place;
    const range = checkScale(scale, 1, this.rows, this.rows);
    const scales = new Map(placement.scatter(scale, 1, range).entries());
    const { sum } = await this.leader.run({ op: 'gram', matrix, chosen }, scales, owners);
    this.counts.gram += (chosen.length / this.columns) ** 2;
    return sum;
  }

  async columnBlock(): Promise<Float64Array> {
    throw new PlanesearchError('INCOMPATIBLE', 'Columns of X whose rows are with several ranks are not to be had.');
  }

  /** Rows that the parts have multiplied so far: X W, X' R, gram. */
  async counted(): Promise<Float64Array> {
    return (await this.leader.run({ op: 'count', matrix: this.place.id })).sum;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.leader.forget({ op: 'dispose', matrix: this.place.id, loss: null });
  }
}

const EMPTY = new Float64Array(0);

/** Of every part its numbers, none where a part has none. */
export function listsOf(parts: ReadonlyMap<number, unknown>, count: number): Float64Array[] {
  return Array.from({ length: count }, (_, part) => (parts.get(part) as Float64Array | undefined) ?? EMPTY);
}
