/**
 * planesearch between its peers: seconds to a relative excess of 1e-3, 1e-4 and 1e-6 over the optimum of the same objective.
 *
 *     node bench/peers/index.mjs [--data a9a,mnist,embeddings-384,...] [--peers NAME,...] [--threads N] [--limit 20] [--repeats 5] [--rows N]
 *                                [--optima SECONDS] [--quick]
 *
 * Mean loss + (l2/2) |weights|^2 with l2 = 1 / rows and a free bias; LIBLINEAR, which penalizes the bias, is measured against the optimum of
 * that. All have the same threads and the same kernels of OpenBLAS; what is not installed is named. A run ends after `--limit` seconds, one of
 * planesearch after twice as many: a ratio with `<` is of a peer that had not come there by then. `--optima` computes the optima in
 * `optima.json` anew, each in at most so many seconds, takes what a peer finds below them, and writes that file. Tables on standard error,
 * JSON on standard output.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { textTable } from '../report/table.mjs';
import { describeMachine, load } from '../support/machine.mjs';
import { findJavascript, javascriptPeers } from './javascript.mjs';
import { liblinears, runLiblinear } from './liblinear.mjs';
import { runOurs } from './ours.mjs';
import { keepOptimum, optimaOf, peersProblem, problemNames } from './problems.mjs';
import { pythonWith, runDriver, writeProblem } from './python.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string' },
    peers: { type: 'string' },
    threads: { type: 'string' },
    limit: { type: 'string' },
    repeats: { type: 'string' },
    rows: { type: 'string' },
    optima: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const threads = Number(given.threads ?? availableParallelism());
const limit = Number(given.limit ?? (given.quick ? 3 : 20));
const repeats = Number(given.repeats ?? (given.quick ? 1 : 5));
const EXCESS = { '1e-3': 1e-3, '1e-4': 1e-4, '1e-6': 1e-6 };

/** The peers: whether they are there, which problems they take, how they run. */
async function peers() {
  const sklearn = pythonWith('sklearn');
  const torch = pythonWith('torch');
  const driver = (python, file, solver) => (problem, setting) => runDriver(python, file, { problem, solver, ...setting });
  const twoClasses = ({ outputs }) => outputs === 1;
  const known = [
    ...liblinears().map((one) => ({
      name: one.name,
      absent: one.program ? null : 'its program is not there',
      fits: twoClasses,
      unfit: 'its softmax is one against the rest, another objective',
      run: (problem, setting) => runLiblinear(one, problem, setting),
    })),
    ...['lbfgs', 'newton-cholesky'].map((solver) => ({
      name: `scikit-learn ${solver}`,
      absent: sklearn ? null : 'no Python with numpy and sklearn was found; PYTHON may name one',
      fits: solver === 'lbfgs' ? () => true : twoClasses,
      unfit: 'it has no softmax',
      run: driver(sklearn, 'sklearn_fit.py', solver),
    })),
    {
      name: 'PyTorch L-BFGS float32',
      absent: torch ? null : 'no Python with numpy and torch was found; PYTHON may name one',
      fits: ({ x }) => x.rows * x.columns < 5e8,
      unfit: 'X is held densely and would not fit',
      run: driver(torch, 'torch_fit.py'),
    },
  ];
  for (const peer of javascriptPeers) {
    const found = await findJavascript(peer);
    const run = (problem, setting) => peer.run(found, problem, setting);
    known.push({ ...peer, absent: found ? null : `${peer.needs} is not installed; PEERS_MODULES may name a folder`, run });
  }
  const wanted = given.peers?.split(',');
  return wanted ? known.filter(({ name }) => wanted.some((part) => name.toLowerCase().includes(part.toLowerCase()))) : known;
}

const targetsOver = (optimum) => Object.fromEntries(Object.entries(EXCESS).map(([name, e]) => [name, optimum * (1 + e)]));

async function compare(problem, compared) {
  const optima = await optimaOf(problem, { anew: given.optima !== undefined, seconds: Number(given.optima ?? 120) });
  const setting = (penalized) => ({
    targets: targetsOver(penalized ? optima.penalized : optima.free),
    threads,
    limit,
    repeats,
  });
  // Twice as long: without a time of its own there is no ratio, not even a bound.
  const own = { ...setting(false), limit: 2 * limit };
  const entries = [await runOurs(problem, own)];
  const single = problem.x.values instanceof Float32Array;
  if (problem.loss === 'softmax' && !single) entries.push(await runOurs(problem, { ...own, precision: 'float32' }));
  const written = writeProblem(problem);
  try {
    for (const peer of compared.filter(({ absent }) => absent === null)) {
      const penalizedBias = peer.name.startsWith('LIBLINEAR');
      const result = peer.fits(problem)
        ? await peer.run(problem, { ...setting(penalizedBias), folder: written.folder })
        : { unfit: peer.unfit };
      if (result.failed) console.error(`${peer.name} failed on ${problem.name}: ${result.failed}`);
      const precision = single || peer.name.endsWith('float32') ? 'float32' : 'float64';
      entries.push({ penalizedBias, precision, ...result, peer: peer.name });
    }
  } finally {
    written.dispose();
  }
  // TensorFlow.js tells its own objective, in float32; all others are known in float64.
  const exact = entries.filter(({ objective, penalizedBias, peer }) => {
    return objective !== undefined && !penalizedBias && peer !== 'TensorFlow.js';
  });
  const least = exact.reduce((best, entry) => (entry.objective < best.objective ? entry : best));
  if (given.optima !== undefined && problem.outputs > 1 && least.objective < optima.free) {
    optima.free = least.objective;
    keepOptimum(problem, { free: least.objective, ended: `found by ${least.peer}` });
  }
  for (const entry of entries) {
    const optimum = entry.penalizedBias ? optima.penalized : optima.free;
    if (entry.objective !== undefined) entry.excess = entry.objective / optimum - 1;
    if (entry.excess < -1e-9)
      console.error(`${problem.name}: ${entry.peer} is below the optimum by ${-entry.excess}; --optima computes it anew.`);
    entry.ratios = ratiosTo(entries[0], entry);
  }
  const { rows, columns } = problem.x;
  return { data: problem.name, rows, columns, loss: problem.loss, optima, entries };
}

/** planesearch's seconds over a peer's; `bound` where the peer ran out of time before, so that the ratio is at most this. */
function ratiosTo(ours, { reached, timedOut, seconds }) {
  if (!reached) return null;
  return Object.fromEntries(
    Object.keys(EXCESS).map((name) => {
      const base = ours.reached[name];
      if (base === null) return [name, null];
      if (reached[name] !== null) return [name, { ratio: base / reached[name], bound: false }];
      return [name, timedOut ? { ratio: base / seconds, bound: true } : null];
    }),
  );
}

const show = (value, missing = '-') => (value === null || value === undefined ? missing : value.toPrecision(3));

function tableOf({ entries }) {
  const cells = (entry) =>
    Object.keys(EXCESS).flatMap((name) => {
      const ratio = entry.ratios?.[name];
      const missing = entry.timedOut ? `> ${entry.seconds.toFixed(0)}` : '-';
      return [show(entry.reached?.[name], missing), ratio ? `${ratio.bound ? '< ' : ''}${show(ratio.ratio)}` : ''];
    });
  return textTable({
    columns: ['', ...Object.keys(EXCESS).flatMap((name) => [`s to ${name}`, 'ratio']), 'excess at the end', 'note'],
    rows: entries.map((entry) => [
      entry.peer,
      ...cells(entry),
      entry.excess === undefined ? '' : entry.excess.toExponential(1),
      entry.failed ?? entry.unfit ?? noteOf(entry),
    ]),
  });
}

function noteOf({ precision, threads: used, core, noise }) {
  const parts = [precision, `${used} thr.`, core, noise !== undefined && `± ${(1000 * noise).toPrecision(1)} ms`];
  return parts.filter(Boolean).join(', ');
}

/** LIBLINEAR as the issue has it: its time at -e 1e-4 beside ours to 1e-6. */
function atDefaultOf({ data, entries }) {
  const run = entries.find(({ peer }) => peer === 'LIBLINEAR')?.runs?.find(({ tolerance }) => tolerance === '1e-4');
  const ours = entries[0].reached['1e-6'];
  return run && ours !== null ? [{ data, liblinear: run.seconds, ours, ratio: ours / run.seconds }] : [];
}

const quick = ['australian', 'embeddings-384'];
const compared = await peers();
const absent = compared.filter((peer) => peer.absent !== null).map((peer) => `${peer.name}: ${peer.absent}`);
for (const line of absent) console.error(`absent, ${line}`);
const loadBefore = load();
const results = [];
for (const name of given.data?.split(',') ?? (given.quick ? quick : problemNames)) {
  const rows = given.rows ?? (given.quick && name.startsWith('embeddings') ? 1000 : undefined);
  const problem = await peersProblem(name, { rows: rows && Number(rows) });
  if (!problem) continue;
  const result = await compare(problem, compared);
  results.push(result);
  console.error(
    `\n${name}, ${result.rows} x ${result.columns}, ${result.loss}, optimum ${result.optima.free.toPrecision(10)}`,
  );
  console.error(tableOf(result));
}
const liblinear = results.flatMap(atDefaultOf);
for (const { data, ratio } of liblinear) console.error(`${data}: to 1e-6 over LIBLINEAR at -e 1e-4: ${ratio.toFixed(2)}`);
console.log(
  JSON.stringify({ machine: describeMachine(), load: [loadBefore, load()], threads, limit, absent, liblinear, results }),
);
