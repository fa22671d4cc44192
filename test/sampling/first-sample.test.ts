/** Which rows come first, how many, and that a run from the front door ends where one over all rows does. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { atOnce } from '../../lib/core/pace.js';
import { firstSample, judgedSample, meetingSteps, planSample } from '../../lib/sampling/first-sample.js';
import * as networks from '../../lib/networks/index.js';
import { train, type TrainingData, type TrainOptions } from '../../lib/train.js';
import { normals } from '../support/problems.js';
import { sparseOf, withZeros } from '../support/sparse.js';

const asked = { sample: 'auto', free: true, kind: 'network', rows: 60000, numbers: 60000 * 784, seed: 0 } as const;

describe('planSample', () => {
  it('leaves small data, and what was chosen for all rows, alone', () => {
    const linear = { ...asked, kind: 'linear' } as const;
    expect(planSample(asked)!.wanted).toBe(1024);
    expect(planSample({ ...asked, free: false })).toBeNull();
    expect(planSample({ ...asked, rows: 8191 })).toBeNull();
    expect(planSample({ ...asked, numbers: 20640 * 8 })).not.toBeNull();
    expect(planSample(linear)!.wanted).toBe(4096);
    expect(planSample({ ...linear, numbers: 20640 * 8 })).toBeNull();
    expect(planSample({ ...linear, rows: 16383 })).toBeNull();
    expect(planSample({ ...asked, sample: 'all' })).toBeNull();
    expect(planSample({ ...asked, rows: 100, sample: 100 })).toBeNull();
    expect(planSample({ ...asked, rows: 100, sample: 10, free: false })!.wanted).toBe(10);
    for (const sample of [0, 1.5, -3, NaN])
      expect(() => planSample({ ...asked, sample })).toThrow(/sample must be an integer/);
  });

  it('draws every row once, and a sorted file fairly', () => {
    for (const seed of [0, 1, 2]) {
      const { order, wanted } = planSample({ ...asked, rows: 50000, seed })!;
      expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 50000 }, (_, i) => i));
      // Ten classes one after the other: shares of a tenth, with a standard deviation of sqrt(0.09 / rows).
      const counts = new Array<number>(10).fill(0);
      for (const row of order.subarray(0, wanted)) counts[Math.floor(row / 5000)]!++;
      for (const count of counts) expect(Math.abs(count / wanted - 0.1)).toBeLessThan(4.5 * Math.sqrt(0.09 / wanted));
    }
    expect(planSample({ ...asked, seed: 1 })!.order).not.toEqual(planSample({ ...asked, seed: 2 })!.order);
  });
});

describe('firstSample', () => {
  const plan = { order: new Uint32Array(0), wanted: 10 };
  const first = (rows: number, ...classes: [Parameters<typeof meetingSteps>[1], Float64Array | undefined]) =>
    firstSample(plan, rows, atOnce(meetingSteps(rows, ...classes)));
  const marked = (rows: number, ...ones: number[]) => {
    const targets = new Float64Array(rows);
    for (const row of ones) targets[row] = 1;
    return { targets, width: 1 };
  };

  it('reaches as far as every class has been met, or takes all rows and says why', () => {
    expect(first(100, marked(100, 3, 50), undefined).rows).toBe(10);
    expect(first(100, marked(100, 30, 50), undefined)).toEqual({
      rows: 31,
      reason: 'a random sample that grows, so large that every class is in it',
    });
    expect(first(100, marked(100, 80), undefined)).toEqual({
      rows: 100,
      reason: 'all rows, because a class is so rare that a sample with it has 81 of 100',
    });
    // Sets of labels: each label both ways.
    const sets = { targets: Float64Array.from({ length: 40 }, (_, e) => (e === 2 || e === 31 ? 1 : -1)), width: 2 };
    expect(first(20, sets, undefined)).toMatchObject({ rows: 20 });
  });

  it('does not meet rows that weigh nothing', () => {
    const weights = new Float64Array(100).fill(1);
    weights[3] = 0;
    expect(first(100, marked(100, 3, 20), weights).rows).toBe(21);
    expect(first(100, null, weights.fill(0, 0, 15)).rows).toBe(16);
  });
});

describe('judgedSample', () => {
  const architecture = networks.mlp({ hidden: [50] }).architecture(20, 1);
  const rows = 60000;

  it('is a quarter of the rows of a large network, and of others none', () => {
    expect(judgedSample(architecture, 784 * rows, rows, 1)).toBe(rows / 4);
    expect(judgedSample(architecture, 9 * rows, rows, 1)).toBeNull();
    expect(judgedSample(architecture, 784 * rows, 12000, 1)).toBeNull();
    const linear = networks.linear().architecture(784, 10);
    expect(judgedSample(linear, 784 * rows, rows, 1)).toBeNull();
  });
});

describe('train with a first sample', () => {
  const rows = 1500;
  const columns = 6;
  const random = createRandom(7);
  const values = normals(random, rows * columns);
  const teacher = normals(random, columns);
  const scores = Array.from({ length: rows }, (_, i) =>
    teacher.reduce((sum, w, j) => sum + w * values[i * columns + j]!, 0.5 * random.normal()),
  );
  const x = { values, rows, columns };
  const offsets = normals(random, rows, 0.3);
  const sampleWeights = Float64Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? 0 : 0.5 + (i % 3)));
  const zeros = withZeros(values, 0.7, () => random.uniform());
  // Sorted by class, which a sample in the order of the file would not survive.
  const byScore = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  const sorted = Float64Array.from(byScore.flatMap((row) => [...values.subarray(row * columns, (row + 1) * columns)]));
  const ofThree = Array.from({ length: rows }, (_, i) => ['a', 'b', 'c'][Math.floor((3 * i) / rows)]!);

  const runs: readonly { label: string; data: TrainingData; options?: TrainOptions; tolerance?: number }[] = [
    { label: 'weights and offsets', data: { x, y: scores.map((s) => Number(s > 0)), offsets, sampleWeights } },
    { label: 'sorted classes', data: { x: { ...x, values: sorted }, y: ofThree } },
    { label: 'two targets', data: { x, y: scores.map((s) => [s, -2 * s + 1]) }, options: { l2: 0.01 } },
    { label: 'sets of labels', data: { x, y: scores.map((s) => (s > 1 ? ['p', 'q'] : s > 0 ? ['p'] : [])) } },
    { label: 'sparse', data: { x: sparseOf(zeros, rows, columns), y: scores.map((s) => Number(s > 0)) } },
    { label: 'float32', data: { x: { ...x, values: Float32Array.from(values) }, y: ofThree }, tolerance: 1e-5 },
    { label: 'coordinate', data: { x, y: scores.map((s) => Number(s > 0)) }, options: { direction: 'coordinate' } },
  ];

  it.each(runs)('ends where all rows do: $label', async ({ data, options = {}, tolerance = 1e-6 }) => {
    for (const backend of ['native', 'javascript'] as const) {
      const shared = { ...options, backend, tolerance: 1e-7 };
      const all = await train(data, { ...shared, sample: 'all' });
      const grown = await train(data, { ...shared, sample: 100 });
      expect(all.sample).toEqual({ rows, reason: 'all rows' });
      expect(grown.sample.rows).toBe(100);
      expect(grown.history[0]!.rows).toBe(100);
      expect(grown.history.at(-1)!.rows).toBe(rows);
      expect(Math.abs(grown.objective / all.objective - 1)).toBeLessThan(tolerance);
      expect(Math.abs(grown.scores.loss / all.scores.loss - 1)).toBeLessThan(30 * tolerance);
      const scoresOfModel = await grown.model.evaluate(data.x, data.y);
      if (!data.offsets && !data.sampleWeights) expect(scoresOfModel.loss).toBeCloseTo(grown.scores.loss, 6);
    }
  });

  it('is refused when it is no number of rows', async () => {
    for (const sample of [0, 2.5, -1, NaN, 'few', null, {}])
      await expect(train({ x, y: scores }, { sample } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('is not taken by itself for data this small', async () => {
    expect((await train({ x, y: scores }, { maxIterations: 1 })).sample.rows).toBe(rows);
  });
});
