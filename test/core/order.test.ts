import { describe, expect, it } from 'vitest';
import { largestPlaces, orderSteps, sortedSteps } from '../../lib/core/order.js';
import { atOnce } from '../../lib/core/pace.js';
import { createRandom } from '../../lib/core/random.js';

const random = createRandom(1);
const drawn = (count: number, different: number): number[] => Array.from({ length: count }, () => random.integer(different));

describe('an order', () => {
  it.each([0, 1, 2, 4096, 4097, 8192, 20_001, 33_000])('of %i is that of a stable sort', (count) => {
    const values = drawn(count, 500);
    const compare = (a: number, b: number): number => values[a]! - values[b]!;
    expect([...atOnce(orderSteps(count, compare))]).toEqual(values.map((_, k) => k).sort(compare));
  });

  it('gives others a turn about every 4096 entries', () => {
    const values = drawn(40_000, 1e6);
    let turns = 0;
    const steps = orderSteps(values.length, (a, b) => values[a]! - values[b]!);
    while (!steps.next().done) turns++;
    expect(turns).toBeGreaterThan(40);
  });
});

it.each([0, 1, 5, 32_768, 32_769, 100_000])('%i numbers are sorted as the engine sorts them', (count) => {
  const values = Float64Array.from({ length: count }, () => Math.round(100 * random.normal()) / 10 || 0);
  expect(atOnce(sortedSteps(values.slice()))).toEqual(values.slice().sort());
});

describe('the largest', () => {
  it.each([
    [50, 7],
    [5000, 20],
    [3, 20],
    [0, 4],
  ])('of %i values, %i at most, are the first of the sorted ones', (count, most) => {
    const values = drawn(count, 40);
    const sorted = values.map((_, k) => k).sort((a, b) => values[b]! - values[a]!);
    expect(largestPlaces(values, most)).toEqual(sorted.slice(0, most));
  });
});
