import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { everyBackend } from '../support/compiled.js';
import { normals } from '../support/problems.js';

/** B B' / n + 0.1 I, both triangles; by rank-8 updates when n is large. */
function positiveDefinite(n: number): Float64Array {
  const rank = Math.min(n, n > 300 ? 8 : n);
  const B = normals(createRandom(n), n * rank);
  const A = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 0.1 : 0;
      for (let m = 0; m < rank; m++) sum += (B[i * rank + m]! * B[j * rank + m]!) / rank;
      A[i * n + j] = A[j * n + i] = sum;
    }
  }
  return A;
}

/** A b for one column of B (stride `step`). */
function apply(A: Float64Array, n: number, b: (j: number) => number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += A[i * n + j]! * b(j);
    return sum;
  });
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each(everyBackend)('matrix algebra of $name', ({ matrices, name }) => {
  // The last sizes of the native backend run as jobs, on a copy.
  const sizes = name === 'native' ? [1, 2, 7, 64, 201, 1300] : [1, 2, 7, 64, 201];

  it.each(sizes)('factorizes a positive definite matrix of order %i', async (n) => {
    const A = positiveDefinite(n);
    const L = A.slice();
    expect(await matrices.cholesky(L, n)).toBe(true);
    const v = normals(createRandom(1), n);
    const transposed = Float64Array.from({ length: n }, (_, j) => {
      let sum = 0;
      for (let i = j; i < n; i++) sum += L[i * n + j]! * v[i]!;
      return sum;
    });
    const product = Float64Array.from({ length: n }, (_, i) => {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += L[i * n + j]! * transposed[j]!;
      return sum;
    });
    const expected = apply(A, n, (j) => v[j]!);
    expect(largest(product.map((value, i) => value - expected[i]!))).toBeLessThan(1e-11 * largest(expected));
    let changed = 0;
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) if (L[i * n + j] !== A[i * n + j]) changed++;
    expect(changed, 'entries above the diagonal').toBe(0);
  });

  const shapes = [
    [1, 1],
    [3, 5],
    [65, 2],
    [201, 100],
  ] as const;
  it.each(name === 'native' ? [...shapes, [700, 800] as const] : shapes)(
    'solves for order %i and %i right-hand sides from both sides',
    async (n, count) => {
      const A = positiveDefinite(n);
      const L = A.slice();
      await matrices.cholesky(L, n);
      const B = normals(createRandom(2), n * count);
      const left = B.slice();
      const right = B.slice();
      await matrices.solveLeft(L, n, left, count);
      await matrices.solveRight(L, n, right, count);
      for (const c of new Set([0, count >> 1, count - 1])) {
        const fromLeft = apply(A, n, (j) => left[j * count + c]!);
        fromLeft.forEach((value, i) => expect(value).toBeCloseTo(B[i * count + c]!, 9));
        const fromRight = apply(A, n, (j) => right[c * n + j]!);
        fromRight.forEach((value, i) => expect(value).toBeCloseTo(B[c * n + i]!, 9));
      }
    },
  );

  it('says when a matrix is not positive definite', async () => {
    const singular = Float64Array.of(1, 0, 2, 0);
    expect(await matrices.cholesky(Float64Array.of(-1), 1)).toBe(false);
    expect(await matrices.cholesky(singular, 2)).toBe(false);
    expect(await matrices.cholesky(Float64Array.of(1, 0, 2, 1), 2)).toBe(false);
    expect(await matrices.cholesky(Float64Array.of(1, 0, NaN, 1), 2)).toBe(false);
    for (const n of [100, 250]) {
      const A = positiveDefinite(n);
      A[(n - 3) * n + n - 3] = -1;
      expect(await matrices.cholesky(A, n)).toBe(false);
    }
  });
});
