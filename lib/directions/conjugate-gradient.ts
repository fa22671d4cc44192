import { lookUp } from '../core/errors.js';
import type { Objective } from '../core/objective.js';
import { difference, steepestDescent, type Direction } from './direction.js';

/** beta from g = g_k, y = g_k - g_{k-1}, the previous gradient p and the previous direction d. */
type BetaFormula = (v: Objective['vectors'], g: Float64Array, y: Float64Array, p: Float64Array, d: Float64Array) => number;

const betaFormulas = {
  /** g'y / p'p, cut at 0: restarts by itself (Polak & Ribiere 1969; Powell 1984). */
  'polak-ribiere': (v, g, y, p) => Math.max(0, v.dot(g, y) / v.dot(p, p)),
  /** g'g / p'p (Fletcher & Reeves 1964, doi 10.1093/comjnl/7.2.149). */
  'fletcher-reeves': (v, g, _y, p) => v.dot(g, g) / v.dot(p, p),
  /** g'y / d'y (Hestenes & Stiefel 1952, doi 10.6028/jres.049.044). */
  'hestenes-stiefel': (v, g, y, _p, d) => v.dot(g, y) / v.dot(d, y),
} as const satisfies Record<string, BetaFormula>;

export interface ConjugateGradientOptions {
  /** 'polak-ribiere' (default), 'fletcher-reeves' or 'hestenes-stiefel'. */
  readonly beta?: keyof typeof betaFormulas;
}

export interface ConjugateGradientState {
  /** The last direction; null at first and after a restart. */
  d: Float64Array | null;
}

/**
 * Nonlinear conjugate gradients, d_k = -g_k + beta d_{k-1}; restarts with -g when that is no descent direction.
 * Nocedal & Wright, Numerical Optimization (2006), section 5.2.
 */
export function conjugateGradient(options: ConjugateGradientOptions = {}): Direction<ConjugateGradientState> {
  const { beta: name = 'polak-ribiere' } = options;
  const formula: BetaFormula = lookUp<BetaFormula>(betaFormulas, 'conjugate-gradient beta', name);
  return {
    name: 'conjugate-gradient',
    unitStep: false,
    settings: { beta: name },
    needs: ['steady-rows'],
    start: () => ({ d: null }),
    next(state, objective) {
      const { vectors, gradient, previousGradient } = objective;
      const d = steepestDescent(objective);
      if (state.d && previousGradient) {
        const y = difference(vectors, gradient, previousGradient);
        const beta = formula(vectors, gradient, y, previousGradient, state.d);
        if (Number.isFinite(beta)) vectors.axpy(beta, state.d, d);
        if (!(vectors.dot(d, gradient) < 0)) d.set(steepestDescent(objective));
      }
      state.d = d;
      return [d];
    },
  };
}
conjugateGradient.options = {
  beta: { what: 'formula of beta', range: Object.keys(betaFormulas).join(', '), default: 'polak-ribiere' },
};
