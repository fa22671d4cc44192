import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce } from '../../lib/core/pace.js';
import { medianSteps } from '../../lib/data/median.js';

const median = (values: readonly number[]): number => atOnce(medianSteps(Float64Array.from(values)));

it('is the middle of the sorted values, or the mean of the two in the middle', () => {
  const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, min: -1e300, max: 1e300 }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
      const sorted = [...values].sort((a, b) => a - b);
      const middle = sorted.length >> 1;
      const expected = sorted.length % 2 ? sorted[middle]! : sorted[middle - 1]! / 2 + sorted[middle]! / 2;
      expect(median(values) + 0).toBe(expected + 0);
    }),
  );
});

it('of nothing is nothing', () => {
  expect(median([])).toBeNaN();
});

it('of a million values in the worst orders takes no quadratic time', () => {
  const n = 1_000_000;
  for (const make of [(i: number) => i, (i: number) => n - i, (i: number) => i % 2, () => 7]) {
    const values = Float64Array.from({ length: n + 1 }, (_, i) => make(i));
    expect(atOnce(medianSteps(values))).toBe(values.slice().sort()[n / 2]);
  }
});
