/**
 * A step rule of your own: look at the last step, at halves of it and at multiples, and take the lowest. Values of phi come
 * from the tracked products: ask for as many as you like, none costs a product with X.
 *
 *     node examples/custom-step-rule.mjs
 */
import { train } from 'planesearch';
import { drawImages } from './demo/images.mjs';
import { formatTable } from './demo/terminal.mjs';

const factors = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8];

function grid() {
  return {
    name: 'grid',
    // One step size along the direction for the whole network, no past steps: t has a single entry.
    split: 'joint',
    maxMemory: 0,
    safeguarded: true,
    // Plain data, so that one rule can serve many runs.
    start: () => ({ last: 1 }),
    async choose(phi, state) {
      let best = { step: 0, value: phi.value0 };
      for (const factor of factors) {
        const step = factor * state.last;
        const value = await phi.value(Float64Array.of(step));
        if (value < best.value) best = { step, value };
      }
      const accepted = best.step > 0;
      // Refused, the trainer falls back to steepest descent for this iteration; the next grid is a finer one.
      state.last = accepted ? best.step : state.last / 64;
      return {
        t: Float64Array.of(best.step),
        value: best.value,
        accepted,
        reason: `step ${best.step} is the lowest of the grid`,
      };
    },
  };
}

const data = drawImages(600, 1);
const table = [['step rule', 'objective after 40', 'evaluations of phi', 'products with X']];
for (const steps of ['backtracking', grid(), 'line']) {
  const run = await train(data, { loss: 'softmax', direction: 'gradient', steps, tolerance: 0, maxIterations: 40 });
  const products = run.products.multiply + run.products.multiplyTransposed;
  table.push([run.steps, run.objective.toFixed(5), `${run.innerEvaluations}`, `${products}`]);
}
console.log(formatTable(table));
