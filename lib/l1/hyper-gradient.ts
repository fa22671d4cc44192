/**
 * The derivative of the loss of held-out rows by the strengths of an l1 penalty or an elastic net, by nonsmooth implicit differentiation
 * (arXiv 2403.11687; for sparse models arXiv 2002.08943).
 *
 * A fit is a fixed point of the proximal gradient step, w = S(w - eta (g + P w)) with S the soft thresholding by eta lambda. S does not move
 * weights that are 0 (strictly: |g| < lambda), and shifts the others by -eta lambda sign w. With A those that are not 0, and the biases,
 * differentiating both sides by the logarithms of the strengths leaves
 *
 *     H_AA dw_A  =  -(lambda sign w)_A  d log l1  -  (P w)_A  d log l2            H = F'' + P
 *
 *     dV / d log l1 = -v' lambda sign w,   dV / d log l2 = -v' P w,   H_AA v_A = (grad V)_A,  v = 0 elsewhere
 *
 * one system of the size of A: of one output and few such weights by one gram of their columns, otherwise by products with F'' as in
 * `lib/selection/hyper-gradient.ts`. Where a weight is about to enter or to leave, V has a kink, and this is the slope of one side of it.
 */
import { blockOf, weightBlock } from '../core/parameters.js';
import { inputPenalty } from '../core/penalty.js';
import { programOf } from '../networks/program.js';
import { adjointAt, type HyperGradient, type HyperGradientOptions } from '../selection/hyper-gradient.js';
import { inMatrixFrame, type PenaltyProblem } from '../selection/penalty-problem.js';
import { RowDerivatives } from '../selection/row-derivatives.js';
import type { L1Strength } from './fit.js';
import { inputL1 } from './objective.js';
import { MOST_WEIGHTS } from './working-set.js';

export interface L1HyperGradient extends Omit<HyperGradient, 'slopes'> {
  /** dV / d log l1 and dV / d log l2; their sum is the derivative where both keep their ratio. */
  readonly byL1: number;
  readonly byL2: number;
}

/** Added to a unit diagonal, for columns that depend on each other. */
const RIDGE = { float64: 1e-12, float32: 1e-6 } as const;

/** @param parameters the fit over the rows of `fitted`, in the caller's units */
export async function l1HyperGradient(
  problem: PenaltyProblem,
  parameters: Float64Array,
  { l1, l2 }: L1Strength,
  options: HyperGradientOptions,
): Promise<L1HyperGradient> {
  const { matrix, architecture, penalize } = problem;
  const { layout } = programOf(architecture);
  const block = weightBlock(layout, 0);
  const point = inMatrixFrame(problem, parameters);
  const [penalty, free] = [new Float64Array(layout.size), new Uint8Array(layout.size).fill(1)];
  const inputs = inputPenalty(matrix.frame, l2, penalize);
  const [weights, own, moves] = [
    blockOf(point, block),
    blockOf(penalty, block),
    free.subarray(block.offset, block.offset + block.size),
  ];
  weights.forEach((w, k) => {
    own[k] = inputs[Math.floor(k / block.columns)]!;
    moves[k] = w === 0 ? 0 : 1;
  });
  const few = block.columns === 1 && moves.reduce((count, move) => count + move, 0) <= MOST_WEIGHTS;
  const direct = few ? await adjointByGram(problem, point, penalty, options, moves) : null;
  const solved = direct ?? (await adjointAt(problem, point, penalty, options, free));
  const lambda = inputL1(matrix.frame, l1, penalize);
  let [byL1, byL2] = [0, 0];
  blockOf(solved.adjoint, block).forEach((v, k) => {
    byL1 -= v * lambda[Math.floor(k / block.columns)]! * Math.sign(weights[k]!);
    byL2 -= v * own[k]! * weights[k]!;
  });
  return { ...solved, byL1, byL2 };
}

/** Null where a second derivative of the loss is below 0, or all together are not positive definite to rounding. */
async function adjointByGram(
  problem: PenaltyProblem,
  point: Float64Array,
  penalty: Float64Array,
  { fitted, heldOut }: HyperGradientOptions,
  moves: Uint8Array,
): Promise<Omit<HyperGradient, 'slopes'> | null> {
  const { matrix, backend } = problem;
  const rows = new RowDerivatives(problem);
  await rows.moveTo(point);
  const { gradient, loss } = await rows.gradient(heldOut);
  const columns = Uint32Array.from(moves.keys()).filter((j) => moves[j] === 1);
  const places = [...columns, moves.length];
  const edge = places.length;
  const curvatures = await rows.curvatures(fitted);
  if (!curvatures.every((c) => c >= 0)) return null;
  const H =
    columns.length > 0
      ? await matrix.gramOf(columns, curvatures)
      : Float64Array.of(curvatures.reduce((sum, c) => sum + c, 0));
  const unit = places.map((e, k) => 1 / Math.sqrt(H[k * edge + k]! + penalty[e]! || 1));
  for (let k = 0; k < edge; k++) {
    for (let m = 0; m < edge; m++) H[k * edge + m] = H[k * edge + m]! * unit[k]! * unit[m]!;
    H[k * edge + k] = 1 + RIDGE[matrix.precision];
  }
  if (!(await backend.matrices.cholesky(H, edge))) return null;
  const v = Float64Array.from(places, (e, k) => gradient[e]! * unit[k]!);
  await backend.matrices.solveLeft(H, edge, v, 1);
  const adjoint = new Float64Array(point.length);
  places.forEach((e, k) => (adjoint[e] = v[k]! * unit[k]!));
  return { loss, adjoint, products: 0, residual: 0 };
}
