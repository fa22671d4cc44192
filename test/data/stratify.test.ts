/** A stratified split: every label its share, every row the same chance, every label left in training. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { stratifiedRows } from '../../lib/data/stratify.js';

function drawn(rows: number, chances: readonly number[], seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: rows }, () => {
    let u = random.uniform() * chances.reduce((sum, c) => sum + c, 0);
    return chances.findIndex((c) => (u -= c) < 0);
  });
}

const count = (labels: readonly unknown[], rows: Uint32Array, label: unknown): number =>
  rows.reduce((sum, row) => sum + (labels[row] === label ? 1 : 0), 0);

describe('every label has its share', () => {
  it.each([0.05, 0.1, 0.25, 0.5, 0.8])('%d', (share) => {
    for (const seed of [0, 1, 2, 3]) {
      const labels = drawn(997, [50, 30, 15, 4, 1], seed);
      const { train, test } = stratifiedRows(labels.length, labels, share, seed);
      expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: labels.length }, (_, row) => row));
      expect(test).toEqual(test.slice().sort());
      expect(Math.abs(test.length - 997 * share)).toBeLessThanOrEqual(0.5);
      for (const label of new Set(labels)) {
        const all = labels.filter((one) => one === label).length;
        expect(Math.abs(count(labels, test, label) - all * share)).toBeLessThan(1);
      }
    }
  });
});

it('a file that is sorted by label, and one of texts', () => {
  const labels = Array.from({ length: 90 }, (_, row) => ['a', 'b', 'c'][Math.floor(row / 30)]!);
  const { test } = stratifiedRows(90, labels, 0.1, 4);
  expect(['a', 'b', 'c'].map((label) => count(labels, test, label))).toEqual([3, 3, 3]);
});

it('the same seed gives the same split, another one another', () => {
  const labels = drawn(200, [1, 1], 1);
  expect(stratifiedRows(200, labels, 0.2, 7)).toEqual(stratifiedRows(200, labels, 0.2, 7));
  expect(stratifiedRows(200, labels, 0.2, 7)).not.toEqual(stratifiedRows(200, labels, 0.2, 8));
});

it('every row is as likely to be taken as any other', () => {
  const labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2];
  const times = new Float64Array(20);
  const seeds = 2000;
  for (let seed = 0; seed < seeds; seed++) for (const row of stratifiedRows(20, labels, 0.25, seed).test) times[row]!++;
  // Five standard deviations of a binomial with 2000 draws of chance 1/4.
  for (const time of times) expect(Math.abs(time - seeds / 4)).toBeLessThan(5 * Math.sqrt((seeds * 3) / 16));
});

it('no label leaves the training rows, even one that has a single row', () => {
  for (let seed = 0; seed < 50; seed++) {
    const labels = [...new Array<string>(40).fill('many'), 'two', 'two', 'one'];
    const { train } = stratifiedRows(labels.length, labels, 0.8, seed);
    for (const label of ['many', 'two', 'one']) expect(count(labels, train, label)).toBeGreaterThan(0);
  }
});

it('numbers that hardly repeat are split as they come', () => {
  const random = createRandom(2);
  const numbers = Float64Array.from({ length: 3000 }, () => random.normal());
  const { train, test } = stratifiedRows(3000, numbers, 0.1, 3);
  expect(test).toHaveLength(300);
  expect(train).toHaveLength(2700);
  expect(stratifiedRows(3000, null, 0.1, 3)).toEqual({ train, test });
});

it('refuses a share that leaves a side empty', () => {
  expect(() => stratifiedRows(4, [0, 0, 1, 1], 0.1, 0)).toThrow('must leave rows on both sides');
});
