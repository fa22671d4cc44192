/**
 * The objective written from its formula, row by row and unit by unit, sharing no arithmetic with the library: the oracle
 * that values are compared with and that gradients are differentiated from.
 */
import type { LayerShape } from '../../lib/core/parameters.js';
import type { Loss } from '../../lib/losses/loss.js';
import { referenceRow } from '../networks/reference.js';
import type { SmallProblem } from './problems.js';

/** Sum over the outputs of one row. */
const sumOf =
  (one: (o: number, y: number) => number) =>
  (o: number[], y: number[]): number =>
    o.reduce((sum, value, a) => sum + one(value, y[a]!), 0);

/** y log y, 0 at y = 0 */
const entropy = (y: number): number => (y === 0 ? 0 : y * Math.log(y));

const rowLoss: Record<string, (outputs: number[], targets: number[]) => number> = {
  squared: sumOf((o, y) => (o - y) ** 2 / 2),
  logistic: sumOf((o, y) => logSumExp([0, -y * o])),
  softmax: (o, y) => logSumExp(o) - o[y[0]!]!,
  huber: sumOf((o, y) => (Math.abs(o - y) <= 1.35 ? (o - y) ** 2 / 2 : 1.35 * (Math.abs(o - y) - 1.35 / 2))),
  'squared-hinge': sumOf((o, y) => Math.max(0, 1 - y * o) ** 2),
  poisson: sumOf((o, y) => entropy(y) - y * o - (y - Math.exp(o))),
  gamma: sumOf((o, y) => (y - Math.exp(o)) / Math.exp(o) - Math.log(y) + o),
  tweedie: sumOf((o, y) => -4 * Math.sqrt(y) + 2 * y * Math.exp(-o / 2) + 2 * Math.exp(o / 2)),
};

/** Of one row; of several tasks the mean of theirs. */
export function referenceLoss({ name, tasks }: Pick<Loss, 'name' | 'tasks'>, o: number[], y: number[]): number {
  if (!tasks) return rowLoss[name]!(o, y);
  return tasks.reduce((sum, { loss, share, outputs, firstOutput, targets, firstTarget }) => {
    const [own, wanted] = [o.slice(firstOutput, firstOutput + outputs), y.slice(firstTarget, firstTarget + targets)];
    return sum + share * rowLoss[loss.name]!(own, wanted);
  }, 0);
}

function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** Outputs of one row, straight from the steps of the network. */
export function referenceOutputs(problem: SmallProblem, parameters: Float64Array, row: number): number[] {
  const { x, columns, architecture } = problem;
  return referenceRow(architecture, parameters, Array.from(x.subarray(row * columns, (row + 1) * columns)));
}

/** (1/sum s) sum_i s_i loss(o_i, y_i) + (l2/2) ||weights||^2 */
export function referenceObjective(problem: SmallProblem, parameters: Float64Array, l2: number): number {
  const { rows, loss, layers, targets, sampleWeights } = problem;
  const width = targets.length / rows;
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const weight = sampleWeights?.[i] ?? 1;
    const y = Array.from(targets.subarray(i * width, (i + 1) * width));
    sum += weight * referenceLoss(loss, referenceOutputs(problem, parameters, i), y);
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
