import { describe, expect, it } from 'vitest';
import { dealFolds, without } from '../../lib/selection/held-out-folds.js';

const rows = 103;
const sorted = Float64Array.from({ length: rows }, (_, i) => (i < 11 ? 2 : i < 40 ? 1 : 0));

function countOf(folds: Uint8Array, fold: number, of: (row: number) => boolean = () => true): number {
  return folds.reduce((count, own, row) => count + (own === fold && of(row) ? 1 : 0), 0);
}

describe('folds', () => {
  it('are of one size, and hold every class evenly although the rows are sorted', async () => {
    const folds = await dealFolds(sorted, 1, undefined, rows, 5, 3);
    const spread = (counts: number[]): number => Math.max(...counts) - Math.min(...counts);
    const each = (of?: (row: number) => boolean): number[] => [0, 1, 2, 3, 4].map((fold) => countOf(folds, fold, of));
    expect(spread(each())).toBeLessThanOrEqual(1);
    for (const label of [0, 1, 2]) expect(spread(each((row) => sorted[row] === label))).toBeLessThanOrEqual(1);
  });

  it('are the same for the same seed only', async () => {
    const [a, b, c] = await Promise.all([3, 3, 4].map((seed) => dealFolds(sorted, 1, undefined, rows, 5, seed)));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('do not count rows without weight, and take numbers and several targets as they come', async () => {
    const weights = sorted.map((_, row) => (row % 3 === 0 ? 0 : 1));
    const folds = await dealFolds(sorted, 1, weights, rows, 5, 0);
    const sizes = [0, 1, 2, 3, 4].map((fold) => countOf(folds, fold, (row) => weights[row]! > 0));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    const numbers = Float64Array.from({ length: 600 }, (_, i) => i / 7);
    for (const width of [1, 2]) {
      const dealt = await dealFolds(numbers, width, undefined, 600 / width, 5, 0);
      expect([0, 1, 2, 3, 4].map((fold) => countOf(dealt, fold))).toEqual(new Array(5).fill(120 / width));
    }
  });

  it('leave the rest of the weights as they are', () => {
    expect(without(Uint8Array.of(0, 1, 0, 2), 0, undefined)).toEqual(Float64Array.of(0, 1, 0, 1));
    expect(without(Uint8Array.of(0, 1, 0, 2), 1, Float64Array.of(5, 6, 7, 8))).toEqual(Float64Array.of(5, 0, 7, 8));
  });
});
