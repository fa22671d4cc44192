import type { Split } from '../core/objective.js';
import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { holdGrowth } from './growth-limit.js';
import type { StepRule } from './step-rule.js';

/** Most that one iteration may move the weights of a layer, in units of their norm; networks with hidden layers only. */
const GROWTH_LIMIT = 1;

/** What `line`, `plane` and `layerwise` share: minimize phi over the whole subspace; they differ in the subspace. */
export function exactSearch(name: string, split: Split, maxMemory: number, solver: SubspaceSolver): StepRule<null> {
  return {
    name,
    split,
    maxMemory,
    safeguarded: true,
    start: () => null,
    async choose(phi) {
      const { decreased, ...solution } = await holdGrowth(phi, await solver.minimize(phi), GROWTH_LIMIT);
      return { ...solution, accepted: decreased };
    },
  };
}
