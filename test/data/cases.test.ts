/** Files after public bug reports about other tools, each read as its author meant it or refused with the option that helps. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chooseTask, loadTable, type DenseData, type LoadedTable, type LoadOptions } from '../../lib/data/index.js';
import { expectError } from './files.js';

const file = (name: string): string => fileURLToPath(new URL(`cases/${name}.csv`, import.meta.url));
const load = (
  name: string,
  options: Omit<LoadOptions, 'needsTarget' | 'storage'> = {},
): Promise<LoadedTable<true, DenseData>> => loadTable(file(name), { ...options, storage: 'dense' });

/** What stands in the file behind the last comma of each line but the first. */
const lastFields = (name: string, encoding: BufferEncoding = 'utf8'): string[] =>
  readFileSync(file(name), encoding)
    .trimEnd()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.slice(line.lastIndexOf(',') + 1));

describe('labels go through unchanged', () => {
  it.each([
    ['labels-above-2-53', {}, ['740245381351497730', '740245381351497731', '740245381351497800']],
    ['labels-with-leading-zeros', {}, ['01234', '02138']],
    ['latin-1', { encoding: 'latin1' }, ['ham', 'käse', 'köse']],
  ] as const)('%s', async (name, options, classes) => {
    const { target, schema, data } = await load(name, options);
    expect({ rows: data.rows, columns: data.columns }).toEqual({ rows: 30, columns: 1 });
    expect(target).toEqual({ kind: 'strings', values: lastFields(name, name === 'latin-1' ? 'latin1' : 'utf8') });
    const task = chooseTask(target, schema.format, 'auto');
    expect(task.classes).toEqual(classes);
  });

  it('latin-1 is refused with the line where nothing says that it is', () =>
    expectError(() => load('latin-1'), 'INVALID_DATA', 'Line 2 of', 'must be UTF-8 text', '0xe4', '--encoding (latin1'));
});

describe('the first line', () => {
  it('is a header over columns of text', async () => {
    const { data, target, schema, notices } = await load('text-columns-with-header');
    expect(data.rows).toBe(12);
    expect(target.values).toEqual(lastFields('text-columns-with-header'));
    expect(chooseTask(target, schema.format, 'auto').classes).toEqual(['no', 'yes']);
    expect(schema).toMatchObject({
      header: true,
      features: [{ name: 'name' }, { name: 'colour', categories: ['blue', 'red'] }],
    });
    expect(notices).toHaveLength(2);
    expect(notices[0]).toContain('took the first line for column names (--header)');
    expect(notices[1]).toContain("column 'name' has 12 categories in 12 rows and looks like an identifier");
    expect(notices[1]).toContain('--ignore');
  });

  it('without the identifier there are two columns and nothing to warn of', async () => {
    const { data, notices } = await load('text-columns-with-header', { ignore: ['name'] });
    expect(data.columnNames).toEqual(['colour=blue', 'colour=red']);
    expect(notices).toHaveLength(1);
  });

  it('is a header of years', async () => {
    const { data, target, schema } = await load('years-as-column-names');
    expect([...data.values]).toEqual([1, 2, 2, 3, 3, 4]);
    expect([...target.values]).toEqual([3, 4, 5]);
    expect(schema).toMatchObject({ header: true, features: [{ name: 'id' }, { name: '2019' }], target: { name: '2020' } });
  });
});

describe('numbers', () => {
  it('with one N/A among them are no categories', () =>
    expectError(() => load('one-na-cell'), 'INVALID_DATA', 'Line 19 of', "column 'x', must hold a value", "holds 'N/A'"));

  it('with one N/A among them are imputed when asked', async () => {
    const { data, target, schema } = await load('one-na-cell', { impute: 'median', ignore: ['z'] });
    const at = [...data.values].findIndex((x, i) => target.values[i] !== 2 * x + 1);
    const others = [...data.values].filter((_, i) => i !== at).sort((a, b) => a - b);
    const middle = others.length >> 1;
    const median = others.length % 2 ? others[middle]! : (others[middle - 1]! + others[middle]!) / 2;
    expect({ at, x: data.values[at] }).toEqual({ at: 17, x: median });
    expect(schema).toMatchObject({ features: [{ name: 'x', kind: 'numeric', fill: median }] });
  });

  it('with a thousands separator are refused with the option, and read with it', async () => {
    await expectError(() => load('thousands-separators'), 'INVALID_DATA', "holds '1,800'", '--thousands , reads it');
    const { data, target } = await load('thousands-separators', { thousands: ',' });
    expect([...data.values]).toEqual(Array.from({ length: 20 }, (_, i) => 900 + 130 * i));
    expect([...target.values]).toEqual(Array.from({ length: 20 }, (_, i) => 1800 + 260 * i));
  });

  it('with a decimal comma are refused with the option, and read with it', async () => {
    await expectError(() => load('decimal-commas'), 'INVALID_DATA', "holds '0,25'", '--decimal , reads it');
    const { data, target, schema } = await load('decimal-commas', { decimal: ',' });
    expect([...data.values.subarray(0, 6)]).toEqual([0.25, 0.1, 0.75, 1.1, 1.25, 4.1]);
    expect([...target.values]).toEqual(Array.from({ length: 20 }, (_, i) => 1.5 + i));
    expect(schema).toMatchObject({ numbers: { decimal: ',', thousands: null } });
  });

  it.each([
    ['line-far-from-zero', 4, 1],
    ['mixed-units', 200, 3],
    ['powers-1-to-5', 21, 5],
    ['epoch-seconds-class', 300, 1],
  ])('%s are numbers', async (name, rows, columns) => {
    const { data, schema } = await load(name);
    expect({ rows: data.rows, columns: data.columns }).toEqual({ rows, columns });
    expect(schema).toMatchObject({ header: true, features: Array.from({ length: columns }, () => ({ kind: 'numeric' })) });
  });
});

it('line ends of two kinds are read in one file', async () => {
  const { data, target } = await load('crlf-then-lf');
  expect(data.rows).toBe(20);
  expect(target.values).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'a' : 'b')));
  expect([...data.values].filter((_, k) => k % 2 === 0)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});
