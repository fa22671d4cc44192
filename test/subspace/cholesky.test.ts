import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { solveDamped } from '../../lib/subspace/cholesky.js';
import { normals } from '../support/problems.js';
import { dot, relativeError } from '../support/reference.js';

/** F F' for a random k x rank F: symmetric, positive semidefinite, of that rank. */
function gram(seed: number, k: number, rank: number): Float64Array {
  const F = normals(createRandom(seed), k * rank);
  const row = (u: number): Float64Array => F.subarray(u * rank, (u + 1) * rank);
  return Float64Array.from({ length: k * k }, (_, e) => dot(row(Math.floor(e / k)), row(e % k)));
}

function times(C: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, u) => dot(C.subarray(u * x.length, (u + 1) * x.length), x));
}

describe('solveDamped', () => {
  it('solves random positive definite systems', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 8 }), (seed, k) => {
        const C = gram(seed, k, k + 4);
        const s = normals(createRandom(seed + 1), k);
        const x = solveDamped(C, s, 0)!;
        expect(
          relativeError(
            times(C, x),
            s.map((value) => -value),
          ),
        ).toBeLessThan(1e-9);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('adds damping in proportion to the diagonal', () => {
    const C = gram(3, 4, 9);
    const s = normals(createRandom(4), 4);
    const damped = C.map((c, e) => (e % 5 === 0 ? 1.5 * c : c));
    expect(relativeError(solveDamped(C, s, 0.5)!, solveDamped(damped, s, 0)!)).toBeLessThan(1e-13);
  });

  it('is blind to the scale of the columns, from 1e-150 to 1e150', () => {
    const threePowers = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), threePowers, (seed, powers) => {
        const C = gram(seed, 3, 7);
        const s = normals(createRandom(seed + 1), 3);
        const scale = powers.map((power) => 10 ** power);
        const scaled = C.map((c, e) => c * scale[Math.floor(e / 3)]! * scale[e % 3]!);
        const x = solveDamped(
          scaled,
          s.map((value, v) => value * scale[v]!),
          0.01,
        )!;
        expect(
          relativeError(
            x.map((value, v) => value * scale[v]!),
            solveDamped(C, s, 0.01)!,
          ),
        ).toBeLessThan(1e-9);
      }),
      { seed: 7 },
    );
  });

  it('leaves out a column that depends on earlier ones and solves for the rest', () => {
    for (const rank of [1, 2, 3]) {
      const C = gram(7, 5, rank);
      // Slopes in the range of C, so that a solution exists.
      const s = times(C, normals(createRandom(8), 5));
      const x = solveDamped(C, s, 0)!;
      expect(Array.from(x.subarray(rank))).toEqual(Array.from({ length: 5 - rank }, () => 0));
      expect(
        relativeError(
          times(C, x),
          s.map((value) => -value),
        ),
      ).toBeLessThan(1e-9);
    }
  });

  it('gives a column without curvature the step 0', () => {
    const C = Float64Array.of(2, 0, 0, 0);
    const x = solveDamped(C, Float64Array.of(-4, -1), 0)!;
    expect(x[0]).toBeCloseTo(2, 14);
    expect(x[1]).toBe(0);
  });

  it.each([
    ['without any curvature', [0, 0, 0, 0], [1, 1]],
    ['of NaN', [NaN, NaN, NaN, NaN], [1, 1]],
    ['with infinite curvature', [Infinity, 0, 0, Infinity], [1, 1]],
    ['with slopes of NaN', [1, 0, 0, 1], [NaN, 1]],
    ['of negative diagonal', [-1, 0, 0, -1], [1, 1]],
  ])('has no solution %s', (_, C, s) => {
    expect(solveDamped(Float64Array.from(C), Float64Array.from(s), 0)).toBeNull();
  });
});
