import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { exactSearch, type ExactState } from './exact.js';
import type { StepRule } from './step-rule.js';

/**
 * Line optimization (LO): t = argmin_a f(theta + a d), solved precisely instead of to a sufficient decrease.
 * arXiv 2406.17954; greedy Newton, arXiv 2401.06809.
 */
export function line(solver: SubspaceSolver): StepRule<ExactState> {
  return exactSearch('line', 'joint', 0, solver);
}
