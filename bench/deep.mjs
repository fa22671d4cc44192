/**
 * Deep networks: all layers together, layers in turn, L-BFGS, Adam.
 *
 *     node bench/deep.mjs [--data fashion-mnist,uci-protein] [--rows N] [--hidden 200,100,50] [--activation tanh] [--seconds 60] [--seed 0]
 *                         [--turn 2] [--damping D] [--clock wall|processor] [--only NAME,...]
 *
 * Prints the objective by seconds, by products with X and at the end, as tables on standard error and one JSON object on standard output. X
 * is float32 on all sides, pixels as 0 to 1, tables standardized; l2 = 1 / rows. `--clock processor` counts the seconds of all threads of
 * the process: on a machine that is shared they say more. Products of layers in turn: `lib/layerwise/in-turn.ts`. Of mini-batches an epoch is
 * two products.
 */
import { parseArgs } from 'node:util';
import {
  createRandom,
  directions,
  gaussNewton,
  inTurn,
  losses,
  minimize,
  networks,
  Objective,
  schedules,
  stepRules,
  stopping,
} from 'planesearch';
import { pythonWith, runDriver, writeProblem } from './peers/python.mjs';
import { describeMachine, load } from './support/machine.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend, matrixOf, total } from './support/run.mjs';
import { textTable } from './report/table.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'fashion-mnist,uci-protein' },
    rows: { type: 'string' },
    hidden: { type: 'string', default: '200,100,50' },
    activation: { type: 'string', default: 'tanh' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '0' },
    turn: { type: 'string' },
    clock: { type: 'string', default: 'wall' },
    damping: { type: 'string' },
    only: { type: 'string' },
  },
});
const hidden = given.hidden.split(',').map(Number);
const { activation, clock } = given;
const [limit, seed] = [Number(given.seconds), Number(given.seed)];
const SECONDS = [1, 2, 5, 10, 20, 40, 60, 120, 240].filter((mark) => mark <= limit);
const PRODUCTS = [10, 20, 50, 100, 200, 400, 800];

const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const now = () => (clock === 'wall' ? performance.now() / 1000 : processorSeconds());

const searching = (rule, memory) => ({ stepRule: stepRules[rule]({ solver: gaussNewton() }), memory });
const metric = () => directions['kronecker-lbfgs'](given.damping === undefined ? {} : { damping: Number(given.damping) });
const adam = (rate) => () => ({
  direction: directions.adam(),
  stepRule: stepRules.schedule({ solver: gaussNewton(), rate, iterations: 1000, schedule: schedules.cosine }),
  memory: 0,
});
const methods = {
  together: () => ({ direction: metric(), ...searching('plane', 1) }),
  'rates by layer': () => ({ direction: metric(), ...searching('layerwise', 1) }),
  'in turn': () => ({
    direction: metric(),
    ...searching('plane', 1),
    sweep: inTurn(given.turn === undefined ? {} : { iterations: Number(given.turn) }),
  }),
  'L-BFGS strong Wolfe': () => ({ direction: directions.lbfgs({ pairs: 10 }), ...searching('strong-wolfe', 0) }),
  'Adam cosine from 0.003': adam(0.003),
  'Adam cosine from 0.01': adam(0.01),
  'Adam cosine from 0.03': adam(0.03),
};

async function curveOf(problem, parts) {
  const network = networks.mlp({ hidden, activation });
  const architecture = network.architecture(problem.x.columns, problem.outputs);
  const began = now();
  const matrix = await matrixOf(problem, { precision: 'float32' });
  const { targets, l2 } = problem;
  const moving = parts.sweep ? 'first' : 'all';
  const loss = losses[problem.loss]();
  const objective = new Objective({ matrix, architecture, loss, targets, l2, memory: parts.memory, moving }, backend);
  const curve = [];
  const callback = (record) => {
    curve.push({ seconds: now() - began, products: total(record.products), objective: record.objective });
  };
  const outOfTime = () =>
    now() - began < limit ? null : { reason: 'time', detail: `${limit} s are over`, converged: false };
  try {
    const start = { inFrame: network.initialize(architecture, createRandom(seed)) };
    const stop = stopping.firstOf([outOfTime, stopping.iterationLimit(1e6)]);
    const { innerEvaluations, history } = await minimize(objective, start, { ...parts, callbacks: [callback], stop });
    return { curve, evaluations: innerEvaluations / Math.max(1, history.length - 1) };
  } finally {
    objective.dispose();
    matrix.dispose();
  }
}

async function scikitCurve(problem) {
  const python = pythonWith('sklearn');
  if (!python) return null;
  const written = writeProblem(problem);
  const solver = { hidden, activation, loss: problem.loss, seed, clock };
  try {
    const { threads } = backend;
    const result = await runDriver(python, 'sklearn_mlp.py', { problem, folder: written.folder, threads, limit, solver });
    if (result.failed) return console.error(`scikit-learn failed: ${result.failed}`);
    return { curve: result.curve.map(([seconds, objective], k) => ({ seconds, objective, products: 2 * (k + 1) })) };
  } finally {
    written.dispose();
  }
}

/** The lowest objective of all that came up to a mark; null where the run ended before. */
function lowest(curve, key, mark) {
  if (curve.at(-1)[key] < 0.95 * mark) return null;
  return curve.filter((point) => point[key] <= mark).reduce((least, { objective }) => Math.min(least, objective), Infinity);
}

const show = (value) => (value === null || !Number.isFinite(value) ? '-' : value.toPrecision(4));

async function problemOf(name) {
  const problem = await loadProblem(name, given.rows ? { rows: Number(given.rows) } : {});
  if (!problem) return null;
  const pixels = name.endsWith('mnist');
  const values = Float32Array.from(problem.x.values, (value) => (pixels ? value / 255 : value));
  return { ...problem, x: { ...problem.x, values }, l2: 1 / problem.x.rows };
}

const results = [];
const wanted = given.only?.split(',');
for (const name of given.data.split(',')) {
  const problem = await problemOf(name);
  if (!problem) continue;
  const { rows, columns } = problem.x;
  const runs = [];
  for (const [method, make] of Object.entries(methods)) {
    if (wanted && !wanted.includes(method)) continue;
    runs.push({ method, ...(await curveOf(problem, make())) });
    console.error(`${name}, ${method}: done, load ${load()}`);
  }
  const peer = !wanted || wanted.includes('scikit-learn') ? await scikitCurve(problem) : null;
  if (peer) runs.push({ method: "scikit-learn's Adam, batches of 200", ...peer });
  console.error(`\n${name}, ${rows} x ${columns}, hidden ${hidden}, ${activation}; load ${load()}`);
  const marks = [...SECONDS.map((mark) => ['seconds', mark]), ...PRODUCTS.map((mark) => ['products', mark])];
  const names = marks.map(([key, mark]) => (key === 'seconds' ? `${mark} s` : `${mark} p`));
  const table = {
    columns: ['', ...names, 'end', 'products'],
    rows: runs.map(({ method, curve }) => [
      method,
      ...marks.map(([key, mark]) => show(lowest(curve, key, mark))),
      show(lowest(curve, 'products', 0)),
      curve.at(-1).products.toFixed(0),
    ]),
  };
  table.rows.forEach((row, r) => (row[row.length - 2] = show(Math.min(...runs[r].curve.map((point) => point.objective)))));
  console.error(textTable(table));
  results.push({ data: name, rows, columns, hidden, activation, seed, runs });
}
console.log(JSON.stringify({ machine: describeMachine(), clock, limit, results }));
