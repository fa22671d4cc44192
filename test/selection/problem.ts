/** Small problems for which a penalty is to be chosen, and ridge regression by its normal equations. */
import type { Backend, Precision } from '../../lib/backends/backend.js';
import { createRandom } from '../../lib/core/random.js';
import { linear } from '../../lib/networks/index.js';
import { fitAt, type PenaltyProblem } from '../../lib/selection/penalty-problem.js';
import { chooseParts } from '../../lib/train-parts.js';
import { programOf } from '../../lib/networks/program.js';
import { normals, smallProblem, type ProblemOptions } from '../support/problems.js';

export interface Made {
  readonly problem: PenaltyProblem;
  readonly x: Float64Array;
}

export async function penaltyProblem(
  backend: Backend,
  {
    offset = false,
    scale = 1,
    precision,
    ...options
  }: ProblemOptions & { offset?: boolean; scale?: number; precision?: Precision } = {},
): Promise<Made> {
  const { network = linear(), rows = 40 } = options;
  const small = smallProblem({ ...options, rows });
  const { columns, architecture, layers, loss, targets, sampleWeights } = small;
  const x = small.x.map((value) => value * scale);
  const outputs = programOf(architecture).outputs;
  const offsets = offset ? normals(createRandom(9), rows * outputs) : undefined;
  const matrix = await backend.matrix({ kind: 'dense', values: x, rows, columns }, { precision });
  const problem: PenaltyProblem = {
    backend,
    matrix,
    architecture,
    network,
    loss,
    targets,
    offsets,
    sampleWeights,
    penalize: 'given',
    start: { inFrame: network.initialize(architecture, createRandom(2)) },
    seed: 0,
    parts: () => chooseParts({}, layers),
  };
  return { problem, x };
}

/** Iterations until nothing moves. */
export const TIGHT = { iterations: 2000, tolerance: 1e-16 };

export function tightFit(
  problem: PenaltyProblem,
  l2: number,
  weights = problem.sampleWeights,
  start = problem.start,
): Promise<Float64Array> {
  return fitAt(problem, l2, weights, start, TIGHT);
}

/** argmin sum_i s_i (o_i - y_i)^2 / 2 + (l2/2) |w|^2, by elimination: d weights, then the bias. */
export function ridge(x: Float64Array, y: Float64Array, s: Float64Array, l2: number): Float64Array {
  const rows = y.length;
  const columns = x.length / rows;
  const size = columns + 1;
  const at = (i: number, j: number): number => (j < columns ? x[i * columns + j]! : 1);
  const system = Array.from({ length: size }, (_, j) =>
    Array.from({ length: size + 1 }, (_, m) => {
      let sum = j === m && j < columns ? l2 : 0;
      for (let i = 0; i < rows; i++) sum += s[i]! * at(i, j) * (m < size ? at(i, m) : y[i]!);
      return sum;
    }),
  );
  for (let k = 0; k < size; k++)
    for (let j = 0; j < size; j++) {
      if (j === k) continue;
      const factor = system[j]![k]! / system[k]![k]!;
      for (let m = k; m <= size; m++) system[j]![m]! -= factor * system[k]![m]!;
    }
  return Float64Array.from(system, (row, k) => row[size]! / row[k]!);
}

export function predictRow(x: Float64Array, i: number, theta: Float64Array): number {
  const columns = theta.length - 1;
  let sum = theta[columns]!;
  for (let j = 0; j < columns; j++) sum += x[i * columns + j]! * theta[j]!;
  return sum;
}
