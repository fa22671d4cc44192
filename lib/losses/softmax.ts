/**
 * Softmax cross-entropy, log(sum_a exp(o_a)) - o_y, for one output a class; the target is the class index y.
 *
 * With the class probabilities p = softmax(o): slope p - e_y, curvature diag(p) - p p', whatever the target. Where another class has
 * p_a >= p_y, |p - e_y|^2 >= (1 - p_y)^2 + p_a^2 >= (1 - p_y)^2 + p_y^2 >= 1 / 2.
 */
import type { Loss } from './loss.js';
import { vectorized } from './vectorized.js';

function largest(o: Float64Array, at: number, width: number): number {
  let top = -Infinity;
  for (let a = at; a < at + width; a++) top = Math.max(top, o[a]!);
  return top;
}

function sumOfExponentials(o: Float64Array, at: number, width: number, top: number): number {
  let sum = 0;
  for (let a = at; a < at + width; a++) sum += Math.exp(o[a]! - top);
  return sum;
}

export function softmax(): Loss {
  return vectorized({
    name: 'softmax',
    native: 'softmax',
    parameters: {},
    codings: ['classes'],
    wrongSlope: Math.SQRT1_2,
    inverseLink: 'softmax',
    targetWidth: () => 1,
    targetProblem(y, outputs) {
      return Number.isInteger(y) && y >= 0 && y < outputs
        ? null
        : `a class index from 0 to ${outputs - 1} for the softmax loss`;
    },
    row(o, at, width, y, target, slope, curvature) {
      const label = y[target]!;
      const top = largest(o, at, width);
      const sum = sumOfExponentials(o, at, width, top);
      const p = (a: number): number => Math.exp(o[at + a]! - top) / sum;
      if (slope) for (let a = 0; a < width; a++) slope[a] = p(a) - (a === label ? 1 : 0);
      if (curvature) {
        for (let a = 0; a < width; a++) {
          for (let b = 0; b < width; b++) curvature[a * width + b] = (a === b ? p(a) : 0) - p(a) * p(b);
        }
      }
      return top + Math.log(sum) - o[at + label]!;
    },
    probabilities(o, at, width, p, to) {
      const top = largest(o, at, width);
      const sum = sumOfExponentials(o, at, width, top);
      for (let a = 0; a < width; a++) p[to + a] = Math.exp(o[at + a]! - top) / sum;
    },
    /** sqrt(p) xi - p (sqrt(p)'xi), whose covariance is diag(p) - p p' */
    curvatureRoot(o, at, width, _y, _target, xi) {
      const top = largest(o, at, width);
      const sum = sumOfExponentials(o, at, width, top);
      let inner = 0;
      for (let a = 0; a < width; a++) inner += Math.sqrt(Math.exp(o[at + a]! - top) / sum) * xi[a]!;
      for (let a = 0; a < width; a++) {
        const p = Math.exp(o[at + a]! - top) / sum;
        xi[a] = Math.sqrt(p) * xi[a]! - p * inner;
      }
    },
    /** c is the variance of v under the class probabilities, c' its third central moment: at most the range of v times c. */
    growth(v, at, width) {
      let low = Infinity;
      let high = -Infinity;
      for (let a = at; a < at + width; a++) {
        low = Math.min(low, v[a]!);
        high = Math.max(high, v[a]!);
      }
      return high - low;
    },
  });
}
softmax.options = {};
