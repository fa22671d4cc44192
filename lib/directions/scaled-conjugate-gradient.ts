/**
 * Scaled conjugate gradients (Moller 1993, doi 10.1016/S0893-6080(05)80056-5): conjugate directions whose length comes from the curvature
 * along them, damped by lambda, and not from a line search. With g the gradient and mu = -d'g,
 *
 *     delta = d'C d + lambda d'd        a = mu / delta        the step of the model:  a d
 *     Delta = (f(theta) - f(theta + a d)) / (a mu / 2)        the comparison parameter: 1 is exactly as foretold
 *     Delta >= 3/4: lambda / 4          Delta < 1/4: lambda + delta (1 - Delta) / d'd          Delta < 0: the step again, with that lambda
 *     d+ = -g+ + beta d                 beta = (g+'g+ - g+'g) / mu, and -g+ every n iterations
 *
 * C is the Gauss-Newton matrix, or with `curvature: 'hessian'` the Hessian matrix as in the paper, which takes the lambda that makes delta
 * positive. All of this but d'C d is known to the trainer, and d'C d is phi'' along d: the product X d, which the search needs anyway, holds
 * it. So an iteration costs two products as any other, a refused step costs an evaluation of phi, and a full vector C d is never formed.
 *
 * a d is the step 1 that the step rule is given. `fixed` with rate 1 is the paper's method; `line` and `plane` begin at a and go on from there.
 */
import { lookUp, requireNumber } from '../core/errors.js';
import type { SubspaceFunction } from '../core/subspace-function.js';
import { steepestDescent, type Direction } from './direction.js';

export interface ScaledConjugateGradientOptions {
  /** Of the matrix C: 'gauss-newton' (default), which is never negative, or 'hessian'. The same for linear models. */
  readonly curvature?: 'gauss-newton' | 'hessian';
  /** lambda at the start, above 0; the paper has at most 1e-6. Default 1e-6. */
  readonly damping?: number;
}

export interface ScaledConjugateGradientState {
  /** The last direction; null at first and after a restart. */
  d: Float64Array | null;
  /** -d'g at the point where it was followed. */
  mu: number;
  lambda: number;
  /** Iterations since the last restart. */
  since: number;
}

/** Trials of lambda in one iteration: each at least doubles it where the step before raised f. */
const MOST_TRIALS = 60;

/** Below it lambda does nothing, and it must not become 0: along a direction without curvature it is all there is. */
const LEAST_DAMPING = 1e-30;

/** A comparison parameter as low as this says no more than that the step was much too long. */
const LEAST_COMPARISON = -100;

/** Conjugate directions that bring their length, from the curvature along them, damped until the model is to be trusted. */
export function scaledConjugateGradient(
  options: ScaledConjugateGradientOptions = {},
): Direction<ScaledConjugateGradientState> {
  const { curvature = 'gauss-newton', damping = 1e-6 } = options;
  lookUp({ 'gauss-newton': null, hessian: null }, 'scaled-conjugate-gradient curvature', curvature);
  const lambda = requireNumber('scaled-conjugate-gradient damping', damping, Number.MIN_VALUE);
  return {
    name: 'scaled-conjugate-gradient',
    unitStep: true,
    settings: { curvature, damping: lambda },
    needs: ['steady-rows'],
    start: () => ({ d: null, mu: 0, lambda, since: 0 }),
    next(state, objective) {
      const { vectors, gradient, previousGradient } = objective;
      const d = steepestDescent(objective);
      if (state.d && previousGradient && state.since < gradient.length) {
        const beta = (vectors.dot(gradient, gradient) - vectors.dot(gradient, previousGradient)) / state.mu;
        if (Number.isFinite(beta)) vectors.axpy(beta, state.d, d);
      } else state.since = 0;
      if (!(vectors.dot(d, gradient) < 0)) {
        d.set(steepestDescent(objective));
        state.since = 0;
      }
      state.d = d;
      state.mu = -vectors.dot(d, gradient);
      state.since++;
      return [d];
    },
    unit: (state, phi) => trustedLength(state, phi, curvature === 'hessian'),
  };
}
scaledConjugateGradient.options = {
  curvature: { what: 'of the matrix C', range: 'gauss-newton or hessian', default: 'gauss-newton' },
  damping: { what: 'lambda at the start', range: 'above 0', default: 1e-6 },
};

/** a at a lambda under which f does not rise; lambda is left as the next iteration begins with it. */
async function trustedLength(state: ScaledConjugateGradientState, phi: SubspaceFunction, hessian: boolean): Promise<number> {
  const { main, norms, value0 } = phi;
  const mu = -phi.slopes0.reduce((sum, slope, v) => sum + slope * main[v]!, 0);
  const square = norms.reduce((sum, norm, v) => sum + (norm * main[v]!) ** 2, 0);
  const known = await phi.curvatureAlong(main, hessian);
  if (!(mu > 0 && square > 0 && Number.isFinite(known))) return 1;
  let a = 1;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    // The paper's lambda where delta is not positive, 2 (lambda - delta / d'd): delta becomes -d'C d.
    if (known + state.lambda * square <= 0) state.lambda = -2 * (known / square);
    const delta = known + state.lambda * square;
    a = mu / delta;
    const comparison = comparisonOf(value0 - (await phi.value(main.map((one) => a * one))), 0.5 * a * mu, value0);
    if (comparison >= 0.75) state.lambda = Math.max(state.lambda / 4, LEAST_DAMPING);
    else if (comparison < 0.25) state.lambda += (delta * (1 - comparison)) / square;
    if (comparison >= 0) break;
  }
  return a;
}

/** Delta; 1/2, from which nothing is learned, where what was promised is below the rounding of f. */
function comparisonOf(decrease: number, promised: number, value: number): number {
  if (!(promised > 16 * Number.EPSILON * Math.abs(value))) return 0.5;
  return Number.isFinite(decrease) ? Math.max(LEAST_COMPARISON, decrease / promised) : LEAST_COMPARISON;
}
