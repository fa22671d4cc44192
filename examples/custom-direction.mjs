/**
 * A direction of your own, and the layer below `train`: a backend, an objective, a loop.
 *
 * The direction divides every slope by the root of its mean square so far (AdaGrad's scaling, Duchi et al. 2011). It has no
 * rate of its own: plane search finds that. The columns of the data differ in scale, which -g alone copes with badly.
 *
 *     node examples/custom-direction.mjs
 */
import {
  createRandom,
  gaussNewton,
  gradient,
  linear,
  losses,
  minimize,
  Objective,
  plane,
  selectBackend,
  stopping,
} from 'planesearch';

/** The state is plain data made by `start` and changed by `next` alone, so that one direction can serve many runs. */
function scaled() {
  return {
    name: 'scaled',
    unitStep: false,
    start: () => ({ count: 0, squares: null }),
    next(state, { gradient: g }) {
      state.squares ??= new Float64Array(g.length);
      state.count++;
      return [
        g.map((slope, e) => {
          state.squares[e] += slope * slope;
          return -slope / (Math.sqrt(state.squares[e] / state.count) + 1e-12);
        }),
      ];
    },
  };
}

const [rows, columns] = [2000, 12];
const random = createRandom(1);
const values = Float64Array.from({ length: rows * columns }, (_, e) => 1.6 ** (e % columns) * random.normal());
const targets = Float64Array.from({ length: rows }, (_, i) => {
  const score = values.subarray(i * columns, (i + 1) * columns).reduce((sum, x, j) => sum + x / 1.6 ** j, 0);
  return score + random.normal() > 0 ? 1 : -1;
});

const { backend } = selectBackend();
const network = linear();
const architecture = network.architecture(columns, 1);
for (const direction of [gradient(), scaled()]) {
  // X as it is: in the standard frame its columns would be of one scale already.
  const matrix = await backend.matrix({ kind: 'dense', values, rows, columns }, { frame: 'none' });
  const objective = new Objective(
    { matrix, architecture, loss: losses.logistic(), targets, l2: 1 / rows, memory: 1 },
    backend,
  );
  const stop = stopping.firstOf([stopping.gradientBelow(1e-6), stopping.iterationLimit(500)]);
  const options = { direction, stepRule: plane(gaussNewton()), memory: 1, stop };
  const start = { inFrame: network.initialize(architecture, random) };
  const { objective: reached, history, stop: ended } = await minimize(objective, start, options);
  const { iteration, products } = history.at(-1);
  console.log(
    `${direction.name.padEnd(8)}  objective ${reached.toFixed(9)} after ${iteration} iterations and ` +
      `${products.multiply + products.multiplyTransposed} products with X: ${ended.detail}`,
  );
  objective.dispose();
  matrix.dispose();
}
