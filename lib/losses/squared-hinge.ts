/**
 * Squared hinge, max(0, 1 - y o)^2, for two classes y in {-1, +1}: the linear support vector machine with a smooth slope
 * (Chang, Hsieh & Lin 2008, jmlr.org/papers/v9/chang08a.html). With k outputs k labels, each there or not, independently.
 *
 * Where y o <= 0 the slope is 2 or longer. The curvature is 2 inside the margin and 0 outside. It jumps from 0 to 2 where a row enters the margin, so that nothing
 * known at a point bounds it elsewhere: there is no growth, and no coordinate search.
 */
import type { Loss } from './loss.js';
import { separable, signTarget } from './separable.js';

export function squaredHinge(): Loss {
  return separable({
    name: 'squared-hinge',
    native: 'squared-hinge',
    parameters: {},
    codings: ['two-classes', 'label-sets'],
    wrongSlope: 2,
    targetProblem: signTarget('squared-hinge'),
    value(o, y) {
      const short = 1 - y * o;
      return short <= 0 ? 0 : short * short;
    },
    slope(o, y) {
      const short = 1 - y * o;
      return short <= 0 ? 0 : -2 * y * short;
    },
    curvature: (o, y) => (1 - y * o > 0 ? 2 : 0),
  });
}
squaredHinge.options = {};
