/** The runs of the first seconds: data with held-out rows, a network, the objectives and scores on the way. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createRandom, loadTable } from 'planesearch';
import { dataFolder } from '../support/problems.mjs';
import { taught } from '../support/synthetic.mjs';

const images = (name) => ({
  train: [`${name}-train-images-idx3-ubyte.gz`, `${name}-train-labels-idx1-ubyte.gz`],
  test: [`${name}-t10k-images-idx3-ubyte.gz`, `${name}-t10k-labels-idx1-ubyte.gz`],
});
const fashion = {
  ...images('fashion-mnist'),
  levels: [0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1],
  half: 0.25,
  scores: [0.87, 0.88, 0.885],
};
const table = (file, levels) => ({ table: file, hidden: 50, activation: 'tanh', levels, scores: [] });

export const runs = {
  'mnist tanh-100': {
    ...images('mnist'),
    hidden: 100,
    activation: 'tanh',
    levels: [0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.015],
    half: 0.05,
    scores: [0.97, 0.975, 0.98],
  },
  'fashion-mnist tanh-50': { ...fashion, hidden: 50, activation: 'tanh' },
  'fashion-mnist relu-100': { ...fashion, hidden: 100, activation: 'relu' },
  'california tanh-50': table('california-housing.csv.gz', [0.14, 0.12, 0.11, 0.1]),
  'protein tanh-50': table('uci-protein.csv.gz', [0.3, 0.28, 0.26, 0.25, 0.24]),
  'drawn relu-100': {
    drawn: { rows: 100000, columns: 54, classes: 7, units: 30 },
    hidden: 100,
    activation: 'relu',
    levels: [1.2, 1, 0.9, 0.8, 0.7, 0.65, 0.6],
    half: 0.65,
    scores: [],
  },
};

/** Pixels from 0 to 1, as they are read; columns and target of a table standardized by the training rows, a fifth of the rows held out. X in float32. */
export async function loadRun(name) {
  const run = runs[name];
  if (!run) throw new Error(`A run must be one of ${Object.keys(runs).join(', ')}, but '${name}' was given.`);
  if (run.drawn) return { name, ...run, ...drawnData(run.drawn) };
  const files = run.table ? [run.table] : [...run.train, ...run.test];
  const missing = files.find((file) => !existsSync(path.join(dataFolder, file)));
  if (missing) {
    console.error(
      `${name} is left out: ${path.join(dataFolder, missing)} is not there; set PLANESEARCH_DATA to its folder.`,
    );
    return null;
  }
  return { name, ...run, ...(run.table ? await tableData(run) : await imageData(run)) };
}

async function imageData({ train, test }) {
  const part = async ([file, labels]) => {
    const { data, target } = await loadTable(path.join(dataFolder, file), {
      labels: path.join(dataFolder, labels),
      needsTarget: true,
      storage: 'dense',
    });
    const values = Float32Array.from(data.values);
    return { x: { values, rows: data.rows, columns: data.columns }, y: Float64Array.from(target.values) };
  };
  return { loss: 'softmax', outputs: 10, training: await part(train), heldOut: await part(test) };
}

async function tableData({ table: file }) {
  const { data, target } = await loadTable(path.join(dataFolder, file), { needsTarget: true, storage: 'dense' });
  const { rows, columns } = data;
  const random = createRandom(1);
  const order = Array.from({ length: rows }, (_, i) => [random.uniform(), i])
    .sort(([a], [b]) => a - b)
    .map(([, i]) => i);
  const cut = Math.floor(0.8 * rows);
  const moments = (at) => {
    const taken = order.slice(0, cut).map(at);
    const mean = taken.reduce((sum, x) => sum + x, 0) / cut;
    const spread = Math.sqrt(taken.reduce((sum, x) => sum + (x - mean) ** 2, 0) / cut);
    return (x) => (x - mean) / (spread || 1);
  };
  const scaled = Array.from({ length: columns }, (_, j) => moments((row) => data.values[row * columns + j]));
  const scaledTarget = moments((row) => target.values[row]);
  const part = (taken) => ({
    x: {
      values: Float32Array.from({ length: taken.length * columns }, (_, e) =>
        scaled[e % columns](data.values[taken[Math.floor(e / columns)] * columns + (e % columns)]),
      ),
      rows: taken.length,
      columns,
    },
    y: Float64Array.from(taken, (row) => scaledTarget(target.values[row])),
  });
  return { loss: 'squared', outputs: 1, training: part(order.slice(0, cut)), heldOut: part(order.slice(cut)) };
}

function drawnData({ rows, ...drawn }) {
  const held = 5000;
  const { values, columns, targets } = taught({ rows: rows + held, ...drawn });
  const part = (from, end) => ({
    x: { values: values.slice(from * columns, end * columns), rows: end - from, columns },
    y: targets.slice(from, end),
  });
  return { loss: 'softmax', outputs: drawn.classes, training: part(0, rows), heldOut: part(rows, rows + held) };
}
