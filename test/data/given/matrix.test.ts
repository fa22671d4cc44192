/** X in every form gives the same bits as X row by row, or a sentence. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMatrix, train, type DenseData, type GivenMatrix } from '../../../lib/index.js';
import { readMatrix, recognizeMatrix } from '../../../lib/data/given/matrix.js';
import { expectError } from '../files.js';

type Make = (values: readonly number[], rows: number, columns: number) => unknown;

const rowsOf = (values: readonly number[], rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, i) => values.slice(i * columns, (i + 1) * columns));

/** Column after column, as Fortran keeps them. */
const byColumns: Make = (values, rows, columns) =>
  rowsOf(values, rows, columns)[0]!.flatMap((_, j) => rowsOf(values, rows, columns).map((row) => row[j]!));

/** What `apache-arrow` and flechette have in common. */
function arrowTable(values: readonly number[], rows: number, columns: number, make: (list: number[]) => ArrayLike<unknown>) {
  const lists = byColumns(values, rows, columns) as number[];
  return {
    numRows: rows,
    numCols: columns,
    schema: { fields: Array.from({ length: columns }, (_, j) => ({ name: `c${j}` })) },
    getChildAt: (j: number) => ({ length: rows, nullCount: 0, toArray: () => make(lists.slice(j * rows, (j + 1) * rows)) }),
  };
}

const forms: Readonly<Record<string, Make>> = {
  'values, rows, columns': (values, rows, columns) => ({ values: Float64Array.from(values), rows, columns }),
  'data and shape': (values, rows, columns) => ({ data: Float64Array.from(values), shape: [rows, columns] }),
  'a list and a shape': (values, rows, columns) => ({ data: values, shape: [rows, columns] }),
  'three dimensions': (values, rows, columns) => ({ data: Float64Array.from(values), shape: [rows, 1, columns] }),
  'a transposed ndarray': (values, rows, columns) => ({
    data: Float64Array.from(byColumns(values, rows, columns) as number[]),
    shape: [rows, columns],
    stride: [1, rows],
    offset: 0,
  }),
  'an ndarray read backwards, with an offset': (values, rows, columns) => ({
    data: Float64Array.from([NaN, ...[...values].reverse()]),
    shape: [rows, columns],
    stride: [-columns, -1],
    offset: values.length,
  }),
  'a part of an ndarray': (values, rows, columns) => ({
    data: Float64Array.from([NaN, ...rowsOf(values, rows, columns).flatMap((row) => [...row, NaN])]),
    shape: [rows, columns],
    strides: [columns + 1, 1],
    offset: 1,
  }),
  'lists of numbers': rowsOf,
  'Float64Array rows': (values, rows, columns) => rowsOf(values, rows, columns).map((row) => Float64Array.from(row)),
  'rows of several kinds': (values, rows, columns) =>
    rowsOf(values, rows, columns).map((row, i) => (i % 2 === 0 ? row : Float64Array.from(row))),
  'typed rows of another realm': (values, rows, columns) =>
    runInNewContext('rows.map((row) => Float64Array.from(row))', { rows: rowsOf(values, rows, columns) }),
  'lists of another realm': (values, rows, columns) =>
    runInNewContext('Array.from(rows, (row) => Array.from(row))', { rows: rowsOf(values, rows, columns) }),
  'ml-matrix': (values, rows, columns) => ({
    rows,
    columns,
    data: rowsOf(values, rows, columns).map((row) => Float64Array.from(row)),
    multiply: () => {
      throw new Error('this is no data matrix of ours');
    },
    get: () => NaN,
  }),
  'a view of ml-matrix': (values, rows, columns) => ({
    rows,
    columns,
    get: (i: number, j: number) => values[i * columns + j],
  }),
  'to2DArray alone': (values, rows, columns) => ({ rows, columns, to2DArray: () => rowsOf(values, rows, columns) }),
  'rows, columns and flat data': (values, rows, columns) => ({ rows, columns, data: Float64Array.from(values) }),
  'an Arrow table': (values, rows, columns) => arrowTable(values, rows, columns, (list) => Float64Array.from(list)),
};

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const shapes = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc.array(finite, { minLength: rows * columns, maxLength: rows * columns }),
  }),
);

describe('every form of X', () => {
  it.each(Object.entries(forms))('%s has the bits of its numbers', (_name, make) => {
    fc.assert(
      fc.property(shapes, ({ values, rows, columns }) => {
        const data = toMatrix(make(values, rows, columns) as GivenMatrix) as DenseData;
        expect([data.rows, data.columns]).toEqual([rows, columns]);
        expect(Object.prototype.toString.call(data.values)).toBe('[object Float64Array]');
        expect([...data.values]).toEqual(values);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps float32 where all of X is', () => {
    const single = (values: number[]) => Float32Array.from(values);
    const x: readonly GivenMatrix[] = [
      { data: single([1, 2, 3, 4]), shape: [2, 2] },
      { data: single([1, 3, 2, 4]), shape: [2, 2], stride: [1, 2] },
      [single([1, 2]), single([3, 4])],
      arrowTable([1, 2, 3, 4], 2, 2, single),
    ] as GivenMatrix[];
    for (const given of x) expect((toMatrix(given) as DenseData).values).toEqual(single([1, 2, 3, 4]));
    expect((toMatrix([single([1]), [0.1]]) as DenseData).values).toEqual(Float64Array.of(1, 0.1));
  });

  it('reads integers of every width', () => {
    const kinds = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array] as const;
    for (const Kind of kinds) {
      expect(toMatrix({ data: Kind.of(1, 2), shape: [2, 1] })).toMatchObject({ values: Float64Array.of(1, 2) });
      expect(toMatrix([Kind.of(1, 2)])).toMatchObject({ values: Float64Array.of(1, 2) });
    }
    const wide = BigInt64Array.of(-5n, 2n ** 40n);
    expect(toMatrix({ data: wide, shape: [1, 2] })).toMatchObject({ values: Float64Array.of(-5, 2 ** 40) });
    expect(toMatrix([wide])).toMatchObject({ values: Float64Array.of(-5, 2 ** 40) });
  });

  it('shares memory that lies as it should', () => {
    const data = Float32Array.of(0, 1, 2, 3, 4);
    const { values } = toMatrix({ data, shape: [2, 2], stride: [2, 1], offset: 1 }) as DenseData;
    expect(values.buffer).toBe(data.buffer);
    const x = { kind: 'csr', indptr: [0, 1], indices: Uint32Array.of(0), rows: 1, columns: 1 } as const;
    expect(toMatrix(x)).toBe(x);
  });

  it('names the columns of an Arrow table', () => {
    const table = arrowTable([1, 2, 3, 4], 2, 2, (list) => Float64Array.from(list));
    expect(toMatrix(table as GivenMatrix).columnNames).toEqual(['c0', 'c1']);
  });

  it('trains and predicts alike in every form', async () => {
    const values = [1, 5, 2, 3, 3, 1, 4, 4, 5, 2, 6, 9];
    const y = [1, 2, 3, 4, 5, 7];
    const reference = await train({ x: { values: Float64Array.from(values), rows: 6, columns: 2 }, y });
    for (const make of Object.values(forms)) {
      const x = make(values, 6, 2) as GivenMatrix;
      const { model } = await train({ x, y });
      expect(model.spec.parameters).toEqual(reference.model.spec.parameters);
      expect(await model.predict(x)).toEqual(await reference.model.predict(x));
      expect((await model.evaluate(x, y)).r2).toBe((await reference.model.evaluate(x, y)).r2);
    }
  });
});

describe('the event loop', () => {
  it('has its turns while many rows are read, and few are read at once', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [
      i,
      i + 1,
      i + 2,
      i + 3,
      i + 4,
      i + 5,
      i + 6,
      i + 7,
      i + 8,
      i + 9,
    ]);
    const steps = recognizeMatrix(rows).steps();
    let turns = 0;
    while (!steps.next().done) turns++;
    expect(turns).toBeGreaterThanOrEqual(6);
    const few = [[1, 2]];
    const reading = readMatrix(recognizeMatrix(few));
    few[0]![0] = 99;
    expect((await reading) as DenseData).toMatchObject({ values: Float64Array.of(1, 2) });
  });
});

describe('X is refused', () => {
  const noTable = { numRows: 1, numCols: 1, schema: { fields: [{ name: 'a' }] } };
  const column = (values: unknown[], more = {}) => ({
    length: values.length,
    toArray: () => values,
    get: (i: number) => values[i],
    ...more,
  });
  it.each<[string, unknown, string]>([
    [
      'a single row',
      [1, 2, 3],
      'Row 0 (from 0) of X must be a list or a typed array of numbers, but 1 was given; a single row is [row].',
    ],
    [
      'a typed array without a shape',
      Float64Array.of(1),
      'X must be a list of rows, { values, rows, columns }, { data, shape }',
    ],
    ['a number', 5, 'but 5 was given.'],
    ['nothing', undefined, 'but undefined was given.'],
    ['an object of something else', { a: 1 }, 'but an object (Object) was given.'],
    ['no rows', [], 'X must be at least one row long, but an array of 0 values was given.'],
    ['an empty row', [[]], 'Row 0 (from 0) of X must be at least one number long'],
    [
      'a row too short',
      [[1, 2], [3]],
      'Row 1 (from 0) of X must be a list of 2 numbers, as row 0, but an array of 1 values was given.',
    ],
    ['a row that is none', [[1], null], 'Row 1 (from 0) of X must be a list of 1 numbers, as row 0, but null was given.'],
    [
      'text',
      [
        [1, 2],
        [3, '4'],
      ],
      "X must hold numbers, but '4' was given in row 1, column 1 (from 0).",
    ],
    ['a hole', [new Array(2)], 'X must hold numbers, but undefined was given in row 0, column 0 (from 0).'],
    [
      'null in a shape',
      { data: [1, null], shape: [2, 1] },
      'X must hold numbers, but null was given in row 1, column 0 (from 0).',
    ],
    [
      'one dimension',
      { data: [1, 2], shape: [2] },
      "The shape of X must be a list of two sizes, rows and columns, or more, but '[2]' was given.",
    ],
    ['a shape of none', { data: [1, 2], shape: [0, 2] }, 'The shape of X must be'],
    [
      'a shape too large',
      { data: Float64Array.of(1, 2), shape: [2, 2] },
      'X must hold 2 x 2 = 4 values for its shape, but 2 were given.',
    ],
    ['a stride too long', { data: [1, 2], shape: [1, 2], stride: [1] }, 'The stride of X must be a list of 2 integers'],
    ['places outside', { data: [1, 2], shape: [1, 2], stride: [2, 1], offset: 1 }, 'reach from 1 to 2.'],
    ['places before', { data: [1, 2], shape: [2, 1], stride: [-1, 1], offset: 0 }, 'reach from -1 to 0.'],
    [
      'a matrix that says another size',
      { rows: 3, columns: 1, data: [[1], [2]] },
      'X must be of 3 rows x 1 columns, as it says',
    ],
    [
      'an Arrow column of text',
      { ...noTable, getChildAt: () => column(['x'], { type: { typeId: 5, toString: () => 'Utf8' } }) },
      "The column 'a' of X must hold numbers, but it is of the type 'Utf8'.",
    ],
    [
      'an Arrow gap',
      { ...noTable, getChildAt: () => column([null], { nullCount: 1 }) },
      "X must hold numbers, but null was given in row 0, column 0 ('a') (from 0).",
    ],
    ['an Arrow column too short', { ...noTable, getChildAt: () => column([]) }, "The column 'a' of X must have 1 values"],
  ])('%s', (_what, x, message) => expectError(() => toMatrix(x as GivenMatrix), 'INVALID_DATA', message));

  it('with row and column by the backend where a number is not finite', () =>
    expectError(
      () =>
        train({
          x: [
            [1, 2],
            [3, NaN],
          ],
          y: [1, 2],
        }),
      'INVALID_DATA',
      'X at row 1, column 1',
    ));

  it('with a detached array', () => {
    const data = new Float64Array(4);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    return expectError(() => toMatrix({ data, shape: [2, 2] }), 'INVALID_ARGUMENT', 'detached');
  });
});
