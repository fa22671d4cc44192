import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateDense, checkDense, DENSE_BYTE_LIMIT } from '../../lib/data/dense.js';
import { expectError } from './files.js';

describe('checkDense', () => {
  it('returns sound data as it is', () => {
    const data = { values: Float64Array.of(1, 2, 3, 4, 5, 6), rows: 2, columns: 3 };
    expect(checkDense(data)).toBe(data);
  });

  it('names row and column of a value that is not finite, wherever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(),
        fc.constantFrom(NaN, Infinity, -Infinity),
        async (rows, columns, anywhere, bad) => {
          const values = new Float64Array(rows * columns).fill(1);
          const at = anywhere % values.length;
          values[at] = bad;
          const place = `${bad} was given in row ${Math.floor(at / columns)}, column ${at % columns}.`;
          await expectError(() => checkDense({ values, rows, columns }), 'INVALID_DATA', place);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('names the column when names are known', () =>
    expectError(
      () => checkDense({ values: Float64Array.of(1, NaN), rows: 1, columns: 2, columnNames: ['age', 'income'] }),
      'INVALID_DATA',
      "column 1 ('income')",
    ));

  it('refuses rows x columns that is not the length', () =>
    expectError(
      () => checkDense({ values: new Float64Array(5), rows: 2, columns: 3 }),
      'INVALID_DATA',
      'rows x columns = 2 x 3 = 6 values, but 5 were given',
    ));

  it('refuses no rows, no columns and fractions of rows', async () => {
    await expectError(
      () => checkDense({ values: new Float64Array(0), rows: 0, columns: 3 }),
      'INVALID_OPTION',
      'rows',
      '0 was given',
    );
    await expectError(() => checkDense({ values: new Float64Array(0), rows: 3, columns: 0 }), 'INVALID_OPTION', 'columns');
    await expectError(
      () => checkDense({ values: new Float64Array(3), rows: 1.5, columns: 2 }),
      'INVALID_OPTION',
      '1.5 was given',
    );
  });

  it('refuses a detached buffer', () => {
    const values = new Float64Array(6);
    structuredClone(values.buffer, { transfer: [values.buffer] });
    return expectError(() => checkDense({ values, rows: 2, columns: 3 }), 'INVALID_ARGUMENT', 'detached');
  });

  it('refuses a shared buffer', () =>
    expectError(
      () => checkDense({ values: new Float64Array(new SharedArrayBuffer(48)), rows: 2, columns: 3 }),
      'INVALID_ARGUMENT',
      'an object (SharedArrayBuffer) was given',
    ));

  it('refuses other kinds of arrays and the wrong number of names', async () => {
    const values = new Int32Array(6) as unknown as Float64Array;
    await expectError(() => checkDense({ values, rows: 2, columns: 3 }), 'INVALID_DATA', 'a Int32Array of 6 values');
    const data = { values: new Float64Array(6), rows: 2, columns: 3, columnNames: ['a'] };
    await expectError(() => checkDense(data), 'INVALID_DATA', 'an array of 3 names');
  });
});

describe('allocateDense', () => {
  it('refuses what exceeds the limit with the numbers that make it up', () =>
    expectError(
      () => allocateDense('news20.svm', 15935, 62061, DENSE_BYTE_LIMIT),
      'INVALID_DATA',
      "'news20.svm' takes 15935 rows x 62061 columns x 8 bytes = 7.37 GiB",
      `the limit is ${DENSE_BYTE_LIMIT / 2 ** 30} GiB; --limits matrixBytes=${2 * DENSE_BYTE_LIMIT} would allow twice as many bytes`,
    ));

  it('gives zeros', () => {
    expect(allocateDense('x', 2, 3, DENSE_BYTE_LIMIT)).toEqual(new Float64Array(6));
  });
});
