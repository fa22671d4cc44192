/**
 * Standardization: every column to mean 0 and (population) standard deviation 1, and back into the weights.
 *
 *     x'_j = (x_j - mean_j) / scale_j        mean_j = (1/n) sum_i x_ij        scale_j = sqrt((1/n) sum_i (x_ij - mean_j)^2)
 *
 * A constant column has scale 1 and becomes zero. A network trained on x' acts on x with the folded parameters, so that a
 * model file needs nothing else.
 */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { dataError } from './data-error.js';
import type { DenseData } from './dense.js';

export interface Standardization {
  readonly mean: Float64Array;
  /** Positive. */
  readonly scale: Float64Array;
}

/** The matrix (inputs x outputs, row-major) and bias of one layer. */
export interface LayerParameters {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** Means and standard deviations of the columns; leaves the event loop free. */
export async function measureColumns(data: DenseData): Promise<Standardization> {
  const { values, rows, columns } = data;
  const first = values.slice(0, columns);
  // Distances to the first row, not the values themselves: a constant column then has exactly mean 0 and spread 0,
  // where 0.1 + ... + 0.1 over n rounds to a spread of 1e-17 by which to divide.
  const mean = new Float64Array(columns);
  const reach = new Float64Array(columns);
  await eachRow(data, (start) => {
    for (let j = 0; j < columns; j++) {
      const distance = values[start + j]! - first[j]!;
      mean[j]! += distance / rows;
      if (Math.abs(distance) > reach[j]!) reach[j] = Math.abs(distance);
    }
  });
  // Divided by the longest distance, squares neither overflow nor vanish.
  const spread = new Float64Array(columns);
  await eachRow(data, (start) => {
    for (let j = 0; j < columns; j++) {
      if (reach[j] === 0) continue;
      const relative = (values[start + j]! - first[j]! - mean[j]!) / reach[j]!;
      spread[j]! += (relative * relative) / rows;
    }
  });
  const scale = spread.map((square, j) => (reach[j] === 0 ? 1 : reach[j]! * Math.sqrt(square)));
  scale.forEach((deviation, j) => {
    if (deviation > 0 && deviation < Infinity) return;
    const name = data.columnNames?.[j] ?? `column ${j}`;
    const sentence = `The standard deviation of ${name} must be within the range of float64, but is ${deviation}.`;
    throw dataError(sentence, 'a positive finite number', String(deviation));
  });
  return { mean: mean.map((distance, j) => first[j]! + distance), scale };
}

/** The same for a target of one number per row. */
export function measureTarget(target: Float64Array): Promise<Standardization> {
  return measureColumns({ values: target, rows: target.length, columns: 1 });
}

/** Overwrites `data.values` by the standardized ones. */
export async function standardizeInPlace(data: DenseData, standardization: Standardization): Promise<void> {
  const { values, columns } = data;
  const { mean, scale } = standardization;
  if (columns !== mean.length) {
    const sentence = `The data must have ${mean.length} columns like the standardization, but has ${columns}.`;
    throw new PlanesearchError('DIMENSION_MISMATCH', sentence, { expected: `${mean.length}`, received: `${columns}` });
  }
  await eachRow(data, (start) => {
    for (let j = 0; j < columns; j++) values[start + j] = (values[start + j]! - mean[j]!) / scale[j]!;
  });
}

/** A standardized copy. */
export async function standardized(data: DenseData, standardization: Standardization): Promise<DenseData> {
  const copy = { ...data, values: new Float64Array(data.values) };
  await standardizeInPlace(copy, standardization);
  return copy;
}

/** First layer for raw inputs from one for standardized inputs: W_jk / scale_j, and b_k - sum_j mean_j W_jk / scale_j. */
export function foldInputs(layer: LayerParameters, inputs: Standardization): LayerParameters {
  const outputs = layer.bias.length;
  const weight = new Float64Array(layer.weight.length);
  const bias = layer.bias.slice();
  for (let j = 0; j < inputs.mean.length; j++) {
    for (let k = 0; k < outputs; k++) {
      const w = layer.weight[j * outputs + k]! / inputs.scale[j]!;
      weight[j * outputs + k] = w;
      bias[k]! -= inputs.mean[j]! * w;
    }
  }
  return { weight, bias };
}

/**
 * Output layer for the raw target from one for the standardized target: W_jk scale_k, and b_k scale_k + mean_k. Meaningful
 * where outputs and targets share a scale: `squared` loss, identity at the output.
 */
export function foldOutputs(layer: LayerParameters, target: Standardization): LayerParameters {
  const outputs = layer.bias.length;
  const { mean, scale } = target;
  return {
    weight: layer.weight.map((w, at) => w * scale[at % outputs]!),
    bias: layer.bias.map((b, k) => b * scale[k]! + mean[k]!),
  };
}

async function eachRow(data: DenseData, visit: (start: number) => void): Promise<void> {
  const pace = new Pace();
  const { length } = data.values;
  for (let start = 0; start < length; start += data.columns) {
    visit(start);
    if (pace.due) await pace.yield();
  }
}
