/** What stands for missing cells: closed forms, what is learned is what later tables get, and what is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, tableFrom, type DenseData, type LoadedTable, type LoadOptions } from '../../lib/data/index.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

type Options = Omit<LoadOptions, 'needsTarget' | 'storage'>;
const load = async (text: string, options: Options = {}): Promise<LoadedTable<true, DenseData>> =>
  loadTable(await files.write('gaps.csv', text), { ...options, storage: 'dense' });

const text =
  'n,k,b,d,y\n1,red,yes,2020-01-01,0\n,,no,2020-01-03,1\n2,blue,,,0\n2,red,yes,2020-01-03,1\n9,NA,yes,2020-01-05,0\n';
const [jan1, jan3, jan5] = [18262, 18264, 18266];
const columnOf = ({ data }: LoadedTable<true, DenseData>, name: string): number[] => {
  const at = data.columnNames!.indexOf(name);
  return Array.from({ length: data.rows }, (_, i) => data.values[i * data.columns + at]!);
};

describe('impute', () => {
  it('mean: the mean of numbers, days and yes; the most frequent category', async () => {
    const table = await load(text, { impute: 'mean' });
    expect(columnOf(table, 'n')).toEqual([1, 3.5, 2, 2, 9]);
    expect(columnOf(table, 'b')).toEqual([1, 0, 0.75, 1, 1]);
    expect(columnOf(table, 'd')).toEqual([jan1, jan3, jan3, jan3, jan5]);
    expect(columnOf(table, 'k=red')).toEqual([1, 1, 0, 1, 1]);
    expect(table.data.columns).toBe(5);
    expect(table.incompleteRows).toEqual([]);
    expect(table.notices.at(-1)).toContain(
      "5 cells are missing ('n': 1, 'k': 2, 'b': 1, 'd': 1), and imputed (--impute mean)",
    );
  });

  it('median: the middle one, or the mean of the two in the middle', async () => {
    const table = await load(text, { impute: 'median' });
    expect(columnOf(table, 'n')).toEqual([1, 2, 2, 2, 9]);
    expect(columnOf(await load('n,y\n1,0\n,1\n4,0\n', { impute: 'median' }), 'n')).toEqual([1, 2.5, 4]);
  });

  it('most-frequent: the cell that occurs most often, the smallest of several', async () => {
    const table = await load(text, { impute: 'most-frequent' });
    expect(columnOf(table, 'n')).toEqual([1, 2, 2, 2, 9]);
    expect(columnOf(table, 'd')).toEqual([jan1, jan3, jan3, jan3, jan5]);
    expect(columnOf(await load('n,y\n7,0\n,1\n4,0\n4,1\n7,2\n', { impute: 'most-frequent' }), 'n')).toEqual([7, 4, 4, 4, 7]);
    const tied = await load('k,y\nb,0\n,1\na,0\n', { impute: 'most-frequent' });
    expect(columnOf(tied, 'k=a')).toEqual([0, 1, 1]);
  });

  it('indicator: the mean and a further column; a missing category is none', async () => {
    const table = await load(text, { impute: 'indicator' });
    expect(table.data.columnNames).toEqual([
      'n',
      'n is missing',
      'k=blue',
      'k=red',
      'k is missing',
      'b',
      'b is missing',
      'd',
      'd is missing',
    ]);
    expect(columnOf(table, 'n')).toEqual([1, 3.5, 2, 2, 9]);
    expect(columnOf(table, 'n is missing')).toEqual([0, 1, 0, 0, 0]);
    expect(columnOf(table, 'k=red')).toEqual([1, 0, 0, 1, 0]);
    expect(columnOf(table, 'k is missing')).toEqual([0, 1, 0, 0, 1]);
    expect(columnOf(table, 'b is missing')).toEqual([0, 0, 1, 0, 0]);
  });

  it('indicator of a complete column is what mean gives, for later gaps', async () => {
    const { schema, data } = await load('n,k,y\n1,a,0\n3,b,1\n5,b,2\n', { impute: 'indicator' });
    expect(data.columnNames).toEqual(['n', 'k=a', 'k=b']);
    const later = await loadTable(await files.write('later.csv', 'n,k\n,\n'), {
      schema,
      needsTarget: false,
      storage: 'dense',
    });
    expect([...later.data.values]).toEqual([3, 0, 1]);
    expect(later.notices).toEqual([
      `'${files.path('later.csv')}': 2 cells are missing ('n': 1, 'k': 1), and what the training data gave stands for them.`,
    ]);
  });

  it('by column: the others are refused with line and column', async () => {
    const some: Options = { impute: { n: 'median', k: 'indicator', d: 'mean' } };
    await expectError(
      () => load(text, some),
      'INVALID_DATA',
      'Line 4 of',
      "column 'b', must hold a value (missing values are refused), but holds an empty cell (--impute",
    );
    const table = await load(text, { ...some, ignore: ['b'] });
    expect(table.data.columnNames).toEqual(['n', 'k=blue', 'k=red', 'k is missing', 'd']);
  });

  it('nothing is learned from later tables', async () => {
    const { schema } = await load(text, { impute: 'mean' });
    const path = await files.write('later.csv', 'n,k,b,d,y\n100,blue,no,2024-01-01,0\n,,,,1\n');
    const { data, incompleteRows } = await loadTable(path, { schema, storage: 'dense', impute: 'median' });
    expect([...data.values.subarray(data.columns)]).toEqual([3.5, 0, 1, 0.75, jan3]);
    expect(incompleteRows).toEqual([]);
  });

  it('a column without any value is refused, and so is a target with a gap', async () => {
    await expectError(
      () => load('a,b,y\n1,,2\n2,,3\n', { impute: 'mean' }),
      'INVALID_DATA',
      "Column 'b' of",
      'must have a value from which to impute, but all 2 cells are missing',
      '--ignore',
    );
    await expectError(() => load('a,y\n1,2\n2,\n', { impute: 'mean' }), 'INVALID_DATA', 'Line 3', "column 'y'");
  });

  it('marks of missing values that would be numbers count', async () => {
    const table = await load('n,y\n1,0\n-99,1\n3,0\n', { impute: 'mean', missing: ['-99'] });
    expect(columnOf(table, 'n')).toEqual([1, 2, 3]);
    const rows = [
      { n: 1, y: 0 },
      { n: -99, y: 1 },
      { n: 3, y: 0 },
    ];
    const { data } = await tableFrom(rows, { impute: 'mean', missing: ['-99'], storage: 'dense' });
    expect([...data.values!]).toEqual([1, 2, 3]);
  });

  it('takes extreme numbers for what they are', async () => {
    const table = await load('n,y\n1.7e308,0\n,1\n1.7e308,0\n-1.7e308,5\n', { impute: 'mean' });
    expect(columnOf(table, 'n')[1]! / 1.7e308).toBeCloseTo(1 / 3, 12);
  });
});
