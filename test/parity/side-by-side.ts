/** Findings of two backends laid side by side, and the cases over which that is done: every network with every loss. */
import { expect } from 'vitest';
import type { Finding, Precision } from '../backends/problem.js';
import { lossCases, type LossCase } from '../losses/draw.js';
import { everyNetwork, type NetworkCase } from '../networks/cases.js';

/** Every loss of the registry with its parameters, several outputs included, with every network of the registry and some that are not. */
export const everyPair: readonly (NetworkCase & LossCase)[] = everyNetwork.flatMap((network) =>
  lossCases.map((loss) => ({ ...network, ...loss, label: `${network.label}, ${loss.label}` })),
);

export const precisions: readonly Precision[] = ['float64', 'float32'];

/** Every |a - b| within `tolerance` of the largest |b|, or of 1 when that is smaller; `what` says where it is not. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-11, what = ''): void {
  expect(actual.length, what).toBe(expected.length);
  let size = 1;
  for (let e = 0; e < expected.length; e++) size = Math.max(size, Math.abs(expected[e]!));
  for (let e = 0; e < expected.length; e++) {
    if (!(Math.abs(actual[e]! - expected[e]!) <= tolerance * size)) {
      expect.fail(`${what} element ${e} of ${expected.length}: ${actual[e]} instead of ${expected[e]}`);
    }
  }
}

export function expectSameFindings(mine: readonly Finding[], theirs: readonly Finding[], tolerance: number): void {
  expect(mine.map(({ what }) => what)).toEqual(theirs.map(({ what }) => what));
  mine.forEach(({ what, numbers }, i) => expectClose(numbers, theirs[i]!.numbers, tolerance, what));
}

/** Bit for bit; NaN is like NaN. */
export function expectSameBits(mine: readonly Finding[], theirs: readonly Finding[], which = ''): void {
  expect(mine.map(({ what }) => what)).toEqual(theirs.map(({ what }) => what));
  mine.forEach(({ what, numbers }, i) => {
    const other = theirs[i]!.numbers;
    if (Buffer.compare(bytes(numbers), bytes(other)) !== 0) expect(numbers, `${what} ${which}`).toEqual(other);
  });
}

const bytes = (values: Float64Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
