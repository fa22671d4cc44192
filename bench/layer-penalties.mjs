/**
 * One penalty for all layers of a network against one for each: `l2: 'auto'`, 'gradient' and 'layerwise'.
 *
 *     node bench/layer-penalties.mjs [--data NAME,...] [--splits 5] [--hidden 20] [--activation tanh]
 *
 * Networks over standardized columns (numbers to be told have spread 1), at most 200 iterations. Every split holds a fifth out at random, and its number
 * is the seed of the run as well. Prints, on standard error, the mean test loss of the default l2, those of the words in percent of it, the
 * paired differences with their standard errors, fits tried and processor time over that of the default; and one JSON object on standard output.
 */
import path from 'node:path';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadTable, splitRows, splitTable, train } from 'planesearch';
import { dataFolder } from './support/problems.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    splits: { type: 'string', default: '5' },
    hidden: { type: 'string', default: '20' },
    activation: { type: 'string', default: 'tanh' },
  },
});

const sets = {
  ionosphere: { file: 'ionosphere.csv.gz', task: 'classification' },
  sonar: { file: 'sonar.csv.gz', task: 'classification' },
  german: { file: 'german-numer-scale.svm.gz', task: 'auto' },
  boston: { file: 'boston-housing.csv.gz', task: 'regression' },
  'wine (red)': { file: 'wine-quality-red.csv.gz', task: 'regression' },
  'wine (white)': { file: 'wine-quality-white.csv.gz', task: 'regression' },
  spambase: { file: 'spambase.csv.gz', task: 'classification' },
  california: { file: 'california-housing.csv.gz', task: 'regression', splits: 2 },
};

const words = ['auto', 'gradient', 'layerwise'];

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const standardError = (values) => deviation(values) / Math.sqrt(Math.max(1, values.length - 1));

function scaled(target) {
  if (target.kind !== 'numbers') return target;
  const [center, spread] = [mean(target.values), deviation(target.values)];
  return { ...target, values: target.values.map((value) => (value - center) / spread) };
}

async function run({ train: fitted, test }, trainOptions) {
  const began = process.cpuUsage();
  const training = await train({ x: fitted.data, y: fitted.target, schema: fitted.schema }, trainOptions);
  const { user } = process.cpuUsage(began);
  const { loss } = await training.model.evaluate(test.data, test.target);
  return { loss, seconds: user / 1e6, training };
}

async function compare(name) {
  if (!Object.hasOwn(sets, name))
    throw new Error(`A set must be one of ${Object.keys(sets).join(', ')}, but '${name}' was given.`);
  const { file, task, splits = Number(options.splits) } = sets[name];
  const source = path.join(dataFolder, file);
  if (!existsSync(source)) return console.error(`${name} is left out: ${file} is not there.`);
  const table = await loadTable(source, { task, needsTarget: true });
  if (task === 'regression') table.target = scaled(table.target);
  const hidden = options.hidden.split('x').map(Number);
  const common = {
    network: 'mlp',
    hidden,
    activation: options.activation,
    standardize: true,
    maxIterations: 200,
    threads: 1,
  };
  if (task === 'regression') common.loss = 'squared';
  const found = { default: [], ...Object.fromEntries(words.map((word) => [word, []])) };
  for (let seed = 0; seed < splits; seed++) {
    const split = splitTable(table, splitRows(table.data.rows, 0.2, seed));
    found.default.push(await run(split, { ...common, seed }));
    for (const word of words) found[word].push(await run(split, { ...common, seed, l2: word }));
  }
  const losses = (word) => found[word].map(({ loss }) => loss);
  const base = mean(losses('default'));
  const share = (word) => 100 * (mean(losses(word)) / base - 1);
  const paired = (word, other) => {
    const differences = losses(word).map((loss, k) => (100 * (loss - losses(other)[k])) / base);
    return `${mean(differences).toFixed(2)} +- ${standardError(differences).toFixed(2)}`;
  };
  const row = { name, rows: table.data.rows, splits, base };
  console.error(`${name.padEnd(13)} default ${base.toFixed(5)}`);
  for (const word of words) {
    const tried = mean(found[word].map(({ training }) => training.penalty.path.length));
    const time = mean(found[word].map(({ seconds }) => seconds)) / mean(found.default.map(({ seconds }) => seconds));
    row[word] = { change: share(word), tried, time, losses: losses(word) };
    console.error(
      `   ${word.padEnd(10)} ${share(word).toFixed(2).padStart(7)} %  tried ${tried.toFixed(1)}  time ${time.toFixed(1)}`,
    );
  }
  row.factors = found.layerwise.map(({ training }) => training.layerPenalties);
  row.heldOut = found.layerwise.map(({ training: { penalty } }) => penalty.path.map(({ loss }) => loss));
  row.lessGradient = paired('layerwise', 'gradient');
  row.lessAuto = paired('layerwise', 'auto');
  const factors = row.factors.map((c) => c.map((one) => one.toPrecision(2)).join(' ')).join(', ');
  console.error(
    `   layerwise less gradient ${row.lessGradient} points, less auto ${row.lessAuto}; by layer times ${factors}`,
  );
  return row;
}

const wanted = options.data?.split(',') ?? Object.keys(sets);
const table = [];
for (const name of wanted) {
  const row = await compare(name);
  if (row) table.push(row);
}
console.log(JSON.stringify(table));
