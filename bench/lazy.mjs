/**
 * Lazy training: kappa = width^theta over widths, and how far the weights and the tangent kernel go (arXiv 2404.04859).
 *
 *     node bench/lazy.mjs [--data wine-quality-white] [--rows 200] [--widths 32,128,512] [--thetas 0,0.5,1] [--iterations 1000]
 *     node bench/lazy.mjs --decay [--widths 128] [--kappas 1,4,16,64] [--iterations 4000]
 *
 * The first `--rows` rows of a regression table, gradient descent with an exact line search, no penalty; once as the start is, once with its outputs
 * taken off (as offsets), so that a run begins at outputs of 0. A table on standard error, JSON on standard output.
 *
 * `--decay` follows gradient descent with a fixed step of half of n / lambda_1, lambda_1 the largest eigenvalue of the tangent kernel K at the start, in
 * the time t = step x iterations, beside the model that is linear in the parameters, r <- r - (step / n) K r: what a lazy run has to do.
 */
import { parseArgs } from 'node:util';
import { kernelChange, relativeMovement, tangentKernel, train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend } from './support/run.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'wine-quality-white' },
    rows: { type: 'string', default: '200' },
    widths: { type: 'string' },
    thetas: { type: 'string', default: '0,0.5,1' },
    iterations: { type: 'string' },
    kappas: { type: 'string', default: '1,4,16,64' },
    decay: { type: 'boolean', default: false },
  },
});
const iterations = Number(given.iterations ?? (given.decay ? 4000 : 1000));
const widths = given.widths ?? (given.decay ? '128' : '32,128,512');
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

const short = (value) => value.toPrecision(2);

if (given.decay) {
  const runs = [];
  for (const width of numbers(widths)) for (const kappa of numbers(given.kappas)) runs.push(await decayOf(width, kappa));
  const columns = [
    'width',
    'kappa',
    'moved',
    'kernel',
    'kappa^2 t to 1/2',
    'to 1/4',
    'slope to 1/2',
    'from 1/2 to 1/4',
    'last half',
    'loss',
    'linear',
  ];
  const cells = runs.map((r) => [
    r.width,
    r.kappa,
    ...[r.moved, r.kernel, ...r.times, ...r.slopes, r.loss, r.linear].map(short),
  ]);
  console.error(textTable({ columns, rows: cells }));
  console.log(JSON.stringify({ machine: machine(backend), ...given, iterations, runs }));
  process.exit(0);
}

/** How the loss falls from outputs of 0, and how that of the linear model does. Slopes are of the logarithm, over kappa^2 t. */
async function decayOf(width, kappa) {
  const options = { network: 'mlp', hidden: [width], initialScale: kappa, backend: backend.name, l2: 0 };
  const { model: before } = await train({ x, y }, { ...options, maxIterations: 0 });
  const offsets = (await before.outputs(x)).map((output) => -output);
  const K = await tangentKernel(before, x, { rows });
  const rate = (0.5 * rows) / largestEigenvalue(K.values);
  const plain = { direction: 'gradient', steps: 'fixed', memory: 0, rate, tolerance: 0, maxIterations: iterations };
  const { model, history } = await train({ x, y, offsets }, { ...options, ...plain });
  const losses = history.map(({ objective }) => objective);
  const at = (share) => losses.findIndex((loss) => loss <= share * losses[0]);
  const scale = kappa ** 2 * rate;
  const slope = (from, to) => (to > from ? Math.log(losses[from] / losses[to]) / (scale * (to - from)) : NaN);
  const [half, quarter] = [at(1 / 2), at(1 / 4)];
  return {
    width,
    kappa,
    moved: (await relativeMovement(before, model, x)).all,
    kernel: await kernelChange(before, model, x),
    times: [half, quarter].map((k) => (k < 0 ? NaN : scale * k)),
    slopes: [slope(0, half), slope(half, quarter), slope(iterations >> 1, iterations)],
    loss: losses.at(-1) / losses[0],
    linear: linearLoss(K.values, rate),
  };
}

function times(K, v) {
  return v.map((_, i) => v.reduce((sum, one, j) => sum + K[i * rows + j] * one, 0));
}

function largestEigenvalue(K) {
  let v = new Float64Array(rows).fill(1);
  let length = 0;
  for (let k = 0; k < 100; k++) {
    v = times(K, v);
    length = Math.hypot(...v);
    v = v.map((one) => one / length);
  }
  return length;
}

/** The share of the loss that is left after as many steps of the model that is linear in the parameters. */
function linearLoss(K, rate) {
  let r = y.map((value) => -value);
  const first = Math.hypot(...r);
  for (let k = 0; k < iterations; k++) {
    const change = times(K, r);
    r = r.map((one, i) => one - (rate / rows) * change[i]);
  }
  return (Math.hypot(...r) / first) ** 2;
}

const results = [];
for (const start of ['as it is', 'outputs 0']) {
  for (const width of numbers(widths)) {
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
console.log(JSON.stringify({ machine: machine(backend), ...given, iterations, widths, results }));
