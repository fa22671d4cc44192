/**
 * The runs of the comparison: a curve for each method, the rates tuned, and the objective that all gaps are measured from.
 */
import { kroneckerLbfgs, gaussNewton, layerwise, programOf, stopping } from 'planesearch';
import { run, total } from '../support/run.mjs';
import { directionList, methodsFor, partsOf, ruleList } from './plane-search-methods.mjs';

/** A run above this multiple of the starting objective has diverged. */
const DIVERGED = 100;

/** Exponents of 2 between which a rate is sought. */
const EXPONENTS = { least: -24, most: 12 };

/** Runs that bring nothing before a side of the grid is given up. */
const PATIENCE = 2;

/** How much longer the run is that gives the objective to measure gaps from. */
const REFERENCE_LENGTH = 3;

const diverged = (history) => {
  const { objective } = history.at(-1);
  const limit = DIVERGED * Math.abs(history[0].objective);
  return objective > limit
    ? { reason: 'callback', detail: `objective ${objective} above ${limit}`, converged: false }
    : null;
};
const stops = [diverged, stopping.stalled(1)];

/**
 * @returns one entry per method, with the curve of its run: best objective so far, products with X and seconds at each iteration; and
 * `best`, the lowest objective seen by any run including a longer reference run
 */
export async function compareOn(
  problem,
  network,
  { iterations, seed, directions, schedules, rates = {}, progress = () => {} },
) {
  const layered = programOf(network.architecture(problem.x.columns, problem.outputs)).layers.length > 1;
  const settings = { maxIterations: iterations, seed, stops };
  const results = [];
  for (const method of methodsFor(layered, { directions, schedules })) {
    const { tuned } = ruleList[method.rule];
    const known = rates[method.label];
    const begin = results.find(({ label }) => label === `${method.direction} · fixed`)?.rate;
    const tuning = tuned && known === undefined ? await tune(problem, network, method, settings, begin) : null;
    const rate = tuned ? (tuning?.rate ?? known) : undefined;
    const result = tuning?.result ?? (await run(problem, network, partsOf(method, iterations, rate), settings));
    const tuningCost = tuning && { runs: tuning.runs, products: tuning.products };
    results.push({ ...method, ...(tuned ? { rate, tuning: tuningCost } : {}), ...curveOf(result) });
    progress(results.at(-1));
  }
  const reference = { direction: kroneckerLbfgs(), stepRule: layerwise(gaussNewton()), memory: 1 };
  const longer = await run(problem, network, reference, { ...settings, maxIterations: REFERENCE_LENGTH * iterations });
  return { results, best: Math.min(longer.objective, ...results.map((r) => r.objective.at(-1))) };
}

/**
 * The best rate on the grid of powers of 2, each tried for the full number of iterations: in steps of 4 to both sides until PATIENCE
 * runs in a row bring nothing, then the neighbors in steps of 2. It sets out from `begin`, the best fixed rate where that is known.
 */
async function tune(problem, network, method, settings, begin = 2 ** directionList[method.direction].start) {
  const tried = new Map();
  const attempt = async (exponent) => {
    const parts = partsOf(method, settings.maxIterations, 2 ** exponent);
    if (!tried.has(exponent)) tried.set(exponent, await run(problem, network, parts, settings));
    return tried.get(exponent).objective;
  };
  let best = Math.log2(begin);
  await attempt(best);
  for (const side of [2, -2]) {
    let worse = 0;
    for (let e = best + side; worse < PATIENCE && e >= EXPONENTS.least && e <= EXPONENTS.most; e += side) {
      if ((await attempt(e)) < (await attempt(best))) {
        best = e;
        worse = 0;
      } else worse++;
    }
  }
  for (const e of [best - 1, best + 1]) if ((await attempt(e)) < (await attempt(best))) best = e;
  const products = [...tried.values()].reduce((sum, result) => sum + total(result.products), 0);
  return { rate: 2 ** best, result: tried.get(best), runs: tried.size, products };
}

function curveOf({ history, innerEvaluations, stop }) {
  let lowest = Infinity;
  return {
    objective: history.map((record) => (lowest = Math.min(lowest, record.objective))),
    products: history.map((record) => total(record.products)),
    gram: history.at(-1).products.gram,
    fallbacks: history.filter(({ status }) => status === 'fallback').length,
    stop: stop.reason,
    seconds: history.map((record) => Number(record.seconds.toFixed(6))),
    innerEvaluations: innerEvaluations / Math.max(1, history.length - 1),
  };
}

/** The value at an iteration, or the last one of a run that ended before. */
export function at(values, iteration) {
  return values[Math.min(iteration, values.length - 1)];
}
