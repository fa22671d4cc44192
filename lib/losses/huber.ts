/**
 * Huber's loss of the residual r = o - y (Huber 1964, doi 10.1214/aoms/1177703732):
 *
 *     1/2 r^2                      |r| <= delta
 *     delta |r| - 1/2 delta^2      beyond: a row far off pulls with the force delta, not with r
 *
 * The curvature is not the second derivative, which is 0 beyond delta and would leave nothing to solve with, but that of the
 * parabola with the same value and slope which lies above the loss everywhere, min(1, delta / |r|) (half-quadratic
 * majorizer; iteratively reweighted least squares). It bounds every step by itself: growth 0.
 */
import { requireNumber } from '../core/errors.js';
import type { Loss } from './loss.js';
import { finiteTarget, separable } from './separable.js';

export interface HuberOptions {
  /**
   * Residual, in units of the target, from which on the loss is linear; above 0. Default 1.35 (95 % efficient for noise of
   * spread 1).
   */
  readonly delta?: number | undefined;
}

export function huber(options: HuberOptions = {}): Loss {
  const delta = requireNumber('delta', options.delta ?? 1.35, Number.MIN_VALUE);
  return separable({
    name: 'huber',
    native: 'huber',
    parameters: { delta },
    codings: ['numbers'],
    targetProblem: finiteTarget('huber'),
    value(o, y) {
      const distance = Math.abs(o - y);
      return distance <= delta ? 0.5 * distance * distance : delta * (distance - 0.5 * delta);
    },
    slope: (o, y) => Math.min(delta, Math.max(-delta, o - y)),
    curvature: (o, y) => Math.min(1, delta / Math.abs(o - y)),
    growth: () => 0,
  });
}
huber.options = { delta: { what: 'residual from which on the loss is linear', range: 'above 0', default: 1.35 } };
