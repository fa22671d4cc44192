import { dataError } from './data-error.js';
import type { DenseData } from './dense.js';

export interface Standardization {
  readonly mean: Float64Array;
  /** Positive. */
  readonly scale: Float64Array;
}

/**
 * Means and standard deviations of columns in two passes over the rows, each in as many stretches as one likes.
 *
 * Distances to the first row are summed, not the values themselves: a constant column then has exactly spread 0, where
 * the sum of n times 0.1 rounds to a spread of 1e-17 by which to divide. Squares are taken of distances relative to the
 * longest one, so that they neither overflow nor vanish.
 */
export class ColumnMoments {
  readonly #origin: Float64Array;
  /** Mean distance to the origin. */
  readonly #mean: Float64Array;
  readonly #longest: Float64Array;
  readonly #spread: Float64Array;

  constructor(private readonly data: DenseData) {
    this.#origin = Float64Array.from(data.values.subarray(0, data.columns));
    this.#mean = new Float64Array(data.columns);
    this.#longest = new Float64Array(data.columns);
    this.#spread = new Float64Array(data.columns);
  }

  /** First pass, rows [from, to). */
  addToMeans(from: number, to: number): void {
    const { values, rows, columns } = this.data;
    const origin = this.#origin;
    const mean = this.#mean;
    const longest = this.#longest;
    for (let start = from * columns; start < to * columns; start += columns) {
      for (let j = 0; j < columns; j++) {
        const distance = values[start + j]! - origin[j]!;
        mean[j]! += distance / rows;
        if (Math.abs(distance) > longest[j]!) longest[j] = Math.abs(distance);
      }
    }
  }

  /** Second pass, when the first is complete. */
  addToSpreads(from: number, to: number): void {
    const { values, rows, columns } = this.data;
    const origin = this.#origin;
    const mean = this.#mean;
    const spread = this.#spread;
    const unit = this.#longest.map((length) => (length === 0 ? 1 : length));
    for (let start = from * columns; start < to * columns; start += columns) {
      for (let j = 0; j < columns; j++) {
        const relative = (values[start + j]! - origin[j]! - mean[j]!) / unit[j]!;
        spread[j]! += (relative * relative) / rows;
      }
    }
  }

  result(): Standardization {
    const mean = this.#mean.map((distance, j) => this.#origin[j]! + distance);
    const scale = this.#longest.map((length, j) => (length === 0 ? 1 : length * Math.sqrt(this.#spread[j]!)));
    scale.forEach((deviation, j) => {
      if (deviation > 0 && deviation < Infinity) return;
      const name = this.data.columnNames?.[j] ?? `column ${j}`;
      const sentence = `The standard deviation of ${name} must be within the range of float64, but is ${deviation}.`;
      throw dataError(sentence, 'a positive finite number', String(deviation));
    });
    return { mean, scale };
  }
}
