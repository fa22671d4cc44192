import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataMatrix, MatrixOptions } from '../../lib/backends/backend.js';
import { centers, SPREAD_RANGE, type Frame } from '../../lib/backends/frame.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { createRandom } from '../../lib/core/random.js';
import { expectError } from '../data/files.js';

const backend = createJavascriptBackend();
const dense = async (
  values: Float64Array | Float32Array,
  rows: number,
  columns: number,
  options?: MatrixOptions,
): Promise<DataMatrix> => backend.matrix({ kind: 'dense', values, rows, columns }, options);

/** All of X in its frame, row-major. */
async function entries(matrix: DataMatrix): Promise<number[]> {
  const block = await matrix.columnBlock(0, matrix.columns);
  return Array.from(
    { length: matrix.rows * matrix.columns },
    (_, e) => block[(e % matrix.columns) * matrix.rows + Math.floor(e / matrix.columns)]!,
  );
}

const column = (values: readonly number[]): Float64Array => Float64Array.from(values);

describe('the frame', () => {
  it('has mean 0 and spread 1 in every column that varies', async () => {
    const random = createRandom(1);
    const values = Float64Array.from({ length: 400 }, (_, e) =>
      e % 2 === 0 ? 1e6 + random.normal() : 1e-9 * random.normal(),
    );
    const matrix = await dense(values, 200, 2);
    const framed = await entries(matrix);
    for (const j of [0, 1]) {
      const x = framed.filter((_, e) => e % 2 === j);
      expect(x.reduce((sum, v) => sum + v, 0) / 200).toBeCloseTo(0, 9);
      expect(x.reduce((sum, v) => sum + v * v, 0) / 200).toBeCloseTo(1, 9);
    }
    centers(matrix.frame).forEach((center, j) => expect(center).toBeCloseTo([1e6, 0][j]!, 0));
  });

  it('does not see a shift, to the last bit, where the shifted numbers are exact', async () => {
    const grid = column([3, -1, 4, 1, -5, 9, 2, 6]);
    const plain = await entries(await dense(grid, 8, 1));
    for (const shift of [1, 1e8, -(2 ** 50)])
      expect(
        await entries(
          await dense(
            grid.map((x) => x + shift),
            8,
            1,
          ),
        ),
      ).toEqual(plain);
  });

  it('does not see a scale, from 1e-150 to 1e150', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -150, max: 150 }), async (k) => {
        const x = column([3, -1, 4, 1, -5, 9, 2, 6]);
        const plain = await entries(await dense(x, 8, 1));
        const scaled = await entries(
          await dense(
            x.map((v) => v * 10 ** k),
            8,
            1,
          ),
        );
        scaled.forEach((v, i) => expect(v).toBeCloseTo(plain[i]!, 12));
      }),
      { numRuns: 30 },
    );
  });

  it('takes columns for constant that vary by rounding only, and shows them as 0', async () => {
    const tenth = [0.1, 0.1, 0.30000000000000004 - 0.2];
    const matrix = await dense(
      column([7, ...tenth, 0, 7, ...tenth, 0].map((v, e) => (e === 1 ? v * (1 + 2 ** -52) : v))),
      2,
      5,
    );
    expect([...matrix.frame.constant]).toEqual([1, 1, 1, 1, 1]);
    expect([...matrix.frame.scale]).toEqual([1, 1, 1, 1, 1]);
    expect(await entries(matrix)).toEqual(new Array(10).fill(0));
    const single = await dense(column([1, 2, 3]), 1, 3);
    expect([...single.frame.constant]).toEqual([1, 1, 1]);
    const coarse = await dense(Float32Array.of(1, 1 + 2 ** -22, 1), 3, 1);
    expect(coarse.frame.constant[0]).toBe(1);
    expect((await dense(Float64Array.of(1, 1 + 2 ** -22, 1), 3, 1)).frame.constant[0]).toBe(0);
  });

  it('is not measured when not wanted, and taken as given', async () => {
    const values = column([1, 2, 3, 4]);
    expect(await entries(await dense(values, 2, 2, { frame: 'none' }))).toEqual([1, 2, 3, 4]);
    const frame: Frame = {
      origin: column([1, 0]),
      distance: column([1, 2]),
      scale: column([2, 4]),
      constant: Uint8Array.of(0, 0),
    };
    expect(await entries(await dense(values, 2, 2, { frame }))).toEqual([-0.5, 0, 0.5, 0.5]);
    await expectError(
      () => dense(values, 1, 4, { frame }),
      'DIMENSION_MISMATCH',
      'The origin of a frame must be of length 4',
    );
  });

  it('refuses a spread that arithmetic cannot carry, with the column', async () => {
    const wide = column([0, 1, 3e200, 2, 0, 3, 1e200, 4]);
    await expectError(
      () => dense(wide, 4, 2),
      'INVALID_DATA',
      `The standard deviation of column 0 (from 0) must be from ${SPREAD_RANGE.least} to`,
    );
    await expectError(
      () => dense(wide, 4, 2, { columnNames: ['price', 'size'] }),
      'INVALID_DATA',
      "The standard deviation of column 'price'",
    );
    await expectError(() => dense(column([1e308, -1e308, 0]), 3, 1), 'INVALID_DATA', 'but is Infinity');
    await expectError(() => dense(column([1e-200, 0, 2e-200]), 3, 1), 'INVALID_DATA', 'The standard deviation of column 0');
  });
});

describe('the products', () => {
  const random = createRandom(2);
  const [rows, columns, width] = [9, 4, 3];
  const values = Float64Array.from({ length: rows * columns }, () => 5 + random.normal());

  it.each(['float64', 'float32'] as const)('are those of the framed entries, %s', async (precision) => {
    const matrix = await dense(precision === 'float32' ? Float32Array.from(values) : values, rows, columns);
    expect(matrix.precision).toBe(precision);
    const X = await entries(matrix);
    if (precision === 'float32') expect(X).toEqual([...Float32Array.from(X)]);
    const W = Float64Array.from({ length: columns * width }, () => random.normal());
    const R = Float64Array.from({ length: rows * width }, () => random.normal());
    const scale = Float64Array.of(1, 4, 9);
    const XW = await matrix.multiply(W, width);
    const XtR = await matrix.multiplyTransposed(R, width);
    const gram = await matrix.gram(scale, 4);
    const x = (i: number, j: number): number => (j === columns ? 1 : X[i * columns + j]!);
    const sum = (n: number, term: (i: number) => number): number =>
      Array.from({ length: n }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
    XW.forEach((v, e) =>
      expect(v).toBeCloseTo(
        sum(columns, (j) => x(Math.floor(e / width), j) * W[j * width + (e % width)]!),
        12,
      ),
    );
    XtR.forEach((v, e) =>
      expect(v).toBeCloseTo(
        sum(rows, (i) => x(i, Math.floor(e / width)) * R[i * width + (e % width)]!),
        12,
      ),
    );
    gram.forEach((v, e) =>
      expect(v).toBeCloseTo(
        sum(3, (m) => scale[m]! * x(4 * m, Math.floor(e / 5)) * x(4 * m, e % 5)),
        12,
      ),
    );
    expect(matrix.counts).toEqual({ multiply: 1, multiplyTransposed: 1, gram: 1 });
  });

  it('see the copy made at the call, whatever the caller does to its own array', async () => {
    const own = values.slice();
    const made = dense(own, rows, columns);
    own.fill(NaN);
    expect(await entries(await made)).toEqual(await entries(await dense(values, rows, columns)));
  });

  it('take arrays of another realm', async () => {
    const foreign = runInNewContext('Float32Array.of(1, 2, 3)') as Float32Array;
    expect(foreign instanceof Float32Array).toBe(false);
    const matrix = await dense(foreign, 3, 1, { frame: 'none' });
    expect(matrix.precision).toBe('float32');
    expect([...(await matrix.multiply(runInNewContext('Float64Array.of(2)') as Float64Array, 1))]).toEqual([2, 4, 6]);
  });
});

describe('misuse', () => {
  it('is answered in words', async () => {
    await expectError(
      () => dense([1, 2] as unknown as Float64Array, 1, 2),
      'INVALID_ARGUMENT',
      'X must be a Float64Array or a Float32Array',
    );
    await expectError(
      () => dense(Float64Array.of(1, 2), 2, 2),
      'DIMENSION_MISMATCH',
      'X must be of length 4 (2 rows x 2 columns)',
    );
    await expectError(
      () => dense(Float64Array.of(1, NaN), 1, 2),
      'INVALID_DATA',
      'X at row 0, column 1 (from 0) must be a finite number, but NaN',
    );
    await expectError(
      () => dense(Float64Array.of(1, -Infinity), 2, 1, { columnNames: ['a'] }),
      'INVALID_DATA',
      "row 1, column 0 ('a')",
    );
    await expectError(
      () => backend.matrix({ kind: 'zork' } as never),
      'INVALID_ARGUMENT',
      "The kind of the data matrix must be 'dense', 'csr' or 'file', but 'zork'",
    );
    const matrix = await dense(Float64Array.of(1, 2), 2, 1);
    await expectError(
      () => matrix.columnBlock(0, 2),
      'INVALID_OPTION',
      'The number of columns of a block must be an integer from 1 to 1',
    );
    await expectError(() => matrix.multiply(new Float64Array(2), 1), 'DIMENSION_MISMATCH', 'W must be of length 1');
    matrix.dispose();
    matrix.dispose();
    await expectError(() => matrix.multiply(new Float64Array(1), 1), 'DISPOSED', 'disposed');
  });
});

describe('algebra by rows', () => {
  it('weighs whole rows', () => {
    const [weights, A, B] = [Float64Array.of(2, -1), Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6, 7, 8)];
    expect([...backend.vectors.dots([A, B], [B], weights)]).toEqual([2 * (5 + 12) - (21 + 32), 2 * (25 + 36) - (49 + 64)]);
    const scaled = new Float64Array(4);
    backend.vectors.scaleRows(weights, A, scaled);
    expect([...scaled]).toEqual([2, 4, -3, -4]);
    backend.vectors.axpyByRow(weights, A, B);
    expect([...B]).toEqual([7, 10, 4, 4]);
  });
});
