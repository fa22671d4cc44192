/** One training run on a problem with parts given as objects, and what benchmarks read off it. */
import { createRandom, losses, minimize, networks, Objective, selectBackend, stopping } from 'planesearch';

export const { backend, notice } = selectBackend(process.env.PLANESEARCH_BACKEND ?? 'auto');
if (notice) console.error(notice);

/**
 * @param name 'linear'; 'tanh', 'relu', ... for an mlp with that activation; or a network of the registry with what is special to it at its
 * defaults: 'gated', 'skip', 'gated-tanh', 'skip-relu', ...
 */
export function networkOf(name, hidden = [50]) {
  if (name === 'linear') return networks.linear();
  const kind = Object.keys(networks).find((known) => name === known || name.startsWith(`${known}-`));
  if (!kind) return networks.mlp({ hidden, activation: name });
  const activation = name.slice(kind.length + 1);
  return networks[kind]({ hidden, ...(activation && { activation }) });
}

/** X of a problem in a backend, sparse where the problem has it so. */
export function matrixOf({ x }, { on = backend, frame = 'standard', precision = 'auto' } = {}) {
  const source = x.kind === 'csr' ? x : { kind: 'dense', values: x.values, rows: x.rows, columns: x.columns };
  return on.matrix(source, { frame, precision });
}

/** The objective of a network over a problem whose matrix is there. */
export function objectiveOf({ x, targets, loss }, architecture, matrix, { on = backend, memory = 0, l2 = 1 / x.rows } = {}) {
  return new Objective({ matrix, architecture, loss: losses[loss](), targets, l2, memory }, on);
}

/** The objective at a model's parameters over X as it is given, without a frame. */
export async function trueObjective(problem, { spec }, l2) {
  const matrix = await matrixOf(problem, { frame: 'none' });
  const objective = objectiveOf(problem, spec.architecture, matrix, { l2 });
  try {
    await objective.start(spec.parameters);
    return objective.value;
  } finally {
    objective.dispose();
    matrix.dispose();
  }
}

/**
 * Runs until `target` (an objective), `maxIterations`, `timeLimit` seconds or one of the further criteria in `stops`.
 * @returns the training result with `seconds` (copy of X not included), `products` and `reached`: the first record at or below target
 */
export async function run(
  problem,
  network,
  parts,
  { target = -Infinity, maxIterations = 200, timeLimit = 600, stops = [], seed = 0, l2 } = {},
) {
  const matrix = await matrixOf(problem);
  const architecture = network.architecture(problem.x.columns, problem.outputs);
  const objective = objectiveOf(problem, architecture, matrix, { memory: parts.memory, l2 });
  const reachedTarget = (history) => {
    const { objective: value } = history.at(-1);
    return value <= target ? { reason: 'callback', detail: `objective ${value} reached ${target}`, converged: true } : null;
  };
  try {
    const stop = stopping.firstOf([
      reachedTarget,
      stopping.iterationLimit(maxIterations),
      stopping.timeLimit(timeLimit),
      ...stops,
    ]);
    const start = { inFrame: network.initialize(architecture, createRandom(seed)) };
    const result = await minimize(objective, start, { ...parts, stop, refreshEvery: 0 });
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
