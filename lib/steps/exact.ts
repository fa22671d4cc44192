import type { Split } from '../core/objective.js';
import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import type { StepRule } from './step-rule.js';

/** What `line`, `plane` and `layerwise` share: minimize phi over the whole subspace; they differ in the subspace. */
export function exactSearch(name: string, split: Split, maxMemory: number, solver: SubspaceSolver): StepRule<null> {
  return {
    name,
    split,
    maxMemory,
    safeguarded: true,
    start: () => null,
    async choose(phi) {
      const { decreased, ...solution } = await solver.minimize(phi);
      return { ...solution, accepted: decreased };
    },
  };
}
