/**
 * What a user gets who chooses nothing: direction, step rule, solver and memory for the problem at hand.
 *
 * Up to `MOMENTS_COLUMNS` features the Kronecker metric pays: it knows scales and correlations of the inputs from the first
 * iteration. L-BFGS pairs on top of it correct what the metric gets wrong, and the last step as a further column costs no
 * product with X; more of them brought no fewer products and take time. One rate for all layers, not one for each: with the
 * metric's lengths, rates of their own help on tables and hurt near separable relu problems. Of wider data the metric has a
 * low-rank form. Plain L-BFGS takes its place where it does as well for less: a linear model that the penalty conditions (short rows:
 * embeddings, texts), sparse data with more columns than that; and where the loss, the matrix or the backend lacks what the metric
 * needs. A loss without slopes leaves random directions. Measured by `bench/auto.mjs`.
 */
import { MOMENTS_COLUMNS } from './core/held-columns.js';
import type { Need } from './core/needs.js';
import type { LayerShape } from './core/parameters.js';
import { directions, type Direction, type DirectionName } from './directions/index.js';
import type { StepRuleName } from './steps/index.js';
import type { SolverName } from './subspace/index.js';

export interface AutoChoice {
  readonly direction: DirectionName;
  readonly steps: StepRuleName;
  readonly solver: SolverName;
  /** Past steps in the subspace, when the step rule can use them. */
  readonly memory: number;
  /** Why this direction, in a clause. */
  readonly reason: string;
}

/** What is known of the data when a direction is chosen. */
export interface DataTraits {
  /** Whether X is stored sparse. */
  readonly sparse?: boolean;
  /** Whether the penalty alone conditions a linear model: `conditionedByPenalty`. */
  readonly conditioned?: boolean;
}

/** @param offers what loss, matrix and backend have for others; everything when absent */
export function chooseAutomatically(
  layers: readonly LayerShape[],
  offers?: readonly Need[],
  { sparse = false, conditioned = false }: DataTraits = {},
): AutoChoice {
  if (offers && !offers.includes('slopes')) {
    const parts = { direction: 'zeroth-order', steps: 'backtracking', solver: 'gauss-newton', memory: 0 } as const;
    return { ...parts, reason: 'the loss has no slopes' };
  }
  const against = whyNoMetric(layers, offers, sparse, conditioned);
  const direction = against === null ? 'kronecker-lbfgs' : 'lbfgs';
  const wide = layers[0]!.inputs > MOMENTS_COLUMNS;
  const reason =
    against === null
      ? `the metric${wide ? ', in low rank,' : ''} because ${wide ? 'X is dense' : `no layer is wider than ${MOMENTS_COLUMNS}`}`
      : `no metric because ${against}`;
  return {
    direction,
    steps: 'plane',
    solver: 'gauss-newton',
    memory: pastSteps(directions[direction]() as Direction),
    reason,
  };
}

function whyNoMetric(
  layers: readonly LayerShape[],
  offers: readonly Need[] | undefined,
  sparse: boolean,
  conditioned: boolean,
): string | null {
  const { needs = [] } = directions['kronecker-lbfgs']();
  const missing = offers ? needs.filter((need) => !offers.includes(need)) : [];
  if (missing.length > 0) return `${missing.join(', ')} is missing`;
  if (layers.some(({ inputs, outputs }, l) => Math.max(l === 0 ? 0 : inputs, outputs) > MOMENTS_COLUMNS))
    return `a layer is wider than ${MOMENTS_COLUMNS}`;
  if (layers.length === 1 && conditioned) return 'rows are so short that the penalty conditions the problem';
  return sparse && layers[0]!.inputs > MOMENTS_COLUMNS ? `X is sparse and wider than ${MOMENTS_COLUMNS}` : null;
}

/** Past steps that go well with a direction, three unless it says otherwise. */
export function pastSteps({ pastSteps: own = 3 }: Direction): number {
  return own;
}
