/**
 * Scaled conjugate gradients (Moller 1993) beside lbfgs and conjugate-gradient, and annealed restarts beside random ones, on two tables of
 * classes with few hidden units, as the tests of arXiv 2502.00112 are.
 *
 *     node bench/scaled-conjugate-gradient.mjs [--quick] [--out bench/results]
 *
 * Progress and tables go to standard error, one JSON object to standard output, one page per table of classes to the folder.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  annealedRestarts,
  chooseTask,
  compare,
  comparisonPage,
  createRandom,
  encodeTarget,
  gaussNewton,
  line,
  loadTable,
  minimize,
  scaledConjugateGradient,
  stopping,
} from 'planesearch';
import { textTable } from './report/table.mjs';
import { dataFolder } from './support/problems.mjs';
import { matrixOf, median, networkOf, objectiveOf, total } from './support/run.mjs';

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
  },
});
const { quick } = given;
const tables = { 'wine-quality-red': { hidden: 3 }, ionosphere: { hidden: 3 } };
const settings = { iterations: quick ? 10 : 150, seeds: quick ? 2 : 5, starts: quick ? 2 : 20, restarts: quick ? 1 : 8 };

const methods = [
  'scaled-conjugate-gradient:fixed:rate=1',
  'scaled-conjugate-gradient:line',
  'scaled-conjugate-gradient:plane',
  'conjugate-gradient:strong-wolfe',
  'conjugate-gradient:line',
  'conjugate-gradient:plane',
  'lbfgs:strong-wolfe',
  'lbfgs:plane',
];

/** A start reaches the best known minimum when it ends within this share of it. */
const REACHED = 1e-3;

async function comparedOn(name, { data, target, schema }, { hidden }) {
  const { iterations, seeds } = settings;
  const options = { network: 'mlp', hidden: [hidden], loss: 'softmax', methods, iterations, seeds };
  const comparison = await compare({ x: data, y: target, schema }, options);
  mkdirSync(given.out, { recursive: true });
  writeFileSync(
    path.join(given.out, `scaled-conjugate-gradient-${name}.html`),
    await comparisonPage(comparison, { title: name }),
  );
  const rows = comparison.methods.map(({ label, runs }) => {
    const gaps = (k) => runs.map(({ objective }, s) => objective[Math.min(k, objective.length - 1)] - comparison.lowest[s]);
    const marks = [0.2, 0.5, 1].map((share) => median(gaps(Math.round(share * iterations))).toExponential(1));
    return [label, ...marks, median(runs.map(({ evaluations }) => evaluations)).toFixed(1)];
  });
  const columns = [
    'method',
    ...[0.2, 0.5, 1].map((share) => `gap at ${2 * Math.round(share * iterations)} products`),
    'evaluations',
  ];
  console.error(`${name}: ${data.rows} x ${data.columns}\n${textTable({ columns, rows })}`);
  return { columns, rows };
}

/** Where 20 starts end: alone, annealed, and with as many random starts instead. */
async function startsOn(name, { data: x, target, schema }, { hidden }) {
  const task = chooseTask(target, schema.format, 'softmax');
  const problem = { name, x, targets: encodeTarget(target, task), loss: 'softmax', outputs: task.classes.length };
  const network = networkOf('tanh', [hidden]);
  const architecture = network.architecture(x.columns, problem.outputs);
  const matrix = await matrixOf(problem);
  const objective = objectiveOf(problem, architecture, matrix);
  const ended = [stopping.gradientBelow(1e-5), stopping.stalled(1)];
  const iterations = 2 * settings.iterations;
  const parts = { direction: scaledConjugateGradient(), stepRule: line(gaussNewton()), memory: 0 };
  const { restarts } = settings;
  // A round has at most so many iterations, and the run as many rounds as it wants.
  const from = async (seed, count) => {
    const start = { inFrame: network.initialize(architecture, createRandom(seed)) };
    const limit = stopping.iterationLimit(iterations * (count + 1) + count);
    const { history } = await minimize(objective, start, {
      ...parts,
      stop: stopping.firstOf([...ended, limit]),
      ...(count > 0 && { restarts: annealedRestarts({ limit: count, iterations }, seed) }),
    });
    return { rounds: roundsOf(history), products: total(history.at(-1).products) - total(history[0].products) };
  };
  const annealed = [];
  const random = [];
  for (let s = 0; s < settings.starts; s++) {
    annealed.push(await from(s, restarts));
    const others = [];
    for (let r = 1; r <= restarts; r++) others.push(await from(1000 + s * restarts + r, 0));
    const rounds = [annealed[s].rounds[0], ...others.flatMap((other) => other.rounds)];
    random.push({ rounds, products: others.reduce((sum, { products }) => sum + products, 0) });
    console.error(`${name}: start ${s + 1} of ${settings.starts}`);
  }
  objective.dispose();
  matrix.dispose();
  const lowest = Math.min(...[...annealed, ...random].flatMap(({ rounds }) => rounds));
  const reach = (runs, count) =>
    runs.filter(({ rounds }) => Math.min(...rounds.slice(0, count)) <= lowest * (1 + REACHED)).length;
  const ends = (runs, count) => median(runs.map(({ rounds }) => Math.min(...rounds.slice(0, count)))).toPrecision(6);
  const all = restarts + 1;
  const rows = [
    ['alone', reach(annealed, 1), ends(annealed, 1), ''],
    [`annealed, ${restarts} restarts`, reach(annealed, all), ends(annealed, all), median(annealed.map((r) => r.products))],
    [`random, ${restarts} restarts`, reach(random, all), ends(random, all), median(random.map((r) => r.products))],
  ];
  const columns = ['restarts', `of ${settings.starts} reach the best known`, 'median end', 'median products'];
  console.error(`best known ${lowest.toPrecision(6)}\n${textTable({ columns, rows })}`);
  return { lowest, columns, rows };
}

/** The lowest objective of every round. */
function roundsOf(history) {
  const rounds = [];
  for (const { status, objective } of history) {
    if (status === 'start' || status === 'restart') rounds.push(objective);
    rounds[rounds.length - 1] = Math.min(rounds.at(-1), objective);
  }
  return rounds;
}

const results = {};
for (const [name, choice] of Object.entries(tables)) {
  const table = await loadTable(path.join(dataFolder, `${name}.csv.gz`), {
    needsTarget: true,
    task: 'classification',
  }).catch((error) => {
    console.error(`${name} is left out: ${error.message}`);
    return null;
  });
  if (table) results[name] = { curves: await comparedOn(name, table, choice), starts: await startsOn(name, table, choice) };
}
console.log(JSON.stringify({ settings, results }));
