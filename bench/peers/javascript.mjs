/**
 * Node's own peers, where they are installed: in the checkout (`npm install --no-save NAME`), or in the folder that PEERS_MODULES names. They
 * have first-order methods with a rate to choose; the rates here are those with which they come furthest on a9a.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { asDense } from '../support/forms.mjs';

const folder = process.env.PEERS_MODULES;
const require = createRequire(folder ? path.join(path.resolve(folder), 'from.cjs') : import.meta.url);

/** The module, or null where it is not installed. */
async function find(name) {
  try {
    const loaded = await import(pathToFileURL(require.resolve(name)).href);
    return { module: loaded.default ?? loaded, version: versionOf(name) };
  } catch {
    return null;
  }
}

function versionOf(name) {
  try {
    return require(`${name}/package.json`).version;
  } catch {
    return 'of an unknown version';
  }
}

/** Most numbers of X that they are given: beyond it a step of theirs takes seconds. */
const MOST_NUMBERS = 6e7;

export const javascriptPeers = [
  {
    name: 'TensorFlow.js',
    needs: '@tensorflow/tfjs',
    fits: ({ x }) => x.rows * x.columns <= MOST_NUMBERS,
    unfit: 'X is held densely and too large for its steps',
    run: runTensorflow,
  },
  {
    name: 'ml.js',
    needs: 'ml-logistic-regression',
    fits: ({ x, outputs }) => outputs === 1 && x.rows * x.columns <= MOST_NUMBERS,
    unfit: 'it has two classes or one against the rest only, and X is held densely',
    run: runMl,
  },
];

export async function findJavascript({ needs }) {
  return find(needs);
}

/** Adam over all rows, its rate the one that does best on a9a; objectives in float32 as it tells them. */
async function runTensorflow({ module: tf, version }, problem, { targets, limit }) {
  try {
    require('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
  } catch {
    await tf.setBackend('cpu');
  }
  await tf.ready();
  const { rows, columns, values } = asDense(problem.x);
  const { outputs, loss, l2 } = problem;
  const X = tf.tensor2d(Float32Array.from(values), [rows, columns]);
  const W = tf.variable(tf.zeros([columns, outputs]));
  const b = tf.variable(tf.zeros([outputs]));
  const labels = Int32Array.from(problem.targets);
  const Y =
    loss === 'softmax'
      ? tf.oneHot(tf.tensor1d(labels, 'int32'), outputs)
      : tf.tensor2d(Float32Array.from(labels), [rows, 1]);
  const value = () => {
    const Z = X.matMul(W).add(b);
    const data = loss === 'softmax' ? tf.losses.softmaxCrossEntropy(Y, Z) : tf.softplus(Y.mul(Z).neg()).mean();
    return data.add(
      W.square()
        .sum()
        .mul(l2 / 2),
    );
  };
  const optimizer = tf.train.adam(0.05);
  const curve = recorder(limit);
  while (!curve.over) curve.record(tf.tidy(() => optimizer.minimize(value, true, [W, b]).dataSync()[0]));
  const backend = tf.getBackend();
  tf.disposeVariables();
  for (const tensor of [X, Y]) tensor.dispose();
  return { ...curve.reached(targets), version: `tfjs ${version}, ${backend}, Adam 0.05`, precision: 'float32', threads: 1 };
}

/** One step at a time, since it tells nothing meanwhile: its loss has neither penalty nor intercept, a column of ones stands in for that. */
async function runMl({ module, version }, problem, { targets, limit }) {
  const Classifier = module.LogisticRegression ?? module;
  const matrices = await import(pathToFileURL(require.resolve('ml-matrix')).href);
  const Matrix = matrices.Matrix ?? matrices.default.Matrix;
  const { rows, columns, values } = asDense(problem.x);
  const table = Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns), 1]);
  const X = new Matrix(table);
  const Y = Matrix.columnVector(Array.from(problem.targets, (y) => (y > 0 ? 1 : 0)));
  const curve = recorder(limit);
  for (let steps = 1; !curve.over; steps *= 2) {
    const classifier = new Classifier({ numSteps: steps, learningRate: 0.3 / rows });
    const began = performance.now();
    classifier.train(X, Y);
    curve.take((performance.now() - began) / 1000, objectiveAt(problem, table, classifier));
  }
  return { ...curve.reached(targets), version: `ml-logistic-regression ${version}`, precision: 'float64', threads: 1 };
}

function objectiveAt({ targets, l2 }, table, { classifiers }) {
  const w = classifiers[0].weights.to1DArray();
  // Its first classifier tells all others from the first class.
  const sum = table.reduce((total, row, i) => {
    const m = targets[i] * row.reduce((z, v, j) => z + v * w[j], 0);
    return total + Math.log1p(Math.exp(-Math.abs(m))) + Math.max(0, -m);
  }, 0);
  return sum / table.length + 0.5 * l2 * w.slice(0, -1).reduce((total, v) => total + v * v, 0);
}

function recorder(limit) {
  const began = performance.now();
  const points = [];
  return {
    get over() {
      return (performance.now() - began) / 1000 > limit || (points.length > 0 && !Number.isFinite(points.at(-1)[1]));
    },
    record: (value) => points.push([(performance.now() - began) / 1000, value]),
    take: (seconds, value) => points.push([seconds, value]),
    reached: (targets) => ({
      reached: Object.fromEntries(
        Object.entries(targets).map(([name, target]) => [name, points.find(([, value]) => value <= target)?.[0] ?? null]),
      ),
      objective: Math.min(...points.map(([, value]) => value)),
      seconds: points.at(-1)[0],
      timedOut: true,
      repeats: 1,
      curve: points.filter((_, k) => k % Math.ceil(points.length / 50) === 0),
    }),
  };
}
