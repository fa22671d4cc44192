/** One training run on a problem with parts given as objects, and what benchmarks read off it. */
import { createRandom, linear, losses, minimize, mlp, Objective, selectBackend, stopping } from 'planesearch';

export const { backend, notice } = selectBackend(process.env.PLANESEARCH_BACKEND ?? 'auto');
if (notice) console.error(notice);

/** @param activation 'tanh', 'relu', ... or 'linear' for the network without hidden layers */
export function networkOf(activation, hidden = [50]) {
  return activation === 'linear' ? linear() : mlp({ hidden, activation });
}

/**
 * Runs until `target` (an objective), `maxIterations`, `timeLimit` seconds or one of the further criteria in `stops`.
 * @returns the training result with `seconds` (copy of X not included), `products` and `reached`: the first record at or below target
 */
export async function run(problem, network, parts, { target = -Infinity, maxIterations = 200, timeLimit = 600, stops = [], seed = 0, l2 } = {}) {
  const { x, targets, loss, outputs } = problem;
  const matrix = backend.matrix(x.values, x.rows, x.columns);
  const layers = network.layers(x.columns, outputs);
  const objective = new Objective({ matrix, layers, loss: losses[loss], targets, l2: l2 ?? 1 / x.rows, memory: parts.memory }, backend);
  const reachedTarget = (history) => {
    const { objective: value } = history.at(-1);
    return value <= target ? { reason: 'callback', detail: `objective ${value} reached ${target}`, converged: true } : null;
  };
  try {
    const stop = stopping.firstOf([reachedTarget, stopping.iterationLimit(maxIterations), stopping.timeLimit(timeLimit), ...stops]);
    const result = await minimize(objective, network.initialize(layers, createRandom(seed)), { ...parts, stop, refreshEvery: 0 });
    const last = result.history.at(-1);
    const reached = result.history.find((record) => record.objective <= target) ?? null;
    return { ...result, products: last.products, seconds: last.seconds, reached };
  } finally {
    objective.dispose();
    matrix.dispose();
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Products with X of a record or result, both kinds together. */
export function total({ multiply, multiplyTransposed }) {
  return multiply + multiplyTransposed;
}
