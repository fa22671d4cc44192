/** Units do not matter: with l2 = 0 the same objective is reached, on the same road, however columns are scaled and shifted. */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { loadTable } from '../../lib/data/index.js';
import type { DirectionName } from '../../lib/directions/index.js';
import { directionNames } from '../support/runs.js';
import { train, type Training, type TrainOptions } from '../../lib/train.js';
import { backends } from '../support/backends.js';

const common: TrainOptions = { backend: 'javascript', l2: 0 };
const [rows, columns] = [40, 3];
/** Roughly the standard deviation of every column of `data`. */
const spread = 64;

/** Columns of whole numbers, so that shifts by whole numbers are exact. */
function data(seed: number): { values: Float64Array; y: string[]; numbers: number[] } {
  const random = createRandom(seed);
  const values = Float64Array.from({ length: rows * columns }, () => Math.round(spread * random.normal()));
  const numbers = Array.from({ length: rows }, (_, i) => {
    const [a, b, c] = values.subarray(i * columns, (i + 1) * columns) as unknown as [number, number, number];
    return a / 64 - b / 32 + (a * c) / 8192 + random.normal();
  });
  return { values, numbers, y: numbers.map((s) => (s > 0 ? 'up' : 'down')) };
}

const moved = (values: Float64Array, scales: readonly number[], shifts: readonly number[]): Float64Array =>
  values.map((x, e) => (x + shifts[e % columns]!) * scales[e % columns]!);

const run = (values: Float64Array | Float32Array, y: string[] | number[], options: TrainOptions): Promise<Training> =>
  train({ x: { values, rows, columns }, y }, { ...common, maxIterations: 25, tolerance: 0, ...options });

const three = (most: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -most, max: most }), { minLength: columns, maxLength: columns });

/** Exponents of 2 and shifts, in spreads, that round no value of this precision. */
const precisions = [
  { precision: 'float64', rounded: (values: Float64Array) => values, exponent: 400, spreads: 1e8 },
  { precision: 'float32', rounded: (values: Float64Array) => Float32Array.from(values), exponent: 90, spreads: 1e5 },
] as const;

/** Those that `auto` can choose. */
const automatic = ['kronecker-lbfgs', 'lbfgs'] as const satisfies readonly DirectionName[];

const networks: readonly [string, TrainOptions][] = [
  ['linear', {}],
  ['mlp', { network: 'mlp', hidden: [4] }],
];
const settings = backends.flatMap(({ name }) =>
  networks.map(([network, options]) => ({ network, name, options: { ...options, backend: name } })),
);

describe.each(settings)('$network on $name', ({ options: setting }) => {
  describe.each(precisions)('$precision', ({ rounded, exponent, spreads }) => {
    it.each(directionNames)('%s: powers of 2 and whole shifts change no bit of the course', async (direction) => {
      const { values, y } = data(1);
      const options = { ...setting, direction, maxIterations: 8 };
      const plain = await run(rounded(values), y, options);
      await fc.assert(
        fc.asyncProperty(three(exponent), three(spreads * spread), async (exponents, shifts) => {
          const scales = exponents.map((k) => 2 ** k);
          const other = await run(rounded(moved(values, scales, shifts)), y, options);
          expect(other.precision).toBe(plain.precision);
          expect(other.history.map(({ objective }) => objective)).toEqual(plain.history.map(({ objective }) => objective));
        }),
        { numRuns: 4 },
      );
    });

    it.each(automatic)('%s, every column shifted as far as it goes: the same objective to 1e-9', async (direction) => {
      const { values, y, numbers } = data(6);
      const far = rounded(moved(values, [1, 1, 1], [spreads * spread, -spreads * spread, spreads * spread]));
      for (const target of [y, numbers]) {
        const options = { ...setting, direction, maxIterations: 20 };
        const plain = await run(rounded(values), target, options);
        const other = await run(far, target, options);
        expect(Math.abs(other.objective / plain.objective - 1)).toBeLessThan(1e-9);
      }
    });
  });

  // A shift on top would round the values themselves, by 1e-8 of a spread where it is 1e8 spreads.
  it.each(automatic)('%s, powers of 10 from -150 to 150: the same objective to 1e-9', async (direction) => {
    const { values, y, numbers } = data(2);
    for (const target of [y, numbers]) {
      const options = { ...setting, direction, maxIterations: 20 };
      const plain = await run(values, target, options);
      await fc.assert(
        fc.asyncProperty(three(150), async (powers) => {
          const scales = powers.map((k) => 10 ** k);
          const other = await run(moved(values, scales, [0, 0, 0]), target, options);
          expect(Math.abs(other.objective / plain.objective - 1)).toBeLessThan(1e-9);
          expect(other.model.spec.parameters.every(Number.isFinite)).toBe(true);
        }),
        { numRuns: 5 },
      );
    }
  });

  it('shifts of 1e8 spreads and no scale: the model predicts from the shifted columns', async () => {
    const { values, y } = data(6);
    const plain = await run(values, y, setting);
    const far = moved(values, [1, 1, 1], [6.4e9, -6.4e9, 1]);
    const other = await run(far, y, setting);
    expect(other.objective).toBe(plain.objective);
    const x = { values: far, rows, columns };
    expect(other.scores.accuracy).toBe(plain.scores.accuracy);
    expect((await other.model.evaluate(x, y)).loss).toBeCloseTo(plain.scores.loss, 5);
  });
});

describe('the penalty', () => {
  it('is on the weights of the columns as given: its optimum is that of the formula', async () => {
    const { values, numbers } = data(3);
    const scales = [1e-3, 1, 30];
    const X = moved(values, scales, [5, -7, 1000]);
    const l2 = 0.5;
    const { model, objective } = await train(
      { x: { values: X, rows, columns }, y: numbers },
      { backend: 'javascript', l2, tolerance: 1e-12 },
    );
    const p = model.spec.parameters;
    const residuals = numbers.map(
      (y, i) => p[columns]! + X[i * columns]! * p[0]! + X[i * columns + 1]! * p[1]! + X[i * columns + 2]! * p[2]! - y,
    );
    const penalty = (l2 / 2) * (p[0]! ** 2 + p[1]! ** 2 + p[2]! ** 2);
    expect(objective).toBeCloseTo(residuals.reduce((sum, r) => sum + (r * r) / 2 / rows, 0) + penalty, 10);
    for (let j = 0; j < columns; j++) {
      const slope = residuals.reduce((sum, r, i) => sum + (r * X[i * columns + j]!) / rows, 0) + l2 * p[j]!;
      expect(Math.abs(slope)).toBeLessThan(1e-7 * scales[j]! * 1000);
    }
  });

  it('with standardize is on the scaled columns, so that no unit matters with l2 either', async () => {
    const { values, numbers } = data(4);
    const options = { ...common, l2: 0.3, standardize: true };
    const plain = await train({ x: { values, rows, columns }, y: numbers }, options);
    const other = await train(
      { x: { values: moved(values, [2 ** 90, 2 ** -80, 1], [0, 12, -1e6]), rows, columns }, y: numbers },
      options,
    );
    expect(other.objective).toBe(plain.objective);
  });

  it.each(directionNames)('%s reaches the optimum though it holds one column and lets another go', async (direction) => {
    const { values, numbers } = data(5);
    const X = moved(values, [1e-9, 1, 1e9], [0, 0, 0]);
    const options: TrainOptions = { backend: 'javascript', l2: 0.1, maxIterations: 400 };
    const best = await train({ x: { values: X, rows, columns }, y: numbers }, { ...options, tolerance: 1e-10 });
    const { objective } = await train({ x: { values: X, rows, columns }, y: numbers }, { ...options, direction });
    expect(objective / best.objective - 1).toBeLessThan(1e-9);
  });
});

const cases = path.join(import.meta.dirname, '..', 'data', 'cases');

describe('numbers that are hard to hold', () => {
  async function trainOn(file: string): Promise<Training> {
    const { data: x, target, schema } = await loadTable(path.join(cases, file), { needsTarget: true });
    return train({ x, y: target!, schema }, common);
  }

  it('a line far from zero: slope 2, r2 1', async () => {
    const { model, scores, stop } = await trainOn('line-far-from-zero.csv');
    expect(model.spec.parameters[0]).toBeCloseTo(2, 9);
    expect(scores.r2).toBeCloseTo(1, 9);
    expect(stop.converged, stop.detail).toBe(true);
  });

  it('mixed units', async () => {
    const { model, scores, stop } = await trainOn('mixed-units.csv');
    expect(scores.r2).toBeCloseTo(0.9990593, 7);
    expect(model.spec.parameters[1]).toBeCloseTo(2.99971, 5);
    expect(stop.converged, stop.detail).toBe(true);
  });

  it('seconds since 1970 as a feature', async () => {
    const { scores, stop } = await trainOn('epoch-seconds-class.csv');
    expect(scores.loss).toBeCloseTo(0.25388935, 8);
    expect(scores.accuracy).toBe(0.87);
    expect(stop.converged, stop.detail).toBe(true);
  });

  it('powers of x', async () => {
    const { model, stop } = await trainOn('powers-1-to-5.csv');
    for (const weight of model.spec.parameters) expect(weight).toBeCloseTo(1, 8);
    expect(stop.converged, stop.detail).toBe(true);
  });
});
