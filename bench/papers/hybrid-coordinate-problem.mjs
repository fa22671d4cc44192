/** The paper's problem and what is run on it (arXiv 2408.01374; what it leaves open is read as docs/coordinate-descent.md says). */
import { createRandom, coordinate, fixed, gaussNewton, minimize, mlp, stepRules, stopping } from 'planesearch';
import { matrixOf, objectiveOf } from '../support/run.mjs';

/** n rows on the unit sphere, labels N(0,1); W ~ N(0,1), A ~ U[-1,1] / sqrt(m), no biases: they stay at 0, and so does A. */
export function paperProblem({ rows, columns, units, seed }) {
  const random = createRandom(seed);
  const values = Float64Array.from({ length: rows * columns }, () => random.normal());
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    const length = Math.hypot(...row);
    row.forEach((x, j) => (row[j] = x / length));
  }
  const targets = Float64Array.from({ length: rows }, () => random.normal());
  const architecture = mlp({ hidden: [units], activation: 'relu' }).architecture(columns, 1);
  const weights = columns * units;
  const start = new Float64Array(weights + 2 * units + 1);
  for (let e = 0; e < weights; e++) start[e] = random.normal();
  for (let k = 0; k < units; k++) start[weights + units + k] = (2 * random.uniform() - 1) / Math.sqrt(units);
  return { x: { values, rows, columns }, targets, architecture, loss: 'squared', start, l2: 0, weights };
}

/** Largest eigenvalue of the Gauss-Newton matrix by W at the start, by the power method on its n x n twin (1/n) J J'. */
export function lipschitz({ x: { values, rows, columns }, architecture, start, weights }) {
  const units = architecture.tracked.outputs;
  const active = Array.from({ length: rows }, (_, i) =>
    Float64Array.from({ length: units }, (_, k) => {
      let z = 0;
      for (let j = 0; j < columns; j++) z += values[i * columns + j] * start[j * units + k];
      return z > 0 ? start[weights + units + k] : 0;
    }),
  );
  const dot = (a, b) => a.reduce((sum, value, e) => sum + value * b[e], 0);
  const row = (i) => values.subarray(i * columns, (i + 1) * columns);
  const K = active.map((a, i) => active.map((b, j) => (dot(row(i), row(j)) * dot(a, b)) / rows));
  let v = new Float64Array(rows).fill(1);
  let length = 0;
  for (let step = 0; step < 500; step++) {
    const next = K.map((line) => dot(line, v));
    length = Math.hypot(...next);
    v = next.map((value) => value / length);
  }
  return length;
}

const FIRST = { layers: ['hidden.weight'] };

/** Label -> direction, step rule and memory; rates that depend on the problem are worked out here. */
export function methodsFor(problem, thresholds) {
  const plane = () => stepRules.plane({ solver: gaussNewton() });
  const line = () => stepRules.line({ solver: gaussNewton() });
  const jacobi = () => fixed({ rate: 1 / problem.weights });
  const hybrids = thresholds.map((threshold) => [
    `hybrid, threshold ${threshold}`,
    {
      direction: coordinate({ ...FIRST, threshold, search: 'doubling' }),
      stepRule: jacobi(),
      memory: 0,
      threshold,
    },
  ]);
  const descent = (rule, memory) => ({ direction: coordinate({ ...FIRST, threshold: 0 }), stepRule: rule, memory });
  return Object.fromEntries([
    ['gradient, rate 1', descent(fixed({ rate: 1 }), 0)],
    ['gradient, rate 1/L', descent(fixed({ rate: 1 / lipschitz(problem) }), 0)],
    ...hybrids,
    ['exact, rate 1/N', { direction: coordinate({ ...FIRST, search: 'exact' }), stepRule: jacobi(), memory: 0 }],
    ['coordinate + line', { direction: coordinate(FIRST), stepRule: line(), memory: 0 }],
    ['coordinate + plane', { direction: coordinate(FIRST), stepRule: plane(), memory: 1 }],
    ['exact + plane', { direction: coordinate({ ...FIRST, search: 'exact' }), stepRule: plane(), memory: 1 }],
    ['gradient + plane', descent(plane(), 1)],
  ]);
}

/** The same direction, noting after every sweep how much was searched. */
function watched(direction, notes) {
  return {
    ...direction,
    async next(state, objective) {
      const proposals = await direction.next(state, objective);
      if (state && 'searchedShare' in state) notes.push({ share: state.searchedShare, evaluations: state.evaluations });
      return proposals;
    },
  };
}

/** @returns losses and seconds per epoch, share searched and evaluations per searched weight (means over the epochs) */
export async function runOn(problem, { direction, stepRule, memory }, { epochs, target = -Infinity, timeLimit = 600 }) {
  const { architecture, start, l2 } = problem;
  // The paper moves the weights of the columns as they are.
  const matrix = await matrixOf(problem, { frame: 'none' });
  const objective = objectiveOf(problem, architecture, matrix, { memory, l2 });
  const notes = [];
  const reached = (history) =>
    history.at(-1).objective <= target ? { reason: 'callback', detail: 'target reached', converged: true } : null;
  try {
    const stop = stopping.firstOf([reached, stopping.iterationLimit(epochs), stopping.timeLimit(timeLimit)]);
    const { history } = await minimize(objective, start, {
      direction: watched(direction, notes),
      stepRule,
      memory,
      stop,
      refreshEvery: 0,
    });
    const mean = (key) => (notes.length ? notes.reduce((sum, note) => sum + note[key], 0) / notes.length : 0);
    const last = history.at(-1);
    return {
      loss: history.map((record) => record.objective),
      seconds: history.map((record) => record.seconds),
      epochs: last.objective <= target ? last.iteration : null,
      secondsPerEpoch: last.seconds / Math.max(1, last.iteration),
      searchedShare: mean('share'),
      evaluations: mean('evaluations'),
    };
  } finally {
    objective.dispose();
    matrix.dispose();
  }
}
