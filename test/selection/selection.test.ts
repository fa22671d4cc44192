import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { takeRows, takeTarget } from '../../lib/data/index.js';
import type { RawTarget } from '../../lib/data/table.js';
import {
  Estimator,
  GeneralizedLinearRegression,
  LinearRegression,
  LogisticRegression,
  MLPRegressor,
} from '../../lib/estimators/index.js';
import { mlp, skip } from '../../lib/networks/index.js';
import { crossValidate, kFolds, search, timeSeriesFolds, trainTestSplit } from '../../lib/selection/index.js';
import type { ReadRows } from '../../lib/selection/labelled-rows.js';
import { linearPath } from '../../lib/selection/linear-path.js';
import { Surroundings } from '../../lib/selection/surroundings.js';
import { backends } from '../support/backends.js';
import { penaltyProblem } from './problem.js';

const backend = 'javascript' as const;
const random = createRandom(6);
const rows = 90;
const columns = 4;
const values = Float64Array.from({ length: rows * columns }, () => random.normal());
const x = { values, rows, columns };
const score = Array.from({ length: rows }, (_, i) => values[4 * i]! - values[4 * i + 1]! + random.normal());
const numbers = Float64Array.from(score);
const labels = score.map((s) => (s > 0.8 ? 'high' : 'low'));

describe('trainTestSplit', () => {
  it('gives every label its share, and all that goes with a row', async () => {
    const sampleWeights = Float64Array.from({ length: rows }, (_, row) => row);
    const offsets = sampleWeights.map((row) => -row);
    const { train, test, split } = await trainTestSplit({ x, y: labels, sampleWeights, offsets }, { testShare: 0.3 });
    expect(test.x.rows).toBe(27);
    expect(train.x.rows).toBe(63);
    const high = labels.filter((label) => label === 'high').length;
    const inTest = (test.y as unknown as { values: string[] }).values.filter((label) => label === 'high').length;
    expect(Math.abs(inTest - 0.3 * high)).toBeLessThan(1);
    expect([...test.sampleWeights!]).toEqual([...split.test]);
    expect([...train.offsets!]).toEqual([...split.train].map((row) => -row));
    expect(test.x).toEqual(takeRows(x, split.test));
  });

  it('keeps groups together', async () => {
    const groups = Array.from({ length: rows }, (_, row) => row % 10);
    const { split } = await trainTestSplit({ x, y: numbers }, { groups, testShare: 0.2 });
    const inTest = new Set([...split.test].map((row) => row % 10));
    expect(inTest.size).toBe(2);
    expect([...split.train].some((row) => inTest.has(row % 10))).toBe(false);
  });

  it('of groups has the share asked for above a half, too, and no other than a share', async () => {
    const groups = Array.from({ length: rows }, (_, row) => row % 10);
    const { split } = await trainTestSplit({ x, y: numbers }, { groups, testShare: 0.8 });
    expect(split.test.length).toBe(0.8 * rows);
    const held = new Set([...split.test].map((row) => groups[row]));
    expect([...split.train].some((row) => held.has(groups[row]!))).toBe(false);
    for (const testShare of [0, 1, 5, NaN, '0.2' as never])
      await expect(trainTestSplit({ x, y: numbers }, { groups, testShare })).rejects.toThrow(/^testShare must be/);
  });
});

describe('crossValidate', () => {
  it('leaving one row out of ridge regression is its closed form, r_i / (1 - h_i)', async () => {
    const l2 = 0.05;
    const few = {
      x: takeRows(
        x,
        Uint32Array.from({ length: 20 }, (_, row) => row),
      ),
      y: numbers.slice(0, 20),
    };
    // A fit of 19 rows has the same sum of losses for l2 * 20 / 19.
    const options = { backend, standardize: false, tolerance: 1e-12, maxIterations: 2000 } as const;
    const { folds, mean } = await crossValidate(new LinearRegression({ ...options, l2: (l2 * 20) / 19 }), few, {
      folds: 20,
    });
    const whole = await new LinearRegression({ ...options, l2 }).fit(few.x, few.y);
    const fitted = await whole.decisionFunction(few.x);
    const leverage = leverages(few.x.values as Float64Array, 20, l2 * 20);
    const errors = [...fitted].map((output, row) => (few.y[row]! - output) / (1 - leverage[row]!));
    expect(folds.length).toBe(20);
    expect(mean.loss).toBeCloseTo(
      errors.reduce((sum, e) => sum + (0.5 * e * e) / 20, 0),
      6,
    );
    expect(mean.mae).toBeCloseTo(
      errors.reduce((sum, e) => sum + Math.abs(e) / 20, 0),
      6,
    );
  });

  it('judges each fold by the fit of the others, and leaves the estimator as it is', async () => {
    const estimator = new LogisticRegression({ backend });
    const splits = kFolds(rows, { folds: 3, seed: 5 });
    const { folds, mean, standardError } = await crossValidate(estimator, { x, y: labels }, { folds: splits });
    for (const [k, { train, test }] of splits.entries()) {
      const raw = { kind: 'strings', values: labels } as const;
      const fitted = await new LogisticRegression({ backend }).fit(takeRows(x, train), takeTarget(raw, train));
      const { metrics } = await fitted.evaluate(takeRows(x, test), takeTarget(raw, test));
      expect(folds[k]!.metrics).toEqual(metrics);
      expect(folds[k]!.testRows).toBe(test.length);
    }
    const all = folds.map(({ metrics }) => metrics.accuracy!);
    expect(mean.accuracy).toBeCloseTo(all.reduce((a, b) => a + b) / 3, 14);
    const variance = all.reduce((sum, a) => sum + (a - mean.accuracy!) ** 2, 0) / 2;
    expect(standardError.accuracy).toBeCloseTo(Math.sqrt(variance / 3), 14);
    expect(() => estimator.model).toThrow('must be fitted');
  });

  it('refuses folds of rows that there are not', async () => {
    const estimator = new LogisticRegression({ backend });
    const train = Uint32Array.of(0, 1);
    for (const test of [[-1], [0.5], [NaN], [rows], [], undefined] as unknown as Uint32Array[])
      await expect(crossValidate(estimator, { x, y: labels }, { folds: [{ train, test }] })).rejects.toThrow(
        `The test rows of fold 0 (from 0) must be some of 0 to ${rows - 1}`,
      );
  });

  it('takes weights, offsets, groups and folds in time along', async () => {
    const counts = numbers.map((s) => Math.floor(Math.exp(0.3 * s) + 0.5));
    const data = {
      x,
      y: counts,
      offsets: Float64Array.from(score, () => 0.1),
      sampleWeights: numbers.map((s) => 1 + (s > 0 ? 1 : 0)),
    };
    const poisson = new GeneralizedLinearRegression({ backend });
    const inTime = await crossValidate(poisson, data, { folds: timeSeriesFolds(rows, { folds: 3 }) });
    expect(inTime.folds.map(({ rows: fitted }) => fitted)).toEqual([24, 46, 68]);
    const groups = Array.from({ length: rows }, (_, row) => row % 9);
    const grouped = await crossValidate(poisson, data, { folds: 3, groups });
    expect(grouped.folds.map(({ testRows }) => testRows)).toEqual([30, 30, 30]);
    expect(grouped.mean.d2).toBeGreaterThan(-1);
    await expect(crossValidate(poisson, data, { groups: [1] })).rejects.toThrow('The groups must be 90, one a row');
    await expect(crossValidate(poisson, data, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  });
});

describe('linearPath', () => {
  const read = (y: RawTarget, rest: object = {}) => ({ x, y, ...rest }) as ReadRows;
  const strings = (values: string[]): RawTarget => ({ kind: 'strings', values });
  const three = strings(score.map((s) => (s > 0.8 ? 'high' : s < -0.5 ? 'low' : 'middle')));
  const counts: RawTarget = { kind: 'numbers', values: numbers.map((value) => Math.floor(Math.exp(value / 2))) };
  const sampleWeights = Float64Array.from({ length: rows }, (_, row) => 0.5 + (row % 3));
  const offsets = Float64Array.from({ length: rows }, (_, row) => Math.sin(row) / 2);
  const tight = { backend, tolerance: 1e-10 } as const;
  const penalties = [10, 1, 0.1, 0.01, 1e-3];

  it.each([
    ['two classes', new LogisticRegression({ ...tight, classWeight: 'balanced' }), read(strings(labels), { sampleWeights })],
    ['three classes', new LogisticRegression(tight), read(three)],
    ['ridge', new LinearRegression({ ...tight, standardize: false }), read({ kind: 'numbers', values: numbers })],
    ['counts', new Estimator({ ...tight, task: 'regression', loss: 'poisson' }), read(counts, { offsets })],
  ] as const)('has the models of fits one by one: %s', async (_, estimator, data) => {
    const alone = (await linearPath(estimator, data, penalties))!;
    expect(alone.models).toHaveLength(penalties.length);
    // The way of another fold is a help, a wrong one no harm.
    const wrong = alone.way.map(({ point, hessian }) => ({
      point: point.map((_, k) => Math.sin(k)),
      hessian: hessian.map((h, e) => h * (e % (point.length + 1) === 0 ? 1 : 0.1) * (1 + (e % 7))),
    }));
    const others = [alone.way, wrong].map((guide) => linearPath(estimator, data, penalties, undefined, guide));
    const paths = [alone, ...(await Promise.all(others)).map((path) => path!)];
    for (const [k, l2] of penalties.entries()) {
      const fitted = estimator.with({ l2 } as never);
      await fitted.fit(data.x, data.y, { sampleWeights: data.sampleWeights, offsets: data.offsets });
      const wanted = centered(await fitted.model.outputs(x));
      for (const { models } of paths) {
        const own = centered(await models[k]!.outputs(x));
        own.forEach((output, e) => expect(Math.abs(output - wanted[e]!)).toBeLessThan(1e-4 * (1 + Math.abs(wanted[e]!))));
      }
    }
  });

  /** Softmax does not see a constant that is added to the outputs of a row. */
  function centered(outputs: Float64Array): Float64Array {
    const width = outputs.length / rows;
    if (width === 1) return outputs;
    const mean = (row: number): number => outputs.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b) / width;
    return outputs.map((output, e) => output - mean(Math.floor(e / width)));
  }

  it.each(backends)('shares the event loop, and ends when it is told to, on the $name backend', async (own) => {
    const { problem } = await penaltyProblem(own, { rows: 200 });
    const stop = new AbortController();
    const around = new Surroundings({ ...problem, signal: stop.signal });
    const timer = setTimeout(() => stop.abort(new Error('enough')), 1);
    const steps = async (): Promise<void> => {
      const point = Float64Array.of(1, -1, 0.5, 0, 0);
      for (const end = performance.now() + 2000; performance.now() < end; ) {
        const here = await around.at(point);
        await around.along(here, here.gradient, new Float64Array(5));
      }
    };
    await expect(steps()).rejects.toThrow('enough');
    clearTimeout(timer);
    around.dispose();
  });

  it('leaves to fits what it is not for', async () => {
    const data = read({ kind: 'numbers', values: numbers });
    expect(await linearPath(new MLPRegressor({ backend }), data, penalties)).toBeNull();
    expect(await linearPath(new GeneralizedLinearRegression({ backend, loss: 'huber' }), data, penalties)).toBeNull();
    expect(await linearPath(new LinearRegression({ backend, direction: 'lbfgs' }), data, penalties)).toBeNull();
    expect(await linearPath(new LinearRegression({ backend }), data, [1, 'auto'])).toBeNull();
  });
});

describe('search', () => {
  it('along penalties warm starts find what cold fits find', async () => {
    const estimator = new LogisticRegression({ backend, tolerance: 1e-8 });
    const l2 = [1e-4, 1, 1e-2];
    const found = await search(estimator, { x, y: labels }, { l2 }, { folds: 3, tolerance: 1e-8 });
    expect(found.fits).toBe(10);
    for (const { options, metrics } of found.candidates) {
      const cold = await crossValidate(estimator.with(options), { x, y: labels }, { folds: 3 });
      expect(metrics.logLoss).toBeCloseTo(cold.mean.logLoss!, 5);
    }
    const scores = found.candidates.map(({ score: one }) => one);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(found.best).toBe(found.candidates[0]);
    expect(found.estimator.options.l2).toBe(found.best.options['l2']);
    expect(found.estimator.classes).toEqual(['high', 'low']);
  });

  it('over networks and sizes, by a metric of which more is better', async () => {
    const estimator = new Estimator({ backend, maxIterations: 15 });
    const grid = { network: [mlp({ hidden: [2] }), mlp({ hidden: [3] }), skip({ hidden: [2] })], l2: [0.1, 0.01] };
    const found = await search(estimator, { x, y: numbers }, grid, { folds: 2, scoring: 'r2', refit: false });
    expect(found.candidates.length).toBe(6);
    expect(found.best.score).toBe(Math.max(...found.candidates.map(({ metrics }) => metrics.r2!)));
    expect(() => found.estimator.model).toThrow('must be fitted');
    const sizes = await search(
      new MLPRegressor({ backend, maxIterations: 10 }),
      { x, y: numbers },
      { hidden: [[2], [4]] },
      { folds: 2 },
    );
    expect(sizes.estimator.training!.network).toBe('mlp');
  });

  it('says what is wrong with a grid', async () => {
    const estimator = new LogisticRegression({ backend });
    const fitWith = (grid: never, options = {}) => search(estimator, { x, y: labels }, grid, { folds: 2, ...options });
    await expect(fitWith({} as never)).rejects.toThrow('A grid must have at least one option');
    await expect(fitWith({ l2: 1 } as never)).rejects.toThrow('The values of l2 in a grid must be a list');
    await expect(fitWith({ l2: [1] } as never, { scoring: 'r2' })).rejects.toThrow(/scoring must be one of loss, accuracy/);
  });
});

/** h_i = x_i' (X'X + penalty)^-1 x_i + 1 / n with centered columns: how far a row draws its own prediction. */
function leverages(flat: Float64Array, n: number, penalty: number): number[] {
  const means = Array.from({ length: columns }, (_, j) =>
    flat.reduce((sum, v, e) => sum + (e % columns === j ? v / n : 0), 0),
  );
  const centered = flat.map((v, e) => v - means[e % columns]!);
  return Array.from({ length: n }, (_, i) => {
    const row = centered.subarray(i * columns, (i + 1) * columns);
    const solved = solve(
      Array.from({ length: columns }, (_, a) =>
        Array.from({ length: columns }, (__, b) => {
          let sum = a === b ? penalty : 0;
          for (let k = 0; k < n; k++) sum += centered[k * columns + a]! * centered[k * columns + b]!;
          return sum;
        }),
      ),
      [...row],
    );
    return row.reduce((sum, v, j) => sum + v * solved[j]!, 1 / n);
  });
}

/** Gauss and Jordan, of a positive definite matrix. */
function solve(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) {
      if (i === k) continue;
      const factor = matrix[i]![k]! / matrix[k]![k]!;
      for (let j = k; j < size; j++) matrix[i]![j] = matrix[i]![j]! - factor * matrix[k]![j]!;
      right[i] = right[i]! - factor * right[k]!;
    }
  }
  return right.map((value, k) => value / matrix[k]![k]!);
}
