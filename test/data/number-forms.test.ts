/** Cells that are no number in a column of numbers: never categories, always a sentence that says which option decides. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, type LoadedTable, type LoadOptions } from '../../lib/data/index.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const rows = 40;
const quoted = (cell: string): string => (/[,"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
/** Forty rows x, z, y with one cell of column x, or of the target, replaced. */
const table = (cell: string, inTarget = false): string =>
  [
    'x,z,y',
    ...Array.from({ length: rows }, (_, i) => {
      const odd = i === 17 ? quoted(cell) : null;
      return `${inTarget ? i : (odd ?? i)},${i % 3},${inTarget ? (odd ?? i * 2) : i * 2}`;
    }),
  ].join('\n');
const load = async (text: string, options: Omit<LoadOptions, 'needsTarget'> = {}): Promise<LoadedTable<true>> =>
  loadTable(await files.write('forms.csv', text), options);

describe('the usual marks of a missing value', () => {
  it.each([
    '',
    'NA',
    'N/A',
    'n/a',
    '-',
    '--',
    'None',
    'none',
    'null',
    'NULL',
    '#N/A',
    '.',
    '<NA>',
    '\\N',
    '?',
    'nan',
    'NaN',
    '-nan',
    '#DIV/0!',
    'NaT',
    'n.a.',
    '*',
  ])('%j is missing in a column of numbers and in a target of numbers', async (mark) => {
    const holds = mark === '' ? 'an empty cell' : `holds '${mark}'`;
    await expectError(() => load(table(mark)), 'INVALID_DATA', 'Line 19 of', "column 'x'", 'missing values', holds);
    await expectError(() => load(table(mark, true)), 'INVALID_DATA', 'Line 19 of', "column 'y'", 'missing values', holds);
    const kept = await load(table(mark), { missingCells: 'keep' });
    expect([...kept.data.values!].flatMap((value, k) => (Number.isNaN(value) ? [k] : []))).toEqual([34]);
    expect(kept.incompleteRows).toEqual([17]);
    expect(kept.notices.at(-1)).toContain("1 cell is missing ('x': 1)");
  });

  it('are as they are told', async () => {
    await expectError(
      () => load(table('-99'), { missing: ['-99'] }),
      'INVALID_DATA',
      "column 'x'",
      'missing values',
      "'-99'",
    );
    await expectError(() => load(table('NA'), { missing: ['-99'] }), 'INVALID_DATA', "must hold a number, but holds 'NA'");
    await expectError(() => load(table(''), { missing: [] }), 'INVALID_DATA', 'an empty cell');
  });

  it('are words in a column of text when they may be: labels + and -', async () => {
    const signs = `a,b,sign\n${Array.from({ length: 12 }, (_, i) => `${i},${['None', 'some'][i % 2]},${'+-'[i % 2]}\n`).join('')}`;
    const { data, target } = await load(signs);
    expect(target.values.slice(0, 3)).toEqual(['+', '-', '+']);
    expect(data.columnNames).toEqual(['a', 'b=None', 'b=some']);
    await expectError(() => load(signs, { missing: ['None'] }), 'INVALID_DATA', 'Line 2 of', "column 'b'", 'missing values');
  });
});

describe('numbers written otherwise', () => {
  it.each([
    ['1,030', ['--thousands ,', '--decimal ,']],
    ['12,5', ['--decimal ,']],
    ['1 030', ['--thousands " "']],
    ["1'030", ['--thousands']],
    ['1.030.000', ['--decimal , --thousands .']],
    ['1.030,5', ['--decimal , --thousands .']],
    ['1_000', ['--thousands']],
    ['12 %', ['--categorical']],
    ['$5', ['--categorical']],
    ['5 €', ['--categorical']],
    ['3kg', ['--categorical', "--missing '3kg'"]],
    ['\u22125', ['--categorical']],
    ['(5)', ['--categorical']],
    ['0x1F', ['--categorical']],
    ['1.5D+03', ['--categorical']],
    ['\u0661\u0662', ['--categorical']],
    ['five', ["--missing 'five'", '--categorical', '--ignore']],
    ['2020-01-01', ['--categorical']],
    ['12:30', ['--categorical']],
    ['TRUE', ['--missing']],
  ])('%j in a column or target of numbers is refused with what helps', async (cell, options) => {
    for (const inTarget of [false, true]) {
      const column = inTarget ? "column 'y'" : "column 'x'";
      await expectError(
        () => load(table(cell, inTarget)),
        'INVALID_DATA',
        'Line 19 of',
        column,
        `must hold a number, but holds '${cell}'`,
        ...(inTarget
          ? [...options.filter((option) => /^--(?:decimal|thousands)/.test(option)), '--task classification']
          : options),
      );
    }
  });

  it.each(['12 %', '$5', '1,030', '12,5', '\u22125'])(
    'a whole column of %j is refused, not made categories of',
    async (cell) => {
      const text = `x,y\n${Array.from({ length: 20 }, (_, i) => `"${cell.replace(/\d/, String(1 + (i % 9)))}",${i}\n`).join('')}`;
      await expectError(() => load(text), 'INVALID_DATA', 'Line 2 of', "column 'x', must hold a number");
      expect((await load(text, { categorical: ['x'] })).data.columns).toBeGreaterThan(1);
    },
  );

  it('odd cells are text when the column is, and numbers when it must be', async () => {
    const { data } = await load(table('odd'), { categorical: ['x'] });
    expect(data.columnNames).toContain('x=odd');
    expect(data.columns).toBe(rows + 1);
    await expectError(
      () => load('k,y\na,1\nb,2\nc,3\n', { numeric: ['k'] }),
      'INVALID_DATA',
      "column 'k', must hold a number, but holds 'a'",
    );
    expect((await load(table('odd'), { ignore: ['x'] })).data.columnNames).toEqual(['z']);
  });

  it.each<[Pick<LoadOptions, 'decimal' | 'thousands'>, string, number]>([
    [{ thousands: ',' }, '1,234,567.5', 1234567.5],
    [{ thousands: ',' }, '12,34,567', 1234567],
    [{ decimal: ',', thousands: '.' }, '-1.234,5', -1234.5],
    [{ thousands: ' ' }, '1 234', 1234],
    [{ thousands: '\u202f' }, '1\u202f234', 1234],
    [{ decimal: ',' }, '0,5', 0.5],
    [{ decimal: ',' }, '7', 7],
  ])('%j reads %s', async (options, cell, value) => {
    const { data } = await load(`a;y\n"${cell}";1\n"${cell}";2\n`, options);
    expect([...data.values!]).toEqual([value, value]);
  });

  it.each<[Pick<LoadOptions, 'decimal' | 'thousands'>, string]>([
    [{ thousands: ',' }, '1,03'],
    [{ thousands: ',' }, '1,2345'],
    [{ thousands: ',' }, ',123'],
    [{ thousands: ',' }, '1.5,123'],
    [{ decimal: ',' }, '1.5'],
    [{ decimal: ',', thousands: '.' }, '1.23,4'],
  ])('%j refuses %s: groups have three digits, a mark has one meaning', async (options, cell) => {
    const text = `a;y\n"${cell}";1\n"${cell}";2\n`;
    await expectError(
      () => load(text, { ...options, numeric: ['a'] }),
      'INVALID_DATA',
      `must hold a number, but holds '${cell}'`,
    );
  });

  it('marks that contradict each other are refused', async () => {
    await expectError(
      () => load('a,y\n1,2\n', { decimal: ',', thousands: ',' }),
      'INVALID_OPTION',
      '--thousands must differ from the decimal mark',
    );
    await expectError(() => load('a,y\n1,2\n', { thousands: '1' }), 'INVALID_OPTION', '--thousands');
    await expectError(() => load('a,y\n1,2\n', { decimal: ';' as ',' }), 'INVALID_OPTION', "--decimal must be '.' or ','");
    await expectError(() => load('a,b,y\n1,2,3\n', { numeric: ['a'], categorical: [0] }), 'INVALID_OPTION', 'both name it');
    await expectError(() => load('a,b,y\n1,2,3\n', { ignore: ['y'] }), 'INVALID_OPTION', 'columns other than the target');
    await expectError(
      () => load('a,b,y\n1,2,3\n', { ignore: ['c'] }),
      'INVALID_DATA',
      'column of --ignore',
      'one of a, b, y',
      "'c' was given",
    );
  });
});

describe('what cannot be known is told', () => {
  const told = async (text: string, options: Omit<LoadOptions, 'needsTarget'> = {}): Promise<string> =>
    (await load(text, options)).notices.join(' ');
  const lines = (header: string, row: (i: number) => string): string =>
    [header, ...Array.from({ length: 20 }, (_, i) => row(i))].join('\n');

  it.each([
    [
      'points that may separate thousands',
      lines('a,y', (i) => `${i < 3 ? i : `${i}.000`},${i % 4}`),
      "'a'.*'3\\.000'.*--thousands \\. --decimal ,",
    ],
    ['zeros before numbers', lines('zip,y', (i) => `0${2138 + i},${i % 4}`), "'zip'.*'02138'.*--categorical"],
    [
      'integers that float64 rounds',
      lines('id,y', (i) => `74024538135149773${i % 10},${i % 4}`),
      "'id'.*above 2\\^53.*rounded",
    ],
    ['row numbers', lines('id,a,y', (i) => `${i},${i % 5},${i % 4}`), "'id' goes up by one.*--ignore"],
    ['row numbers without a name', lines(',a,y', (i) => `${i},${i % 5},${i % 4}`), "'column 0' goes up by one.*--ignore"],
    [
      'identifiers',
      lines('who,a,y', (i) => `person ${i},${i % 5},${i % 4}`),
      "'who' has 20 categories in 20 rows.*identifier",
    ],
  ])('%s', async (_, text, pattern) => {
    expect(await told(text)).toMatch(new RegExp(pattern));
  });

  it('a guess is told once, and not at all when nothing was guessed', async () => {
    const text = lines('a,kind,y', (i) => `${i / 4},${['p', 'q'][i % 2]},${i % 4}`);
    expect((await load(text)).notices).toEqual([
      `'${files.path('forms.csv')}': took the first line for column names (--header), commas for separators (--delimiter), 1 column for numbers ` +
        "(--numeric), 1 column for categories: 'kind' with 2 (--categorical), the last column 'y' for the target (--target).",
    ]);
    const { schema } = await load(text);
    expect((await load(text, { schema })).notices).toEqual([]);
  });
});

describe('the advice fits the column', () => {
  const sentence = (text: string, options: Omit<LoadOptions, 'needsTarget'> = {}): Promise<string> =>
    load(text, options).then(
      () => 'read',
      (error: Error) => error.message.replace(/^.*?\.csv'/, ''),
    );

  it.each([
    [
      '',
      'must hold a value (missing values are refused), but holds an empty cell (--impute puts a value there, --ignore leaves the column out).',
    ],
    ['inf', "must hold a finite value, but holds 'inf' (--ignore leaves the column out)."],
    [
      'TBD',
      "must hold a number, but holds 'TBD' (--missing 'TBD' takes it for a missing value; --categorical takes the column for text, --ignore leaves it out).",
    ],
    [
      '12 %',
      "must hold a number, but holds '12 %' (no option reads it as a number; --categorical takes the column for text, --ignore leaves it out).",
    ],
  ])('of a feature: %j', async (cell, expected) => {
    expect(await sentence(table(cell))).toBe(`, column 'x', ${expected}`);
  });

  it.each([
    [
      '',
      'must hold a value (missing values are refused), but holds an empty cell (a row without a target has to be left out of the file, OTHER).',
    ],
    [
      'NA',
      "must hold a value (missing values are refused), but holds 'NA' (--missing says what stands for a missing value, a row without a target has to be left out of the file, OTHER).",
    ],
    ['TBD', "must hold a number, but holds 'TBD' (--task classification takes the targets for labels; OTHER)."],
    [
      '1,030',
      "must hold a number, but holds '1,030' (--thousands , reads it; --decimal , reads it; --task classification takes the targets for labels; OTHER).",
    ],
  ])('of a target, which can be neither ignored nor be missing: %j', async (cell, expected) => {
    const other = '--target names another column, if the last one is not the target';
    expect(await sentence(table(cell, true))).toBe(`, column 'y', ${expected.replace('OTHER', other)}`);
    // A column that was named is the target.
    const named = expected.replace(/[,;] OTHER/, '');
    expect(await sentence(table(cell, true), { target: 'y' })).toBe(`, column 'y', ${named}`);
  });

  it('of a file that a model reads, whose columns are settled', async () => {
    const { schema } = await load(table('3'));
    expect(await sentence(table('TBD'), { schema })).toBe(
      ", column 'x', must hold a number, but holds 'TBD' (--missing 'TBD' takes it for a missing value).",
    );
    expect(await sentence(table(''), { schema })).toBe(
      ", column 'x', must hold a value (missing values are refused), but holds an empty cell.",
    );
  });
});

describe('blanks between groups of digits', () => {
  const french = (blank: string): string =>
    `x;y\n${Array.from({ length: 12 }, (_, i) => `1${blank}${230 + i},5;${i}`).join('\n')}`;

  it.each([' ', '\u00a0', '\u202f', '\u2009'])('%j is advised and read as any blank', async (blank) => {
    await expectError(() => load(french(blank)), 'INVALID_DATA', '--decimal , --thousands " " reads it');
    for (const thousands of [' ', '\u00a0']) {
      const { data } = await load(french(blank), { decimal: ',', thousands });
      expect([...data.values!]).toEqual(Array.from({ length: 12 }, (_, i) => 1230.5 + i));
    }
  });
});

it.each([
  ["'", "'"],
  ["'", ''],
  ['\u2018', '\u2019'],
  ['\u201c', '\u201d'],
])('numbers between %s and %s are refused, not one-hot encoded', async (open, close) => {
  const text = `x;y\n${Array.from({ length: 12 }, (_, i) => `${open}${i}.5${close};${i}`).join('\n')}`;
  await expectError(() => load(text), 'INVALID_DATA', "column 'x'", 'must hold a number', 'no option reads it as a number');
});
