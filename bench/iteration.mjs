/**
 * The cost contract: what an iteration costs under each step rule, over one with a fixed step and over two bare products.
 *
 *     node bench/iteration.mjs [--rows 60000] [--columns 784] [--hidden 100] [--outputs 10] [--directions gradient,lbfgs] [--rounds 7] [--quick]
 *
 * Fashion-MNIST's training images where they are at hand and the shape is theirs, random numbers otherwise: time does not depend on it.
 * All step rules take turns, iteration by iteration in one run, each on an objective of its own over the same X. Memory is measured in a
 * process per step rule: the peak beyond X, targets and what the process held before. A table on standard error, JSON on standard output.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from 'planesearch';
import { textTable } from './report/table.mjs';
import { peakOfRun } from './support/memory.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend, matrixOf, median, networkOf } from './support/run.mjs';
import { createStepper, partsFor, rulesCompared } from './support/stepper.mjs';
import { randomProblem } from './support/synthetic.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string' },
    columns: { type: 'string' },
    hidden: { type: 'string' },
    outputs: { type: 'string' },
    directions: { type: 'string', default: 'gradient,lbfgs' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    /** One step rule in a process of its own, which prints its peak and nothing else. */
    'peak-of': { type: 'string' },
  },
});
const number = (name, whole, quick) => Number(given[name] ?? (given.quick ? quick : whole));
const shape = {
  rows: number('rows', 60000, 300),
  columns: number('columns', 784, 20),
  hidden: number('hidden', 100, 6),
  outputs: number('outputs', 10, 3),
};
const rounds = number('rounds', 7, 3);
const CONTRACT = { layerwise: 1.25, fixed: 1.2 };

async function problemOf({ rows, columns, outputs }) {
  const real = columns === 784 && outputs === 10 ? await loadProblem('fashion-mnist', { rows }) : null;
  return real && real.x.rows === rows ? real : randomProblem({ rows, columns, outputs });
}

async function timesOf(problem, matrix, direction) {
  const network = networkOf('tanh', [shape.hidden]);
  const steppers = {};
  for (const rule of Object.keys(rulesCompared))
    steppers[rule] = await createStepper(problem, network, matrix, partsFor(direction, rule));
  const seconds = Object.fromEntries(['two products', ...Object.keys(steppers)].map((name) => [name, []]));
  const evaluations = Object.fromEntries(Object.keys(steppers).map((name) => [name, []]));
  const twoProducts = productsOver(matrix);
  // The first two rounds warm up: memory columns appear with the second iteration.
  for (let round = -2; round < rounds; round++) {
    const bare = await twoProducts();
    if (round >= 0) seconds['two products'].push(bare);
    for (const [rule, stepper] of Object.entries(steppers)) {
      const record = await stepper.step();
      if (round < 0) continue;
      seconds[rule].push(record.seconds);
      evaluations[rule].push(record.innerEvaluations);
    }
  }
  for (const stepper of Object.values(steppers)) await stepper.dispose();
  // Ratios round by round: what slows the machine down for a while slows both sides of a ratio.
  const ratio = (rule, base) => median(seconds[rule].map((value, round) => value / seconds[base][round]));
  return Object.entries(seconds).map(([rule, values]) => ({
    direction,
    rule,
    seconds: median(values),
    overFixed: ratio(rule, 'fixed'),
    overProducts: ratio(rule, 'two products'),
    innerEvaluations: evaluations[rule] ? evaluations[rule].reduce((a, b) => a + b, 0) / rounds : 0,
  }));
}

/** X W and X' R on the widths of an iteration, through the backend. */
function productsOver(matrix) {
  const random = createRandom(1);
  const W = Float64Array.from({ length: shape.columns * shape.hidden }, () => random.normal());
  const R = Float64Array.from({ length: shape.rows * shape.hidden }, () => random.uniform() - 0.5);
  return async () => {
    const began = performance.now();
    await matrix.multiply(W, shape.hidden);
    await matrix.multiplyTransposed(R, shape.hidden);
    return (performance.now() - began) / 1000;
  };
}

/** Bytes at the peak beyond X and targets, and the same in units of n r doubles: the contract says 6 and a few parameter vectors. */
function peakOf(rule, direction) {
  const passed = Object.entries(shape).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = [fileURLToPath(import.meta.url), ...passed, '--peak-of', rule, '--directions', direction];
  const printed = execFileSync(process.execPath, ['--expose-gc', ...child], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { peak } = JSON.parse(printed);
  const parameters = 8 * (shape.columns + 1) * shape.hidden;
  return {
    rule,
    direction,
    bytes: peak,
    tracked: peak === null ? null : peak / (8 * shape.rows * shape.hidden),
    parameterVector: parameters,
  };
}

async function main() {
  const problem = await problemOf(shape);
  const matrix = await matrixOf(problem);
  const directions = given.directions.split(',');
  const times = [];
  for (const direction of directions) times.push(...(await timesOf(problem, matrix, direction)));
  matrix.dispose();
  const peaks = ['fixed', 'layerwise'].map((rule) => peakOf(rule, directions[0]));
  const { rows, columns, hidden, outputs } = shape;
  console.error(
    `${problem.name}, ${rows} x ${columns}, ${hidden} hidden units, ${outputs} outputs, ${backend.name}, ${backend.threads} threads`,
  );
  console.error(
    textTable({
      columns: ['direction', 'step rule', 'ms', 'over fixed', 'over two products', 'evaluations'],
      rows: times.map((t) => [
        t.direction,
        t.rule,
        (1000 * t.seconds).toFixed(2),
        t.overFixed.toFixed(3),
        t.overProducts.toFixed(3),
        t.innerEvaluations.toFixed(1),
      ]),
    }),
  );
  for (const { rule, bytes, tracked } of peaks) {
    const peak =
      bytes === null
        ? 'not measured on this system'
        : `${(bytes / 2 ** 20).toFixed(0)} MiB, ${tracked.toFixed(1)} n r doubles`;
    console.error(`peak memory of ${rule} beyond X and targets: ${peak}`);
  }
  const contract = directions.map((direction) => {
    const of = (rule) => times.find((t) => t.direction === direction && t.rule === rule);
    return {
      direction,
      layerwiseOverFixed: of('layerwise').overFixed,
      layerwiseLimit: CONTRACT.layerwise,
      fixedOverProducts: of('fixed').overProducts,
      fixedLimit: CONTRACT.fixed,
    };
  });
  for (const c of contract) {
    console.error(
      `${c.direction}: layerwise / fixed ${c.layerwiseOverFixed.toFixed(3)} (contract ${c.layerwiseLimit}), ` +
        `fixed / two products ${c.fixedOverProducts.toFixed(3)} (contract ${c.fixedLimit} over bare cblas: native/bench)`,
    );
  }
  console.log(JSON.stringify({ machine: machine(backend), data: problem.name, shape, rounds, contract, times, peaks }));
}

if (given['peak-of']) {
  const peak = await peakOfRun(
    () => problemOf(shape),
    networkOf('tanh', [shape.hidden]),
    partsFor(given.directions, given['peak-of']),
    rounds,
  );
  console.log(JSON.stringify({ peak }));
} else await main();
