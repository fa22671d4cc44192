import type { Split } from '../core/objective.js';
import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { holdGrowth } from './growth-limit.js';
import type { StepRule } from './step-rule.js';

/** Most that one iteration may move the weights of a layer, in units of their norm; networks with hidden layers only. */
const GROWTH_LIMIT = 1;

export interface ExactState {
  /** The step sizes of the iteration before, null when there were none. */
  last: Float64Array | null;
}

/** What `line`, `plane` and `layerwise` share: minimize phi over the whole subspace; they differ in the subspace. */
export function exactSearch(name: string, split: Split, maxMemory: number, solver: SubspaceSolver): StepRule<ExactState> {
  return {
    name,
    split,
    maxMemory,
    safeguarded: true,
    start: () => ({ last: null }),
    async choose(phi, state, { unitStep }) {
      // A quasi-Newton direction comes with its length; of others the last rates tell the size, if the subspace has not changed.
      const guess = unitStep ? phi.main : state.last?.length === phi.dimension ? state.last : null;
      const { decreased, ...solution } = await holdGrowth(phi, await solver.minimize(phi, guess), GROWTH_LIMIT);
      state.last = decreased ? solution.t.slice() : null;
      return { ...solution, accepted: decreased };
    },
  };
}
