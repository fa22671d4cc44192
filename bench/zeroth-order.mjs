/**
 * `zeroth-order` beside `gradient`, per product with X and per second, and trained on the share of errors itself.
 *
 *     node bench/zeroth-order.mjs [--data spambase,fashion-mnist-10000] [--products 400] [--hidden 20] [--rates 1e-4,1e-3,1e-2,1e-1]
 *
 * Every run may use `--products` products with X. `fixed` is zeroth-order gradient descent (MeZO's step), with the best of `--rates`. The black box is
 * the share of errors on the sets of two classes, by values alone. A table on standard error, JSON on standard output.
 */
import { parseArgs } from 'node:util';
import { gaussNewton, gradient, line, backtracking, fixed, stopping, train, zerothOrder } from 'planesearch';
import { textTable } from './report/table.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend, networkOf, run, total } from './support/run.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'spambase,fashion-mnist-10000' },
    products: { type: 'string', default: '400' },
    hidden: { type: 'string', default: '20' },
    rates: { type: 'string', default: '1e-4,1e-3,1e-2,1e-1' },
  },
});
const products = Number(given.products);
const rates = given.rates.split(',').map(Number);

/** The share of rows that are predicted wrong. */
const errors = {
  name: 'errors',
  parameters: {},
  codings: ['two-classes'],
  slopes: false,
  targetWidth: (outputs) => outputs,
  targetProblem: (y) => (Math.abs(y) === 1 ? null : '-1 or +1'),
  row: (o, at, _width, y, target) => (o[at] * y[target] > 0 ? 0 : 1),
};

const zeroth = (options, rule) => ({ direction: zerothOrder(options), stepRule: rule });
const methods = {
  'gradient, line': () => ({ direction: gradient(), stepRule: line(gaussNewton()) }),
  'zeroth-order, line': () => zeroth({}, line(gaussNewton())),
  'zeroth-order, backtracking': () => zeroth({}, backtracking()),
  'in turn, line': () => zeroth({ block: 'in turn' }, line(gaussNewton())),
  '4 samples, line': () => zeroth({ samples: 4 }, line(gaussNewton())),
  ...Object.fromEntries(rates.map((rate) => [`fixed ${rate}`, () => zeroth({}, fixed({ rate }))])),
};

const rows = [];
for (const name of given.data.split(',')) {
  const problem = await loadProblem(name);
  if (!problem) continue;
  for (const kind of ['linear', 'tanh']) {
    const network = networkOf(kind, [Number(given.hidden)]);
    const fixedRuns = [];
    for (const [method, make] of Object.entries(methods)) {
      const limits = { maxIterations: 10 * products, stops: [stopping.productLimit(products)] };
      const result = await run(problem, network, { ...make(), memory: 0 }, limits);
      const { history, seconds, objective } = result;
      const row = {
        data: name,
        network: kind,
        method,
        start: history[0].objective,
        objective,
        iterations: history.length - 1,
        products: total(result.products),
        seconds,
        stayed: history.filter(({ status }) => status === 'stayed').length,
      };
      if (method.startsWith('fixed')) fixedRuns.push(row);
      else rows.push(row);
    }
    rows.push(fixedRuns.sort((a, b) => a.objective - b.objective)[0]);
  }
}

const blackBox = [];
for (const name of given.data.split(',')) {
  const problem = await loadProblem(name);
  if (problem?.loss !== 'logistic') continue;
  const data = { x: problem.x, y: problem.targets };
  const shared = { backend: backend.name, task: 'classification' };
  const smooth = await train(data, shared);
  const values = await train(data, {
    ...shared,
    loss: errors,
    l2: 0,
    direction: zerothOrder({ difference: 0.1 }),
    steps: 'backtracking',
    maxProducts: products,
    maxIterations: products,
  });
  const after = await train(data, {
    ...shared,
    loss: errors,
    l2: 0,
    direction: zerothOrder({ difference: 0.01 }),
    steps: 'backtracking',
    start: smooth.model.spec.parameters,
    maxProducts: products,
    maxIterations: products,
  });
  for (const [from, { scores, products: used, seconds }] of Object.entries({
    logistic: smooth,
    errors: values,
    'errors, from logistic': after,
  }))
    blackBox.push({ data: name, loss: from, accuracy: scores.accuracy, products: total(used), seconds });
}

console.error(
  textTable({
    columns: ['data', 'network', 'method', 'start', 'objective', 'iterations', 'products', 'stayed', 'seconds'],
    rows: rows.map((r) => [
      r.data,
      r.network,
      r.method,
      r.start.toFixed(4),
      r.objective.toFixed(5),
      r.iterations,
      r.products,
      r.stayed,
      r.seconds.toFixed(2),
    ]),
  }),
);
console.error(
  textTable({
    columns: ['data', 'minimized', 'accuracy', 'products', 'seconds'],
    rows: blackBox.map((r) => [r.data, r.loss, r.accuracy.toFixed(4), r.products, r.seconds.toFixed(2)]),
  }),
);
console.log(JSON.stringify({ machine: machine(backend), products, rows, blackBox }));
