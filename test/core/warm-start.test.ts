/** Training that begins at a model: no extra product, an end at once where nothing is left to do, and only for a model of the same kind. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import type { TrainerState } from '../../lib/core/trainer.js';
import { train, type TrainOptions } from '../../lib/train.js';

const random = createRandom(8);
const [rows, columns] = [80, 4];
const values = Float64Array.from(
  { length: rows * columns },
  (_, e) => random.normal() * 10 ** ((e % columns) - 2) + 50 * (e % columns),
);
const x = { values, rows, columns };
const score = Array.from(
  { length: rows },
  (_, i) => values[i * columns]! * 100 - (values[i * columns + 1]! - 50) * 5 + random.normal(),
);
const common: TrainOptions = { backend: 'javascript', l2: 1e-3 };

const tasks: readonly [label: string, y: number[] | string[] | number[][], options: TrainOptions][] = [
  ['linear regression', score, {}],
  ['logistic regression', score.map((s) => (s > 0 ? 'yes' : 'no')), {}],
  ['softmax regression', score.map((s) => (s > 1 ? 'high' : s < -1 ? 'low' : 'middle')), {}],
  ['poisson regression', score.map((s) => Math.max(0, Math.round(s))), { loss: 'poisson' }],
  ['huber', score, { loss: 'huber' }],
  ['two targets', score.map((s) => [s, s * s]), {}],
  ['an mlp', score.map((s) => (s > 0 ? 'yes' : 'no')), { network: 'mlp', hidden: [3], l2: 0.01 }],
];

describe('from the optimum', () => {
  it.each(tasks)('%s stops at once', async (_, y, options) => {
    const first = await train({ x, y }, { ...common, ...options, tolerance: 1e-8, maxIterations: 3000 });
    expect(first.stop.converged, first.stop.detail).toBe(true);
    const again = await train({ x, y }, { ...common, ...options, start: first.model });
    expect(again.iterations, again.stop.detail).toBe(0);
    expect(again.stop).toMatchObject({ reason: 'gradient', converged: true });
    expect(again.products).toMatchObject({ multiply: 1, multiplyTransposed: 1 });
    expect(Math.abs(again.objective - first.objective)).toBeLessThanOrEqual(1e-9 * Math.abs(first.objective));
  });

  it('an exact fit, where the gradient is all rounding', async () => {
    const exact = Array.from({ length: rows }, (_, i) => 2 * values[i * columns]! + 1);
    const first = await train({ x, y: exact }, { ...common, l2: 0 });
    const again = await train({ x, y: exact }, { ...common, l2: 0, start: first.model });
    expect(again.stop.converged, again.stop.detail).toBe(true);
    expect(again.iterations).toBeLessThan(5);
  });
});

it('parameters of another size, and models of another kind, are refused in a sentence', async () => {
  const y = score.map((s) => (s > 0 ? 'yes' : 'no'));
  const { model } = await train({ x, y }, common);
  const from = (options: TrainOptions, target: string[] | number[] = y) =>
    train({ x, y: target }, { ...common, start: model, ...options });
  await expect(from({ network: 'mlp' })).rejects.toThrow(
    "The model to start from must have network 'mlp', but it has 'linear'.",
  );
  await expect(from({ loss: 'squared' }, score)).rejects.toThrow(
    "The model to start from must have loss 'squared', but it has 'logistic'.",
  );
  await expect(
    from(
      {},
      y.map((label) => `${label}!`),
    ),
  ).rejects.toThrow('The model to start from must have the same classes');
  await expect(from({ start: new Float64Array(3) })).rejects.toThrow('The start must be a vector of 5 parameters');
  const narrow = { values: values.slice(0, rows), rows, columns: 1 };
  await expect(train({ x: narrow, y }, { ...common, start: model })).rejects.toThrow('must have inputs 1, but it has 4.');
});

it.each([
  [null, 'null'],
  [5, '5'],
  [{}, 'an object (Object)'],
  [{ state: 5 }, 'an object (Object)'],
  [[1, 2, 3, 4, 5], 'an array of 5 values'],
])('start: %j is refused in a sentence', async (start, received) => {
  await expect(train({ x, y: score }, { ...common, start: start as never })).rejects.toThrow(
    `start must be a model, a Float64Array of parameters, the file of either or { state } with the state of a run, but ${received} was given.`,
  );
});

it('a run is gone on with from its state, through train', async () => {
  const y = score.map((s) => (s > 0 ? 'yes' : 'no'));
  const options: TrainOptions = { ...common, network: 'mlp', hidden: [3], maxIterations: 12 };
  const states: TrainerState[] = [];
  const whole = await train(
    { x, y },
    { ...options, callbacks: [async (_, trainer) => void states.push(await trainer.state())] },
  );
  const rest = await train({ x, y }, { ...options, start: { state: states[5]! } });
  expect(rest.model.spec.parameters).toEqual(whole.model.spec.parameters);
  expect(rest.products).toEqual(whole.products);
  expect(rest.iterations).toBe(whole.iterations);
});
