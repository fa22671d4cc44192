import type { Loss } from './loss.js';
import { finiteTarget, separable } from './separable.js';

/** Squared error, 1/2 ||o - y||^2; any number of outputs, one target each. */
export function squared(): Loss {
  return separable({
    name: 'squared',
    native: 'squared',
    parameters: {},
    leastSquares: true,
    codings: ['numbers'],
    targetProblem: finiteTarget('squared'),
    value: (o, y) => 0.5 * (o - y) * (o - y),
    slope: (o, y) => o - y,
    curvature: () => 1,
    growth: () => 0,
  });
}
squared.options = {};
