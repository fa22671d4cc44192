import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { exactSearch, type ExactState } from './exact.js';
import type { StepRule } from './step-rule.js';

/**
 * Plane search (PS): the learning rate and the momentum rate at once:
 *
 *     (a, b) = argmin f(theta + a d + b (theta - theta_prev))
 *
 * and with `memory` K the rates of the last K steps (supermemory gradient, Cragg & Levy 1969). The past steps' products
 * with X are known, so this costs no more products than a fixed rate. arXiv 2406.17954.
 */
export function plane(solver: SubspaceSolver): StepRule<ExactState> {
  return exactSearch('plane', 'joint', Infinity, solver, ['several-directions']);
}
