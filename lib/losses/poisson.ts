/**
 * Poisson regression with log link: mean mu = exp(o) of a count (or rate) y >= 0, half the unit deviance
 *
 *     y log(y / mu) - (y - mu)  =  y (exp(u) - 1 - u),  u = o - log y        0 at o = log y, at least 0
 *
 * (McCullagh & Nelder 1989, Generalized Linear Models, chapter 6). Slope mu - y, curvature mu; the derivative of that is mu
 * again. Exposure enters as an offset of the outputs, log exposure.
 */
import type { Loss } from './loss.js';
import { countTarget, largestChange, separable } from './separable.js';

export function poisson(): Loss {
  return separable({
    name: 'poisson',
    native: 'poisson',
    parameters: {},
    codings: ['numbers'],
    targetProblem: countTarget('poisson'),
    value(o, y) {
      const mu = Math.exp(o);
      if (y === 0 || mu === Infinity) return mu;
      const u = o - Math.log(y);
      // Near the minimum exp(o) - y would cancel; far from it y exp(u) would overflow too soon.
      return Math.abs(u) < 1 ? y * (Math.expm1(u) - u) : mu - y * (1 + u);
    },
    slope: (o, y) => Math.exp(o) - y,
    curvature: (o) => Math.exp(o),
    growth: largestChange,
    prediction: (output) => Math.exp(output),
    inverseLink: 'exp',
  });
}
poisson.options = {};
