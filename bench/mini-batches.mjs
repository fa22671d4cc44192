/**
 * `node bench/mini-batches.mjs [--problem TEXT] [--only PATTERN] [--epochs N] [--rows N] [--batch N]`: steps over mini-batches solved on other rows, beside those that are
 * laid down beforehand. Per method the course of the objective over all rows, by products with X (rows looked at over all rows) and by
 * processor seconds of one thread; both contain what a record of an epoch costs, two products. `bare` epochs are taken as they go and
 * steps whole, the others by the search over all rows and half. The data is a folder named by PLANESEARCH_DATA.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  Batches,
  createRandom,
  directions,
  gaussNewton,
  loadTable,
  losses,
  miniBatches,
  minimize,
  networks,
  Objective,
  plane as planeRule,
  selectBackend,
  stopping,
  train,
} from 'planesearch';
import { dataFolder } from './support/problems.mjs';

const { values: args } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    problem: { type: 'string', default: '' },
    epochs: { type: 'string', default: '10' },
    rows: { type: 'string', default: '12000' },
    batch: { type: 'string', default: '512' },
  },
});
const epochs = Number(args.epochs);
const batch = Number(args.batch);

const problems = {
  'mnist tanh-100': { load: mnist, network: 'mlp', own: { hidden: [100], activation: 'tanh' }, loss: 'softmax' },
  'a9a logistic': { load: a9a, network: 'linear', own: {}, loss: 'logistic' },
};

async function mnist() {
  const { data, target } = await loadTable(path.join(dataFolder, 'mnist-train-images-idx3-ubyte.gz'), {
    labels: path.join(dataFolder, 'mnist-train-labels-idx1-ubyte.gz'),
    needsTarget: true,
    storage: 'dense',
  });
  const rows = Math.min(Number(args.rows), data.rows);
  const values = Float32Array.from(data.values.subarray(0, rows * data.columns));
  return { x: { values, rows, columns: data.columns }, y: Float64Array.from(target.values.slice(0, rows)) };
}

async function a9a() {
  const { data, target } = await loadTable(path.join(dataFolder, 'a9a.svm.gz'), { needsTarget: true, storage: 'dense' });
  return { x: { ...data, values: Float32Array.from(data.values) }, y: Float64Array.from(target.values) };
}

/** One point an epoch: products and seconds spent, objective over all rows. */
function watch() {
  const points = [];
  let began = process.cpuUsage();
  const seconds = () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1e6;
  };
  const callback = ({ iteration, products: { multiply, multiplyTransposed }, objective }) => {
    if (iteration === 0) began = process.cpuUsage();
    points.push({ products: multiply + multiplyTransposed, seconds: seconds(), objective });
  };
  return { points, callback };
}

const shared = { maxIterations: epochs, tolerance: 0, threads: 1, precision: 'float32' };

const ours = (options) => async (problem) => {
  const { points, callback } = watch();
  const { network, own, loss, data } = problem;
  await train(data, { ...shared, network, ...own, loss, sample: 'all', callbacks: [callback], ...options });
  return points;
};

/** Epochs taken as they go, without the search over all rows; X in its frame, or as given. */
const plainly = (frame, directionOver) => async (problem) => {
  const { backend } = selectBackend('auto', 1);
  const { network, own, data, model, lossObject: loss, targets } = problem;
  const matrix = await backend.matrix({ kind: 'dense', ...data.x }, { precision: 'float32', frame });
  const made = networks[network](own);
  const { architecture } = model.spec;
  const spec = { matrix, architecture, network: made, loss, targets, l2: 1 / data.x.rows, memory: 1 };
  const whole = new Objective({ ...spec, memory: 0 }, backend);
  const stepRule = {
    name: 'whole epoch',
    split: 'joint',
    maxMemory: 0,
    safeguarded: false,
    start: () => null,
    choose: async (phi) => ({ t: phi.main, value: await phi.value(phi.main), accepted: true, reason: 'as it went' }),
  };
  const { points, callback } = watch();
  const start = { inFrame: made.initialize(architecture, createRandom(0)) };
  const direction = directionOver(new Batches(spec, backend, batch), whole.layout.size);
  const stop = stopping.iterationLimit(epochs);
  await minimize(whole, start, { direction, stepRule, memory: 0, stop, callbacks: [callback] });
  whole.dispose();
  matrix.dispose();
  return points;
};

const plane = (solveOn, damping) =>
  plainly('standard', (batches) =>
    miniBatches({
      batches,
      direction: directions.gradient(),
      rule: planeRule(gaussNewton()),
      memory: 1,
      solveOn,
      damping,
      seed: 0,
    }),
  );

/** Steps theta <- theta + update(gradient of a batch): two products each. */
const updates = (makeUpdate) =>
  plainly('none', (batches, size) => {
    const random = createRandom(1);
    const update = makeUpdate(size, batches.count);
    return {
      name: 'updates',
      unitStep: true,
      start: () => null,
      async next(_state, { point: from }) {
        const point = from.slice();
        for (const j of random.permutation(batches.count)) {
          const part = batches.objective(j);
          await part.startAt(point.slice());
          update(part.gradient, point);
          part.dispose();
        }
        return [point.map((p, e) => p - from[e])];
      },
    };
  });

const momentum = (rate) =>
  updates((size) => {
    const v = new Float64Array(size);
    return (g, point) => {
      for (let e = 0; e < size; e++) {
        v[e] = 0.9 * v[e] - rate * g[e];
        point[e] += v[e];
      }
    };
  });

/** Kingma & Ba 2015; `decay`: the rate goes to 0 over the epochs asked for, by a cosine. */
const adam = (rate, decay) =>
  updates((size, count) => {
    const m = new Float64Array(size);
    const v = new Float64Array(size);
    let k = 0;
    return (g, point) => {
      const eta = decay ? (rate * (1 + Math.cos((Math.PI * k) / (epochs * count)))) / 2 : rate;
      k++;
      const first = 1 - 0.9 ** k;
      const second = 1 - 0.999 ** k;
      for (let e = 0; e < size; e++) {
        m[e] = 0.9 * m[e] + 0.1 * g[e];
        v[e] = 0.999 * v[e] + 0.001 * g[e] * g[e];
        point[e] -= (eta * m[e]) / first / (Math.sqrt(v[e] / second) + 1e-8);
      }
    };
  });

const methods = {
  'plane on both': ours({ batch }),
  'plane on next': ours({ batch, solveOn: 'next' }),
  'plane on same': ours({ batch, solveOn: 'same' }),
  'layerwise on both': ours({ batch, steps: 'layerwise' }),
  'line along Adam, on both': ours({ batch, direction: 'adam', steps: 'line' }),
  'line along Adam, on next': ours({ batch, direction: 'adam', steps: 'line', solveOn: 'next' }),
  'plane on both, bare': plane('both', 1),
  'plane on next, bare': plane('next', 1),
  'plane on same, bare': plane('same', 1),
  'Armijo on same': ours({ batch, steps: 'backtracking', solveOn: 'same' }),
  'Armijo by layer on same': ours({ batch, steps: 'layerwise-backtracking', solveOn: 'same' }),
  'momentum 0.9, rate 0.03': momentum(0.03),
  'momentum 0.9, rate 0.1': momentum(0.1),
  'momentum 0.9, rate 0.3': momentum(0.3),
  'Adam 0.001': adam(0.001, false),
  'Adam 0.001, cosine': adam(0.001, true),
  'Adam 0.01': adam(0.01, false),
  'Adam 0.01, cosine': adam(0.01, true),
  'sample that grows, auto': ours({ maxIterations: 4 * epochs, sample: 2048 }),
};

for (const [name, problem] of Object.entries(problems)) {
  if (!name.includes(args.problem)) continue;
  problem.data = shuffled(await problem.load());
  const { network, own, loss, data } = problem;
  const sketch = await train(data, { ...shared, network, ...own, loss, maxIterations: 0 });
  Object.assign(problem, { model: sketch.model, lossObject: losses[loss](), targets: targetsOf(data.y, sketch.model) });
  console.log(`\n${name}: ${data.x.rows} rows, batches of ${batch}, one thread, float32`);
  // Compiled before it is measured.
  await methods['plane on both'](problem);
  for (const [method, run] of Object.entries(methods)) {
    if (!new RegExp(args.only).test(method)) continue;
    const points = await run(problem);
    const at = [1, 2, 5, 10, 17, 20, 40].filter((k) => k < points.length);
    const course = at.map((k) => {
      const { products, seconds, objective } = points[k];
      return `${k}: ${objective.toFixed(4)} (${products.toFixed(0)} p, ${seconds.toFixed(2)} s)`;
    });
    console.log(`${method.padEnd(30)} ${course.join('  ')}`);
  }
}

/** Batches are rows that lie one behind the other. */
function shuffled({ x: { values, rows, columns }, y }) {
  const order = createRandom(7).permutation(rows);
  const moved = new Float32Array(values.length);
  order.forEach((from, to) => moved.set(values.subarray(from * columns, (from + 1) * columns), to * columns));
  return { x: { values: moved, rows, columns }, y: y.map((_, i) => y[order[i]]) };
}

/** As `train` codes them: the number of the class, of two classes -1 and 1. */
function targetsOf(y, { spec: { task } }) {
  const numbers = Float64Array.from(y, (label) => task.classes.indexOf(label));
  return task.outputs === 1 ? numbers.map((c) => 2 * c - 1) : numbers;
}
