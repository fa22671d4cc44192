/**
 * The first seconds: planesearch from its defaults in float32 beside mini-batch Adam (scikit-learn's MLP and PyTorch at their defaults).
 *
 *     node bench/first-seconds/index.mjs [--runs NAME,...] [--threads N] [--limit 30] [--seed 0] [--peers sklearn,torch] [--quick]
 *
 * One hidden layer, the mean loss over all training rows + (l2/2) |weights|^2 with l2 = 1 / rows for all. Seconds to each objective, and to
 * each score on held-out rows; the copy of the data is in planesearch's time. Objectives of points on the way are formed when the run is
 * over. Tables on standard error, JSON on standard output.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pythonWith, runDriver, writeProblem } from '../peers/python.mjs';
import { textTable } from '../report/table.mjs';
import { describeMachine, load } from '../support/machine.mjs';
import { runOurs } from './ours.mjs';
import { loadRun, runs } from './problems.mjs';

const { values: given } = parseArgs({
  options: {
    runs: { type: 'string' },
    threads: { type: 'string' },
    limit: { type: 'string' },
    seed: { type: 'string' },
    peers: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const threads = Number(given.threads ?? availableParallelism());
const limit = Number(given.limit ?? (given.quick ? 2 : 30));
const seed = Number(given.seed ?? 0);
const names = given.runs?.split(',') ?? Object.keys(runs);

const solvers = { sklearn: 'scikit-learn Adam', torch: 'PyTorch Adam' };
const python = Object.fromEntries(
  (given.peers?.split(',') ?? Object.keys(solvers)).map((solver) => [solver, pythonWith(solver)]),
);
for (const [solver, found] of Object.entries(python))
  if (!found)
    console.error(`${solvers[solver]} is left out: no Python with numpy and ${solver} was found; PYTHON may name one.`);

/** Seconds to the first point that has it; null where none has. */
const first = (curve, has) => curve.find(has)?.[0] ?? null;

function reached(curve, { levels, scores }) {
  return {
    objective: levels.map((level) => first(curve, ([, objective]) => objective <= level)),
    score: scores.map((wanted) => first(curve, ([, , score]) => score >= wanted)),
  };
}

async function compare(run) {
  const { training, heldOut } = run;
  if (given.quick) run.levels = run.levels.slice(0, 2);
  // The peers have been warmed up as well: imports, threads and compilers are not what is measured.
  await runOurs({ ...run, training: firstRows(run.training, 2000) }, { threads, limit: 1 });
  const entries = [{ name: 'planesearch', ...(await runOurs(run, { threads, limit })) }];
  const written = writeProblem({ x: training.x, targets: training.y });
  const put = (file, { buffer, byteOffset, byteLength }) =>
    writeFileSync(path.join(written.folder, file), Buffer.from(buffer, byteOffset, byteLength));
  put('test-values', heldOut.x.values);
  put('test-targets', heldOut.y);
  const problem = { x: training.x, outputs: run.outputs, l2: 1 / training.x.rows };
  try {
    for (const [solver, found] of Object.entries(python)) {
      if (!found) continue;
      const setting = { problem, folder: written.folder, threads, limit, solver };
      const more = { hidden: run.hidden, activation: run.activation, seed };
      const result = await runDriver(found, '../first-seconds/adam.py', { ...setting, more });
      if (result.failed) console.error(`${solvers[solver]} failed on ${run.name}: ${result.failed}`);
      else entries.push({ name: solvers[solver], ...result });
    }
  } finally {
    written.dispose();
  }
  return entries.map((entry) => ({ ...entry, ...reached(entry.curve, run), curve: entry.curve }));
}

const firstRows = ({ x, y }, rows) => ({
  x: { ...x, rows, values: x.values.slice(0, rows * x.columns) },
  y: y.slice(0, rows),
});

const shown = (seconds) => (seconds === null ? '–' : seconds.toFixed(2));

function tableOf({ levels, scores, half }, entries) {
  const [ours, ...peers] = entries;
  const row = (what, at, aim) => {
    const own = at(ours);
    const best = peers.map(at).reduce((least, s) => (s !== null && (least === null || s < least) ? s : least), null);
    const ratio = own === null || best === null ? '–' : (own / best).toFixed(2);
    return [what, ...entries.map((entry) => shown(at(entry))), ratio, aim];
  };
  return {
    columns: ['', ...entries.map(({ name }) => name), 'over the best peer', 'asked'],
    rows: [
      ...levels.map((level, k) => row(`objective ${level}`, ({ objective }) => objective[k], level <= half ? '0.5' : '1')),
      ...scores.map((wanted, k) => row(`score ${wanted}`, ({ score }) => score[k], '')),
      ['best score', ...entries.map(({ curve }) => Math.max(...curve.map(([, , score]) => score)).toFixed(4)), '', ''],
      ['lowest objective', ...entries.map(({ curve }) => Math.min(...curve.map(([, f]) => f)).toFixed(4)), '', ''],
    ],
  };
}

const results = [];
for (const name of names) {
  const run = await loadRun(name);
  if (!run) continue;
  const entries = await compare(run);
  console.error(`\n${name}: ${run.training.x.rows} rows, seconds to`);
  console.error(textTable(tableOf(run, entries)));
  results.push({ name, levels: run.levels, scores: run.scores, entries });
}
console.log(JSON.stringify({ machine: { ...describeMachine(), load: load() }, threads, limit, seed, results }));
