/**
 * Our L-BFGS with a strong Wolfe search against SciPy's L-BFGS-B: same objective, same starting point, same memory, same iterations.
 *
 *     node bench/scipy.mjs [--data NAME,...] [--networks tanh,relu,linear] [--hidden 50] [--iterations 200] [--memory 10] [--seed 0]
 *                          [--rows N] [--to-the-end 20000]
 *
 * Needs python3 (or the program named by PYTHON) with numpy and scipy; without them it says so and ends well. Prints a table on standard
 * error and one JSON object on standard output. First of all the two must agree on value and gradient at the start, and on the value
 * where SciPy ends: they were written twice. Linear models are convex: where one of the two is not done after `--iterations`, both are
 * run until rounding ends them, and must agree there. The exit code is 1 where they do not.
 */
import { parseArgs } from 'node:util';
import { createRandom, lbfgs, stopping, strongWolfe } from 'planesearch';
import { dataSets, furtherSets, loadProblem } from './support/problems.mjs';
import { backend, geometricMean, matrixOf, networkOf, objectiveOf, run, total } from './support/run.mjs';
import { python, scipyOn, scipyVersions } from './support/scipy.mjs';
import { machine } from './support/timing.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: Object.keys({ ...dataSets, ...furtherSets }).join() },
    networks: { type: 'string', default: 'tanh,relu,linear' },
    hidden: { type: 'string', default: '50' },
    iterations: { type: 'string', default: '200' },
    memory: { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    rows: { type: 'string' },
    'to-the-end': { type: 'string', default: '20000' },
  },
});
const numberOf = (name) => Number(options[name]);
const [hidden, iterations, memory, seed, endless] = ['hidden', 'iterations', 'memory', 'seed', 'to-the-end'].map(numberOf);

/** Relative differences up to which two evaluations of one formula, and two objectives at the minimum of a convex one, agree. */
const AGREE = { evaluations: 1e-10, minima: 1e-9 };

async function runOurs(problem, network, limit) {
  const parts = { direction: lbfgs({ pairs: memory }), stepRule: strongWolfe(), memory: 0 };
  const limits = { maxIterations: limit, timeLimit: Infinity, seed, stops: [stopping.stalled(1)] };
  const { objective, history, products, stop } = await run(problem, network, parts, limits);
  return {
    objective,
    iterations: history.length - 1,
    products: total(products),
    ended: stop.reason === 'stalled',
    message: stop.detail,
  };
}

/** Our value and gradient at each of the points. */
async function evaluateAt(problem, architecture, points) {
  // Gradients by the parameters of the columns as they are, as SciPy has them.
  const matrix = await matrixOf(problem, { frame: 'none' });
  const objective = objectiveOf(problem, architecture, matrix);
  const found = [];
  for (const point of points) {
    await objective.start(point);
    found.push({ value: objective.value, gradient: objective.gradient });
  }
  objective.dispose();
  matrix.dispose();
  return found;
}

const relative = (a, b) => Math.abs(a - b) / Math.abs(b);

function relativeNorm(a, b) {
  const norm = (v) => Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
  return norm(a.map((value, j) => value - b[j])) / norm(b);
}

async function compare(theirs, problem, activation) {
  const network = networkOf(activation, [hidden]);
  const architecture = network.architecture(problem.x.columns, problem.outputs);
  const begin = network.initialize(architecture, createRandom(seed));
  const runScipy = (limit) => theirs.run({ activation, hidden }, begin, { memory, iterations: limit });
  const { start, end, summary: scipy } = runScipy(iterations);
  const [atStart, atEnd] = await evaluateAt(problem, architecture, [begin, end.point]);
  const differences = {
    startValue: relative(atStart.value, start.value),
    startGradient: relativeNorm(atStart.gradient, start.gradient),
    endValue: relative(atEnd.value, end.value),
  };
  const ours = await runOurs(problem, network, iterations);
  const result = {
    data: problem.name,
    network: activation,
    rows: problem.x.rows,
    columns: problem.x.columns,
    differences,
    ours,
    scipy,
    ratio: ours.objective / scipy.objective,
    productRatio: ours.products / scipy.products,
  };
  if (activation !== 'linear') return result;
  if (ours.ended && scipy.ended) return { ...result, minimum: minimumOf(ours, scipy) };
  return { ...result, minimum: minimumOf(await runOurs(problem, network, endless), runScipy(endless).summary) };
}

function minimumOf(ours, scipy) {
  return { ours, scipy, reached: ours.ended && scipy.ended, difference: relative(ours.objective, scipy.objective) };
}

const digits = (value) => value.toExponential(0);

function line({ data, network, rows, columns, differences, ours, scipy, ratio, minimum }) {
  const { startValue, startGradient, endValue } = differences;
  const text = [
    data.padEnd(20),
    network.padEnd(7),
    `${rows} x ${columns}`.padEnd(12),
    `start ${digits(startValue)}, gradient ${digits(startGradient)}, end ${digits(endValue)} `,
    `ours ${ours.objective.toPrecision(9)}, scipy ${scipy.objective.toPrecision(9)}, ratio ${ratio.toFixed(6)} `,
    `products ${ours.products}, ${scipy.products}`,
  ].join(' ');
  if (!minimum) return text;
  const reached = minimum.reached ? 'minimum' : `after ${endless} iterations`;
  return `${text}  ${reached}: ${digits(minimum.difference)} apart, iterations ${minimum.ours.iterations}, ${minimum.scipy.iterations}`;
}

function summarize(results) {
  const worst = (name) => Math.max(...results.map(({ differences }) => differences[name]));
  const linear = results.filter(({ minimum }) => minimum);
  const reached = linear.filter(({ minimum }) => minimum.reached);
  const networks = results.filter(({ minimum }) => !minimum);
  const ratios = networks.map(({ ratio }) => ratio);
  return {
    differences: { startValue: worst('startValue'), startGradient: worst('startGradient'), endValue: worst('endValue') },
    linearModels: {
      cases: linear.length,
      reached: reached.length,
      difference: Math.max(0, ...reached.map((r) => r.minimum.difference)),
    },
    networks:
      networks.length === 0
        ? null
        : {
            cases: networks.length,
            ratio: geometricMean(ratios),
            least: Math.min(...ratios),
            most: Math.max(...ratios),
            lower: ratios.filter((ratio) => ratio < 1).length,
            productRatio: geometricMean(networks.map((r) => r.productRatio)),
          },
  };
}

function report({ differences, linearModels, networks }) {
  const written = Object.entries(differences)
    .map(([name, value]) => `${name} ${value.toExponential(1)}`)
    .join(', ');
  console.error(`evaluations: largest relative differences ${written}`);
  const { cases, reached, difference } = linearModels;
  console.error(
    `linear models: ${reached} of ${cases} at the minimum with both, at most ${difference.toExponential(1)} apart`,
  );
  if (networks === null) return;
  const [ratio, least, most, productRatio] = ['ratio', 'least', 'most', 'productRatio'].map((name) =>
    networks[name].toFixed(3),
  );
  console.error(
    `networks: objective after ${iterations} iterations, ours over SciPy's: geometric mean ${ratio} (${least} to ${most}), ` +
      `ours lower in ${networks.lower} of ${networks.cases}; products: geometric mean ${productRatio}`,
  );
}

/** Also true of what is not a number. */
function disagrees({ differences, minimum }) {
  return (
    !Object.values(differences).every((difference) => difference <= AGREE.evaluations) ||
    (minimum?.reached && !(minimum.difference <= AGREE.minima))
  );
}

async function compareAll() {
  const results = [];
  for (const name of options.data.split(',')) {
    const problem = await loadProblem(name, options.rows === undefined ? {} : { rows: Number(options.rows) });
    if (!problem) continue;
    const theirs = scipyOn(problem);
    try {
      for (const activation of options.networks.split(',')) {
        if (name.endsWith('unscaled') && activation !== 'linear') continue;
        results.push(await compare(theirs, problem, activation));
        console.error(line(results.at(-1)));
      }
    } finally {
      theirs.dispose();
    }
  }
  return results;
}

const versions = scipyVersions();
if (versions === null) {
  const skipped = `Left out: '${python}' with numpy and scipy is not there; PYTHON may name another one.`;
  console.error(skipped);
  console.log(JSON.stringify({ skipped }));
} else {
  const results = await compareAll();
  const summary = summarize(results);
  report(summary);
  for (const { data, network } of results.filter(disagrees)) {
    console.error(`${data} ${network}: the two do not agree.`);
    process.exitCode = 1;
  }
  console.log(JSON.stringify({ versions, machine: machine(backend), ...summary, results }));
}
