/**
 * How much rounding the tracked product may have gathered, from the sizes of what was added: no product with X.
 *
 * A step D t adds sum_j t_j P_j to the tracked product. Each term brings a relative rounding error: that of one
 * operation for a fresh direction, that of its own past for a memory column, whose product was such a sum before. When
 * columns are nearly parallel, long terms cancel to a short step, and the error relative to the step is multiplied by
 * what cancelled - again and again, when that step is the next memory column. Three such iterations were seen to lose
 * eight digits.
 *
 *     error of the step  e = sum_j |t_j| |D_j| (eps + e_j),    e / |D t| for it as a memory column,
 *     drift = sum of all e / |theta|
 *
 * Only the first layer is tracked, so all lengths are those of its parameters: next to output weights of 1e100 (targets of
 * that size) everything in the first layer would seem small, whatever cancelled there.
 *
 * So a column that is no longer known well leaves the subspace, and the trainer refreshes when the drift may matter.
 */
import type { Precision } from '../backends/backend.js';

/** Relative error of a product with X. */
const PRODUCT: Record<Precision, number> = { float64: 2 ** -52, float32: 2 ** -23 };

/**
 * Relative error from which on a product counts as not known well: the objective still has all digits that a search can use. It has
 * to stay far below sqrt(p) for the smallest pivot p that a search solves with (`cholesky.ts`).
 */
export const DRIFT_LIMIT: Record<Precision, number> = { float64: 1e-10, float32: 1e-5 };

/** Plain numbers. */
export interface DriftState {
  readonly columns: readonly number[];
  readonly gathered: number;
}

export class DriftEstimate {
  /** Relative error of the product of each past step, newest first. */
  #columns: number[] = [];
  /** Error of the tracked product, in units of the parameters. */
  #gathered = 0;

  /**
   * @param memory past steps that can become columns again
   * @param precision of the products with X
   */
  constructor(
    readonly memory: number,
    readonly precision: Precision = 'float64',
  ) {}

  /** Past steps, from the newest on, whose products are known well. */
  get usable(): number {
    const bad = this.#columns.findIndex((error) => !(error <= DRIFT_LIMIT[this.precision]));
    return bad < 0 ? this.#columns.length : bad;
  }

  get gathered(): number {
    return this.#gathered;
  }

  get state(): DriftState {
    return { columns: this.#columns.slice(), gathered: this.#gathered };
  }

  resume({ columns, gathered }: DriftState): void {
    this.#columns = columns.slice();
    this.#gathered = gathered;
  }

  /** Nothing gathered, no past step. */
  restart(): void {
    this.#columns = [];
    this.#gathered = 0;
  }

  /** The tracked product has been formed anew; the products of past steps are what they were. */
  refresh(): void {
    this.#gathered = 0;
  }

  /**
   * @param lengths |t_j| |D_j| of every column in the first layer, `fresh` fresh ones first, then past steps
   * @param step |D t| there
   */
  add(lengths: readonly number[], fresh: number, step: number): void {
    const known = (j: number): number => (j < fresh ? PRODUCT[this.precision] : Number.EPSILON + this.#columns[j - fresh]!);
    const error = lengths.reduce((sum, length, j) => sum + length * known(j), 0);
    this.#columns = [step > 0 ? error / step : 0, ...this.#columns].slice(0, this.memory);
    this.#gathered += error;
  }

  /** Estimated drift relative to parameters of norm `size`. */
  relativeTo(size: number): number {
    return this.#gathered === 0 ? 0 : this.#gathered / size;
  }
}
