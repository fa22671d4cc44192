import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { train } from '../../lib/train.js';

const random = createRandom(4);
const [rows, columns] = [60, 3];
const values = Float64Array.from({ length: rows * columns }, () => random.normal());
const x = { values, rows, columns };
const y = Array.from({ length: rows }, (_, i) => values[3 * i]! - 2 * values[3 * i + 1]! + random.normal());
const common = { backend: 'javascript', l2: 0.01 } as const;

describe('a run ends for the reason that it gives', () => {
  it('a fixed rate that makes the objective rise has not converged', async () => {
    const { history, stop } = await train(
      { x, y },
      { ...common, direction: 'gradient', steps: 'fixed', rate: 5, maxIterations: 25 },
    );
    expect(history.at(-1)!.objective).toBeGreaterThan(history[0]!.objective);
    expect(stop).toMatchObject({ reason: 'iterations', converged: false });
  });

  it('a column whose spread overflows in its square is refused by its name', async () => {
    const huge = { values: values.slice(), rows, columns, columnNames: ['a', 'b', 'c'] };
    huge.values[4] = 1e200;
    await expect(train({ x: huge, y: y.map((target) => (target > 0 ? 'up' : 'down')) }, { ...common })).rejects.toThrow(
      "The standard deviation of column 'b' must be from 1e-154 to 1e+154",
    );
  });
});

describe('sample weights', () => {
  it('the loss reported is the weighted mean, the objective less its penalty', async () => {
    const sampleWeights = Float64Array.from({ length: rows }, (_, i) => i % 2);
    const half = Float64Array.from(
      { length: (rows / 2) * columns },
      (_, e) => values[(2 * Math.floor(e / 3) + 1) * 3 + (e % 3)]!,
    );
    const weighted = await train({ x, y, sampleWeights }, { ...common, tolerance: 1e-9 });
    const alone = await train(
      { x: { values: half, rows: rows / 2, columns }, y: y.filter((_, i) => i % 2 === 1) },
      { ...common, tolerance: 1e-9 },
    );
    expect(weighted.objective).toBeCloseTo(alone.objective, 10);
    expect(weighted.scores.loss).toBeCloseTo(alone.scores.loss, 9);
  });

  it.each([
    ['not finite in sum', new Float64Array(rows).fill(1e308), 'The sum of the sample weights must be finite and positive'],
    [
      'a plain array',
      Array.from({ length: rows }, () => 1) as unknown as Float64Array,
      'The sample weights must be a Float64Array',
    ],
    ['all 0', new Float64Array(rows), 'The sum of the sample weights must be finite and positive, but 0 was given.'],
  ])('refused: %s', async (_, sampleWeights, sentence) => {
    await expect(train({ x, y, sampleWeights }, { ...common, tolerance: 1e-9 })).rejects.toThrow(sentence);
  });
});

it('a schema that does not fit x is refused before the run: the model could not be loaded again', async () => {
  const schema = { format: 'libsvm', columns: columns + 1, target: 'numbers' } as const;
  await expect(train({ x, y, schema }, common)).rejects.toThrow('The schema must be of 3 columns, as x, but 4 was given.');
});
