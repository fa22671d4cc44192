/**
 * The derivative of the loss of held-out rows by the penalty, by implicit differentiation.
 *
 * The fit theta(l2) of f = F + (1/2) theta' P theta over the other rows has gradient 0. Differentiated by log l2_l, l2_l the penalty of
 * layer l alone, with P_l its part of P (biases have none):
 *
 *     H dtheta + P_l theta = 0     hence     dV / d log l2_l = -v' P_l theta,    H v = grad V,    H = F'' + P
 *
 * One linear system for all layers, solved by products with H (`lanczos.ts`). For a linear network a product with F'' is X' S X v, one pair
 * of products with X. For others it is a central difference of the gradient, two pairs: F'' has more than its Gauss-Newton part, and is
 * then not positive definite where a fit has not come to a minimum; the solve ends early there, and the derivative is a rough one.
 */
import { blockOf, weightBlock } from '../core/parameters.js';
import { inputPenalty, layerL2 } from '../core/penalty.js';
import { programOf } from '../networks/program.js';
import { solveByLanczos } from './lanczos.js';
import { inMatrixFrame, isLinear, type PenaltyProblem } from './penalty-problem.js';
import { RowDerivatives } from './row-derivatives.js';

export interface HyperGradientOptions {
  /** Of the fit, and of the rows that judge: sum 1 each. */
  readonly fitted: Float64Array;
  readonly heldOut: Float64Array;
  /** Of the residual of the linear system. */
  readonly tolerance: number;
  /** Products with H. */
  readonly limit: number;
  /** v of a penalty nearby. */
  readonly start?: Float64Array | undefined;
}

/** Enough of the linear system for a derivative that is followed. */
export const SOLVE = { tolerance: 1e-2, limit: 50 } as const;

export interface HyperGradient {
  /** V at the parameters. */
  readonly loss: number;
  /** dV / d log l2_l, one per layer; their sum is the derivative by one l2 for all. */
  readonly slopes: Float64Array;
  readonly adjoint: Float64Array;
  readonly products: number;
  readonly residual: number;
}

/** @param parameters the fit over the rows of `fitted` at `l2`, and `layerPenalties` of the problem, in the caller's units */
export async function hyperGradient(
  problem: PenaltyProblem,
  parameters: Float64Array,
  l2: number,
  options: HyperGradientOptions,
): Promise<HyperGradient> {
  const { layout } = programOf(problem.architecture);
  const point = inMatrixFrame(problem, parameters);
  const penalty = penaltyOf(problem, l2);
  const solved = await adjointAt(problem, point, penalty, options);
  const slopes = Float64Array.from(layout.layers, (_, l) => {
    const block = weightBlock(layout, l);
    const [v, p, theta] = [blockOf(solved.adjoint, block), blockOf(penalty, block), blockOf(point, block)];
    return -v.reduce((sum, value, k) => sum + value * p[k]! * theta[k]!, 0);
  });
  return { ...solved, slopes };
}

/**
 * v with H v = grad V.
 *
 * @param point in the frame of the matrix
 * @param penalty the diagonal of P there
 * @param free 1 for the parameters that the system is about; the others do not move, and v is 0 for them
 */
export async function adjointAt(
  problem: PenaltyProblem,
  point: Float64Array,
  penalty: Float64Array,
  { fitted, heldOut, tolerance, limit, start }: HyperGradientOptions,
  free?: Uint8Array,
): Promise<Omit<HyperGradient, 'slopes'>> {
  const among = (v: Float64Array): Float64Array => (free ? v.map((value, k) => (free[k] === 1 ? value : 0)) : v);
  const rows = new RowDerivatives(problem);
  await rows.moveTo(point);
  const { gradient, loss } = await rows.gradient(heldOut);
  const linear = isLinear(problem.architecture);
  const multiply = async (v: Float64Array): Promise<Float64Array> => {
    const image = linear ? await rows.curvature(fitted, v) : await alongDifference(problem, point, fitted, v);
    for (let k = 0; k < v.length; k++) image[k] = image[k]! + penalty[k]! * v[k]!;
    return among(image);
  };
  // Columns of the frame have spread 1: their curvature is about that of the biases, of which no more is known.
  const diagonal = penalty.map((p) => 1 + p);
  const system = { diagonal, tolerance, limit, start: start && among(start) };
  const { solution, ...course } = await solveByLanczos(multiply, among(gradient), system, problem.backend.vectors);
  return { loss, adjoint: solution, ...course };
}

/** The diagonal of P, in the frame of the matrix. */
function penaltyOf({ matrix, architecture, penalize, layerPenalties }: PenaltyProblem, l2: number): Float64Array {
  const { layout } = programOf(architecture);
  const diagonal = new Float64Array(layout.size);
  const byLayer = layerL2({ l2, layerPenalties }, layout.layers.length);
  byLayer.forEach((own, l) => blockOf(diagonal, weightBlock(layout, l)).fill(own));
  const first = weightBlock(layout, 0);
  inputPenalty(matrix.frame, byLayer[0]!, penalize).forEach((p, j) => {
    diagonal.fill(p, first.offset + j * first.columns, first.offset + (j + 1) * first.columns);
  });
  return diagonal;
}

/** Step of a central difference, relative to the point: its error goes with the square, that of rounding with the inverse. */
const STEP = { float64: 1e-5, float32: 3e-3 } as const;

async function alongDifference(
  problem: PenaltyProblem,
  point: Float64Array,
  weights: Float64Array,
  v: Float64Array,
): Promise<Float64Array> {
  const { dot, axpy } = problem.backend.vectors;
  const length = Math.sqrt(dot(v, v));
  if (length === 0) return new Float64Array(v.length);
  const step = (STEP[problem.matrix.precision] * Math.max(1, Math.sqrt(dot(point, point)))) / length;
  const rows = new RowDerivatives(problem);
  const gradientAt = async (t: number): Promise<Float64Array> => {
    const moved = point.slice();
    axpy(t, v, moved);
    await rows.moveTo(moved);
    return (await rows.gradient(weights)).gradient;
  };
  const [ahead, behind] = [await gradientAt(step), await gradientAt(-step)];
  return ahead.map((value, k) => (value - behind[k]!) / (2 * step));
}
