/**
 * Of a loss of several tasks the gradient of each as a column of its own, d_k = -g_k: a plane search over them and the last steps solves for the
 * weights of the tasks, as it does for rates and momentum. What is searched is the objective, the weighted mean of the tasks, and the mean gradient
 * is in the span: no step is worse for it than a step along that. T products X' Q and T products X D in an iteration.
 */
import type { Direction } from './direction.js';

/** Of a loss of several tasks: minus the gradient of each, whose weights the step rule finds. */
export function taskGradients(): Direction<null> {
  return {
    name: 'task-gradients',
    unitStep: false,
    needs: ['tasks', 'task-gradients', 'several-directions'],
    start: () => null,
    async next(_state, objective) {
      const gradients = await objective.taskGradients();
      return gradients.map((gradient) => gradient.map((g) => -g));
    },
  };
}
