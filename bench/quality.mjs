#!/usr/bin/env node
/**
 * What somebody gets who tunes nothing: our estimators and scikit-learn's at their defaults (its own after a StandardScaler) on real data, each
 * judged on rows that neither has seen, and beside them the best of a grid of twelve for scikit-learn's, and the one of the grid that five folds choose.
 *
 *     node bench/quality.mjs [--only spambase,sonar] [--large] [--without mlp] [--alone] [--grid] [--options '{"hidden":[50]}']
 *                            [--out build/quality.json]
 *
 * A table of test accuracy and log loss, or R2, and of seconds of the fit (the median of three where they take less than two seconds);
 * without a Python that has scikit-learn, or with `--alone`, ours alone. The best of the grid is the one with the best test score: nobody who
 * does not know the test rows can choose better; by folds of the training rows is how it is chosen in practice. Every fifth row is the test (index mod 5 = 4), but for a9a, MNIST and Fashion-MNIST, which
 * have test files, and news20, where (index div 20) mod 5 = 4 is. Of the large sets (`--large`) the first rows are taken for training, as many
 * as are printed, since scikit-learn's networks take many minutes on all of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  everyFifthRow,
  loadTable,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  MLPRegressor,
  splitTable,
} from 'planesearch';
import { pythonWith } from './peers/python.mjs';
import { textTable } from './report/table.mjs';
import { dataFolder } from './support/problems.mjs';
import { median } from './support/run.mjs';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string' },
    large: { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
    alone: { type: 'boolean', default: false },
    grid: { type: 'boolean', default: false },
    options: { type: 'string', default: '{}' },
    out: { type: 'string' },
  },
});

const images = (name) => ({
  file: `${name}-train-images-idx3-ubyte.gz`,
  labels: `${name}-train-labels-idx1-ubyte.gz`,
  testFile: `${name}-t10k-images-idx3-ubyte.gz`,
  testLabels: `${name}-t10k-labels-idx1-ubyte.gz`,
  large: true,
  most: { linear: 10_000, mlp: 5000 },
});
const classes = (file) => ({ file, task: 'classification' });
const numbers = (file) => ({ file, task: 'regression' });
const dataSets = {
  australian: classes('australian.svm.gz'),
  'breast-cancer': classes('breast-cancer-wisconsin.csv.gz'),
  german: classes('german-numer-scale.svm.gz'),
  heart: classes('heart-scale.svm.gz'),
  ionosphere: classes('ionosphere.csv.gz'),
  sonar: classes('sonar.csv.gz'),
  spambase: classes('spambase.csv.gz'),
  mushrooms: classes('mushrooms.svm.gz'),
  phishing: classes('phishing.svm.gz'),
  a9a: { ...classes('a9a.svm.gz'), testFile: 'a9a-test.svm.gz' },
  w8a: classes('w8a.svm.gz'),
  'boston-housing': numbers('boston-housing.csv.gz'),
  'wine-red': numbers('wine-quality-red.csv.gz'),
  'wine-white': numbers('wine-quality-white.csv.gz'),
  'california-housing': numbers('california-housing.csv.gz'),
  'uci-pol': numbers('uci-pol.csv.gz'),
  'uci-protein': numbers('uci-protein.csv.gz'),
  news20: { ...classes('news20.svm.gz'), split: byTwenties, large: true, most: { linear: Infinity, mlp: 1000 } },
  mnist: { ...images('mnist'), task: 'classification' },
  'fashion-mnist': { ...images('fashion-mnist'), task: 'classification' },
};

function byTwenties(rows) {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  const isTest = (row) => Math.floor(row / 20) % 5 === 4;
  return { train: all.filter((row) => !isTest(row)), test: all.filter(isTest) };
}

async function load({ file, labels, testFile, testLabels, split = everyFifthRow, task }) {
  const at = (name) => name && path.join(dataFolder, name);
  const reading = file.endsWith('.csv.gz') ? { header: false } : {};
  const table = await loadTable(at(file), { ...reading, labels: at(labels), task });
  if (!testFile) return splitTable(table, split(table.data.rows));
  const { schema } = table;
  return {
    train: table,
    test: await loadTable(at(testFile), { labels: at(testLabels), schema, columns: table.data.columns }),
  };
}

const own = JSON.parse(given.options);

/** The first rows of the training, as many as scikit-learn can be asked to fit. */
function shortened({ train, test }, most = Infinity) {
  if (train.data.rows <= most) return { train, test };
  const first = Uint32Array.from({ length: most }, (_, row) => row);
  return { train: splitTable(train, { train: first, test: first }).train, test };
}

async function ours({ train, test }, task, model) {
  const Made = {
    linear: task === 'regression' ? LinearRegression : LogisticRegression,
    mlp: task === 'regression' ? MLPRegressor : MLPClassifier,
  };
  const estimator = new Made[model](own);
  const runs = [];
  while (runs.length < 3 && !(runs.at(-1) > 2)) {
    const began = performance.now();
    await estimator.fit(train.data, train.target);
    runs.push((performance.now() - began) / 1000);
  }
  const seconds = median(runs);
  const { metrics } = await estimator.evaluate(test.data, test.target);
  const { iterations, stop, scores } = estimator.training;
  return {
    score: metrics.accuracy ?? metrics.r2,
    logLoss: metrics.logLoss ?? null,
    seconds,
    iterations,
    stop: stop.reason,
    train: scores,
  };
}

const python = pythonWith('sklearn');
const driver = fileURLToPath(new URL('peers/quality_fit.py', import.meta.url));

function theirs({ train, test }, task, model) {
  if (given.alone || !python) return { failed: given.alone ? 'not asked for' : 'no Python with scikit-learn' };
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-quality-'));
  try {
    const put = (name, array) =>
      writeFileSync(path.join(folder, name), Buffer.from(array.buffer, array.byteOffset, array.byteLength));
    const codes = new Map();
    const code = (label) => codes.get(label) ?? codes.set(label, codes.size).get(label);
    const side = (name, { data, target }) => {
      if (data.kind === 'csr') {
        put(`${name}-indptr`, Int32Array.from(data.indptr));
        put(`${name}-indices`, Int32Array.from(data.indices));
      }
      put(`${name}-values`, Float64Array.from(data.values ?? new Float64Array(data.indices.length).fill(1)));
      put(
        `${name}-target`,
        task === 'regression' ? Float64Array.from(target.values) : Float64Array.from(target.values, code),
      );
      return { rows: data.rows, columns: data.columns, sparse: data.kind === 'csr' };
    };
    const request = { folder, task, model, grid: given.grid, train: side('train', train), test: side('test', test) };
    const { status, stdout, stderr } = spawnSync(python, [driver], { input: JSON.stringify(request), encoding: 'utf8' });
    return status === 0 ? JSON.parse(stdout) : { failed: stderr.trim().split('\n').at(-1) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const wanted = given.only?.split(',') ?? Object.keys(dataSets).filter((name) => given.large || !dataSets[name].large);
const models = ['linear', 'mlp'].filter((model) => model !== given.without);
const results = [];
for (const name of wanted) {
  const set = dataSets[name];
  if (!set || !existsSync(path.join(dataFolder, set.file))) {
    console.error(`${name} is left out: its file is not there; set PLANESEARCH_DATA to the folder of the data sets.`);
    continue;
  }
  const all = await load(set);
  for (const model of models) {
    const data = shortened(all, set.most?.[model]);
    const row = { name, model, task: set.task, rows: data.train.data.rows, columns: data.train.data.columns };
    Object.assign(row, { ours: await ours(data, set.task, model), theirs: theirs(data, set.task, model) });
    results.push(row);
    const { ours: a, theirs: b } = row;
    console.error(
      `${name} ${model}: ours ${shown(a.score)} in ${seconds(a.seconds)} s, ${a.iterations} iterations; scikit-learn ${b.failed ?? `${shown(b.score)} in ${seconds(b.seconds)} s, grid ${shown(b.best)}, by folds ${shown(b.chosen)}`}`,
    );
  }
}

function shown(score) {
  return score === undefined || score === null ? '' : score.toFixed(4);
}

function seconds(value) {
  return value === undefined ? '' : value.toFixed(value < 1 ? 3 : 1);
}

const columns = [
  'data',
  'rows',
  'model',
  'accuracy or R2',
  'scikit-learn',
  'best of its grid',
  'its grid by folds',
  'log loss',
  'scikit-learn',
  'seconds',
  'scikit-learn',
];
const lines = results.map(({ name, rows, model, ours: a, theirs: b }) => [
  name,
  String(rows),
  model,
  shown(a.score),
  shown(b.score),
  shown(b.best),
  shown(b.chosen),
  shown(a.logLoss),
  shown(b.logLoss),
  seconds(a.seconds),
  seconds(b.seconds),
]);
console.log(textTable({ columns, rows: lines }));
if (given.out) {
  mkdirSync(path.dirname(given.out), { recursive: true });
  writeFileSync(given.out, `${JSON.stringify(results, null, 1)}\n`);
}
