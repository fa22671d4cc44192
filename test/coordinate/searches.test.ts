/** One weight's searches alone, on functions whose minima are known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  doublingSearch,
  exactSearch,
  newtonSearch,
  type CoordinateFunction,
  type CoordinateTerms,
} from '../../lib/coordinate/searches.js';
import { numbers } from '../backends/problem.js';

const parabola = (slope: number, curvature: number, reach = Infinity): CoordinateFunction => ({
  slope,
  curvature,
  reach,
  value: (delta) => delta * (slope + 0.5 * curvature * delta),
});

function ofTerms({ x, z, a, b, l2, w }: CoordinateTerms): CoordinateFunction {
  const value = (delta: number): number =>
    x.reduce(
      (sum, xi, i) => {
        const change = Math.max(0, z[i]! + delta * xi) - Math.max(0, z[i]!);
        return sum + change * (a[i]! + b[i]! * change);
      },
      l2 * delta * (w + delta / 2),
    );
  return { slope: NaN, curvature: NaN, reach: Infinity, value };
}

describe('newtonSearch', () => {
  it('takes the minimizer of a parabola at the first trial', () => {
    expect(newtonSearch(parabola(-3, 2), 5)).toEqual({ delta: 1.5, evaluations: 1 });
  });

  it('stays within reach, also where there is no curvature', () => {
    expect(newtonSearch(parabola(-3, 2, 0.5), 5).delta).toBe(0.5);
    expect(newtonSearch(parabola(3, 0, 0.25), 5).delta).toBe(-0.25);
    expect(newtonSearch(parabola(3, 0), 5).delta).toBe(0);
    expect(newtonSearch(parabola(0, 0, 1), 5)).toEqual({ delta: 0, evaluations: 0 });
  });

  it('shrinks a step that rises, and stays when the trials are used up', () => {
    const wall: CoordinateFunction = {
      slope: -1,
      curvature: 1,
      reach: Infinity,
      value: (delta) => -delta + (delta > 0.2 ? 100 : 0),
    };
    const { delta, evaluations } = newtonSearch(wall, 10);
    expect(delta).toBeGreaterThan(0);
    expect(delta).toBeLessThanOrEqual(0.2);
    expect(evaluations).toBeGreaterThan(1);
    expect(newtonSearch(wall, 1)).toEqual({ delta: 0, evaluations: 1 });
    expect(newtonSearch({ ...wall, value: () => NaN }, 3).delta).toBe(0);
  });
});

describe('doublingSearch', () => {
  it('doubles from the better side while it falls', () => {
    // The minimizer is -10: 1, 2, 4, 8 fall, 16 is higher than 8.
    expect(doublingSearch(parabola(10, 1), 1, 60)).toEqual({ delta: -8, evaluations: 6 });
    expect(doublingSearch(parabola(10, 1), 1, 3)).toEqual({ delta: -2, evaluations: 3 });
    expect(doublingSearch(parabola(10, 1, 5), 1, 60).delta).toBe(-4);
  });

  it('stays where both first steps rise', () => {
    expect(doublingSearch(parabola(0.1, 1), 1, 60)).toEqual({ delta: 0, evaluations: 2 });
  });

  it('ends on a flat tail instead of running away', () => {
    const tail: CoordinateFunction = {
      slope: -1,
      curvature: 1,
      reach: Infinity,
      value: (delta) => -1 - 1e-3 * Math.tanh(delta) + 1 / (1 + Math.abs(delta)) ** 9,
    };
    expect(doublingSearch(tail, 1, 1000).delta).toBeLessThan(100);
  });
});

describe('exactSearch', () => {
  it('is nowhere above a fine grid, for any rows, with zeros, equal kinks and a penalty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer(),
        fc.constantFrom(0, 0.05),
        fc.boolean(),
        (n, seed, l2, tied) => {
          const x = numbers(n, seed).map((value, i) => (i % 4 === 3 ? 0 : value));
          const z = tied ? x.map((value) => 0.5 * value) : numbers(n, seed + 1);
          const terms = {
            x,
            z,
            a: numbers(n, seed + 2),
            b: numbers(n, seed + 3).map((value) => 0.01 + Math.abs(value)),
            l2,
            w: 0.7,
          };
          const q = ofTerms(terms);
          const { delta } = exactSearch(q, terms);
          const found = q.value(delta);
          expect(found).toBeLessThanOrEqual(0);
          for (let step = -600; step <= 600; step++) {
            const at = Math.sinh(step / 75);
            expect(q.value(at)).toBeGreaterThanOrEqual(found - 1e-12 * (1 + Math.abs(found)));
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
