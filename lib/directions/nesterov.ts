import { steepestDescent, type Direction } from './direction.js';

export interface NesterovState {
  /** Steps since the last restart. */
  age: number;
  /** The last direction; null at first and after a restart. */
  d: Float64Array | null;
}

/**
 * Nesterov's accelerated gradient in terms of its extrapolated points y_k, where the gradient is taken:
 *
 *     y_{k+1} - y_k = -a g_k + beta_k ( (y_k - y_{k-1}) - a (g_k - g_{k-1}) ),     beta_k = (k - 1) / (k + 2)
 *
 * as a direction d_k with step a: d_k = -g_k - beta_k (g_k - g_{k-1}) + (beta_k / a_{k-1}) (y_k - y_{k-1}), where a_{k-1} is read off
 * the last step. With a fixed rate and no memory this is Nesterov's method exactly; a search finds a new a each time. It restarts when
 * the direction is not one of descent (O'Donoghue & Candes 2015, arXiv 1204.3982).
 */
export function nesterov(): Direction<NesterovState> {
  return {
    name: 'nesterov',
    unitStep: false,
    needs: ['steady-rows'],
    start: () => ({ age: 0, d: null }),
    next(state, objective) {
      const { vectors, gradient, previousGradient, step } = objective;
      const d = steepestDescent(objective);
      const rate = state.d && step ? vectors.dot(step, state.d) / vectors.dot(state.d, state.d) : 0;
      if (previousGradient && step && rate > 0) {
        const beta = state.age / (state.age + 3);
        vectors.axpby(beta, previousGradient, 1 + beta, d);
        vectors.axpy(beta / rate, step, d);
        state.age++;
        if (!(vectors.dot(d, gradient) < 0)) {
          d.set(steepestDescent(objective));
          state.age = 0;
        }
      }
      state.d = d;
      return [d];
    },
  };
}
