/**
 * Several tasks on one network (arXiv 2502.00217): the direction `conic` and the gradients of the tasks as columns, beside the mean gradient and
 * beside each task trained alone, on few hidden units that the tasks have to share.
 *
 *     node bench/conic.mjs [--data california,wine,fashion] [--rows 2000] [--hidden 4] [--products 300 | --iterations 150] [--seeds 5]
 *         [--tasks 2,3]
 *
 * Targets of a table are its own target and columns that are taken out of X for it; numbers are scaled to mean 0 and spread 1. Every run has the same
 * rows and starting points, and the same number of products with X, or of iterations. `plane` is plane search over the last three steps, `fixed` has the
 * best of four rates, by the mean of the tasks. Medians over the starting points. Tables on standard error, JSON on standard output.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  conic,
  createRandom,
  fixed,
  gaussNewton,
  gradient,
  loadTable,
  losses,
  minimize,
  Objective,
  plane,
  stopping,
  taskGradients,
  taskLosses,
  tasks,
} from 'planesearch';
import { textTable } from './report/table.mjs';
import { dataFolder } from './support/problems.mjs';
import { backend, matrixOf, median, networkOf, total } from './support/run.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'california,wine,fashion' },
    rows: { type: 'string', default: '2000' },
    hidden: { type: 'string', default: '4' },
    products: { type: 'string', default: '300' },
    iterations: { type: 'string' },
    seeds: { type: 'string', default: '5' },
    tasks: { type: 'string', default: '2,3' },
  },
});
const [rows, hidden, seeds] = ['rows', 'hidden', 'seeds'].map((name) => Number(given[name]));
const limit = given.iterations
  ? stopping.iterationLimit(Number(given.iterations))
  : stopping.productLimit(Number(given.products));

const scaled = (list) => {
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const spread = Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
  return list.map((value) => (value - mean) / spread);
};
const aboveMedian = (list) => {
  const middle = median(list);
  return list.map((value) => (value > middle ? 1 : -1));
};
const number = (name, list) => ({ name, loss: 'squared', outputs: 1, y: scaled(list) });
const label = (name, list) => ({ name, loss: 'logistic', outputs: 1, y: aboveMedian(list) });
const classes = (name, list) => {
  const known = [...new Set(list)].sort((a, b) => a - b);
  return { name, loss: 'softmax', outputs: known.length, y: list.map((value) => known.indexOf(value)) };
};

/** Rows spread over the file, with some columns taken out. */
function without({ values, columns }, taken, out) {
  const kept = Array.from({ length: columns }, (_, j) => j).filter((j) => !out.includes(j));
  const x = Float64Array.from(taken.flatMap((i) => kept.map((j) => values[i * columns + j])));
  return { values: x, rows: taken.length, columns: kept.length };
}

async function table(file, out, tasksOf, options = {}) {
  const { data, target } = await loadTable(path.join(dataFolder, file), { needsTarget: true, ...options });
  const count = Math.min(rows, data.rows);
  const taken = Array.from({ length: count }, (_, i) => Math.floor((i * data.rows) / count));
  const column = (j) => taken.map((i) => data.values[i * data.columns + j]);
  return {
    x: without(data, taken, out),
    list: tasksOf(
      column,
      taken.map((i) => Number(target.values[i])),
    ),
  };
}

const sets = {
  california: () =>
    table('california-housing.csv.gz', [0, 1], (column, target) => [
      number('house value', target),
      label('income', column(0)),
      number('house age', column(1)),
    ]),
  wine: () =>
    table('wine-quality-white.csv.gz', [10, 3], (column, target) => [
      classes('quality', target),
      number('alcohol', column(10)),
      label('sugar', column(3)),
    ]),
  fashion: async () => {
    const labels = path.join(dataFolder, 'fashion-mnist-train-labels-idx1-ubyte.gz');
    const { data, target } = await loadTable(path.join(dataFolder, 'fashion-mnist-train-images-idx3-ubyte.gz'), {
      needsTarget: true,
      labels,
    });
    const taken = Array.from({ length: rows }, (_, i) => i);
    const pixel = (i, j) => data.values[i * data.columns + j];
    const share = (i, counts) => {
      let [ink, own] = [1e-9, 0];
      for (let j = 0; j < data.columns; j++) {
        ink += pixel(i, j);
        if (counts(j)) own += pixel(i, j);
      }
      return own / ink;
    };
    const list = [
      classes(
        'class',
        taken.map((i) => Number(target.values[i])),
      ),
      number(
        'ink in the upper half',
        taken.map((i) => share(i, (j) => j < data.columns / 2)),
      ),
      label(
        'ink on the left',
        taken.map((i) => share(i, (j) => j % 28 < 14)),
      ),
    ];
    return { x: without(data, taken, []), list };
  },
};

const lossOf = (list) =>
  list.length === 1 ? losses[list[0].loss]() : tasks(list.map(({ name, loss, outputs }) => ({ name, loss, outputs })));

/** @returns the training loss of every task, of the point that the run returns */
async function fitted({ x }, matrix, list, { direction, stepRule, memory }, seed) {
  const network = networkOf('tanh', [hidden]);
  const outputs = list.reduce((sum, task) => sum + task.outputs, 0);
  const architecture = network.architecture(x.columns, outputs);
  const count = list.length;
  const targets = Float64Array.from({ length: x.rows * count }, (_, e) => list[e % count].y[Math.floor(e / count)]);
  const loss = lossOf(list);
  const objective = new Objective({ matrix, architecture, network, loss, targets, l2: 1e-4, memory }, backend);
  const stop = stopping.firstOf([stopping.stalled(1), limit]);
  const start = { inFrame: network.initialize(architecture, createRandom(seed)) };
  const result = await minimize(objective, start, { direction, stepRule, memory, stop });
  await objective.start(result.parameters);
  const o = await objective.outputs();
  objective.dispose();
  const all = count === 1 ? { [list[0].name]: meanOf(loss, o, targets, outputs) } : taskLosses(loss, o, targets);
  const { iteration, seconds, products } = result.history.at(-1);
  return { all, objective: result.objective, seconds, iterations: iteration, products: total(products) };
}

function meanOf(loss, o, targets, width) {
  const count = o.length / width;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += loss.row(o, i * width, width, targets, i, null, null);
  return sum / count;
}

const RATES = [0.03, 0.1, 0.3, 1];
const searched = (direction) => ({ direction, stepRule: plane(gaussNewton()), memory: 3 });
const steady = (direction) => RATES.map((rate) => ({ direction, stepRule: fixed({ rate }), memory: 0 }));

/** Each with one or more settings, of which the best counts. */
const methods = {
  'mean, plane': [searched(gradient())],
  'conic 0.25, plane': [searched(conic({ cosine: 0.25 }))],
  'conic 0.5, plane': [searched(conic())],
  'conic 0.75, plane': [searched(conic({ cosine: 0.75 }))],
  'task-gradients, plane': [searched(taskGradients())],
  'mean, fixed': steady(gradient()),
  'conic 0.5, fixed': steady(conic()),
};

/** From every starting point, with the setting that ends lowest. */
async function runsOf(set, matrix, list, settings) {
  let best = null;
  for (const parts of settings) {
    const runs = [];
    for (let seed = 0; seed < seeds; seed++) runs.push(await fitted(set, matrix, list, parts, seed));
    const end = median(runs.map(({ objective }) => objective));
    if (!best || end < best.end) best = { end, runs };
  }
  return best.runs;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

const results = [];
for (const name of given.data.split(',')) {
  const set = await sets[name]().catch((error) => console.error(`${name} is left out: ${error.message}`));
  if (!set) continue;
  const matrix = await matrixOf(set);
  for (const count of given.tasks.split(',').map(Number)) {
    const list = set.list.slice(0, count);
    const medianOf = (runs, of) => median(runs.map(of));
    const alone = {};
    for (const task of list) {
      const runs = await runsOf(set, matrix, [task], methods['mean, plane']);
      alone[task.name] = medianOf(runs, ({ all }) => all[task.name]);
    }
    const lines = [];
    for (const [method, settings] of Object.entries(methods)) {
      const runs = await runsOf(set, matrix, list, settings);
      const each = Object.fromEntries(list.map((task) => [task.name, medianOf(runs, ({ all }) => all[task.name])]));
      const worse = list.map((task) => each[task.name] / alone[task.name] - 1);
      lines.push({
        method,
        each,
        sum: medianOf(runs, ({ objective }) => objective),
        mean: worse.reduce((sum, one) => sum + one, 0) / count,
        worst: Math.max(...worse),
        iterations: medianOf(runs, ({ iterations }) => iterations),
        products: medianOf(runs, ({ products }) => products),
        seconds: medianOf(runs, ({ seconds }) => seconds),
      });
    }
    const columns = [
      'method',
      ...list.map((task) => task.name),
      'objective',
      'over alone',
      'worst',
      'iterations',
      'products',
      's',
    ];
    const cells = lines.map(({ method, each, sum, mean, worst, iterations, products, seconds }) => [
      method,
      ...list.map((task) => each[task.name].toFixed(4)),
      sum.toFixed(4),
      percent(mean),
      percent(worst),
      iterations,
      products,
      seconds.toFixed(1),
    ]);
    const first = ['each alone', ...list.map((task) => alone[task.name].toFixed(4)), '', '', '', '', '', ''];
    const shape = `${set.x.rows} x ${set.x.columns}`;
    console.error(`${name}, ${count} tasks: ${shape}\n${textTable({ columns, rows: [first, ...cells] })}`);
    results.push({ name, count, alone, lines });
  }
  matrix.dispose();
}
console.log(JSON.stringify({ machine: machine(backend), ...given, results }));
