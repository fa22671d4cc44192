/**
 * float32 beside float64: the time of an iteration, and the objective reached.
 *
 *     node bench/precision.mjs [--rows 60000] [--columns 784] [--hidden 100] [--rounds 7] [--data NAME,...] [--networks linear]
 *                              [--hidden-of-data 50] [--iterations 200] [--quick]
 *
 * The iteration is one with a fixed rate; both precisions take turns, iteration by iteration. The objectives are those of `train` with its
 * default options on every problem of the benches. A linear model has one optimum: `difference` is (float32 - float64) / float64 of what
 * the runs report, `true difference` the same with the float32 run's parameters over the float64 data. A network stops somewhere, so that
 * its difference, here after `--iterations`, says less. `monotone` is the float32 run's. A table on standard error, JSON on standard output.
 */
import { parseArgs } from 'node:util';
import { train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { asFloat32, asFloat64 } from './support/forms.mjs';
import { dataSets, furtherSets, loadProblem } from './support/problems.mjs';
import { backend, matrixOf, median, networkOf, trueObjective } from './support/run.mjs';
import { createStepper, partsFor } from './support/stepper.mjs';
import { clusters, randomProblem } from './support/synthetic.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string' },
    columns: { type: 'string' },
    hidden: { type: 'string' },
    rounds: { type: 'string' },
    data: { type: 'string' },
    networks: { type: 'string', default: 'linear' },
    'hidden-of-data': { type: 'string', default: '50' },
    iterations: { type: 'string', default: '200' },
    quick: { type: 'boolean', default: false },
  },
});
const number = (name, whole, quick) => Number(given[name] ?? (given.quick ? quick : whole));
const shape = { rows: number('rows', 60000, 400), columns: number('columns', 784, 20), hidden: number('hidden', 100, 6) };
const rounds = number('rounds', 7, 3);
const precisions = ['float64', 'float32'];

async function timesOfIterations() {
  const { rows, columns, hidden } = shape;
  const problem = randomProblem({ rows, columns, outputs: 10 });
  const matrices = {};
  const steppers = {};
  for (const precision of precisions) {
    matrices[precision] = await matrixOf(problem, { precision });
    const parts = partsFor('gradient', 'fixed');
    steppers[precision] = await createStepper(problem, networkOf('tanh', [hidden]), matrices[precision], parts);
  }
  const seconds = { float64: [], float32: [] };
  for (let round = -2; round < rounds; round++) {
    for (const precision of precisions) {
      const step = await steppers[precision].step();
      if (round >= 0) seconds[precision].push(step.seconds);
    }
  }
  for (const precision of precisions) {
    await steppers[precision].dispose();
    matrices[precision].dispose();
  }
  const faster = median(seconds.float64.map((value, round) => value / seconds.float32[round]));
  return { ...shape, float64: median(seconds.float64), float32: median(seconds.float32), faster };
}

const isMonotone = (history) => history.every(({ objective }, k) => k === 0 || objective <= history[k - 1].objective);

async function compareObjectives(problem, name) {
  const options = { loss: problem.loss, backend: backend.name, maxIterations: 500 };
  if (name !== 'linear') {
    const hidden = given['hidden-of-data'].split(',').map(Number);
    Object.assign(options, { network: 'mlp', activation: name, hidden, maxIterations: Number(given.iterations) });
  }
  const wide = { ...problem, x: asFloat64(problem.x) };
  const runs = {
    float64: await train({ x: wide.x, y: problem.targets }, options),
    float32: await train({ x: asFloat32(problem.x), y: problem.targets }, { ...options, precision: 'float32' }),
  };
  const base = runs.float64.objective;
  const relative = (value) => (value - base) / Math.abs(base);
  return {
    data: problem.name,
    network: name,
    objective: base,
    difference: relative(runs.float32.objective),
    trueDifference: relative(await trueObjective(wide, runs.float32.model, runs.float32.l2)),
    monotone: isMonotone(runs.float32.history),
    iterations: precisions.map((precision) => runs[precision].iterations),
    seconds: precisions.map((precision) => runs[precision].seconds),
  };
}

async function* problems() {
  const names =
    given.data?.split(',') ?? (given.quick ? ['australian-unscaled'] : Object.keys({ ...dataSets, ...furtherSets }));
  for (const name of names) {
    const problem = await loadProblem(name, { storage: 'auto' });
    if (problem) yield problem;
  }
  if (!given.data) yield clusters(given.quick ? { rows: 300, columns: 12, classes: 4 } : { rows: 20000, columns: 384 });
}

const iteration = await timesOfIterations();
const results = [];
for await (const problem of problems())
  for (const name of given.networks.split(',')) results.push(await compareObjectives(problem, name));
console.error(
  `iteration with one fixed rate, ${shape.rows} x ${shape.columns}, ${shape.hidden} hidden units: float64 ` +
    `${(1000 * iteration.float64).toFixed(1)} ms, float32 ${(1000 * iteration.float32).toFixed(1)} ms, ` +
    `${iteration.faster.toFixed(2)} times as fast; ${backend.name}, ${backend.threads} thread(s)`,
);
console.error(
  textTable({
    columns: ['data', 'network', 'objective', 'difference', 'true difference', 'monotone', 'iterations', 'times as fast'],
    rows: results.map((r) => [
      r.data,
      r.network,
      r.objective.toPrecision(10),
      r.difference.toExponential(1),
      r.trueDifference.toExponential(1),
      r.monotone ? 'yes' : 'NO',
      r.iterations.join(' / '),
      (r.seconds[0] / r.seconds[1]).toFixed(2),
    ]),
  }),
);
const linear = results.filter(({ network }) => network === 'linear');
const summary = {
  faster: iteration.faster,
  worstDifference: Math.max(...linear.map(({ difference }) => Math.abs(difference))),
  worstTrueDifference: Math.max(...linear.map(({ trueDifference }) => Math.abs(trueDifference))),
  monotone: results.every(({ monotone }) => monotone),
};
console.log(JSON.stringify({ machine: machine(backend), shape, rounds, summary, iteration, results }));
