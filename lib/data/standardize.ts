/**
 * Standardization: every column to mean 0 and (population) standard deviation 1, and back into the weights.
 *
 *     x'_j = (x_j - mean_j) / scale_j        mean_j = (1/n) sum_i x_ij        scale_j = sqrt((1/n) sum_i (x_ij - mean_j)^2)
 *
 * A constant column has scale 1 and becomes zero. A network trained on x' acts on x with the folded parameters, so that a
 * model file needs nothing else.
 *
 * The functions named `...Paced` do the same while leaving the event loop free.
 */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { ColumnMoments, type Standardization } from './column-moments.js';
import { checkShape, type DenseData } from './dense.js';

export type { Standardization } from './column-moments.js';

/** About half a millisecond of work. */
const VALUES_AT_A_STRETCH = 2 ** 18;

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

export async function measureStandardizationPaced(data: DenseData): Promise<Standardization> {
  const moments = new ColumnMoments(checkShape(data));
  await paced(data, (from, to) => moments.addToMeans(from, to));
  await paced(data, (from, to) => moments.addToSpreads(from, to));
  return moments.result();
}

/** A standardized copy. */
export function standardized(data: DenseData, standardization: Standardization): DenseData {
  const values = new Float64Array(checkShape(data).values.length);
  standardizeRows(data, standardization, 0, data.rows, values);
  return { ...data, values };
}

export async function standardizedPaced(data: DenseData, standardization: Standardization): Promise<DenseData> {
  const values = new Float64Array(checkShape(data).values.length);
  await paced(data, (from, to) => standardizeRows(data, standardization, from, to, values));
  return { ...data, values };
}

/**
 * Turns, in place, the parameters of a network trained on standardized inputs into those for raw inputs. The first layer
 * (weight inputs x outputs, then bias, as `layoutOf` lays them) becomes W_jk / scale_j and b_k - sum_j mean_j W_jk / scale_j.
 */
export function foldStandardization(standardization: Standardization, outputs: number, parameters: Float64Array): void {
  const { mean, scale } = standardization;
  const bias = mean.length * outputs;
  for (let j = 0; j < mean.length; j++) {
    for (let k = 0; k < outputs; k++) {
      const w = parameters[j * outputs + k]! / scale[j]!;
      parameters[j * outputs + k] = w;
      parameters[bias + k]! -= mean[j]! * w;
    }
  }
}

function standardizeRows(data: DenseData, standardization: Standardization, from: number, to: number, out: Float64Array): void {
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

async function paced(data: DenseData, work: (from: number, to: number) => void): Promise<void> {
  const pace = new Pace();
  const block = Math.max(1, Math.floor(VALUES_AT_A_STRETCH / data.columns));
  for (let from = 0; from < data.rows; from += block) {
    work(from, Math.min(from + block, data.rows));
    if (pace.due) await pace.yield();
  }
}
