import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { selectBackend } from '../../lib/backends/index.js';
import { createRandom } from '../../lib/core/random.js';
import { svd, type Svd, type SvdOptions } from '../../lib/decompositions/index.js';
import { backends } from '../support/backends.js';
import { sparseOf } from '../support/sparse.js';

interface Fixture {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly number[];
  /** By LAPACK, of the columns as they are and centered. */
  readonly singular: readonly number[];
  readonly centered: readonly number[];
}
const fixtures = JSON.parse(readFileSync(new URL('singular-values.json', import.meta.url), 'utf8')) as readonly Fixture[];
const dense = ({ values, rows, columns }: Pick<Fixture, 'values' | 'rows' | 'columns'>) => ({
  values: Float64Array.from(values),
  rows,
  columns,
});
const random = createRandom(11);

function expectOrthonormal(vectors: Float64Array, k: number): void {
  for (let a = 0; a < k; a++) {
    for (let b = 0; b <= a; b++) {
      let product = 0;
      for (let e = 0; e < vectors.length; e += k) product += vectors[e + a]! * vectors[e + b]!;
      expect(Math.abs(product - (a === b ? 1 : 0))).toBeLessThan(1e-12);
    }
  }
}

/** |A V - U diag(sigma)|, relative to the largest value. */
function expectTriplets(A: Pick<Fixture, 'values' | 'rows' | 'columns'>, { values, left, right }: Svd, limit = 1e-12): void {
  const k = values.length;
  for (let i = 0; i < A.rows; i++) {
    for (let a = 0; a < k; a++) {
      let product = 0;
      for (let j = 0; j < A.columns; j++) product += A.values[i * A.columns + j]! * right[j * k + a]!;
      expect(Math.abs(product - left[i * k + a]! * values[a]!)).toBeLessThanOrEqual(limit * values[0]!);
    }
  }
}

/** Relative for values that are not rounding of the largest. */
function expectValues(found: Float64Array, expected: readonly number[], limit = 1e-10): void {
  const floor = 1e-13 * expected[0]!;
  found.forEach((value, i) => {
    const wanted = expected[i]!;
    expect(Math.abs(value - wanted), `value ${i}: ${value}, ${wanted}`).toBeLessThanOrEqual(
      wanted > floor ? limit * wanted : 2 * floor,
    );
  });
}

describe.each(backends)('svd on the $name backend', (backend) => {
  describe.each(fixtures)('of the matrix $name', (fixture) => {
    const full = Math.min(fixture.rows, fixture.columns);
    it.each([...new Set([1, Math.min(3, full), full])])('k = %d', async (k) => {
      const found = await svd(dense(fixture), k, { backend });
      expect(found.converged).toBe(true);
      expectValues(found.values, fixture.singular);
      expectOrthonormal(found.left, k);
      expectOrthonormal(found.right, k);
      expectTriplets(fixture, found);
      for (let a = 0; a < k; a++) {
        const column = found.right.filter((_, e) => e % k === a);
        const farthest = column.reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0);
        expect(farthest).toBeGreaterThan(0);
      }
    });

    it('sparse, and with its columns centered, sparse or not', async () => {
      const k = Math.min(3, full);
      const sparse = sparseOf(Float64Array.from(fixture.values), fixture.rows, fixture.columns);
      expectValues((await svd(sparse, k, { backend })).values, fixture.singular);
      for (const x of [dense(fixture), sparse]) {
        const { values, center } = await svd(x, k, { backend, columns: 'centered' });
        const lost = fixture.singular[0]! / Math.max(fixture.centered[0]!, Number.MIN_VALUE);
        if (fixture.rows > 1) expectValues(values, fixture.centered, Math.max(1e-10, 1e-14 * lost));
        const mean = fixture.values.reduce((sum, v, e) => sum + (e % fixture.columns === 0 ? v : 0), 0) / fixture.rows;
        expect(center[0]).toBeCloseTo(mean, 9);
      }
    });
  });

  it('finds every copy of a value that comes often, by either method', async () => {
    const size = 40;
    const diagonal = (i: number): number => (i < 14 ? 3 : i < 20 ? 2 : 1);
    const values = Float64Array.from({ length: size * size }, (_, e) =>
      e % (size + 1) === 0 ? diagonal(e / (size + 1)) : 0,
    );
    for (const method of ['krylov', 'gradient'] as const) {
      const found = await svd({ values, rows: size, columns: size }, 16, { backend, method });
      expectValues(
        found.values,
        Array.from({ length: 16 }, (_, i) => diagonal(i)),
      );
      expectOrthonormal(found.right, 16);
    }
  });

  it('restarts when the space is as wide as it may be', async () => {
    // Values so close to each other that many blocks are needed: 1, 0.999, 0.998, ...
    const size = 400;
    const values = new Float64Array(size * size);
    for (let i = 0; i < size; i++) values[i * (size + 1)] = 1 - i / 1000;
    const found = await svd({ values, rows: size, columns: size }, 2, { backend, tolerance: 1e-6 });
    expect(found.iterations).toBeGreaterThan(10);
    expect(found.converged).toBe(true);
    expectValues(found.values, [1, 0.999], 1e-9);
  });
});

describe('the gradient iteration', () => {
  // What is left of a vector that is not quite right spoils those after it: values that differ by orders of magnitude are not for it.
  const alike = fixtures.filter(({ name }) => name !== 'graded' && name !== 'far from 0');
  it.each(alike)('agrees with LAPACK on the matrix $name', async (fixture) => {
    const k = Math.min(3, fixture.rows, fixture.columns);
    const found = await svd(dense(fixture), k, { method: 'gradient', maxIterations: 100000 });
    expect(found.converged).toBe(true);
    expectValues(found.values, fixture.singular);
    expectTriplets(fixture, found, 1e-6);
  });

  it('contracts by (theta_1 + theta_2) / (2 theta_1) a step, as a shifted power iteration does', async () => {
    // theta = 1 and 1/4: residuals shrink by 5/8 a step, so that a tolerance smaller by (5/8)^20 takes about 20 steps more.
    const values = Float64Array.of(1, 0, 0, 0.5);
    const steps = async (tolerance: number): Promise<number> =>
      (await svd({ values, rows: 2, columns: 2 }, 1, { method: 'gradient', tolerance })).iterations;
    const more = (await steps(1e-4 * (5 / 8) ** 20)) - (await steps(1e-4));
    expect(more).toBeGreaterThanOrEqual(19);
    expect(more).toBeLessThanOrEqual(21);
  });
});

describe('svd', () => {
  const rows = 3000;
  const columns = 40;
  const x = {
    values: Float64Array.from({ length: rows * columns }, (_, e) => random.normal() * (1 + (e % columns)) + (e % columns)),
    rows,
    columns,
  };

  it('gives the same bits for any number of threads', async () => {
    const bits = ({ values, left, right }: Svd) =>
      [values, left, right].map((list) => Buffer.from(list.buffer).toString('hex'));
    const first = bits(await svd(x, 5, { threads: 1, columns: 'centered' }));
    for (const threads of [2, 5]) expect(bits(await svd(x, 5, { threads, columns: 'centered' }))).toEqual(first);
  });

  it('in float32 is right to about its rounding', async () => {
    const exact = await svd(x, 5);
    const short = await svd({ ...x, values: Float32Array.from(x.values) }, 5);
    expect(short.converged).toBe(true);
    expectValues(short.values, [...exact.values], 1e-6);
  });

  it('takes a data matrix in its frame: standardized columns', async () => {
    const { backend } = selectBackend();
    const matrix = await backend.matrix({ kind: 'dense', ...x });
    const inFrame = await svd(matrix, 4, { backend });
    const standardized = await svd(x, 4, { columns: 'standardized' });
    expect([...inFrame.values]).toEqual([...standardized.values]);
    // The trace of the correlations is the number of columns.
    const all = await svd(x, columns, { columns: 'standardized' });
    expect(all.values.reduce((sum, v) => sum + v * v, 0) / rows).toBeCloseTo(columns, 9);
    matrix.dispose();
  });

  it('says when it was ended early, and ends by a signal', async () => {
    expect((await svd(x, 3, { maxIterations: 1, tolerance: 1e-12 })).converged).toBe(false);
    const controller = new AbortController();
    controller.abort();
    await expect(svd(x, 3, { signal: controller.signal })).rejects.toThrow(/abort/i);
  });

  it.each<[string, number, SvdOptions, RegExp]>([
    ['k of 0', 0, {}, /^k must be an integer from 1 to 40, but 0 was given\.$/],
    ['k above the columns', 41, {}, /^k must be an integer from 1 to 40, but 41 was given\.$/],
    ['an unknown method', 1, { method: 'qr' as 'krylov' }, /^method must be one of krylov, gradient, but 'qr' was given\.$/],
    ['an unknown option', 1, { rank: 2 } as SvdOptions, /rank/],
    [
      'columns of another name',
      1,
      { columns: 'scaled' as 'given' },
      /^columns must be one of given, centered, standardized/,
    ],
    ['a tolerance of 0', 1, { tolerance: 0 }, /^tolerance must be/],
  ])('refuses %s', async (_, k, options, sentence) => {
    await expect(svd(x, k, options)).rejects.toThrow(sentence);
  });

  it('refuses columns for a data matrix, and numbers whose products overflow', async () => {
    const { backend } = selectBackend();
    const matrix = await backend.matrix({ kind: 'dense', ...x });
    await expect(svd(matrix, 1, { columns: 'centered' })).rejects.toThrow(/^columns must be left out for a data matrix/);
    matrix.dispose();
    const huge = { values: Float64Array.of(1e200, 0, 0, 1e200), rows: 2, columns: 2 };
    await expect(svd(huge, 1)).rejects.toThrow(/^The products with X must be finite, but they overflow/);
  });
});
