import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import type { DenseData } from '../../lib/data/dense.js';
import { measureStandardization, standardized } from '../../lib/data/standardize.js';
import { expectError } from './files.js';

function dense(rows: number, columns: number, value: (row: number, column: number) => number): DenseData {
  const values = Float64Array.from({ length: rows * columns }, (_, k) => value(Math.floor(k / columns), k % columns));
  return { values, rows, columns };
}

function normalData(rows: number, columns: number): DenseData {
  const random = createRandom(7);
  return dense(rows, columns, (_, j) => 10 ** (2 * j - 4) * random.normal() + 100 * j);
}

describe('measureStandardization', () => {
  it('gives means and population standard deviations', () => {
    const { mean, scale } = measureStandardization(
      dense(
        4,
        2,
        (i, j) =>
          [
            [1, 10],
            [2, 10],
            [3, 10],
            [6, 50],
          ][i]![j]!,
      ),
    );
    expect([...mean]).toEqual([3, 20]);
    expect(scale[0]).toBeCloseTo(Math.sqrt(3.5), 15);
    expect(scale[1]).toBeCloseTo(Math.sqrt(300), 13);
  });

  it('gives a constant column, whatever its value, scale 1 and then zeros', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 300 }), (value, rows) => {
        const data = dense(rows, 1, () => value);
        const measured = measureStandardization(data);
        expect(measured.scale[0]).toBe(1);
        expect(standardized(data, measured).values.every((x) => x === 0)).toBe(true);
      }),
    );
  });

  it('loses no digits to a large offset', () => {
    const { mean, scale } = measureStandardization(dense(2, 1, (i) => 1e9 + i));
    expect(mean[0]).toBe(1e9 + 0.5);
    expect(scale[0]).toBe(0.5);
  });

  it('handles numbers whose squares overflow or vanish', () => {
    const { scale } = measureStandardization(dense(2, 2, (i, j) => i * [1e200, 1e-200][j]!));
    expect(scale[0]! / 1e200).toBeCloseTo(0.5, 15);
    expect(scale[1]! / 1e-200).toBeCloseTo(0.5, 15);
  });

  it('refuses a spread beyond float64, naming the column', () =>
    expectError(
      () => measureStandardization({ ...dense(2, 1, (i) => (i === 0 ? -1.5e308 : 1.5e308)), columnNames: ['wide'] }),
      'INVALID_DATA',
      'standard deviation of wide',
    ));
});

describe('standardized', () => {
  it('has mean 0 and standard deviation 1 in every column, and leaves the data alone', () => {
    const data = normalData(500, 5);
    const before = data.values.slice();
    const { mean, scale } = measureStandardization(standardized(data, measureStandardization(data)));
    expect(data.values).toEqual(before);
    for (let j = 0; j < 5; j++) {
      expect(Math.abs(mean[j]!)).toBeLessThan(1e-9);
      expect(scale[j]).toBeCloseTo(1, 12);
    }
  });

  it('refuses other columns than were measured', () =>
    expectError(
      () => standardized(normalData(5, 3), measureStandardization(normalData(5, 2))),
      'DIMENSION_MISMATCH',
      '2 columns',
      'has 3',
    ));
});
