/** The model of a step: solved with second moments, along columns without them, and by its conditions of optimality. */
import { describe, expect, it } from 'vitest';
import type { DataMatrix } from '../../lib/backends/backend.js';
import { createRandom } from '../../lib/core/random.js';
import { leastSlope } from '../../lib/l1/objective.js';
import { minimizeQuadratic } from '../../lib/l1/quadratic.js';
import { nativeAbsence, nativeBackend, quickest } from '../support/backends.js';
import { normals } from '../support/problems.js';

/** Of nearly collinear columns, where coordinate descent alone would take thousands of rounds. */
function problem(size: number, noise: number, seed: number) {
  const random = createRandom(seed);
  const rows = 3 * size;
  const common = normals(random, rows);
  const A = normals(random, rows * size).map((e, at) => noise * e + common[Math.floor(at / size)]!);
  const H = new Float64Array(size * size);
  for (let j = 0; j < size; j++)
    for (let k = 0; k < size; k++)
      for (let i = 0; i < rows; i++) H[j * size + k]! += (A[i * size + j]! * A[i * size + k]!) / rows;
  // In the range of H, as a gradient is.
  const residuals = normals(random, rows);
  const slopes = new Float64Array(size);
  for (let k = 0; k < size; k++) for (let i = 0; i < rows; i++) slopes[k]! += (10 * A[i * size + k]! * residuals[i]!) / rows;
  const w = normals(random, size).map((e) => (Math.abs(e) < 0.7 ? 0 : e));
  const lambda = Float64Array.from({ length: size }, (_, k) => (k === size - 1 ? 0 : 0.2 * noise));
  return { size, H, slopes, w, lambda };
}

it.each([1, 0.1, 1e-3])('its slope of least size vanishes, whatever the collinearity (%d)', async (noise) => {
  for (let seed = 0; seed < 5; seed++) {
    const given = problem(30, noise, seed);
    const { size, H, slopes, w, lambda } = given;
    const z = await minimizeQuadratic(given, 1e-11, quickest.matrices);
    for (let k = 0; k < size; k++) {
      let r = slopes[k]!;
      for (let m = 0; m < size; m++) r += H[k * size + m]! * (z[m]! - w[m]!);
      expect(Math.abs(leastSlope(r, z[k]!, lambda[k]!))).toBeLessThan(1e-9);
      if (z[k] === 0) expect(Object.is(z[k], 0)).toBe(true);
    }
    expect(z.some((value) => value === 0)).toBe(true);
  }
});

describe.skipIf(nativeAbsence !== null)('along the columns of a sparse matrix', () => {
  const rows = 50;
  const columns = 12;
  const random = createRandom(4);
  const indices: number[] = [];
  const indptr = new Float64Array(rows + 1);
  for (let i = 0; i < rows; i++) {
    // The last column is full, the others are not.
    for (let j = 0; j < columns; j++) if (j === columns - 1 || random.uniform() < 0.3) indices.push(j);
    indptr[i + 1] = indices.length;
  }
  const values = normals(random, indices.length).map((e) => 1 + e);
  const pattern = { kind: 'csr' as const, indptr, indices: Uint32Array.from(indices), rows, columns };
  const forms: [string, Parameters<typeof quickest.matrix>[0], number][] = [
    ['float64', { ...pattern, values }, 1e-10],
    ['float32', { ...pattern, values: Float32Array.from(values) }, 1e-5],
    ['yes and no', pattern, 1e-10],
  ];

  it.each(forms)('%s: the minimizer of the model with second moments', async (_name, source, tolerance) => {
    for (const frame of ['standard', 'none'] as const) {
      const matrix: DataMatrix = await nativeBackend(2).matrix(source, { frame });
      const taken = Uint32Array.from([0, 2, 3, 7, 11]);
      const size = taken.length + 1;
      const curvature = normals(createRandom(6), rows).map((e) => (e * e) / rows);
      const added = new Float64Array(size).fill(0.1);
      const [slopes, w] = [normals(createRandom(7), size), normals(createRandom(9), size)];
      w[1] = 0;
      const lambda = Float64Array.from({ length: size }, (_, k) => (k === size - 1 ? 0 : 1));
      const model = { columns: taken, curvature, slopes, w, lambda, added, rounds: 100000, tolerance: 1e-13 };
      const z = await matrix.descend!(model);
      const H = (await matrix.gramOf(taken, curvature)).map((h, e) => (e % (size + 1) === 0 ? h + 0.1 : h));
      const other = await minimizeQuadratic({ size, H, slopes, w, lambda }, 1e-13, quickest.matrices);
      const length = Math.max(...other.map(Math.abs));
      z.forEach((value, k) => {
        expect(Math.abs(value - other[k]!)).toBeLessThan(tolerance * length);
        expect(value === 0).toBe(other[k] === 0);
      });
      expect(z.some((value) => value === 0)).toBe(true);
    }
  });

  it('refuses columns that are none, or out of order', async () => {
    const matrix: DataMatrix = await nativeBackend(1).matrix(pattern);
    const one = new Float64Array(2).fill(1);
    const model = {
      curvature: new Float64Array(rows),
      slopes: one,
      w: one,
      lambda: one,
      added: one,
      rounds: 1,
      tolerance: 0,
    };
    for (const bad of [[], [columns], [3, 3], [4, 2]])
      expect(() => matrix.descend!({ ...model, columns: Uint32Array.from(bad) })).toThrow(/column/i);
    expect(() => matrix.gramOf(Uint32Array.from([5, 1]), new Float64Array(rows))).toThrow(/above the one before/);
  });
});
