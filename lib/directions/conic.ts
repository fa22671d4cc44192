/**
 * ConicGrad (Hassanpour et al., arXiv 2502.00217): of a loss of several tasks the direction, within a cone around the mean gradient g0, along
 * which the task that gains least gains most; the combination is in `conic-combination.ts`.
 *
 *     d = -|g0| d*,    d* = argmax  min_k <g_k, d>    such that  <g0, d> >= c |g0|,  |d| = 1
 *
 * Its slope <g0, d> = -|g0| <g0, d*> is at most -c |g0|^2: the weighted mean of the tasks, which is the objective and whose phi the step rule
 * searches, falls along it. An iteration takes T products X' Q, one for each task, where other directions take one.
 */
import { requireNumber } from '../core/errors.js';
import { conicCombination } from './conic-combination.js';
import type { Direction } from './direction.js';

export interface ConicOptions {
  /** c, the cosine of half the angle of the cone, 0 to below 1: near 1 the mean gradient alone is left. Default 0.5, 60 degrees to each side. */
  readonly cosine?: number;
}

/** Of a loss of several tasks: the direction near the mean gradient along which the task that gains least gains most. */
export function conic(options: ConicOptions = {}): Direction<null> {
  const cosine = requireNumber('conic cosine', options.cosine ?? 0.5, 0, 1 - Number.EPSILON);
  return {
    name: 'conic',
    unitStep: false,
    settings: { cosine },
    needs: ['tasks', 'task-gradients'],
    start: () => null,
    async next(_state, objective) {
      const { gradient, vectors, spec } = objective;
      const gradients = await objective.taskGradients();
      const length = Math.sqrt(vectors.dot(gradient, gradient));
      const d = new Float64Array(gradient.length);
      if (!(length > 0)) return [d];
      const shares = Float64Array.from(spec.loss.tasks!, ({ share }) => share);
      const mean = { length, products: vectors.dots(gradients, [gradient]) };
      const { coefficients } = conicCombination(vectors.dots(gradients, gradients), shares, cosine, mean);
      vectors.combine(
        null,
        coefficients.map((coefficient) => -length * coefficient),
        gradients,
        d,
      );
      return [d];
    },
  };
}
conic.options = { cosine: { what: 'cosine of half the angle of the cone', range: '0 to below 1', default: 0.5 } };
