/**
 * What a user gets who chooses nothing: direction, step rule, solver and memory for the problem at hand.
 *
 * Up to `METRIC_COLUMNS` features the Kronecker metric pays: it knows scales and correlations of the inputs from the first
 * iteration. L-BFGS pairs on top of it correct what the metric gets wrong, and the last step as a further column costs no product with
 * X; more of them brought no fewer products and take time. One rate for all layers, not one for each: with the metric's
 * lengths, rates of their own help on tables and hurt near separable relu problems. Beyond that the metric's (d + 1) x (d + 1) factor is
 * too much, and plain L-BFGS takes its place.
 * Measured by `bench/auto.mjs`.
 */
import type { LayerShape } from './core/parameters.js';
import type { DirectionName } from './directions/index.js';
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
}

export function chooseAutomatically(layers: readonly LayerShape[]): AutoChoice {
  const metric = layers.every(({ inputs, outputs }) => Math.max(inputs, outputs) <= METRIC_COLUMNS);
  const direction = metric ? 'kronecker-lbfgs' : 'lbfgs';
  return { direction, steps: 'plane', solver: 'gauss-newton', memory: pastSteps(direction) };
}

/** Past steps that go well with a direction: the pairs of L-BFGS hold what more than one would bring; others gain from three. */
export function pastSteps(direction: string): number {
  return direction === 'lbfgs' || direction === 'kronecker-lbfgs' ? 1 : 3;
}
