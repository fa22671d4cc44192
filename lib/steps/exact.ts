import { withSettings } from '../core/identity.js';
import type { Need } from '../core/needs.js';
import type { Split } from '../core/objective.js';
import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { holdRunaway, MOST_MOVE } from './runaway-limit.js';
import type { StepRule } from './step-rule.js';

export interface ExactState {
  /** The step sizes of the iteration before, null when there were none. */
  last: Float64Array | null;
}

/** What `line`, `plane` and `layerwise` share: minimize phi over the whole subspace; they differ in the subspace. */
export function exactSearch(
  name: string,
  split: Split,
  maxMemory: number,
  solver: SubspaceSolver,
  offers: readonly Need[] = [],
): StepRule<ExactState> {
  return {
    name,
    split,
    settings: { solver: withSettings(solver) },
    maxMemory,
    safeguarded: true,
    needs: solver.needs,
    offers,
    start: () => ({ last: null }),
    async choose(phi, state, { unitStep }) {
      // A quasi-Newton direction comes with its length; of others the last rates tell the size, if the subspace has not
      // changed.
      const guess = unitStep ? phi.main : state.last?.length === phi.dimension ? state.last : null;
      const { decreased, ...solution } = await holdRunaway(phi, await solver.minimize(phi, guess), MOST_MOVE);
      state.last = decreased ? solution.t.slice() : null;
      return { ...solution, accepted: decreased };
    },
  };
}
