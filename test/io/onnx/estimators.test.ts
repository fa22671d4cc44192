/** Every estimator as an ONNX file predicts in onnxruntime as it does here. */
import { expect, it } from 'vitest';
import { createRandom } from '../../../lib/core/random.js';
import {
  GeneralizedLinearRegression,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  MLPRegressor,
} from '../../../lib/estimators/index.js';
import { runOnnx } from './session.js';

const random = createRandom(6);
const rows = 150;
// Far from 0 and of different spreads: what an estimator scales inside has to be in the file.
const values = Float64Array.from(
  { length: rows * 3 },
  (_, e) => [5, -40, 300][e % 3]! + [1, 10, 0.1][e % 3]! * random.normal(),
);
const x = { values, rows, columns: 3 };
const side = Array.from({ length: rows }, (_, i) => values[3 * i]! - 5 + (values[3 * i + 1]! + 40) / 10 + random.normal());
const numbers = Float64Array.from(side, (s) => 1000 + 50 * s);
const classes = side.map((s) => (s > 1 ? 'high' : s > -1 ? 'middle' : 'low'));

it.each([
  ['LinearRegression', new LinearRegression(), numbers],
  [
    'GeneralizedLinearRegression',
    new GeneralizedLinearRegression({ loss: 'poisson' }),
    Float64Array.from(side, (s) => Math.round(Math.exp(s / 2))),
  ],
  ['MLPRegressor', new MLPRegressor({ hidden: [6], maxIterations: 40 }), numbers],
] as const)('%s', async (_, estimator, y) => {
  await estimator.fit(x, y);
  const expected = (await estimator.predict(x)) as number[];
  for (const [precision, tolerance] of [
    ['float64', 1e-10],
    ['float32', 1e-4],
  ] as const) {
    const { prediction } = await runOnnx(estimator.model, x, { precision });
    const largest = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => expect(Math.abs(value - Number(prediction!.data[i])) / largest).toBeLessThan(tolerance));
  }
});

it.each([
  ['LogisticRegression', new LogisticRegression()],
  ['LogisticRegression, l1', new LogisticRegression({ penalty: 'l1', l1: 0.02 })],
  ['MLPClassifier', new MLPClassifier({ hidden: [6], maxIterations: 40 })],
] as const)('%s', async (_, estimator) => {
  await estimator.fit(x, classes);
  const { label, probabilities } = await runOnnx(estimator.model, x, { precision: 'float64' });
  const p = await estimator.predictProba(x);
  p.forEach((value, e) => expect(Math.abs(value - Number(probabilities!.data[e]))).toBeLessThan(1e-10));
  expect([...(label!.data as string[])]).toEqual(await estimator.predict(x));
});
