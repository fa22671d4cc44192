/**
 * Tweedie regression with log link, 1 < p < 2: a sum of a Poisson number of gamma amounts, such as what a year of claims
 * costs; y >= 0 with a share of exact zeros, mean mu = exp(o), variance proportional to mu^p. Half the unit deviance
 *
 *     y^a / (a b) - y mu^b / b + mu^a / a,   a = 2 - p, b = 1 - p           0 at o = log y, at least 0
 *     = y^a ( expm1(a u) / a - expm1(b u) / b ),   u = o - log y
 *
 * (Jorgensen 1997, The Theory of Dispersion Models, chapter 4). Slope mu^a - y mu^b, curvature a mu^a + (p - 1) y mu^b, both
 * terms positive; its derivative a^2 mu^a - (p - 1)^2 y mu^b is no larger, because a and p - 1 are below 1.
 */
import { reject } from '../core/errors.js';
import type { Loss } from './loss.js';
import { countTarget, largestChange, separable } from './separable.js';

export interface TweedieOptions {
  /** p, between 1 (towards Poisson) and 2 (towards gamma), both excluded. Default 1.5. */
  readonly power?: number | undefined;
}

export function tweedie(options: TweedieOptions = {}): Loss {
  const power = options.power ?? 1.5;
  if (!(typeof power === 'number' && power > 1 && power < 2))
    reject('INVALID_OPTION', 'power', 'a number between 1 and 2', power);
  const a = 2 - power;
  const b = 1 - power;
  return separable({
    name: 'tweedie',
    native: 'tweedie',
    parameters: { power },
    codings: ['numbers'],
    targetProblem: countTarget('tweedie'),
    value(o, y) {
      if (y === 0) return Math.exp(a * o) / a;
      const u = o - Math.log(y);
      // Near the minimum the three terms would cancel; far from it the factored form would overflow too soon.
      if (Math.abs(u) < 1) return y ** a * (Math.expm1(a * u) / a - Math.expm1(b * u) / b);
      return Math.exp(a * o) / a - (y * Math.exp(b * o)) / b + y ** a / (a * b);
    },
    // Where exp(b o) overflows, a target of 0 must not make it NaN.
    slope: (o, y) => Math.exp(a * o) - (y === 0 ? 0 : y * Math.exp(b * o)),
    curvature: (o, y) => a * Math.exp(a * o) - (y === 0 ? 0 : b * (y * Math.exp(b * o))),
    growth: largestChange,
    prediction: (output) => Math.exp(output),
    inverseLink: 'exp',
  });
}
tweedie.options = { power: { what: 'p: the variance grows as mean^p', range: 'between 1 and 2', default: 1.5 } };
