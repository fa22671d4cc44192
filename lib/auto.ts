/**
 * What a user gets who chooses nothing: direction, step rule, solver and memory for the problem at hand.
 *
 * Up to `METRIC_COLUMNS` features the Kronecker metric pays: it knows scales and correlations of the inputs from the first
 * iteration. L-BFGS pairs on top of it correct what the metric gets wrong, and the last step as a further column costs no
 * product with X; more of them brought no fewer products and take time. One rate for all layers, not one for each: with the
 * metric's lengths, rates of their own help on tables and hurt near separable relu problems. Beyond that the metric's (d +
 * 1) x (d + 1) factor is too much, and plain L-BFGS takes its place; so it does where the loss, the matrix or the backend
 * lacks what the metric needs. Measured by `bench/auto.mjs`.
 */
import type { Need } from './core/needs.js';
import type { LayerShape } from './core/parameters.js';
import { directions, type Direction, type DirectionName } from './directions/index.js';
import type { StepRuleName } from './steps/index.js';
import type { SolverName } from './subspace/index.js';

/** Widest data for which the input factor is formed: its Cholesky factorization takes about 0.1 s there. */
export const METRIC_COLUMNS = 2048;

export interface AutoChoice {
  readonly direction: DirectionName;
  readonly steps: StepRuleName;
  readonly solver: SolverName;
  /** Past steps in the subspace, when the step rule can use them. */
  readonly memory: number;
  /** Why this direction, in a clause. */
  readonly reason: string;
}

/** @param offers what loss, matrix and backend have for others; everything when absent */
export function chooseAutomatically(layers: readonly LayerShape[], offers?: readonly Need[]): AutoChoice {
  const metric = directions['kronecker-lbfgs']();
  const narrow = layers.every(({ inputs, outputs }, l) => Math.max(l === 0 ? 0 : inputs, outputs) <= METRIC_COLUMNS);
  const possible = !offers || (metric.needs ?? []).every((need) => offers.includes(need));
  const direction = narrow && possible ? 'kronecker-lbfgs' : 'lbfgs';
  const reason = !narrow
    ? `no metric because a layer is wider than ${METRIC_COLUMNS}`
    : possible
      ? `the metric because no layer is wider than ${METRIC_COLUMNS}`
      : `no metric because ${(metric.needs ?? []).filter((need) => !offers!.includes(need)).join(', ')} is missing`;
  return {
    direction,
    steps: 'plane',
    solver: 'gauss-newton',
    memory: pastSteps(directions[direction]() as Direction),
    reason,
  };
}

/** Past steps that go well with a direction, three unless it says otherwise. */
export function pastSteps({ pastSteps: own = 3 }: Direction): number {
  return own;
}
