/** Arrays of objects: the same X, target and schema as the CSV file that says the same, and typed refusals of anything else. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlanesearchError } from '../../lib/core/errors.js';
import {
  encodeRows,
  loadTable,
  readNamedColumns,
  tableFrom,
  type Cell,
  type DataSchema,
  type MatrixData,
  type TableOptions,
  type TableRow,
} from '../../lib/data/index.js';
import { checkSchema } from '../../lib/data/schema.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const rowsOf = ({ values, rows, columns }: MatrixData): number[][] =>
  Array.from({ length: rows }, (_, i) => [...values!.slice(i * columns, (i + 1) * columns)]);

const people = [
  { id: 1n, age: 30, color: 'red', ok: true, since: new Date('2020-01-01'), y: 'a' },
  { id: 2n, age: null, color: 'blue', ok: false, since: new Date('2020-01-03T12:00:00Z'), y: 'b' },
  { id: 3n, age: 50, color: undefined, ok: true, since: null, y: 'a' },
  { id: 4n, age: NaN, color: 'red', y: 'b' },
];
const options: TableOptions = { impute: 'indicator', columns: { id: 'ignore' }, storage: 'dense' };

describe('tableFrom', () => {
  it('takes the types of cells for what they are', async () => {
    const { data, target, schema, summary } = await tableFrom(people, options);
    expect(data.columnNames).toEqual([
      'age',
      'age is missing',
      'color=blue',
      'color=red',
      'color is missing',
      'ok',
      'ok is missing',
      'since',
      'since is missing',
    ]);
    const mean = (18262 + 18264.5) / 2;
    expect(rowsOf(data)).toEqual([
      [30, 0, 0, 1, 0, 1, 0, 18262, 0],
      [40, 1, 1, 0, 0, 0, 0, 18264.5, 0],
      [50, 0, 0, 0, 1, 1, 0, mean, 1],
      [40, 1, 0, 1, 0, expect.closeTo(2 / 3, 12) as number, 1, mean, 1],
    ]);
    expect(target).toEqual({ kind: 'strings', values: ['a', 'b', 'a', 'b'] });
    expect(schema).toMatchObject({ format: 'table', columns: 9, width: 6, header: true, target: { name: 'y', source: 5 } });
    expect(checkSchema(JSON.parse(JSON.stringify(schema)))).toEqual(schema);
    expect(summary!.map(({ role }) => role)).toEqual(['ignored', 'feature', 'feature', 'feature', 'feature', 'target']);
  });

  it('names row and column of what is refused', async () => {
    const refused = (rows: readonly unknown[], ...parts: string[]) =>
      expectError(() => tableFrom(rows as TableRow[]), 'INVALID_DATA', ...parts);
    await refused(
      [
        { a: 1, y: 1 },
        { a: null, y: 2 },
      ],
      "Row 1 (from 0), column 'a', must hold a value",
      'an empty cell',
    );
    await refused(
      [
        { a: 1, y: 1 },
        { a: 'x', y: 2 },
        { a: 2, y: 3 },
      ],
      "Row 1 (from 0), column 'a', must hold a number",
      "'x'",
    );
    await refused(
      [
        { a: 1, y: 1 },
        { a: Infinity, y: 2 },
      ],
      "Row 1 (from 0), column 'a', must hold a finite value",
    );
    await refused(
      [
        { a: 1, y: 1 },
        { a: [2], y: 2 },
        { a: 1, y: 1 },
      ],
      "Row 1 (from 0), column 'a', must hold a text, a number",
      'an array of 1 values',
    );
    await refused([{ a: 1, y: 1 }, [1, 2]], 'Row 1 (from 0) must be an object', 'an array of 2 values');
    await refused([], "'the rows' holds no data rows");
    await refused([{ y: 1 }], 'no feature columns');
    await expectError(() => tableFrom({} as TableRow[]), 'INVALID_ARGUMENT', 'The rows must be an array of objects');
    await expectError(() => tableFrom(people, { header: true } as TableOptions), 'INVALID_OPTION', "no option 'header'");
  });

  it('takes any text for a name, those of objects too', async () => {
    const rows = [
      JSON.parse('{"__proto__":1,"constructor":"a","y":1}'),
      JSON.parse('{"__proto__":2,"constructor":"b","y":2}'),
    ];
    const { data, schema } = await tableFrom(rows, { storage: 'dense' });
    expect(data.columnNames).toEqual(['__proto__', 'constructor=a', 'constructor=b']);
    expect(rowsOf(await encodeRows(rows, schema))).toEqual(rowsOf(data));
  });
});

describe('encodeRows', () => {
  it('gives what training gave, in whatever order the names come', async () => {
    const { data, schema } = await tableFrom(people, options);
    const turned = people.map((row) => Object.fromEntries(Object.entries(row).reverse()) as TableRow);
    expect(rowsOf(await encodeRows(turned, schema))).toEqual(rowsOf(data));
  });

  it('takes an unknown category for none, and refuses columns that are not there', async () => {
    const { schema } = await tableFrom(people, options);
    const row = { age: 1, color: 'green', ok: false, since: new Date(0) };
    expect(rowsOf(await encodeRows([row], schema))).toEqual([[1, 0, 0, 0, 0, 0, 0, 0, 0]]);
    await expectError(
      () => encodeRows([{ ages: 1, color: 'red', ok: true, since: null }], schema),
      'INVALID_DATA',
      "'the rows' has no column 'age'; its columns are ages, color, ok, since",
    );
    const libsvm: DataSchema = { format: 'libsvm', columns: 3, target: null };
    await expectError(() => encodeRows([row], libsvm), 'INCOMPATIBLE', "of a table with columns, but 'libsvm' was given");
  });

  it('reads by the schema of a CSV file, and a CSV file by that of rows', async () => {
    const csv = 'age,color,ok,since,y\n30,red,true,2020-01-01,a\n40,blue,false,2020-01-03T12:00:00Z,b\n';
    const path = await files.write('same.csv', csv);
    const rows = [
      { age: 30, color: 'red', ok: true, since: new Date('2020-01-01'), y: 'a' },
      { age: 40, color: 'blue', ok: false, since: new Date('2020-01-03T12:00:00Z'), y: 'b' },
    ];
    const [fromFile, fromRows] = [await loadTable(path, { storage: 'dense' }), await tableFrom(rows, { storage: 'dense' })];
    expect(fromRows.data).toEqual(fromFile.data);
    expect(fromRows.target).toEqual(fromFile.target);
    expect(rowsOf(await encodeRows(rows, fromFile.schema))).toEqual(rowsOf(fromFile.data));
    const again = await loadTable(path, { schema: fromRows.schema, storage: 'dense' });
    expect(again.data.values).toEqual(fromFile.data.values);
    expect(again.target).toEqual(fromFile.target);
  });

  it('decimal commas are those of texts, not of numbers', async () => {
    const path = await files.write('comma.csv', 'x;y\n0,5;1\n1,5;2\n');
    const { schema } = await loadTable(path, { decimal: ',' });
    expect(rowsOf(await encodeRows([{ x: '0,25' }, { x: 0.25 }, { x: 1e-7 }], schema))).toEqual([[0.25], [0.25], [1e-7]]);
    const { target } = await tableFrom([{ x: 0.25, y: 1.5 }], { schema });
    expect(target).toMatchObject({ kind: 'numbers', values: Float64Array.of(1.5) });
  });
});

it('named columns may be typed arrays, and must all be as long', async () => {
  const table = { path: 'a.parquet', names: ['a', 'y'], columns: [Float32Array.of(0.5, 2), ['u', 'v']], rows: 2 };
  const { data } = await readNamedColumns(table, { needsTarget: true, storage: 'dense' });
  expect(rowsOf(data)).toEqual([[0.5], [2]]);
  const gap = { ...table, columns: [Float32Array.of(0.5, NaN), ['u', 'v']] };
  await expectError(
    () => readNamedColumns(gap, { needsTarget: true }),
    'INVALID_DATA',
    "Row 1 (from 0) of 'a.parquet', column 'a'",
  );
  const short = { ...table, columns: [Float32Array.of(0.5), ['u', 'v']] };
  await expectError(
    () => readNamedColumns(short, { needsTarget: true }),
    'INVALID_DATA',
    "Column 'a' of 'a.parquet' must have 2 cells",
  );
});

const cellOf: Readonly<Record<string, fc.Arbitrary<Cell>>> = {
  n: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(null)),
  k: fc.oneof(fc.constantFrom('red', 'blue', 'green', 'a, b', 'none', ''), fc.constant(null)),
  b: fc.oneof(fc.boolean(), fc.constant(null)),
  d: fc.oneof(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), fc.constant(null)),
};
const row = fc.record({ ...cellOf, y: fc.integer({ min: 0, max: 9 }) }) as fc.Arbitrary<TableRow>;
const full: TableRow = { n: 1.5, k: 'red', b: true, d: new Date(0), y: 1 };
const other: TableRow = { n: 2.5, k: 'blue', b: false, d: new Date(864e5), y: 2 };

it('a row is encoded in training as in prediction, alone as among others, whatever their order', async () => {
  const manner = fc.record({
    impute: fc.constantFrom('mean', 'median', 'most-frequent', 'indicator'),
    rareLevels: fc.constantFrom(1, 2, 3),
    storage: fc.constant('dense'),
  }) as fc.Arbitrary<TableOptions>;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 15 }), manner, async (some, given) => {
      const rows = [full, other, ...some];
      const { data, schema } = await tableFrom(rows, given);
      const kept = checkSchema(JSON.parse(JSON.stringify(schema)));
      const x = rowsOf(data).map((line) => line.map((value) => value + 0));
      const plain = async (again: readonly TableRow[]): Promise<number[][]> =>
        rowsOf(await encodeRows(again, kept)).map((line) => line.map((value) => value + 0));
      expect(await plain(rows)).toEqual(x);
      expect(await plain(rows.toReversed())).toEqual(x.toReversed());
      expect(await plain(rows.slice(-1))).toEqual(x.slice(-1));
      // What is learned does not depend on the order either, but for the rounding of a mean.
      const turned = await tableFrom(rows.toReversed(), given);
      expect(turned.data.columnNames).toEqual(data.columnNames);
      const scale = Math.max(1, ...x.flat().map(Math.abs));
      rowsOf(turned.data)
        .toReversed()
        .forEach((line, i) =>
          line.forEach((value, j) => expect(Math.abs(value - x[i]![j]!)).toBeLessThanOrEqual(1e-13 * scale)),
        );
    }),
    { numRuns: 150 },
  );
});

it('any cells at all are read, or refused in one harmless sentence with a code', async () => {
  const strange: fc.Arbitrary<unknown> = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withNullPrototype: true }),
    fc.constantFrom(
      '',
      ' ',
      'NA',
      '1e999',
      '0x1',
      '01/02/2020',
      '2020-02-30',
      'yes',
      'no',
      '\u001b[2J',
      '99999999999999999999',
    ),
    fc.constantFrom(Symbol('s'), () => 1, new Date(NaN), -0, Number.MAX_VALUE, 2n ** 2000n, new Date(8.64e15)),
  );
  const usual = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('u', 'v', null, true, '2020-01-31', new Date(0)));
  const cell = fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: strange });
  const rows = fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'y', '__proto__'), cell), { maxLength: 8 });
  const choices = fc.record({
    impute: fc.constantFrom(undefined, 'mean', 'median', 'most-frequent', 'indicator'),
    missingCells: fc.constantFrom('refuse', 'keep'),
    rareLevels: fc.constantFrom(1, 2),
    target: fc.constantFrom('y', 'a'),
    task: fc.constantFrom('auto', 'classification', 'regression'),
  }) as fc.Arbitrary<TableOptions>;
  let read = 0;
  await fc.assert(
    fc.asyncProperty(rows, choices, async (given, options) => {
      try {
        const { data, schema } = await tableFrom(given as unknown as TableRow[], options);
        expect(checkSchema(JSON.parse(JSON.stringify(schema))).columns).toBe(data.columns);
        read++;
      } catch (error) {
        if (!(error instanceof PlanesearchError)) throw error;
        expect(error.message).toMatch(/^[^\n\p{Cc}]+[.?]$/u);
      }
    }),
    { numRuns: 2000, seed: 7 },
  );
  expect(read).toBeGreaterThan(100);
});
