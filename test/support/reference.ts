/**
 * The objective written from its formula, row by row and unit by unit, sharing no arithmetic with the library: the oracle
 * that values are compared with and that gradients are differentiated from.
 */
import type { LayerShape } from '../../lib/core/parameters.js';
import type { SmallProblem } from './problems.js';

const activate: Record<LayerShape['activation'], (z: number) => number> = {
  identity: (z) => z,
  tanh: (z) => 1 - 2 / (Math.exp(2 * z) + 1),
  relu: (z) => Math.max(0, z),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
};

const rowLoss: Record<string, (outputs: number[], targets: number[]) => number> = {
  squared: (o, y) => o.reduce((sum, value, a) => sum + (value - y[a]!) ** 2 / 2, 0),
  logistic: (o, y) => logSumExp([0, -y[0]! * o[0]!]),
  softmax: (o, y) => logSumExp(o) - o[y[0]!]!,
};

function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** Outputs of one row, straight from the layers. */
export function referenceOutputs(problem: SmallProblem, parameters: Float64Array, row: number): number[] {
  let h = Array.from(problem.x.subarray(row * problem.columns, (row + 1) * problem.columns));
  let offset = 0;
  for (const { inputs, outputs, activation } of problem.layers) {
    const bias = offset + inputs * outputs;
    h = Array.from({ length: outputs }, (_, a) => {
      const z = h.reduce((sum, value, j) => sum + value * parameters[offset + j * outputs + a]!, parameters[bias + a]!);
      return activate[activation](z);
    });
    offset = bias + outputs;
  }
  return h;
}

/** (1/sum s) sum_i s_i loss(o_i, y_i) + (l2/2) ||weights||^2 */
export function referenceObjective(problem: SmallProblem, parameters: Float64Array, l2: number): number {
  const { rows, loss, layers, targets, sampleWeights } = problem;
  const width = loss.targetWidth(layers.at(-1)!.outputs);
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const weight = sampleWeights?.[i] ?? 1;
    const y = Array.from(targets.subarray(i * width, (i + 1) * width));
    sum += weight * rowLoss[loss.name]!(referenceOutputs(problem, parameters, i), y);
    total += weight;
  }
  return sum / total + (l2 / 2) * penalized(layers, parameters).reduce((squares, w) => squares + w * w, 0);
}

/** All weights, without the biases. */
export function penalized(layers: readonly LayerShape[], parameters: Float64Array): number[] {
  const weights: number[] = [];
  let offset = 0;
  for (const { inputs, outputs } of layers) {
    weights.push(...parameters.subarray(offset, offset + inputs * outputs));
    offset += (inputs + 1) * outputs;
  }
  return weights;
}

/** a + scale b */
export function plus(a: Float64Array, scale: number, b: Float64Array): Float64Array {
  return a.map((value, e) => value + scale * b[e]!);
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let e = 0; e < a.length; e++) sum += a[e]! * b[e]!;
  return sum;
}

/** Largest |a - b| relative to the largest |b| (to 1 when b is smaller than that). */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let error = 0;
  let size = 1;
  for (let e = 0; e < b.length; e++) {
    const difference = Math.abs(a[e]! - b[e]!);
    if (!(difference <= error)) error = difference;
    size = Math.max(size, Math.abs(b[e]!));
  }
  return error / size;
}
