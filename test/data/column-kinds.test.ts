/** Numbers, text, yes or no, dates: what a column is taken for, what says otherwise, and what is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, type DenseData, type LoadedTable, type LoadOptions } from '../../lib/data/index.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

type Options = Omit<LoadOptions, 'needsTarget' | 'storage'>;
const load = async (text: string, options: Options = {}): Promise<LoadedTable<true, DenseData>> =>
  loadTable(await files.write('kinds.csv', text), { ...options, storage: 'dense' });
/** A column of these cells before a target. */
const column = (cells: readonly string[], options: Options = {}) =>
  load(`x,y\n${cells.map((cell, i) => `${cell},${i}\n`).join('')}`, options);
const kindOf = async (...cells: string[]): Promise<string> => {
  const { schema } = await column(cells);
  return schema.format === 'csv' ? schema.features[0]!.kind : '';
};

describe('a column of both words of a pair is yes or no', () => {
  it.each([
    [
      ['yes', 'no', 'no'],
      [1, 0, 0],
    ],
    [
      ['False', 'TRUE', 'true'],
      [0, 1, 1],
    ],
    [
      ['t', 'f', 'T'],
      [1, 0, 1],
    ],
    [
      ['Y', 'n', 'N'],
      [1, 0, 0],
    ],
    [
      ['true', 'true'],
      [1, 1],
    ],
  ])('%j', async (cells, numbers) => {
    expect(await kindOf(...cells)).toBe('boolean');
    const { data } = await column(cells);
    expect([...data.values]).toEqual(numbers);
    expect(data.columnNames).toEqual(['x']);
  });

  it.each([
    [['yes', 'no', 'maybe']],
    [['yes', 'no', 'none']],
    [['yes', 'false']],
    [['f', 'f', 'f']],
    [['yes', 'yes']],
    [['f', 'm']],
  ])('%j is text', async (cells) => {
    expect(await kindOf(...cells)).toBe('categorical');
  });

  it('another word further down is refused with the options that help', async () => {
    const cells = [...Array.from({ length: 1200 }, (_, i) => (i % 2 ? 'yes' : 'no')), 'maybe'];
    await expectError(
      () => column(cells),
      'INVALID_DATA',
      'Line 1202 of',
      "column 'x', must hold yes or no, but holds 'maybe'",
      "--missing 'maybe'",
      '--categorical',
    );
    const { data } = await column(cells, { columns: { x: 'categorical' } });
    expect(data.columnNames).toEqual(['x=maybe', 'x=no', 'x=yes']);
  });
});

describe('dates', () => {
  it('become days, with times and zones', async () => {
    const cells = ['2024-01-31', '2024-02-01T12:00:00Z', '2024-02-02 00:00:00+02:00', '1969-12-31'];
    expect(await kindOf(...cells)).toBe('date');
    const { data } = await column(cells);
    expect([...data.values]).toEqual(cells.map((cell) => Date.parse(cell) / 86_400_000));
  });

  it('of which nobody can tell the day from the month are refused in words, and read when told', async () => {
    const cells = ['01/02/2020', '13/02/2020'];
    await expectError(
      () => column(cells),
      'INVALID_DATA',
      "Column 'x' of",
      "must hold dates of a known order, but holds '01/02/2020'",
      '--date-order dmy or mdy',
    );
    expect([...(await column(cells, { dateOrder: 'dmy' })).data.values]).toEqual([18293, 18305]);
    await expectError(
      () => column(cells, { dateOrder: 'mdy' }),
      'INVALID_DATA',
      'Line 3 of',
      "must hold a date such as 2024-01-31, but holds '13/02/2020'",
    );
    expect((await column(cells, { categorical: ['x'] })).data.columns).toBe(2);
    await expect(column(['1', '2'], { columns: { x: 'date' } })).rejects.toThrow(
      "must hold a date such as 2024-01-31, but holds '1'",
    );
  });

  it('a day that the calendar does not have is refused with its line', () =>
    expectError(
      () => column(['2023-02-28', '2023-02-29']),
      'INVALID_DATA',
      'Line 3 of',
      "must hold a date such as 2024-01-31, but holds '2023-02-29'",
    ));

  it('the order is remembered', async () => {
    const { schema } = await column(['31/12/2019', '01/01/2020'], { dateOrder: 'dmy' });
    const path = await files.write('later.csv', 'x\n02/01/2020\n2020-01-02\n');
    const { data } = await loadTable(path, { schema, needsTarget: false, storage: 'dense' });
    expect([...data.values]).toEqual([18263, 18263]);
  });
});

describe('what a caller says', () => {
  const text = 'id,zip,size,when,y\n1,01,5,2020-01-01,1\n2,02,6,2020-01-02,2\n3,01,7,2020-01-03,3\n';

  it('by column and by list is the same', async () => {
    const one = await load(text, { columns: { id: 'ignore', zip: 'categorical', when: 'categorical' } });
    const other = await load(text, { ignore: ['id'], categorical: ['zip', 'when'] });
    expect(one.data).toEqual(other.data);
    expect(one.schema).toEqual(other.schema);
    expect(one.data.columnNames).toEqual([
      'zip=01',
      'zip=02',
      'size',
      'when=2020-01-01',
      'when=2020-01-02',
      'when=2020-01-03',
    ]);
  });

  it('is refused where it cannot be meant', async () => {
    await expectError(
      () => load(text, { columns: { sice: 'numeric' } }),
      'INVALID_DATA',
      "'sice' was given",
      'one of id, zip',
    );
    await expectError(() => load(text, { columns: { y: 'ignore' } }), 'INVALID_OPTION', 'columns other than the target');
    await expectError(
      () => load(text, { columns: { id: 'ignore' }, numeric: ['id'] }),
      'INVALID_OPTION',
      "Column 'id' must be named by one of --numeric and --ignore",
    );
    await expectError(
      () => load(text, { columns: { id: 'prose' as 'ignore' } }),
      'INVALID_OPTION',
      "columns['id']",
      'one of numeric',
    );
    await expectError(
      () => load(text, { dateOrder: 'ymd' as 'dmy' }),
      'INVALID_OPTION',
      '--date-order must be one of dmy, mdy',
    );
    await expectError(() => load(text, { rareLevels: 0 }), 'INVALID_OPTION', '--rare-levels');
    await expectError(() => load(text, { impute: 'zero' as 'mean' }), 'INVALID_OPTION', '--impute must be one of mean');
    await expectError(() => load(text, { impute: { sice: 'mean' } }), 'INVALID_DATA', "'sice' was given");
    await expectError(() => load(text, { impute: { y: 'mean' } }), 'INVALID_OPTION', 'columns that are features');
  });
});

describe('what looks like an identifier', () => {
  const rows = (n: number, cell: (i: number) => string | number, name = 'customerID'): string =>
    `${name},a,y\n${Array.from({ length: n }, (_, i) => `${cell(i)},${(i * 7) % 5},${i % 3}\n`).join('')}`;
  const warning = async (text: string): Promise<string | undefined> =>
    (await load(text)).notices.find((notice) => notice.includes('looks like'));

  it('is told: integers of their own under the name of a key, or in a thousand rows, texts of their own', async () => {
    expect(await warning(rows(60, (i) => 1000 + ((i * 37) % 97)))).toContain(
      "column 'customerID' has an integer of its own",
    );
    expect(await warning(rows(60, (i) => 1000 + ((i * 37) % 97), 'amount'))).toBeUndefined();
    expect(await warning(rows(1200, (i) => 1000 + ((i * 37) % 1201), 'amount'))).toContain(
      "--ignore 'amount' leaves it out",
    );
    expect(await warning(rows(60, (i) => `c${i}`))).toContain('has 60 categories in 60 rows');
  });

  it('numbers that come again, or have fractions, are none', async () => {
    expect(await warning(rows(1200, (i) => i % 900, 'amount'))).toBeUndefined();
    expect(await warning(rows(1200, (i) => i + 0.5, 'amount'))).toBeUndefined();
  });
});

describe('categories', () => {
  const text = `k,y\n${['a', 'a', 'a', 'b', 'b', 'c', 'd'].map((cell, i) => `${cell},${i}\n`).join('')}`;

  it('that are rare share a column, which unknown ones then have too', async () => {
    const { data, schema } = await load(text, { rareLevels: 2 });
    expect(data.columnNames).toEqual(['k=a', 'k=b', 'k=(others)']);
    expect([...data.values.subarray(12)]).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 1]);
    const path = await files.write('new.csv', 'k\nz\nc\na\n');
    const later = await loadTable(path, { schema, needsTarget: false, strict: true, storage: 'dense' });
    expect([...later.data.values]).toEqual([0, 0, 1, 0, 0, 1, 1, 0, 0]);
    expect(later.notices).toEqual([]);
  });

  it('none rare: no further column', async () => {
    expect((await load(text, { rareLevels: 1 })).data.columnNames).toEqual(['k=a', 'k=b', 'k=c', 'k=d']);
  });

  it('many of them make X sparse, with the same numbers', async () => {
    const many = `k,x,y\n${Array.from({ length: 3000 }, (_, i) => `k${(i * 7) % 400},${i % 5},${i}\n`).join('')}`;
    const path = await files.write('many.csv', many);
    const dense = await loadTable(path, { storage: 'dense' });
    const sparse = await loadTable(path);
    expect(sparse.data.kind).toBe('csr');
    expect(sparse.data.columnNames).toEqual(dense.data.columnNames);
    if (sparse.data.kind !== 'csr') return;
    const { indptr, indices, values, rows, columns } = sparse.data;
    const filled = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++)
      for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
        if (e > indptr[i]!) expect(indices[e]!).toBeGreaterThan(indices[e - 1]!);
        filled[i * columns + indices[e]!] = values?.[e] ?? 1;
      }
    expect(filled).toEqual(dense.data.values);
  });

  it('too many for a dense X under the limit are read sparse, and refused where that is over it as well', async () => {
    const many = `k,y\n${Array.from({ length: 400 }, (_, i) => `k${i},${i}\n`).join('')}`;
    const path = await files.write('over.csv', many);
    const { data } = await loadTable(path, { limits: { matrixBytes: 5000 } });
    expect({ kind: data.kind, rows: data.rows, columns: data.columns }).toEqual({ kind: 'csr', rows: 400, columns: 400 });
    await expectError(() => loadTable(path, { limits: { matrixBytes: 4000 } }), 'INVALID_DATA', '--limits matrixBytes=8000');
    await expectError(
      () => loadTable(path, { limits: { matrixBytes: 5000 }, storage: 'dense' }),
      'INVALID_DATA',
      'takes at least',
    );
  });
});

it('the summary says what was found', async () => {
  const text =
    'id,size,color,ok,when,y\n1,5,red,yes,2020-01-01,a\n2,,blue,no,2020-01-03,b\n3,9,red,yes,,a\n4,,,no,2020-01-02,a\n';
  const { summary } = await load(text, { ignore: ['id'], missingCells: 'keep' });
  expect(summary).toEqual([
    { name: 'id', role: 'ignored', kind: null, missing: 0 },
    { name: 'size', role: 'feature', kind: 'numeric', missing: 2, range: { minimum: 5, maximum: 9, mean: 7 } },
    {
      name: 'color',
      role: 'feature',
      kind: 'categorical',
      missing: 1,
      levels: {
        count: 2,
        common: [
          ['red', 2],
          ['blue', 1],
        ],
      },
    },
    { name: 'ok', role: 'feature', kind: 'boolean', missing: 0, range: { minimum: 0, maximum: 1, mean: 0.5 } },
    { name: 'when', role: 'feature', kind: 'date', missing: 1, range: { minimum: 18262, maximum: 18264, mean: 18263 } },
    {
      name: 'y',
      role: 'target',
      kind: 'categorical',
      missing: 0,
      levels: {
        count: 2,
        common: [
          ['a', 3],
          ['b', 1],
        ],
      },
    },
  ]);
});
