/**
 * `l2: 'auto'` and its judges against the best of a fine grid.
 *
 *     node bench/penalty.mjs [--data NAME,...] [--judges auto,folds,held-out,gradient] [--splits 5] [--grid 3] [--timings 3] [--penalty l1]
 *
 * Every data set is split at random, `--splits` times, a fifth for testing; one with a test file of its own, and the larger ones, have one
 * split. Of news20 the first ten classes are told from the others. The grid has `--grid` penalties a factor of ten, from 1e-5 to 1e4 times the default; the best of it is the one of
 * lowest test loss, averaged over the splits: the best that any method could choose that chooses one l2 for all of them. Prints a table on
 * standard error and one JSON object on standard output: mean l2, mean test loss over that of the best, seconds over those of one fit at the
 * default l2 (medians, the whole call of `train`). `--penalty l1` is about l1: 'path' and 'gradient' beside the best of a path, whose fit is the one fit.
 */
import path from 'node:path';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { l1Path, loadTable, splitRows, splitTable, train } from 'planesearch';
import { dataFolder } from './support/problems.mjs';
import { median } from './support/run.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    judges: { type: 'string' },
    penalty: { type: 'string', default: 'l2' },
    splits: { type: 'string', default: '5' },
    grid: { type: 'string', default: '3' },
    timings: { type: 'string', default: '3' },
  },
});

const ofL1 = options.penalty === 'l1';
const judges = (options.judges ?? (ofL1 ? 'path,gradient' : 'auto,folds,held-out,gradient')).split(',');

const sets = {
  a9a: { file: 'a9a.svm.gz', test: 'a9a-test.svm.gz' },
  w8a: { file: 'w8a.svm.gz', splits: 1 },
  spambase: { file: 'spambase.csv.gz', task: 'classification' },
  phishing: { file: 'phishing.svm.gz' },
  german: { file: 'german-numer-scale.svm.gz' },
  ionosphere: { file: 'ionosphere.csv.gz', task: 'classification' },
  sonar: { file: 'sonar.csv.gz', task: 'classification' },
  wine: { file: 'wine-quality-white.csv.gz', task: 'regression' },
  california: { file: 'california-housing.csv.gz', task: 'regression' },
  news20: { file: 'news20.svm.gz', splits: 1, powers: [-4, 2], grid: 2, halves: 10 },
};

async function splitsOf({ file, test, task = 'auto', splits = Number(options.splits), halves }) {
  const source = path.join(dataFolder, file);
  if (!existsSync(source)) return null;
  const table = await loadTable(source, { task, needsTarget: true });
  if (halves) table.target = { kind: 'numbers', values: table.target.values.map((label) => (label > halves ? 1 : -1)) };
  if (test) {
    const held = await loadTable(path.join(dataFolder, test), { schema: table.schema, needsTarget: true });
    return [{ train: table, test: held }];
  }
  return Array.from({ length: splits }, (_, seed) => splitTable(table, splitRows(table.data.rows, 0.2, seed)));
}

async function measure({ train: fitted, test }, trainOptions) {
  const began = performance.now();
  const training = await train({ x: fitted.data, y: fitted.target, schema: fitted.schema }, trainOptions);
  const seconds = (performance.now() - began) / 1000;
  const { loss } = await training.model.evaluate(test.data, test.target);
  return { loss, seconds, strength: training[options.penalty], training };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of strengths from l1_max of the first split down to a millionth of it. */
async function bestOfPath(splits, common, tenths) {
  const dataOf = ({ train: { data: x, target: y } }) => ({ x, y });
  const { largest } = await l1Path(dataOf(splits[0]), { ...common, count: 2 });
  const l1 = Array.from({ length: 6 * tenths + 1 }, (_, k) => largest * 10 ** (-k / tenths));
  const losses = l1.map(() => []);
  for (const split of splits) {
    const { solutions } = await l1Path(dataOf(split), { ...common, l1, tolerance: 1e-6 });
    for (const [k, { model }] of solutions.entries())
      losses[k].push((await model.evaluate(split.test.data, split.test.target)).loss);
  }
  return bestOf(l1, losses);
}

function bestOf(strengths, losses) {
  const means = losses.map(mean);
  const best = means.indexOf(Math.min(...means));
  return { strength: strengths[best], loss: means[best], perSplit: losses[best] };
}

async function bestOfGrid(splits, common, rows, { powers: [from, to] = [-5, 4], grid: tenths = Number(options.grid) }) {
  const grid = [];
  for (let power = from * tenths; power <= to * tenths; power++) grid.push(10 ** (power / tenths) / rows);
  const losses = grid.map(() => []);
  for (const split of splits) {
    let start;
    // Strong to weak, each from the one before: the numbers are those of cold fits to the tolerance.
    for (let g = grid.length - 1; g >= 0; g--) {
      const { loss, training } = await measure(split, { ...common, l2: grid[g], ...(start && { start }) });
      start = training.model;
      losses[g].push(loss);
    }
  }
  return bestOf(grid, losses);
}

async function compare(name, set) {
  const splits = await splitsOf(set);
  if (!splits) return console.error(`${name} is left out: ${set.file} is not there.`);
  const common = set.task === 'regression' ? { loss: 'squared' } : { loss: 'logistic' };
  const { rows, columns } = splits[0].train.data;
  const best = ofL1 ? await bestOfPath(splits, common, Number(options.grid)) : await bestOfGrid(splits, common, rows, set);
  const repeat = async (trainOptions) => {
    const runs = [];
    for (const split of splits)
      for (let r = 0; r < Number(options.timings); r++) runs.push(await measure(split, { ...common, ...trainOptions }));
    return { seconds: median(runs.map(({ seconds }) => seconds)), loss: mean(runs.map(({ loss }) => loss)), runs };
  };
  // The default has no l1.
  const given = ofL1 ? { l1: best.strength } : {};
  await repeat(given);
  const one = await repeat(given);
  const row = { name, rows, columns, best, seconds: one.seconds, byDefault: one.loss / best.loss, judges: {} };
  console.error(
    `${name.padEnd(12)} ${rows} x ${columns}  grid ${options.penalty} ${best.strength.toExponential(1)} loss ${best.loss.toFixed(5)}  ` +
      `one fit ${one.seconds.toFixed(3)} s, ${(100 * (row.byDefault - 1)).toFixed(2)} %`,
  );
  for (const judge of judges) {
    const { seconds, loss, runs } = await repeat({ [options.penalty]: judge });
    const strength = Math.exp(mean(runs.map((run) => Math.log(run.strength))));
    const tried = mean(runs.map(({ training }) => training.penalty.path.length));
    row.judges[judge] = {
      strength,
      loss: loss / best.loss,
      seconds: seconds / one.seconds,
      tried,
      by: runs[0].training.penalty.by,
    };
    console.error(
      `   ${judge.padEnd(10)} ${runs[0].training.penalty.by.padEnd(38)} ${options.penalty} ${strength.toExponential(1)}  tried ${tried.toFixed(1)}  ` +
        `test loss ${(100 * (loss / best.loss - 1)).toFixed(2).padStart(6)} %  time ${(seconds / one.seconds).toFixed(2)}`,
    );
  }
  return row;
}

const wanted = options.data?.split(',') ?? Object.keys(sets);
const table = [];
for (const name of wanted) {
  const row = await compare(name, sets[name]);
  if (row) table.push(row);
}
console.log(JSON.stringify(table));
