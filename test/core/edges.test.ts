/** Numbers at the edge: nothing that is not finite leaves, the objective is that of the parameters, and only what has converged says so. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { directionNames } from '../support/runs.js';
import { Model } from '../../lib/io/model.js';
import { train, type Training, type TrainOptions } from '../../lib/train.js';

const random = createRandom(6);
const [rows, columns] = [40, 3];
const values = Float64Array.from({ length: rows * columns }, () => random.normal());
const score = Array.from({ length: rows }, (_, i) => values[3 * i]! - 2 * values[3 * i + 1]! + random.normal());
const common: TrainOptions = { backend: 'javascript' };
const data = (scale: number) => ({ values: values.map((x) => scale * x), rows, columns });

/** The mean loss and the penalty of the returned parameters, from scratch and in the units given. */
async function recomputed({ model, l2 }: Training, x: ReturnType<typeof data>, y: number[] | string[]): Promise<number> {
  const { loss } = await model.evaluate(x, y);
  const weights = model.layout.blocks
    .filter(({ penalized }) => penalized)
    .flatMap(({ offset, size }) => {
      return Array.from(model.spec.parameters.subarray(offset, offset + size));
    });
  return loss + weights.reduce((sum, w) => sum + 0.5 * (l2 * w) * w, 0);
}

/** What every run has to keep. */
async function honest(training: Training, x: ReturnType<typeof data>, y: number[] | string[]): Promise<void> {
  const { model, objective, stop, history } = training;
  expect(model.spec.parameters.every(Number.isFinite)).toBe(true);
  const again = await recomputed(training, x, y);
  expect(Math.abs(objective - again), `${objective} against ${again}; ${stop.detail}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(again) + 1e-300,
  );
  if (!stop.converged) return;
  const [start, end] = [history[0]!, history.at(-1)!];
  const small = end.gradientNorm <= 1e-6 * Math.max(start.gradientNorm, start.gradientMass);
  expect(small || (end.limit && end.limit.promised <= end.limit.rounding), stop.detail).toBeTruthy();
}

describe('targets from 1e-150 to 1e150', () => {
  const runs = [1e-150, 1e-100, 1e-10, 1e10, 1e100, 1e150].flatMap(
    (scale) =>
      [
        ['gradient', 'layerwise', scale],
        ['lbfgs', 'plane', scale],
        ['kronecker-lbfgs', 'plane', scale],
      ] as const,
  );
  it.each(runs)('%s, %s, times %d', async (direction, steps, scale) => {
    const y = score.map((s) => scale * s);
    for (const network of [{}, { network: 'mlp', hidden: [4] }] as TrainOptions[]) {
      const training = await train({ x: data(1), y }, { ...common, ...network, direction, steps, maxIterations: 120 });
      await honest(training, data(1), y);
    }
  });
});

describe('features from the smallest numbers to 1e300', () => {
  it.each([5e-324, 1e-310, 1e-200, 1e-160, 1e160, 1e300])(
    'times %d: refused by the column, or constant, or finite',
    async (scale) => {
      const x = data(scale);
      const outcome = await train({ x, y: score }, { ...common, standardize: true }).catch((error: Error) => error.message);
      if (typeof outcome === 'string') expect(outcome).toMatch(/column [012] \(from 0\)/);
      else await honest(outcome, x, score);
    },
  );

  it.each(directionNames)('%s with columns 1e20 apart and the default penalty', async (direction) => {
    const x = { values: values.map((v, e) => v * [1e-10, 1, 1e10][e % 3]!), rows, columns };
    await honest(await train({ x, y: score }, { ...common, direction }), x, score);
  });
});

describe('a run that does not get on has not converged', () => {
  it.each([1e-13, 1e-16])('a rate of %d', async (rate) => {
    const { stop, history } = await train(
      { x: data(1), y: score },
      { ...common, direction: 'gradient', steps: 'fixed', rate },
    );
    expect(history.at(-1)!.gradientNorm / history[0]!.gradientNorm).toBeCloseTo(1, 6);
    expect(stop.converged, stop.detail).toBe(false);
    if (stop.reason === 'decrease') expect(stop.detail).toContain('so this is slow, not converged');
  });

  it('kronecker with barzilai-borwein on columns 1e20 apart gets as far as anyone', async () => {
    const x = { values: values.map((v, e) => v * [1e-10, 1, 1e10][e % 3]!), rows, columns };
    const y = score.map((s) => (s > 0 ? 'up' : 'down'));
    const best = await train({ x, y }, { ...common, l2: 1e-3, tolerance: 1e-9 });
    const training = await train(
      { x, y },
      { ...common, l2: 1e-3, direction: 'kronecker', steps: 'plane', solver: 'barzilai-borwein' },
    );
    expect(training.stop.converged, training.stop.detail).toBe(true);
    expect(training.objective / best.objective - 1).toBeLessThan(1e-8);
  });

  it('one whose gradient is 0 from the first has', async () => {
    const { stop, iterations } = await train({ x: data(1), y: score.map(() => 0) }, { ...common, loss: 'squared' });
    expect(stop.converged, stop.detail).toBe(true);
    expect(iterations).toBe(0);
  });
});

it('a model whose weights overflow in the units of the data does not leave train', async () => {
  const y = score.map((s) => 1e153 * s);
  const x = { ...data(1e-153), columnNames: ['a', 'b', 'c'] };
  const outcome = await train({ x, y }, { ...common, l2: 0 }).catch((error: Error) => error.message);
  if (typeof outcome === 'string') expect(outcome).toMatch(/In the units given, .* would not be finite/);
  else expect(outcome.model).toBeInstanceOf(Model);
});
