/**
 * Small problems in a warm process: fits of a few hundred rows, and predictions of one row.
 *
 *     node bench/small.mjs [--sets australian,...] [--fits 100] [--rounds 15] [--quick]
 *
 * Fits by the public `train` with its default options on every fifth row left out, in batches of `--fits`, as a cross-validation makes them.
 * Predictions by `Model.predict` and `Model.outputs`, one call awaited after the other. Where LIBLINEAR's `liblinear-train` is at hand the fit
 * is set beside its whole process on the same rows less the one on a single row, which is what starting it and reading costs.
 * A table on standard error, JSON on standard output.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom, Model, networks, train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend, median } from './support/run.mjs';
import { randomProblem } from './support/synthetic.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    sets: { type: 'string', default: 'australian-unscaled' },
    fits: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const fits = Number(given.fits ?? (given.quick ? 3 : 100));
const rounds = Number(given.rounds ?? (given.quick ? 2 : 15));

/** The rows that are not every fifth one. */
async function trainingSplit(name) {
  const whole = (await loadProblem(name)) ?? randomProblem({ rows: 690, columns: 14, outputs: 1 });
  const { x, targets } = whole;
  const taken = Array.from({ length: x.rows }, (_, i) => i).filter((i) => i % 5 !== 4);
  const values = new Float64Array(taken.length * x.columns);
  taken.forEach((row, i) => values.set(x.values.subarray(row * x.columns, (row + 1) * x.columns), i * x.columns));
  return { x: { values, rows: taken.length, columns: x.columns }, y: taken.map((row) => (targets[row] > 0 ? 1 : -1)) };
}

/** Median wall and processor time of a fit over batches of `fits`. */
async function timesOfFits(data, options) {
  const [wall, user] = [[], []];
  let last;
  for (let round = -2; round < rounds; round++) {
    const [began, used] = [performance.now(), process.cpuUsage()];
    for (let fit = 0; fit < fits; fit++) last = await train(data, options);
    const { user: u, system } = process.cpuUsage(used);
    if (round < 0) continue;
    wall.push((performance.now() - began) / fits);
    user.push((u + system) / 1000 / fits);
  }
  const { iterations, objective, stop, innerEvaluations } = last;
  return {
    wall: median(wall),
    best: Math.min(...wall),
    processor: median(user),
    iterations,
    innerEvaluations,
    objective,
    stop: stop.reason,
  };
}

/** Milliseconds that LIBLINEAR's process takes on a problem beyond those on its first two rows; null where it is not installed. */
function liblinear({ x, y }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-bench-'));
  const line = (i) => {
    const row = x.values.subarray(i * x.columns, (i + 1) * x.columns);
    return `${y[i]} ${[...row].flatMap((v, j) => (v === 0 ? [] : [`${j + 1}:${v}`])).join(' ')}\n`;
  };
  const files = { whole: y.map((_, i) => line(i)).join(''), start: line(y.indexOf(1)) + line(y.indexOf(-1)) };
  try {
    const times = {};
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      const seconds = [];
      for (let round = 0; round < rounds; round++) {
        const began = performance.now();
        const { error, status } = spawnSync('liblinear-train', [
          '-q',
          '-s',
          '0',
          '-e',
          '1e-4',
          '-B',
          '1',
          file,
          `${file}.m`,
        ]);
        if (error || status !== 0) return null;
        seconds.push(performance.now() - began);
      }
      times[name] = median(seconds);
    }
    return times.whole - times.start;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Median microseconds of one awaited call over batches. */
async function microseconds(call, calls) {
  const times = [];
  for (let round = -2; round < rounds; round++) {
    const began = performance.now();
    for (let i = 0; i < calls; i++) await call();
    if (round >= 0) times.push((1000 * (performance.now() - began)) / calls);
  }
  return median(times);
}

function modelOf(network, columns, coding, classes) {
  const outputs = classes.length === 2 ? 1 : classes.length;
  const architecture = network.architecture(columns, outputs);
  const parameters = network.initialize(architecture, createRandom(1));
  const task = { loss: outputs === 1 ? 'logistic' : 'softmax', parameters: {}, coding, classes, outputs };
  return new Model({ network: network.name, architecture, task, parameters });
}

/** A fifth of 28 x 28 pixels, in the middle: as much as a digit has, and nowhere else. */
function isInk(pixel) {
  return Math.abs((pixel % 28) - 14) < 5 && Math.abs(pixel / 28 - 14) < 9;
}

async function timesOfPredictions() {
  const digits = Array.from({ length: 10 }, (_, i) => i);
  const mlp = modelOf(networks.mlp({ hidden: [100] }), 784, 'classes', digits);
  const models = {
    'linear 14-1': modelOf(networks.linear(), 14, 'two-classes', [-1, 1]),
    'linear 784-10': modelOf(networks.linear(), 784, 'classes', digits),
    'mlp 784-100-10': mlp,
    'mlp 784-100-10, drawn': mlp,
  };
  const results = [];
  for (const [name, model] of Object.entries(models)) {
    for (const rows of [1, 16]) {
      const { x } = randomProblem({ rows, columns: model.inputs, outputs: 1 });
      const values = name.endsWith('drawn') ? x.values.map((value, e) => (isInk(e % 784) ? value : 0)) : x.values;
      const data = { values, rows, columns: model.inputs };
      const float32 = { ...data, values: Float32Array.from(values) };
      const calls = given.quick ? 5 : 2000 / rows;
      results.push({
        model: name,
        rows,
        predict: await microseconds(() => model.predict(data), calls),
        outputs: await microseconds(() => model.outputs(data), calls),
        float32: await microseconds(() => model.predict(float32), calls),
      });
    }
  }
  return results;
}

const trainings = [];
for (const name of given.sets.split(',')) {
  const data = await trainingSplit(name);
  const times = await timesOfFits(data, { loss: 'logistic' });
  trainings.push({ data: name, rows: data.x.rows, columns: data.x.columns, ...times, liblinear: liblinear(data) });
}
const predictions = await timesOfPredictions();
const on = machine(backend);
console.error(`${on.processor}, node ${on.node}, ${on.backend}, ${on.threads} thread(s), batches of ${fits} fits`);
console.error(
  textTable({
    columns: ['fit', 'rows', 'ms', 'fastest batch', 'processor ms', 'iterations', 'evaluations', 'LIBLINEAR ms'],
    rows: trainings.map((t) => [
      t.data,
      t.rows,
      t.wall.toFixed(3),
      t.best.toFixed(3),
      t.processor.toFixed(3),
      t.iterations,
      t.innerEvaluations,
      t.liblinear?.toFixed(3) ?? '-',
    ]),
  }),
);
console.error(
  textTable({
    columns: ['prediction', 'rows', 'predict, µs', 'outputs, µs', 'float32, µs'],
    rows: predictions.map((p) => [p.model, p.rows, p.predict.toFixed(1), p.outputs.toFixed(1), p.float32.toFixed(1)]),
  }),
);
console.log(JSON.stringify({ machine: on, rounds, fits, trainings, predictions }));
