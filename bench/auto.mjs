/**
 * `auto` against L-BFGS with a strong Wolfe search (memory 10, 200 iterations), on problems nobody tuned it on.
 *
 *     node bench/auto.mjs [--data NAME,... | --further] [--networks tanh,relu,linear,gated,skip-relu] [--hidden 50] [--seeds 3]
 *                          [--direction NAME] [--memory K] [--worthwhile W] [--evaluations N]
 *
 * Prints a table on standard error and one JSON object on standard output: for every network the products with X, the grams and the
 * seconds until `auto` is at or below the objective of L-BFGS, each as a ratio to L-BFGS's own; medians over the seeds. Linear models
 * run both to relative suboptimality 1e-6 against a solution converged as far as rounding allows.
 */
import { parseArgs } from 'node:util';
import {
  chooseAutomatically,
  directions,
  gaussNewton,
  lbfgs,
  nativeInfo,
  programOf,
  stepRules,
  strongWolfe,
} from 'planesearch';
import { dataSets, furtherSets, loadProblem } from './support/problems.mjs';
import { backend, geometricMean, median, networkOf, run, total } from './support/run.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    further: { type: 'boolean', default: false },
    networks: { type: 'string', default: 'tanh,relu,linear' },
    hidden: { type: 'string', default: '50' },
    seeds: { type: 'string', default: '3' },
    limit: { type: 'string', default: '260' },
    direction: { type: 'string' },
    damping: { type: 'string' },
    refresh: { type: 'string' },
    maxRows: { type: 'string' },
    memory: { type: 'string' },
    worthwhile: { type: 'string' },
    evaluations: { type: 'string' },
  },
});

const reference = () => ({ direction: lbfgs({ pairs: 10 }), stepRule: strongWolfe(), memory: 0 });

function automatic(network, problem) {
  const chosen = chooseAutomatically(programOf(network.architecture(problem.x.columns, problem.outputs)).layers);
  const numbersOf = (keys) =>
    Object.fromEntries(keys.filter((key) => options[key]).map((key) => [key, Number(options[key])]));
  const { evaluations: maxEvaluations, ...accuracy } = numbersOf(['worthwhile', 'evaluations']);
  return {
    direction: directions[options.direction ?? chosen.direction](numbersOf(['damping', 'refresh', 'maxRows'])),
    stepRule: stepRules[chosen.steps]({ solver: gaussNewton({ ...accuracy, ...(maxEvaluations && { maxEvaluations }) }) }),
    memory: options.memory === undefined ? chosen.memory : Number(options.memory),
  };
}

async function compareNetwork(problem, activation, seed) {
  const network = networkOf(activation, options.hidden.split(',').map(Number));
  const lbfgsRun = await run(problem, network, reference(), { seed, maxIterations: 200 });
  const target = lbfgsRun.objective;
  const autoRun = await run(problem, network, automatic(network, problem), {
    seed,
    maxIterations: Number(options.limit),
    target,
  });
  return ratios(lbfgsRun, total(lbfgsRun.products), lbfgsRun.seconds, autoRun, target);
}

async function compareLinear(problem) {
  const network = networkOf('linear');
  const best = await run(problem, network, automatic(network, problem), { maxIterations: 150 });
  const target = best.objective + 1e-6 * Math.abs(best.objective);
  const lbfgsRun = await run(problem, network, reference(), { maxIterations: 3000, target });
  const autoRun = await run(problem, network, automatic(network, problem), { maxIterations: Number(options.limit), target });
  const last = lbfgsRun.reached ?? lbfgsRun.history.at(-1);
  return {
    ...ratios(lbfgsRun, total(last.products), last.seconds, autoRun, target),
    lbfgsReached: lbfgsRun.reached !== null,
  };
}

function ratios(lbfgsRun, lbfgsProducts, lbfgsSeconds, autoRun, target) {
  const last = autoRun.reached ?? autoRun.history.at(-1);
  return {
    reached: autoRun.reached !== null,
    target,
    objective: autoRun.objective,
    iterations: last.iteration,
    products: total(last.products),
    gram: last.products.gram,
    seconds: last.seconds,
    lbfgsIterations: lbfgsRun.history.length - 1,
    lbfgsProducts,
    lbfgsSeconds,
    productRatio: autoRun.reached ? total(last.products) / lbfgsProducts : Infinity,
    secondsRatio: autoRun.reached ? last.seconds / lbfgsSeconds : Infinity,
    innerEvaluations: autoRun.innerEvaluations / Math.max(1, autoRun.history.length - 1),
  };
}

const results = [];
const names = options.data?.split(',') ?? Object.keys(options.further ? furtherSets : dataSets);
for (const name of names) {
  const problem = await loadProblem(name);
  if (!problem) continue;
  for (const activation of options.networks.split(',')) {
    const unscaled = name.endsWith('unscaled');
    if (unscaled && activation !== 'linear') continue;
    const runs = [];
    if (activation === 'linear') runs.push(await compareLinear(problem));
    else for (let seed = 0; seed < Number(options.seeds); seed++) runs.push(await compareNetwork(problem, activation, seed));
    const row = {
      data: name,
      network: activation,
      rows: problem.x.rows,
      columns: problem.x.columns,
      productRatio: median(runs.map((r) => r.productRatio)),
      secondsRatio: median(runs.map((r) => r.secondsRatio)),
      worstProductRatio: Math.max(...runs.map((r) => r.productRatio)),
      iterations: median(runs.map((r) => r.iterations)),
      runs,
    };
    results.push(row);
    console.error(
      `${name.padEnd(22)} ${activation.padEnd(7)} products ${row.productRatio.toFixed(3)} ` +
        `(worst ${row.worstProductRatio.toFixed(2)})  ` +
        `seconds ${row.secondsRatio.toFixed(3)}  iterations ${row.iterations}  gram ${runs[0].gram}  ` +
        `evaluations/iteration ${runs[0].innerEvaluations.toFixed(1)}  ` +
        `lbfgs ${runs[0].lbfgsSeconds.toFixed(2)} s, ${runs[0].lbfgsProducts} products`,
    );
  }
}

function summary(rows) {
  if (rows.length === 0) return null;
  const products = rows.map((row) => row.productRatio);
  const seconds = rows.map((row) => row.secondsRatio);
  return {
    cases: rows.length,
    products: geometricMean(products),
    seconds: geometricMean(seconds),
    worst: Math.max(...products),
  };
}
const networks = summary(results.filter((r) => r.network !== 'linear'));
const linearModels = summary(results.filter((r) => r.network === 'linear'));
for (const [name, s] of Object.entries({ networks, 'linear models': linearModels })) {
  if (!s) continue;
  const [products, seconds, worst] = [s.products.toFixed(3), s.seconds.toFixed(3), s.worst.toFixed(2)];
  console.error(`${name}: geometric mean of products ${products}, of seconds ${seconds}, worst products ${worst}`);
}
const core = backend.name === 'native' ? nativeInfo() : null;
console.log(JSON.stringify({ core, threads: backend.threads, networks, linearModels, results }));
