import { describe, expect, it } from 'vitest';
import { groupedFolds, kFolds, stratifiedFolds, timeSeriesFolds } from '../../lib/selection/folds.js';
import type { RowSplit } from '../../lib/data/split.js';

/** Every row is a test row of exactly one fold, and a training row of all others. */
function expectPartition(folds: readonly RowSplit[], rows: number): void {
  const all = folds.flatMap(({ test }) => [...test]).sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: rows }, (_, row) => row));
  for (const { train, test } of folds) {
    expect(train.length + test.length).toBe(rows);
    const tested = new Set(test);
    expect([...train].some((row) => tested.has(row))).toBe(false);
    expect([...train]).toEqual([...train].sort((a, b) => a - b));
  }
}

const counts = (values: ArrayLike<string>, rows: Uint32Array): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const row of rows) found[values[row]!] = (found[values[row]!] ?? 0) + 1;
  return found;
};

describe('kFolds', () => {
  it('deals every row to one fold, of sizes that differ by at most one, the same for the same seed', () => {
    const folds = kFolds(23, { folds: 4, seed: 7 });
    expectPartition(folds, 23);
    expect(folds.map(({ test }) => test.length).sort()).toEqual([5, 6, 6, 6]);
    expect(kFolds(23, { folds: 4, seed: 7 })).toEqual(folds);
    expect(kFolds(23, { folds: 4, seed: 8 })).not.toEqual(folds);
  });

  it('refuses more folds than rows', () => {
    expect(() => kFolds(3, { folds: 4 })).toThrow(/^folds must be an integer from 2 to 3, but 4 was given\.$/);
  });
});

describe('stratifiedFolds', () => {
  const labels = Array.from({ length: 103 }, (_, row) => (row % 10 === 0 ? 'rare' : row % 3 === 0 ? 'some' : 'most'));

  it('gives every fold each class to within one row, and equal sizes to within one', () => {
    const folds = stratifiedFolds(labels, { folds: 5, seed: 3 });
    expectPartition(folds, labels.length);
    const whole = counts(labels, Uint32Array.from(labels.keys()));
    for (const { test } of folds) {
      for (const [label, count] of Object.entries(counts(labels, test))) {
        expect(Math.abs(count - whole[label]! / 5)).toBeLessThan(1);
      }
      expect(Math.abs(test.length - 103 / 5)).toBeLessThan(1);
    }
  });

  it('refuses folds of which no class has enough rows', () => {
    expect(() => stratifiedFolds(['a', 'a', 'b', 'b'], { folds: 3 })).toThrow(/a class with at least 3 rows/);
  });
});

describe('groupedFolds', () => {
  it('keeps groups together and the sizes near each other', () => {
    const groups = Array.from({ length: 60 }, (_, row) => Math.floor(Math.sqrt(row)));
    const folds = groupedFolds(groups, { folds: 3 });
    expectPartition(folds, 60);
    for (const { train, test } of folds) {
      const inTest = new Set([...test].map((row) => groups[row]));
      expect([...train].some((row) => inTest.has(groups[row]))).toBe(false);
      expect(Math.abs(test.length - 20)).toBeLessThanOrEqual(1);
    }
  });

  it('refuses fewer groups than folds', () => {
    expect(() => groupedFolds([1, 1, 2, 2], { folds: 3 })).toThrow('at least 3 groups, one a fold, but there are 2');
  });
});

describe('timeSeriesFolds', () => {
  it('trains on what came before, as scikit-learn splits 10 rows in 3', () => {
    const folds = timeSeriesFolds(10, { folds: 3 });
    expect(folds.map(({ train }) => train.length)).toEqual([4, 6, 8]);
    expect(folds.map(({ test }) => [...test])).toEqual([
      [4, 5],
      [6, 7],
      [8, 9],
    ]);
  });

  it('keeps a gap and a longest training', () => {
    const [first, second] = timeSeriesFolds(12, { folds: 2, gap: 1, testRows: 3, mostTrainRows: 4 });
    expect([...first!.train]).toEqual([1, 2, 3, 4]);
    expect([...second!.train]).toEqual([4, 5, 6, 7]);
    expect(() => timeSeriesFolds(6, { folds: 2, testRows: 3 })).toThrow(/more than 6 rows/);
  });
});
