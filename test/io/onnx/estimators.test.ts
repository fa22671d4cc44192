/** Every estimator, and pipelines with it, as an ONNX file predicts in onnxruntime as it does here. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../lib/core/random.js';
import {
  GeneralizedLinearRegression,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  MLPRegressor,
} from '../../../lib/estimators/index.js';
import type { Model } from '../../../lib/io/model.js';
import { MinMaxScaler, PCA, pipeline, StandardScaler } from '../../../lib/preprocessing/index.js';
import { runOnnx, testWithChecker } from './session.js';

const random = createRandom(6);
const rows = 150;
// Away from 0 and of different spreads: what an estimator scales inside has to be in the file. Rounded, so that float32 is given the same rows.
const values = Float64Array.from({ length: rows * 3 }, (_, e) =>
  Math.fround([5, -40, 3][e % 3]! + [1, 10, 0.1][e % 3]! * random.normal()),
);
const x = { values, rows, columns: 3 };
const side = Array.from({ length: rows }, (_, i) => values[3 * i]! - 5 + (values[3 * i + 1]! + 40) / 10 + random.normal());
const numbers = Float64Array.from(side, (s) => 1000 + 50 * s);
const counts = Float64Array.from(side, (s) => Math.round(Math.exp(s / 2)));
const amounts = Float64Array.from(side, (s) => Math.exp(s / 2));
const classes = side.map((s) => (s > 1 ? 'high' : s > -1 ? 'middle' : 'low'));
const halves = side.map((s) => (s > 0 ? 'upper' : 'lower'));
const sets = side.map((s) => [...(s > 0 ? ['plus'] : []), ...(Math.abs(s) > 1 ? ['far'] : [])]);
const pairs = {
  kind: 'numbers',
  values: Float64Array.from({ length: 2 * rows }, (_, e) => side[e >> 1]! * (e % 2 ? 1 : -3)),
  width: 2,
} as const;
const network = { hidden: [6], maxIterations: 40 };

const precisions = [
  ['float64', 1e-10],
  ['float32', 1e-5],
] as const;

/** |a - b| beside the largest of b. */
function expectClose(a: ArrayLike<unknown>, b: ArrayLike<number>, tolerance: number): void {
  expect(a.length).toBe(b.length);
  const largest = Array.from(b, Math.abs).reduce((most, value) => Math.max(most, value), 1);
  for (let e = 0; e < b.length; e++) expect(Math.abs(Number(a[e]) - b[e]!) / largest).toBeLessThan(tolerance);
}

const glm = (loss: 'poisson' | 'gamma' | 'tweedie' | 'huber') => new GeneralizedLinearRegression({ loss });

it.each([
  ['LinearRegression', new LinearRegression(), numbers],
  ['LinearRegression, two targets', new LinearRegression(), pairs],
  ['LinearRegression, l1', new LinearRegression({ penalty: 'l1', l1: 0.1 }), numbers],
  ['GeneralizedLinearRegression, poisson', glm('poisson'), counts],
  ['GeneralizedLinearRegression, gamma', glm('gamma'), amounts],
  ['GeneralizedLinearRegression, tweedie', glm('tweedie'), counts],
  ['GeneralizedLinearRegression, huber', glm('huber'), numbers],
  ['MLPRegressor', new MLPRegressor(network), numbers],
  ['MLPRegressor, two targets', new MLPRegressor(network), pairs],
] as const)('%s', async (_, estimator, y) => {
  await estimator.fit(x, y);
  const expected = (await estimator.predict(x)).flat().map(Number);
  for (const [precision, tolerance] of precisions) {
    const { prediction } = await runOnnx(estimator.model, x, { precision });
    expectClose(prediction!.data, expected, tolerance);
  }
});

interface Predicts {
  predict(rows: typeof x): Promise<unknown[]>;
  predictProba(rows: typeof x): Promise<Float64Array>;
}

/** Probabilities in both precisions, and labels where these are not at a border to rounding. */
async function compareClasses(model: Model, estimator: Predicts): Promise<void> {
  const p = await estimator.predictProba(x);
  const labels = await estimator.predict(x);
  for (const [precision, tolerance] of precisions) {
    const onnx = await runOnnx(model, x, { precision });
    expectClose(onnx['probabilities']!.data, p, tolerance);
    if (precision !== 'float64') continue;
    if (onnx['label']) expect([...(onnx['label'].data as string[])]).toEqual(labels);
    else {
      const of = model.spec.task.classes!;
      const found = labels.map((_, i) => of.filter((_label, a) => onnx['labels']!.data[i * of.length + a] === 1n));
      expect(found).toEqual(labels);
    }
  }
}

it.each([
  ['LogisticRegression', new LogisticRegression(), classes],
  ['LogisticRegression, two classes', new LogisticRegression({ classWeight: 'balanced' }), halves],
  ['LogisticRegression, sets of labels', new LogisticRegression(), sets],
  ['LogisticRegression, l1', new LogisticRegression({ penalty: 'l1', l1: 0.02 }), classes],
  ['MLPClassifier', new MLPClassifier(network), classes],
  ['MLPClassifier, two classes', new MLPClassifier(network), halves],
  ['MLPClassifier, sets of labels', new MLPClassifier(network), sets],
] as const)('%s', async (_, estimator, y) => {
  await estimator.fit(x, y);
  await compareClasses(estimator.model, estimator);
});

describe('pipelines, whose transformers are in the first layer', () => {
  it.each([
    ['MinMaxScaler', () => pipeline(new MinMaxScaler(), new LogisticRegression())],
    [
      'StandardScaler and PCA',
      () => pipeline(new StandardScaler(), new PCA({ components: 2, whiten: true }), new MLPClassifier(network)),
    ],
  ] as const)('%s', async (_, make) => {
    const whole = make();
    await whole.fit(x, classes);
    await compareClasses(whole.foldedModel(), whole);
  });
});

testWithChecker();
