/** When every training row is predicted right for a while, the end of a run says since when; nothing ends by it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { train, type DenseData, type TrainingData, type TrainOptions } from '../../lib/index.js';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { tellAllRight, type Stop } from '../../lib/core/stopping.js';
import { codings } from '../../lib/losses/coding.js';
import { losses } from '../../lib/losses/index.js';
import { backends } from '../support/backends.js';

const withClasses = Object.values(losses)
  .map((make) => make())
  .filter(({ wrongSlope }) => wrongSlope !== undefined);

it('is told by every loss for classes', () => {
  expect(withClasses.map(({ name }) => name).sort()).toEqual(['logistic', 'softmax', 'squared-hinge']);
});

describe.each(withClasses.map((loss) => [loss.name, loss] as const))('the slope of a row of %s', (_name, loss) => {
  const signs = loss.name !== 'softmax';
  const output = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(0, 1e-9, -1e-9));

  it('is as long as wrongSlope where the row is predicted wrong', () => {
    const row = fc.array(fc.tuple(output, fc.nat()), { minLength: signs ? 1 : 2, maxLength: 6 });
    fc.assert(
      fc.property(row, (entries) => {
        const width = entries.length;
        const o = Float64Array.from(entries, ([value]) => value);
        const y = signs
          ? Float64Array.from(entries, ([, n]) => (n % 2 === 0 ? 1 : -1))
          : Float64Array.of(entries[0]![1] % width);
        const slope = new Float64Array(width);
        loss.row(o, 0, width, y, 0, slope, null);
        const right = codings[loss.codings.at(-1)!].hits!(o, width, y, 0, 1) === 1;
        if (!right) expect(Math.hypot(...slope)).toBeGreaterThanOrEqual(loss.wrongSlope! * (1 - 1e-12));
      }),
      { numRuns: 2000 },
    );
  });

  it('is shorter where a row of two classes is predicted right', () => {
    const width = signs ? 1 : 2;
    const slope = new Float64Array(width);
    loss.row(Float64Array.of(...(signs ? [1e-3] : [1e-3, 0])), 0, width, Float64Array.of(signs ? 1 : 0), 0, slope, null);
    expect(Math.hypot(...slope)).toBeLessThan(loss.wrongSlope!);
  });
});

/** Points in a square, classes by quadrant: a network learns them all. */
function quadrants(classes: 2 | 4): TrainingData & { x: DenseData } {
  const rows = 80;
  const values = Float64Array.from(
    { length: 2 * rows },
    (_, e) => Math.cos(3 * e * e + 1) + Math.sign(Math.cos(3 * e * e + 1)) / 2,
  );
  const y = Array.from({ length: rows }, (_, i) => {
    const [right, up] = [values[2 * i]! > 0, values[2 * i + 1]! > 0];
    return classes === 2 ? (right === up ? 'same' : 'other') : `${right ? 'right' : 'left'} ${up ? 'up' : 'down'}`;
  });
  return { x: { values, rows, columns: 2 }, y };
}

describe.each(backends)('on the $name backend', ({ name }) => {
  const options: TrainOptions = { network: 'mlp', hidden: [8], l2: 1e-6, maxIterations: 60, tolerance: 0, backend: name };

  it.each([2, 4] as const)('a network says since when its %s classes are all right, and goes on', async (classes) => {
    const data = quadrants(classes);
    const { stop, history, iterations } = await train(data, options);
    expect([stop.reason, iterations]).toEqual(['iterations', 60]);
    const since = stop.allRightSince!;
    expect(since).toBeLessThan(50);
    expect(stop.detail).toBe(
      `60 of at most 60 iterations; every training row has been predicted right since iteration ${since}, so more iterations can hardly help`,
    );
    expect(history.map(({ allRight }) => allRight === true).slice(since)).toEqual(new Array(61 - since).fill(true));
    // What it says is so: a run that ends there has the accuracy 1, and of two classes one that ends before has not.
    expect((await train(data, { ...options, maxIterations: since })).scores.accuracy).toBe(1);
    if (classes === 2) expect((await train(data, { ...options, maxIterations: since - 1 })).scores.accuracy).toBeLessThan(1);
  });

  it('rows that weigh nothing are not asked', async () => {
    const data = quadrants(2);
    const rows = data.x.rows;
    const y = [...(data.y as string[])];
    y[7] = y[7] === 'same' ? 'other' : 'same';
    const sampleWeights = Float64Array.from({ length: rows }, (_, i) => (i === 7 ? 0 : 1 + (i % 3)));
    const { stop, scores } = await train({ x: data.x, y, sampleWeights }, options);
    expect(stop.allRightSince).toBeLessThan(50);
    expect(scores.accuracy).toBe(1 - 1 / rows);
  });

  it('neither a wrong row nor a regression has it', async () => {
    const { x, y } = quadrants(2);
    const twice = { rows: 2 * x.rows, columns: 2, values: Float64Array.of(...x.values, ...x.values) };
    const contradicted = [...(y as string[]), ...(y as string[]).map((label) => (label === 'same' ? 'other' : 'same'))];
    const wrong = await train({ x: twice, y: contradicted }, options);
    const numbers = await train({ x, y: Float64Array.from(x.values.subarray(0, x.rows)) }, options);
    for (const { stop, history } of [wrong, numbers]) {
      expect(stop).not.toHaveProperty('allRightSince');
      expect(stop.detail).toBe('60 of at most 60 iterations');
      expect(history.some(({ allRight }) => allRight)).toBe(false);
    }
  });
});

describe('tellAllRight', () => {
  const stop: Stop = { reason: 'iterations', detail: 'done', converged: false };
  const history = (right: readonly boolean[]): IterationRecord[] =>
    right.map((allRight, k) => ({ objective: 100 - k, ...(allRight && { allRight }) }) as IterationRecord);
  const of = (wrong: number, right: number): IterationRecord[] =>
    history([...new Array<boolean>(wrong).fill(false), ...new Array<boolean>(right).fill(true)]);

  it('speaks after ten iterations, not before', () => {
    expect(tellAllRight(stop, of(3, 10), 88)).toBe(stop);
    expect(tellAllRight(stop, of(3, 11), 87)).toMatchObject({ reason: 'iterations', converged: false, allRightSince: 3 });
    expect(tellAllRight(stop, of(0, 11), 90)).toMatchObject({ allRightSince: 0 });
  });

  it('counts from the last iteration with a wrong row', () => {
    const one = [...new Array<boolean>(20).fill(true), false, ...new Array<boolean>(12).fill(true)];
    expect(tellAllRight(stop, history(one), 68)).toMatchObject({ allRightSince: 21 });
  });

  it('is silent where the point returned was met before', () => {
    expect(tellAllRight(stop, of(3, 20), 50)).toBe(stop);
  });
});
