/**
 * Gamma regression with log link: mean mu = exp(o) of a positive amount y, half the unit deviance
 *
 *     (y - mu) / mu - log(y / mu)  =  exp(u) - 1 - u,  u = log y - o         0 at o = log y, at least 0
 *
 * (McCullagh & Nelder 1989, Generalized Linear Models, chapter 8). Slope 1 - y / mu, curvature y / mu = exp(u); the
 * derivative of that by o is -exp(u).
 */
import type { Loss } from './loss.js';
import { largestChange, separable } from './separable.js';

export function gamma(): Loss {
  return separable({
    name: 'gamma',
    native: 'gamma',
    parameters: {},
    codings: ['numbers'],
    targetProblem: (y) => (y > 0 && y < Infinity ? null : 'a finite number above 0 for the gamma loss'),
    value(o, y) {
      const u = Math.log(y) - o;
      const excess = Math.expm1(u);
      return excess === Infinity ? excess : excess - u;
    },
    slope: (o, y) => -Math.expm1(Math.log(y) - o),
    curvature: (o, y) => Math.exp(Math.log(y) - o),
    growth: largestChange,
    prediction: (output) => Math.exp(output),
    inverseLink: 'exp',
  });
}
gamma.options = {};
