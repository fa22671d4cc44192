/**
 * Lazy training: kappa = width^theta over widths, and how far the weights and the tangent kernel go (arXiv 2404.04859).
 *
 *     node bench/lazy.mjs [--data wine-quality-white] [--rows 200] [--widths 32,128,512] [--thetas 0,0.5,1] [--iterations 1000]
 *
 * The first `--rows` rows of a regression table, gradient descent with an exact line search, no penalty; once as the start is, once with its outputs
 * taken off (as offsets), so that a run begins at outputs of 0. A table on standard error, JSON on standard output.
 */
import { parseArgs } from 'node:util';
import { kernelChange, relativeMovement, train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend } from './support/run.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'wine-quality-white' },
    rows: { type: 'string', default: '200' },
    widths: { type: 'string', default: '32,128,512' },
    thetas: { type: 'string', default: '0,0.5,1' },
    iterations: { type: 'string', default: '1000' },
  },
});
const iterations = Number(given.iterations);
const numbers = (list) => list.split(',').map(Number);

const problem = await loadProblem(given.data);
if (!problem) process.exit(1);
const rows = Number(given.rows);
const { columns } = problem.x;
const x = { rows, columns, values: problem.x.values.slice(0, rows * columns) };
const raw = problem.targets.slice(0, rows);
const mean = raw.reduce((sum, value) => sum + value, 0) / rows;
const spread = Math.sqrt(raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
const y = raw.map((value) => (value - mean) / spread);

const results = [];
for (const start of ['as it is', 'outputs 0']) {
  for (const width of numbers(given.widths)) {
    for (const theta of numbers(given.thetas)) {
      const options = { network: 'mlp', hidden: [width], initialScale: width ** theta, backend: backend.name, l2: 0 };
      const { model: before } = await train({ x, y }, { ...options, maxIterations: 0 });
      const offsets = start === 'outputs 0' ? (await before.outputs(x)).map((output) => -output) : undefined;
      const plain = { direction: 'gradient', steps: 'line', tolerance: 0, maxIterations: iterations };
      const { model, history } = await train({ x, y, offsets }, { ...options, ...plain });
      const { all, layers } = await relativeMovement(before, model, x);
      const kernel = await kernelChange(before, model, x);
      const losses = [0, iterations / 2, iterations].map((at) => history[Math.min(at, history.length - 1)].objective);
      results.push({ start, width, theta, movement: all, layers: layers.map(({ movement }) => movement), kernel, losses });
    }
  }
}
const short = (value) => value.toPrecision(2);
console.error(
  textTable({
    columns: ['start', 'width', 'theta', 'moved', 'first layer', 'kernel', 'loss at 0', 'half-way', 'at the end'],
    rows: results.map((r) => [
      r.start,
      r.width,
      r.theta,
      short(r.movement),
      short(r.layers[0]),
      short(r.kernel),
      ...r.losses.map(short),
    ]),
  }),
);
console.log(JSON.stringify({ machine: machine(backend), ...given, results }));
