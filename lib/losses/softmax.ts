import type { Loss } from './loss.js';

/** Softmax cross-entropy, log(sum_a exp(o_a)) - o_y, for `width` classes; the target is the class index y. */
export const softmax: Loss = {
  name: 'softmax',
  targetWidth: () => 1,
  targetProblem(y, outputs) {
    return Number.isInteger(y) && y >= 0 && y < outputs ? null : `a class index from 0 to ${outputs - 1} for the softmax loss`;
  },
  row(o, at, width, y, target, slope, curvature) {
    const label = y[target]!;
    let top = -Infinity;
    for (let a = 0; a < width; a++) top = Math.max(top, o[at + a]!);
    let sum = 0;
    for (let a = 0; a < width; a++) sum += Math.exp(o[at + a]! - top);
    if (slope) {
      for (let a = 0; a < width; a++) slope[a] = Math.exp(o[at + a]! - top) / sum;
      if (curvature) {
        for (let a = 0; a < width; a++) {
          for (let b = 0; b < width; b++) curvature[a * width + b] = (a === b ? slope[a]! : 0) - slope[a]! * slope[b]!;
        }
      }
      slope[label] = slope[label]! - 1;
    }
    return top + Math.log(sum) - o[at + label]!;
  },
  /** sqrt(p) xi - p (sqrt(p)'xi), whose covariance is diag(p) - p p' */
  curvatureRoot(o, at, width, xi) {
    let top = -Infinity;
    for (let a = 0; a < width; a++) top = Math.max(top, o[at + a]!);
    let sum = 0;
    for (let a = 0; a < width; a++) sum += Math.exp(o[at + a]! - top);
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
};
