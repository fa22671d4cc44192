import type { SubspaceSolver } from '../subspace/subspace-solver.js';
import { exactSearch, type ExactState } from './exact.js';
import type { StepRule } from './step-rule.js';

/**
 * Layerwise subspace optimization (SO): every layer l has a learning rate a_l and momentum rates b_l of its own, all solved
 * for together. Costs the same two products with X as one fixed rate. arXiv 2406.17954.
 */
export function layerwise(solver: SubspaceSolver): StepRule<ExactState> {
  return exactSearch('layerwise', 'layers', Infinity, solver, ['several-directions']);
}
