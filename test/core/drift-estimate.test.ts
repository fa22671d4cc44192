import { expect, it } from 'vitest';
import { DRIFT_LIMIT, DriftEstimate } from '../../lib/core/drift-estimate.js';

const eps = Number.EPSILON;

it('adds the rounding of what is added, relative to the step for a memory column', () => {
  const drift = new DriftEstimate(2);
  expect(drift.usable).toBe(0);
  drift.add([4], 1, 4);
  expect(drift.usable).toBe(1);
  expect(drift.relativeTo(2)).toBeCloseTo(2 * eps, 30);
  // A fresh column of 3 and the past step times 2: 3 eps + 8 (eps + eps), of which 1 is left after cancelling.
  drift.add([3, 8], 1, 1);
  expect(drift.usable).toBe(2);
  expect(drift.relativeTo(1)).toBeCloseTo(23 * eps, 28);
});

it('gives up a column that cancelling has spoiled, and those behind it, until younger ones take their place', () => {
  const drift = new DriftEstimate(3);
  drift.add([1], 1, 1);
  drift.add([1, 1], 1, 1e-7);
  expect(drift.usable).toBe(0);
  drift.add([1], 1, 1);
  expect(drift.usable).toBe(1);
  drift.add([1, 1], 1, 1);
  drift.add([1, 1], 1, 1);
  expect(drift.usable).toBe(3);
});

it('forgets the drift with a refresh, and everything with a restart', () => {
  const drift = new DriftEstimate(1);
  drift.add([1], 1, 1e-7);
  drift.refresh();
  expect(drift.relativeTo(1)).toBe(0);
  expect(drift.usable).toBe(0);
  drift.restart();
  drift.add([1], 1, 1);
  expect(drift.usable).toBe(1);
});

it('ordinary steps may go on for a million iterations', () => {
  const drift = new DriftEstimate(1);
  drift.add([0.01], 1, 0.01);
  for (let k = 0; k < 1000; k++) drift.add([0.01, 0.005], 1, 0.01);
  expect(drift.usable).toBe(1);
  expect(1000 * drift.relativeTo(1)).toBeLessThan(DRIFT_LIMIT.float64);
});

it('a step of 0 spoils nothing', () => {
  const drift = new DriftEstimate(1);
  drift.add([0], 1, 0);
  expect(drift.usable).toBe(1);
  expect(drift.relativeTo(0)).toBe(0);
});

it('a product in float32 is known to 2^-23, and what cancels spoils a past step the sooner', () => {
  const [single, double] = [new DriftEstimate(2, 'float32'), new DriftEstimate(2)];
  for (const drift of [single, double]) drift.add([4], 1, 4);
  expect(single.relativeTo(2)).toBeCloseTo(2 * 2 ** -23, 20);
  for (const drift of [single, double]) drift.add([1], 1, 1 / 200);
  expect([single.usable, double.usable]).toEqual([0, 2]);
});
