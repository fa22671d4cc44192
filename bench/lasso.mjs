/**
 * Logistic regression with an l1 penalty beside LIBLINEAR's (`-s 6`, newGLMNET): seconds to within 1e-4 of the optimum.
 *
 *     node bench/lasso.mjs [--data a9a,w8a,news20] [--rounds 5] [--share 1e-4]
 *
 * mean loss + l1 ||w||_1 with l1 = 1 / rows, LIBLINEAR's C = 1; of news20 the first ten classes are told from the others. LIBLINEAR has its
 * bias in the penalty: each is measured against its own optimum, the least objective that it reaches at all. Of LIBLINEAR the time of a
 * process at the widest `-e` that gets there, less that of one that stops where it begins; of planesearch the whole call of `train`, the
 * copy of X included, up to the first iteration that is there. Medians. Prints a table on standard error and JSON on standard output.
 */
import { loadavg } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadTable, train } from 'planesearch';
import { liblinears, runLiblinear } from './peers/liblinear.mjs';
import { dataFolder } from './support/problems.mjs';
import { median } from './support/run.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: 'a9a,w8a,news20' },
    rounds: { type: 'string', default: '5' },
    share: { type: 'string', default: '1e-4' },
    threads: { type: 'string' },
  },
});
const share = Number(options.share);
const halves = { news20: 10 };

async function problemOf(name) {
  const { data, target } = await loadTable(path.join(dataFolder, `${name}.svm.gz`), { needsTarget: true });
  const labels = Array.from(target.values, Number);
  const least = Math.min(...labels);
  const targets = Float64Array.from(labels, (y) => (name in halves ? (y > halves[name] ? 1 : -1) : y > least ? 1 : -1));
  return { name, x: data, targets, l1: 1 / data.rows, l2: 0 };
}

const run = ({ x, targets, l1 }, more) =>
  train({ x, y: targets }, { loss: 'logistic', l1, ...(options.threads && { threads: Number(options.threads) }), ...more });

async function ours(problem) {
  const { objective: optimum, model, stop, iterations, products } = await run(problem, { tolerance: 1e-11 });
  const nonzero = model.spec.parameters.slice(0, -1).reduce((count, w) => count + (w === 0 ? 0 : 1), 0);
  const times = [];
  let reached;
  for (let round = 0; round < Number(options.rounds); round++) {
    const training = await run(problem, {
      callbacks: [({ objective }) => objective > optimum * (1 + share)],
    });
    times.push(training.seconds);
    reached = training.iterations;
  }
  return {
    seconds: median(times),
    iterations: reached,
    optimum,
    nonzero,
    toTheEnd: { stop: stop.detail, iterations, products },
  };
}

const results = [];
for (const name of options.data.split(',')) {
  const problem = await problemOf(name);
  const own = await ours(problem);
  const peers = [];
  for (const liblinear of liblinears().filter(({ program }) => program)) {
    const targets = (least) => ({ near: least * (1 + share) });
    const { reached, runs, noise } = await runLiblinear(liblinear, problem, {
      targets,
      repeats: Number(options.rounds),
      limit: 60,
      solver: '6',
    });
    peers.push({ name: liblinear.name, seconds: reached.near, noise, runs });
  }
  const result = {
    name,
    rows: problem.x.rows,
    columns: problem.x.columns,
    l1: problem.l1,
    ours: own,
    peers,
    load: loadavg()[0],
  };
  results.push(result);
  console.error(
    `${name}: ${own.nonzero} of ${problem.x.columns} weights; planesearch ${own.seconds.toFixed(4)} s (${own.iterations} iterations), ` +
      `${peers.map((peer) => `${peer.name} ${peer.seconds?.toFixed(4)} s`).join(', ')}; load ${result.load.toFixed(1)}`,
  );
}
console.log(JSON.stringify(results));
