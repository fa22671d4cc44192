/**
 * A linear model's objective near a point, to second order: outputs, gradient and Hessian of the mean loss, in the frame of the matrix. Two
 * products with X and one gram of X for every pair of outputs that share curvature.
 *
 * The penalty is added when one is asked about, so that one expansion serves a whole path of them: the Newton step from the optimum of
 * one l2 leads to that of the next (exactly, for the squared loss, whose Hessian is the same everywhere and is formed once).
 */
import { Pace } from '../core/pace.js';
import { inputPenalty } from '../core/penalty.js';
import type { PenaltyProblem } from './penalty-problem.js';
import { endsStretch } from './stretch.js';

export interface Expansion {
  /** Parameter j K + a is the weight of column j for output a of K, the last K are the biases. */
  readonly point: Float64Array;
  /** Rows x K, offsets included. */
  readonly outputs: Float64Array;
  /** w_i g_i and w_i C_i of every row: slope and curvature of its loss, times its share of all weights. */
  readonly slopes: Float64Array;
  readonly curvatures: Float64Array;
  /** sum_i w_i loss_i, its gradient and its Hessian, without the penalty. */
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** @param hessian one to be kept; that of the point when absent */
export async function expand(problem: PenaltyProblem, point: Float64Array, hessian?: Float64Array): Promise<Expansion> {
  const { matrix, architecture } = problem;
  const width = architecture.tracked.outputs;
  const weights = columnsOf(point, matrix.columns, width);
  const outputs = await matrix.multiply(weights, width);
  const rows = await derivatives(problem, outputs, point.subarray(weights.length));
  const gradient = new Float64Array(point.length);
  gradient.set(await matrix.multiplyTransposed(rows.slopes, width));
  gradient.set(sums(rows.slopes, width), weights.length);
  return { point, outputs, ...rows, gradient, hessian: hessian ?? (await hessianOf(problem, rows.curvatures)) };
}

function columnsOf(point: Float64Array, columns: number, width: number): Float64Array {
  return point.subarray(0, columns * width);
}

function sums(rows: Float64Array, width: number): Float64Array {
  const total = new Float64Array(width);
  for (let from = 0; from < rows.length; from += width)
    for (let a = 0; a < width; a++) total[a] = total[a]! + rows[from + a]!;
  return total;
}

/** Adds bias and offsets to the outputs, in place. */
async function derivatives(
  { loss, targets, offsets, sampleWeights, matrix }: PenaltyProblem,
  outputs: Float64Array,
  bias: Float64Array,
): Promise<Pick<Expansion, 'slopes' | 'curvatures' | 'loss'>> {
  const { rows } = matrix;
  const mass = sampleWeights ? sampleWeights.reduce((total, s) => total + s, 0) : rows;
  const width = bias.length;
  const square = width * width;
  const targetWidth = loss.targetWidth(width);
  const [slopes, curvatures] = [new Float64Array(rows * width), new Float64Array(rows * square)];
  const [slope, curvature] = [new Float64Array(width), new Float64Array(square)];
  const pace = new Pace();
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    for (let a = 0, e = i * width; a < width; a++, e++) outputs[e] = outputs[e]! + bias[a]! + (offsets ? offsets[e]! : 0);
    const w = (sampleWeights ? sampleWeights[i]! : 1) / mass;
    sum += w * loss.row(outputs, i * width, width, targets, i * targetWidth, slope, curvature);
    for (let a = 0; a < width; a++) slopes[i * width + a] = w * slope[a]!;
    for (let e = 0; e < square; e++) curvatures[i * square + e] = w * curvature[e]!;
    if (endsStretch(i, width) && pace.due) await pace.yield();
  }
  return { slopes, curvatures, loss: sum };
}

/** That of the mean loss, of the curvatures of all rows: the gram that an expansion keeps. */
async function hessianOf({ matrix, architecture }: PenaltyProblem, curvatures: Float64Array): Promise<Float64Array> {
  const width = architecture.tracked.outputs;
  const inputs = matrix.columns + 1;
  const size = inputs * width;
  const H = new Float64Array(size * size);
  const scale = new Float64Array(matrix.rows);
  const pace = new Pace();
  for (let a = 0; a < width; a++) {
    for (let b = 0; b <= a; b++) {
      // A gram has roots of its scales: the two signs are formed apart.
      for (const sign of [1, -1]) {
        if (!gather(curvatures, a * width + b, width * width, sign, scale)) continue;
        const gram = await matrix.gram(scale, 1);
        if (width === 1 && sign === 1) {
          H.set(gram);
          continue;
        }
        for (let j = 0; j < inputs; j++) {
          for (let m = 0; m < inputs; m++) {
            const value = sign * gram[j * inputs + m]!;
            H[(j * width + a) * size + m * width + b]! += value;
            if (a !== b) H[(m * width + b) * size + j * width + a]! += value;
          }
          if (pace.due) await pace.yield();
        }
      }
    }
  }
  return H;
}

/** The part of that sign of every `stride`-th number from `at` on, as positive numbers; false where there is none. */
function gather(from: Float64Array, at: number, stride: number, sign: number, to: Float64Array): boolean {
  let some = false;
  for (let i = 0; i < to.length; i++) {
    const value = sign * from[i * stride + at]!;
    to[i] = value > 0 ? value : 0;
    if (value > 0) some = true;
  }
  return some;
}

/** The Hessian with a penalty, factorized: D^-1 L L' D^-1 with D the roots of its diagonal, so that no unit spoils the factors. */
export interface Factors {
  /** Lower triangle; what is above is of no account. */
  readonly L: Float64Array;
  /** The diagonal of D, inverted: 1 / sqrt(H_kk). */
  readonly unit: Float64Array;
  /** The penalty's diagonal, one number a parameter. */
  readonly penalty: Float64Array;
}

/** Added to the unit diagonal: what holds the constants that softmax does not see, and the rounding of float32. */
const RIDGE = { float64: 1e-9, float32: 1e-6 } as const;

/** Null where the Hessian is not positive definite to rounding. */
export async function factorize(
  problem: PenaltyProblem,
  { hessian, point }: Pick<Expansion, 'hessian' | 'point'>,
  l2: number,
): Promise<Factors | null> {
  const { matrix, backend, penalize } = problem;
  const size = point.length;
  const width = size / (matrix.columns + 1);
  const penalty = new Float64Array(size);
  inputPenalty(matrix.frame, l2, penalize).forEach((p, j) => penalty.fill(p, j * width, (j + 1) * width));
  const unit = penalty.map((p, k) => 1 / Math.sqrt(hessian[k * size + k]! + p || 1));
  const L = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let m = 0; m < k; m++) L[k * size + m] = hessian[k * size + m]! * unit[k]! * unit[m]!;
    for (let m = 0; m < k; m++) L[m * size + k] = L[k * size + m]!;
    L[k * size + k] = 1 + RIDGE[matrix.precision];
  }
  return (await backend.matrices.cholesky(L, size)) ? { L, unit, penalty } : null;
}

/** The Newton step to the optimum with the penalty, and the decrease that it promises. */
export async function newtonStep(
  { backend }: PenaltyProblem,
  { point, gradient }: Pick<Expansion, 'point' | 'gradient'>,
  { L, unit, penalty }: Factors,
): Promise<{ readonly step: Float64Array; readonly decrease: number }> {
  const step = gradient.map((g, k) => -(g + penalty[k]! * point[k]!) * unit[k]!);
  await backend.matrices.solveLeft(L, point.length, step, 1);
  let decrease = 0;
  for (let k = 0; k < step.length; k++) {
    step[k] = step[k]! * unit[k]!;
    decrease -= (step[k]! * (gradient[k]! + penalty[k]! * point[k]!)) / 2;
  }
  return { step, decrease };
}
