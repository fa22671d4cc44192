/** A plain line comes out as a plain line: what a regression does when no penalty is asked for. */
import { describe, expect, it } from 'vitest';
import { createRandom, networks, train } from '../../lib/index.js';
import { backends } from '../support/backends.js';

const x = { values: Float64Array.of(1, 2, 3, 4, 5), rows: 5, columns: 1 };

describe.each(backends.map(({ name }) => name))('on the %s backend', (backend) => {
  it('five points of a line give the line', async () => {
    const { l2, model } = await train({ x, y: [3, 5, 7, 9, 11] }, { backend });
    expect(l2).toBe(0);
    expect(model.spec.parameters[0]).toBeCloseTo(2, 12);
    expect(model.spec.parameters[1]).toBeCloseTo(1, 12);
    expect((await model.predict({ values: Float64Array.of(29), rows: 1, columns: 1 }))[0]).toBeCloseTo(59, 10);
  });

  it('any unit of columns and target gives the same predictions', async () => {
    const random = createRandom(3);
    const [rows, columns] = [60, 3];
    const values = Float64Array.from({ length: rows * columns }, () => random.normal());
    const y = Float64Array.from({ length: rows }, (_, i) => 3 * values[3 * i]! - values[3 * i + 1]! + random.normal());
    const units = [1e-6, 1, 1e5];
    const rescaled = values.map((value, e) => value * units[e % 3]! + (e % 3 === 2 ? 1e7 : 0));
    const plain = await train({ x: { values, rows, columns }, y }, { backend });
    const other = await train({ x: { values: rescaled, rows, columns }, y: y.map((value) => 1000 * value) }, { backend });
    expect(other.scores.r2).toBeCloseTo(plain.scores.r2!, 10);
    units.forEach((unit, j) => {
      const weight = plain.model.spec.parameters[j]!;
      expect((other.model.spec.parameters[j]! * unit) / 1000).toBeCloseTo(weight, 6);
    });
  });

  it.each([
    ['more columns than rows', 12, 30, null],
    ['a column that is the sum of two', 30, 4, 'sum'],
    ['a constant column', 30, 4, 'constant'],
  ] as const)('with %s it ends in a fit of moderate size', async (_what, rows, columns, last) => {
    const random = createRandom(5);
    const values = Float64Array.from({ length: rows * columns }, () => random.normal());
    for (let i = 0; last !== null && i < rows; i++) {
      values[(i + 1) * columns - 1] = last === 'constant' ? 7 : values[i * columns]! + values[i * columns + 1]!;
    }
    const y = Float64Array.from({ length: rows }, (_, i) => 2 * values[i * columns]! + 1);
    const { model, scores, stop } = await train({ x: { values, rows, columns }, y }, { backend });
    expect(stop.converged).toBe(true);
    expect(scores.r2).toBeGreaterThan(1 - 1e-9);
    expect(Math.max(...model.spec.parameters.map(Math.abs))).toBeLessThan(10);
  });
});

it('keeps 1 / rows where there is something to hold back', async () => {
  expect((await train({ x, y: ['a', 'a', 'b', 'b', 'b'] })).l2).toBe(1 / 5);
  expect((await train({ x, y: [3, 5, 7, 9, 11] }, { loss: 'huber' })).l2).toBe(1 / 5);
  expect((await train({ x, y: [3, 5, 7, 9, 11] }, { network: 'mlp', hidden: [2], maxIterations: 2 })).l2).toBe(1 / 5);
  expect((await train({ x, y: [3, 5, 7, 9, 11] }, { network: networks.linear() })).l2).toBe(0);
  expect((await train({ x, y: [3, 5, 7, 9, 11] }, { l2: 0.3 })).l2).toBe(0.3);
});

it('says which direction auto chose and why', async () => {
  expect((await train({ x, y: [3, 5, 7, 9, 11] })).automatic).toBe(
    'auto chose kronecker-lbfgs: the metric because no layer is wider than 2048',
  );
  expect((await train({ x, y: [3, 5, 7, 9, 11] }, { direction: 'lbfgs' })).automatic).toBeNull();
  const wide = { values: Float64Array.from({ length: 2 * 2049 }, (_, i) => i % 7), rows: 2, columns: 2049 };
  expect((await train({ x: wide, y: [1, 2] }, { maxIterations: 1 })).automatic).toBe(
    'auto chose lbfgs: no metric because rows are so short that the penalty conditions the problem',
  );
  expect((await train({ x: wide, y: [1, 2] }, { maxIterations: 1, l2: 1e-9 })).automatic).toBe(
    'auto chose kronecker-lbfgs: the metric, in low rank, because X is dense',
  );
});
