/**
 * Standardization of data outside of a training: every column to mean 0 and (population) standard deviation 1. Training
 * needs none: its matrices present every column so (`lib/backends/frame.ts`).
 *
 *     x'_j = (x_j - mean_j) / scale_j        mean_j = (1/n) sum_i x_ij        scale_j = sqrt((1/n) sum_i (x_ij - mean_j)^2)
 *
 * A constant column has scale 1 and becomes zero.
 */
import { PlanesearchError } from '../core/errors.js';
import { ColumnMoments, type Standardization } from './column-moments.js';
import { checkShape, type DenseData } from './dense.js';

export type { Standardization } from './column-moments.js';

/**
 * Means and standard deviations of the columns.
 *
 * @throws PlanesearchError INVALID_DATA when a standard deviation is beyond the range of float64
 */
export function measureStandardization(data: DenseData): Standardization {
  const moments = new ColumnMoments(checkShape(data));
  moments.addToMeans(0, data.rows);
  moments.addToSpreads(0, data.rows);
  return moments.result();
}

/** A standardized copy. */
export function standardized(data: DenseData, standardization: Standardization): DenseData {
  const values = new Float64Array(checkShape(data).values.length);
  standardizeRows(data, standardization, 0, data.rows, values);
  return { ...data, values };
}

function standardizeRows(
  data: DenseData,
  standardization: Standardization,
  from: number,
  to: number,
  out: Float64Array,
): void {
  const { values, columns } = data;
  const { mean, scale } = standardization;
  if (columns !== mean.length) {
    const sentence = `The data must have ${mean.length} columns like the standardization, but has ${columns}.`;
    throw new PlanesearchError('DIMENSION_MISMATCH', sentence, { expected: `${mean.length}`, received: `${columns}` });
  }
  for (let start = from * columns; start < to * columns; start += columns) {
    for (let j = 0; j < columns; j++) out[start + j] = (values[start + j]! - mean[j]!) / scale[j]!;
  }
}
