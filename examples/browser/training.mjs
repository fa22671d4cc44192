/** A network with one hidden layer that learns to tell digits apart: the layer below `train`, as in examples/custom-direction.mjs. */
import {
  createRandom,
  gaussNewton,
  lbfgs,
  losses,
  minimize,
  mlp,
  Objective,
  outputsOfMatrix,
  plane,
  stopping,
} from 'planesearch';

const CLASSES = 10;

/**
 * @param images `{ x: { values, rows, columns }, y }` with the digits as numbers
 * @param onIteration gets every record, and is awaited: the page is drawn meanwhile
 * @returns the trained network: architecture and parameters
 */
export async function trainDigits(
  backend,
  { x, y },
  { hidden = 24, maxIterations = 40, onIteration = () => undefined } = {},
) {
  const network = mlp({ hidden: [hidden] });
  const architecture = network.architecture(x.columns, CLASSES);
  const matrix = await backend.matrix({ kind: 'dense', ...x });
  const spec = { matrix, architecture, loss: losses.softmax(), targets: Float64Array.from(y), l2: 1 / x.rows, memory: 1 };
  const objective = new Objective(spec, backend);
  try {
    const start = { inFrame: network.initialize(architecture, createRandom(1)) };
    const stop = stopping.firstOf([stopping.gradientBelow(1e-4), stopping.iterationLimit(maxIterations)]);
    const { parameters, history } = await minimize(objective, start, {
      direction: lbfgs(),
      stepRule: plane(gaussNewton()),
      memory: 1,
      stop,
      callbacks: [onIteration],
    });
    return { architecture, parameters, history };
  } finally {
    objective.dispose();
    matrix.dispose();
  }
}

/** The digit of each row, and how sure the network is of it. */
export async function recognize(backend, { architecture, parameters }, x) {
  const matrix = await backend.matrix({ kind: 'dense', ...x }, { frame: 'none' });
  try {
    const outputs = await outputsOfMatrix(architecture, parameters, matrix);
    return Array.from({ length: x.rows }, (_, i) => {
      const scores = outputs.subarray(i * CLASSES, (i + 1) * CLASSES);
      const best = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - best), 0);
      return { digit: scores.indexOf(best), probability: 1 / total };
    });
  } finally {
    matrix.dispose();
  }
}
