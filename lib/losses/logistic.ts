import type { Loss } from './loss.js';

/** Logistic loss, log(1 + exp(-y o)), for two classes y in {-1, +1} and one output o = log-odds of +1. */
export const logistic: Loss = {
  name: 'logistic',
  targetWidth: () => 1,
  targetProblem: (y) => (y === 1 || y === -1 ? null : '-1 or +1 for the logistic loss'),
  row(o, at, _width, y, target, slope, curvature) {
    const sign = y[target]!;
    const margin = sign * o[at]!;
    // exp of a non-positive number only: no overflow, and log1p keeps the digits of small losses.
    const e = Math.exp(-Math.abs(margin));
    const p = margin >= 0 ? e / (1 + e) : 1 / (1 + e); // probability of the wrong class
    if (slope) slope[0] = -sign * p;
    if (curvature) curvature[0] = e / ((1 + e) * (1 + e));
    return Math.max(0, -margin) + Math.log1p(e);
  },
  /** sqrt(p (1 - p)) xi */
  curvatureRoot(o, at, _width, xi) {
    const e = Math.exp(-Math.abs(o[at]!));
    xi[0] = (xi[0]! * Math.sqrt(e)) / (1 + e);
  },
  /** c = s (1 - s) v^2 with s = sigmoid(o + t v), and |1 - 2 s| <= 1. */
  growth: (v, at) => Math.abs(v[at]!),
};
