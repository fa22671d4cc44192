/**
 * What a linear model would lose on every row had it not seen it, without fitting again: approximate leave-one-out
 * (arXiv 1807.02694, 1801.10243).
 *
 * At the optimum of f = sum_i w_i l_i(o_i) + (1/2) theta' P theta, one Newton step to the optimum without row i changes its outputs by
 *
 *     o_i(without i) = o_i + (I - w_i A_i C_i)^-1 A_i w_i g_i        A_i = J_i H^-1 J_i',   J_i = [x_i; 1]' (x) I
 *
 * with g_i, C_i slope and curvature of l_i at o_i, and H the Hessian of f (the formula of Sherman, Morrison and Woodbury). For the squared
 * loss this is leave-one-out itself. A_i = M_i M_i' with M_i = J_i L^-T, H = L L', is one product with X of as many columns as parameters.
 *
 * From penalty to penalty the model is followed by Newton steps, whose Hessian is at hand (`newton-path.ts`): a member of the path is a gram
 * or two and a few products.
 *
 * Where rows are many, A_i is small, and M_i is projected on a few random signs: E[L^-T Omega Omega' L^-1] = H^-1. The relative error of
 * the sum of leverages is sqrt(2 / (columns x parameters)), that of a sum which is itself a small share of the loss. The signs are the
 * same for every l2, so that the losses of two of them compare. Of the few rows with a large one it is computed (`heavy-rows.ts`).
 */
import { Pace } from '../core/pace.js';
import { createRandom } from '../core/random.js';
import { expand, factorize, type Expansion, type Factors } from './expansion.js';
import { heavyRows, solveHeavyRows } from './heavy-rows.js';
import { judgeRows, type Judgement } from './judgement.js';
import { CLOSE, manyRows, optimumAt } from './newton-path.js';
import { inCallersUnits, type Effort, type PenaltyProblem } from './penalty-problem.js';
import { endsStretch } from './stretch.js';
import type { Surroundings } from './surroundings.js';

/** Parameters of which a Hessian is formed. */
export const MOST_PARAMETERS = 1024;

/** Signs on which the leverages are projected, for more parameters than that and many rows for each of them. */
const SIGNS = 16;

/** Numbers in one product of the leverages, at most. */
const NUMBERS_AT_A_TIME = 2 ** 22;

export interface LeftOut extends Judgement {
  /** The optimum, in the caller's units. */
  readonly end: Float64Array;
  readonly expansion: Expansion;
}

/**
 * Fits at `l2`, from a neighbor's expansion where there is one, and judges.
 *
 * @returns an infinite loss where the Hessian is not positive definite to rounding
 */
export async function leaveOneOut(
  problem: PenaltyProblem,
  around: Surroundings,
  l2: number,
  effort: Effort,
  neighbor: Expansion | null,
): Promise<LeftOut> {
  const { point, hessian } = await optimumAt(problem, around, l2, CLOSE, neighbor, effort);
  // That of least squares is the same everywhere; elsewhere one of a neighbor misleads by more than penalties differ.
  const expansion = await expand(problem, point, problem.loss.leastSquares ? hessian : undefined);
  const factors = await factorize(problem, expansion, l2);
  const width = problem.architecture.tracked.outputs;
  const end = inCallersUnits(problem, point);
  if (!factors) return { loss: Infinity, standardError: Infinity, end, expansion };
  const root = await inverseRoot(problem, factors, problem.seed);
  const leverages = await leveragesOf(problem, root);
  if (root.columns < factors.unit.length) {
    const others = await leveragesOf(problem, await inverseRoot(problem, factors, (problem.seed + 1) % 2 ** 32));
    await solveHeavyRows(problem, factors, heavyRows(others, expansion.curvatures, width), leverages);
  }
  const outputs = expansion.outputs.slice();
  await leaveOut(outputs, leverages, expansion);
  const { loss, standardError } = await judgeRows(problem, outputs);
  return { loss, standardError, end, expansion };
}

function part(values: Float64Array, i: number, size: number): Float64Array {
  return values.subarray(i * size, (i + 1) * size);
}

/** R with R R' = H^-1, or on average over random signs; size x columns. */
async function inverseRoot(
  { matrix }: PenaltyProblem,
  { L, unit }: Factors,
  seed: number,
): Promise<{ readonly values: Float64Array; readonly columns: number }> {
  const size = unit.length;
  const projected = size > SIGNS && manyRows({ matrix }, size);
  const columns = projected ? SIGNS : size;
  const random = createRandom(seed);
  const values = new Float64Array(size * columns);
  if (projected) for (let e = 0; e < values.length; e++) values[e] = (random.integer(2) === 0 ? -1 : 1) / Math.sqrt(columns);
  else for (let k = 0; k < size; k++) values[k * size + k] = 1;
  await solveTransposed(L, size, values, columns);
  for (let k = 0; k < size; k++) for (let e = k * columns; e < (k + 1) * columns; e++) values[e] = values[e]! * unit[k]!;
  return { values, columns };
}

/** B <- L^-T B for the lower triangle L of a size x size matrix. */
export async function solveTransposed(L: Float64Array, size: number, B: Float64Array, columns: number): Promise<void> {
  const pace = new Pace();
  for (let k = size - 1; k >= 0; k--) {
    const own = k * columns;
    const pivot = L[k * size + k]!;
    for (let c = 0; c < columns; c++) B[own + c] = B[own + c]! / pivot;
    for (let m = 0; m < k; m++) {
      const factor = L[k * size + m]!;
      if (factor === 0) continue;
      const to = m * columns;
      for (let c = 0; c < columns; c++) B[to + c] = B[to + c]! - factor * B[own + c]!;
    }
    if (pace.due) await pace.yield();
  }
}

/** A_i of every row, rows x width x width: products with a few columns of R at a time. */
async function leveragesOf(
  { matrix, architecture }: PenaltyProblem,
  root: { readonly values: Float64Array; readonly columns: number },
): Promise<Float64Array> {
  const width = architecture.tracked.outputs;
  const { rows, columns: inputs } = matrix;
  const leverages = new Float64Array(rows * width * width);
  const atATime = Math.max(1, Math.min(root.columns, Math.floor(NUMBERS_AT_A_TIME / (rows * width))));
  const pace = new Pace();
  for (let from = 0; from < root.columns; from += atATime) {
    const count = Math.min(atATime, root.columns - from);
    const panel = width * count;
    const W = new Float64Array((inputs + 1) * panel);
    for (let k = 0; k < (inputs + 1) * width; k++)
      W.set(root.values.subarray(k * root.columns + from, k * root.columns + from + count), k * count);
    const M = await matrix.multiply(W.subarray(0, inputs * panel), panel);
    const bias = part(W, inputs, panel);
    for (let i = 0; i < rows; i++) {
      if (width === 1) leverages[i]! += lengthOfSum(M, i * count, bias);
      else addOuter(shifted(M, i * panel, bias), i * panel, width, count, leverages, i * width * width);
      if (endsStretch(i, panel) && pace.due) await pace.yield();
    }
  }
  return leverages;
}

/** The squared length of a row of M plus b. */
function lengthOfSum(M: Float64Array, from: number, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < b.length; c++) {
    const value = M[from + c]! + b[c]!;
    sum += value * value;
  }
  return sum;
}

/** Adds b to a row of M, in place. */
function shifted(M: Float64Array, from: number, b: Float64Array): Float64Array {
  for (let e = 0; e < b.length; e++) M[from + e] = M[from + e]! + b[e]!;
  return M;
}

/** A += M M' for the width x count matrix M at `from`; A begins at `to`. */
function addOuter(M: Float64Array, from: number, width: number, count: number, A: Float64Array, to: number): void {
  for (let a = 0; a < width; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      const [left, right] = [from + a * count, from + b * count];
      for (let c = 0; c < count; c++) sum += M[left + c]! * M[right + c]!;
      A[to + a * width + b]! += sum;
      if (a !== b) A[to + b * width + a]! += sum;
    }
  }
}

/** Least share of its own prediction that a row leaves to the others; a projected leverage may be above 1. */
const LEAST_SHARE = 1e-6;

/** o <- o + (I - A C)^-1 A g for every row; C and g with its weight in them. */
async function leaveOut(outputs: Float64Array, leverages: Float64Array, { curvatures, slopes }: Expansion): Promise<void> {
  const width = curvatures.length / slopes.length;
  const square = width * width;
  const [system, change] = [new Float64Array(square), new Float64Array(width)];
  const pace = new Pace();
  for (let i = 0; i * width < outputs.length; i++) {
    if (width === 1) {
      const share = Math.max(LEAST_SHARE, 1 - leverages[i]! * curvatures[i]!);
      outputs[i] = outputs[i]! + (leverages[i]! * slopes[i]!) / share;
    } else {
      setUp(part(leverages, i, square), part(curvatures, i, square), part(slopes, i, width), system, change);
      eliminate(system, width, change);
      for (let a = 0; a < width; a++) outputs[i * width + a] = outputs[i * width + a]! + change[a]!;
    }
    if (endsStretch(i, square) && pace.due) await pace.yield();
  }
}

/** S = I - A C, b = A g */
function setUp(A: Float64Array, C: Float64Array, g: Float64Array, S: Float64Array, b: Float64Array): void {
  const width = g.length;
  b.fill(0);
  for (let a = 0; a < width; a++) {
    for (let e = 0; e < width; e++) {
      let sum = a === e ? 1 : 0;
      for (let c = 0; c < width; c++) sum -= A[a * width + c]! * C[c * width + e]!;
      S[a * width + e] = sum;
      b[a]! += A[a * width + e]! * g[e]!;
    }
  }
}

/** b <- S^-1 b by elimination with partial pivoting, in place. */
function eliminate(S: Float64Array, n: number, b: Float64Array): void {
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(S[i * n + k]!) > Math.abs(S[pivot * n + k]!)) pivot = i;
    if (pivot !== k) {
      for (let j = k; j < n; j++) [S[k * n + j], S[pivot * n + j]] = [S[pivot * n + j]!, S[k * n + j]!];
      [b[k], b[pivot]] = [b[pivot]!, b[k]!];
    }
    const own = S[k * n + k]! || LEAST_SHARE;
    for (let i = k + 1; i < n; i++) {
      const factor = S[i * n + k]! / own;
      for (let j = k; j < n; j++) S[i * n + j] = S[i * n + j]! - factor * S[k * n + j]!;
      b[i] = b[i]! - factor * b[k]!;
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) b[k] = b[k]! - S[k * n + j]! * b[j]!;
    b[k] = b[k]! / (S[k * n + k]! || LEAST_SHARE);
  }
}
