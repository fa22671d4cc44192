import { describe, expect, it } from 'vitest';
import { accuracy, r2 } from '../../lib/core/metrics.js';

describe('accuracy', () => {
  it('is the share of equal labels', () => {
    expect(accuracy(['a', 'b', 'b', 'a'], ['a', 'b', 'a', 'a'])).toBe(0.75);
    expect(accuracy([1, 2], [3, 4])).toBe(0);
  });
});

describe('r2', () => {
  const truth = [1, 2, 3, 6];
  it('is 1 for the truth, 0 for its mean, negative for worse', () => {
    expect(r2(truth, truth)).toBe(1);
    expect(r2([3, 3, 3, 3], truth)).toBe(0);
    expect(r2([6, 3, 2, 1], truth)).toBeLessThan(0);
  });
  it('by hand: residual 1 + 1 of 4 + 1 + 0 + 9', () => expect(r2([2, 2, 3, 5], truth)).toBeCloseTo(1 - 2 / 14, 15));
  it('has no meaning for a constant truth', () => expect(r2([1, 2], [3, 3])).toBeNaN());
  it('nor where the rounded mean differs from the constant', () => {
    const constant = new Float64Array(49).fill(0.1);
    expect(constant.reduce((mean, y) => mean + y / 49, 0)).not.toBe(0.1);
    expect(
      r2(
        constant.map((y) => y + 1),
        constant,
      ),
    ).toBeNaN();
  });
});
