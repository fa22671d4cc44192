/**
 * Logistic loss, log(1 + exp(-y o)), for two classes y in {-1, +1} and the output o = log-odds of +1. With k outputs k
 * labels, each there or not, independently: the sum of k such losses.
 *
 * With p = sigmoid(o): slope p - (y + 1) / 2, curvature p (1 - p), and the derivative of that, (1 - 2 p) p (1 - p), is no
 * larger. Where y o <= 0 the slope is 1 / 2 or longer.
 */
import type { Loss } from './loss.js';
import { largestChange, separable, signTarget } from './separable.js';

export function logistic(): Loss {
  return separable({
    name: 'logistic',
    native: 'logistic',
    parameters: {},
    codings: ['two-classes', 'label-sets'],
    wrongSlope: 1 / 2,
    inverseLink: 'sigmoid',
    targetProblem: signTarget('logistic'),
    // exp of a non-positive number only: no overflow, and log1p keeps the digits of small losses.
    value(o, y) {
      const margin = y * o;
      return Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    },
    slope(o, y) {
      const margin = y * o;
      const e = Math.exp(-Math.abs(margin));
      return margin >= 0 ? (-y * e) / (1 + e) : -y / (1 + e);
    },
    curvature(o) {
      const e = Math.exp(-Math.abs(o));
      return e / ((1 + e) * (1 + e));
    },
    together(o, y, all) {
      const margin = y * o;
      const e = Math.exp(-Math.abs(margin));
      all[0] = Math.max(0, -margin) + Math.log1p(e);
      all[1] = margin >= 0 ? (-y * e) / (1 + e) : -y / (1 + e);
      all[2] = e / ((1 + e) * (1 + e));
    },
    growth: largestChange,
    // Of the smaller side, so that a probability near 0 keeps its digits.
    probabilities(o, at, width, p, to) {
      for (let a = 0; a < width; a++) {
        const e = Math.exp(-Math.abs(o[at + a]!));
        p[to + a] = (o[at + a]! < 0 ? e : 1) / (1 + e);
      }
    },
  });
}
logistic.options = {};
