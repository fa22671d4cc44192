/**
 * The data sets of the benchmarks, as problems: matrix, targets, loss. Read from PLANESEARCH_DATA or `../shared/data` beside the
 * checkout; a set that is not there is left out, saying so.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseTask, encodeTarget, loadTable, standardized, measureStandardization, takeRows } from 'planesearch';

export const dataFolder = process.env.PLANESEARCH_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));

const fashion = {
  file: 'fashion-mnist-train-images-idx3-ubyte.gz',
  labels: 'fashion-mnist-train-labels-idx1-ubyte.gz',
  loss: 'softmax',
};

/** name, file, standardized or as it comes, first rows only. */
export const dataSets = {
  'wine-quality-white': { file: 'wine-quality-white.csv.gz', loss: 'squared', standardize: true },
  'california-housing': { file: 'california-housing.csv.gz', loss: 'squared', standardize: true },
  spambase: { file: 'spambase.csv.gz', loss: 'logistic', standardize: true },
  phishing: { file: 'phishing.svm.gz', loss: 'logistic' },
  a9a: { file: 'a9a.svm.gz', loss: 'logistic' },
  w8a: { file: 'w8a.svm.gz', loss: 'logistic' },
  mushrooms: { file: 'mushrooms.svm.gz', loss: 'logistic' },
  'fashion-mnist-10000': { ...fashion, rows: 10000 },
  'spambase-unscaled': { file: 'spambase.csv.gz', loss: 'logistic' },
  'australian-unscaled': { file: 'australian.svm.gz', loss: 'logistic' },
};

/** Smaller and other tables, on which the defaults of `auto` were checked and in part chosen: what `bench/auto.mjs --further` runs. */
export const furtherSets = {
  'boston-housing': { file: 'boston-housing.csv.gz', loss: 'squared', standardize: true },
  'wine-quality-red': { file: 'wine-quality-red.csv.gz', loss: 'squared', standardize: true },
  'uci-pol': { file: 'uci-pol.csv.gz', loss: 'squared', standardize: true },
  'uci-protein': { file: 'uci-protein.csv.gz', loss: 'squared', standardize: true },
  'heart-scale': { file: 'heart-scale.svm.gz', loss: 'logistic' },
  'german-numer-scale': { file: 'german-numer-scale.svm.gz', loss: 'logistic' },
  australian: { file: 'australian.svm.gz', loss: 'logistic', standardize: true },
  'breast-cancer': { file: 'breast-cancer-wisconsin.csv.gz', loss: 'logistic', standardize: true },
  ionosphere: { file: 'ionosphere.csv.gz', loss: 'logistic', standardize: true },
  sonar: { file: 'sonar.csv.gz', loss: 'logistic', standardize: true },
  'mnist-10000': {
    file: 'mnist-train-images-idx3-ubyte.gz',
    labels: 'mnist-train-labels-idx1-ubyte.gz',
    loss: 'softmax',
    rows: 10000,
  },
};

/** Too large for a benchmark that goes over all sets. */
const wholeDataSets = {
  'fashion-mnist': fashion,
  mnist: { file: 'mnist-train-images-idx3-ubyte.gz', labels: 'mnist-train-labels-idx1-ubyte.gz', loss: 'softmax' },
  news20: { file: 'news20.svm.gz', loss: 'softmax' },
};

/**
 * @param {{ rows?: number, storage?: 'auto' | 'dense' }} [limits] at most so many rows, spread evenly over the file: some files are sorted by
 * class; `storage` 'auto' leaves sparse what a user would have sparse, 'dense' (default) is comparable with versions that know nothing else
 * @returns {Promise<{name, x, targets, loss, outputs} | null>} null, with a line on standard error, where the file is absent
 */
export async function loadProblem(name, limits = {}) {
  const known = { ...dataSets, ...furtherSets, ...wholeDataSets };
  if (!Object.hasOwn(known, name))
    throw new Error(`A data set must be one of ${Object.keys(known).join(', ')}, but '${name}' was given.`);
  const { file, labels, loss, standardize, rows } = known[name];
  const source = path.join(dataFolder, file);
  if (!existsSync(source)) {
    console.error(`${name} is left out: ${source} is not there; set PLANESEARCH_DATA to the folder of the data sets.`);
    return null;
  }
  const table = await loadTable(source, {
    needsTarget: true,
    storage: limits.storage ?? 'dense',
    ...(labels ? { labels: path.join(dataFolder, labels) } : {}),
  });
  const task = chooseTask(table.target, table.schema.format, loss);
  let { data: x } = table;
  let targets = encodeTarget(table.target, task);
  if (rows && rows < x.rows) {
    x = { ...x, rows, values: x.values.slice(0, rows * x.columns) };
    targets = targets.slice(0, rows);
  }
  if (limits.rows < x.rows) {
    const taken = Array.from({ length: limits.rows }, (_, i) => Math.floor((i * x.rows) / limits.rows));
    const width = targets.length / x.rows;
    targets = Float64Array.from(taken.flatMap((row) => [...targets.subarray(row * width, (row + 1) * width)]));
    x = takeRows(x, taken);
  }
  if (standardize) x = standardized(x, measureStandardization(x));
  return { name, x, targets, loss, outputs: loss === 'softmax' ? task.classes.length : 1 };
}
