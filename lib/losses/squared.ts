import type { Loss } from './loss.js';

/** Squared error, 1/2 ||o - y||^2; any number of outputs, one target each. */
export const squared: Loss = {
  name: 'squared',
  targetWidth: (outputs) => outputs,
  targetProblem: (y) => (Number.isFinite(y) ? null : 'a finite number'),
  row(o, at, width, y, target, slope, curvature) {
    let sum = 0;
    for (let a = 0; a < width; a++) {
      const residual = o[at + a]! - y[target + a]!;
      sum += residual * residual;
      if (slope) slope[a] = residual;
    }
    if (curvature) {
      curvature.fill(0, 0, width * width);
      for (let a = 0; a < width; a++) curvature[a * width + a] = 1;
    }
    return 0.5 * sum;
  },
  curvatureRoot: () => {},
  growth: () => 0,
};
