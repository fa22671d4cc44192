/**
 * The runs of the comparison: a curve for each method, the rates tuned, and the objective that all gaps are measured from.
 */
import { kroneckerLbfgs, gaussNewton, layerwise, programOf, stopping, tuneRate } from 'planesearch';
import { run, total } from '../support/run.mjs';
import { directionList, methodsFor, partsOf, ruleList } from './plane-search-methods.mjs';

/** A run above this multiple of the starting objective has diverged. */
const DIVERGED = 100;

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

/** From `begin` on, the best fixed rate where that is known; otherwise from where the direction is at home. */
async function tune(problem, network, method, settings, begin = 2 ** directionList[method.direction].start) {
  const attempt = (rate) => run(problem, network, partsOf(method, settings.maxIterations, rate), settings);
  const { rate, run: result, runs } = await tuneRate(attempt, begin);
  return { rate, result, runs: runs.length, products: runs.reduce((sum, one) => sum + total(one.products), 0) };
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
