import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import type { DenseData } from '../../lib/data/dense.js';
import {
  foldStandardization, measureStandardization, measureStandardizationPaced, standardized,
  standardizedPaced,
} from '../../lib/data/standardize.js';
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
    const { mean, scale } = measureStandardization(dense(4, 2, (i, j) => [[1, 10], [2, 10], [3, 10], [6, 50]][i]![j]!));
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
      'INVALID_DATA', 'standard deviation of wide',
    ));

  it('is the same in paces', async () => {
    const data = normalData(20_000, 30);
    const measured = await measureStandardizationPaced(data);
    expect(measured).toEqual(measureStandardization(data));
    expect((await standardizedPaced(data, measured)).values).toEqual(standardized(data, measured).values);
  });
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
    expectError(() => standardized(normalData(5, 3), measureStandardization(normalData(5, 2))), 'DIMENSION_MISMATCH', '2 columns', 'has 3'));
});

describe('folding', () => {
  const rows = 40;
  const [inputs, hidden, outputs] = [4, 3, 2];
  const random = createRandom(3);
  const first = (inputs + 1) * hidden;
  const parameters = Float64Array.from({ length: first + (hidden + 1) * outputs }, () => random.normal());

  /** tanh(x W1 + b1) W2 + b2, written out. */
  function forward(p: Float64Array, x: Float64Array): number[] {
    const h = Array.from({ length: hidden }, (_, k) => {
      let z = p[inputs * hidden + k]!;
      for (let j = 0; j < inputs; j++) z += x[j]! * p[j * hidden + k]!;
      return Math.tanh(z);
    });
    return Array.from({ length: outputs }, (_, k) => {
      let o = p[first + hidden * outputs + k]!;
      h.forEach((value, j) => (o += value * p[first + j * outputs + k]!));
      return o;
    });
  }

  it('gives on raw inputs what was learned on standardized ones', () => {
    const data = normalData(rows, inputs);
    const measured = measureStandardization(data);
    const scaled = standardized(data, measured);
    const folded = parameters.slice();
    foldStandardization(measured, hidden, folded);
    for (let i = 0; i < rows; i++) {
      const raw = forward(folded, data.values.subarray(i * inputs, (i + 1) * inputs));
      const expected = forward(parameters, scaled.values.subarray(i * inputs, (i + 1) * inputs));
      raw.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 8));
    }
    expect(folded.subarray(first)).toEqual(parameters.subarray(first));
  });

  it('folds into the one layer of a linear network', () => {
    const data = normalData(rows, inputs);
    const measured = measureStandardization(data);
    const weights = Float64Array.of(1, -2, 0.5, 3, 0.25);
    const folded = weights.slice();
    foldStandardization(measured, 1, folded);
    const scaled = standardized(data, measured).values;
    for (let i = 0; i < rows; i++) {
      let raw = folded[inputs]!;
      let learned = weights[inputs]!;
      for (let j = 0; j < inputs; j++) {
        raw += data.values[i * inputs + j]! * folded[j]!;
        learned += scaled[i * inputs + j]! * weights[j]!;
      }
      expect(raw).toBeCloseTo(learned, 6);
    }
  });
});
