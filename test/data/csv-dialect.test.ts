/** Separators, line ends, comments and what stands at the ends of rows: read right, or refused in a sentence with the cause. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, type LoadOptions } from '../../lib/data/index.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

interface Seen {
  readonly names: readonly string[] | undefined;
  readonly x: readonly number[];
  readonly y: readonly (string | number)[];
  readonly notices: readonly string[];
}

async function read(
  text: string,
  options: Omit<LoadOptions, 'needsTarget' | 'storage'> = {},
  name = 'dialect.txt',
): Promise<Seen> {
  const { data, target, notices } = await loadTable(await files.write(name, text), {
    format: 'csv',
    storage: 'dense',
    ...options,
  });
  return { names: data.columnNames, x: [...data.values], y: [...target.values] as (string | number)[], notices };
}

/** What every file here holds. */
const table = { names: ['a', 'b'], x: [1, 2, 4, 5, 7, 8], y: [3, 6, 11] };
const rows = [
  ['a', 'b', 'y'],
  ['1', '2', '3'],
  ['4', '5', '6'],
  ['7', '8', '11'],
];
const joined = (delimiter: string): string[] => rows.map((row) => row.join(delimiter));

describe('separators', () => {
  it.each([
    ['commas', ',', 'commas'],
    ['semicolons', ';', 'semicolons'],
    ['tabs', '\t', 'tabs'],
    ['pipes', '|', 'pipes'],
    ['a blank', ' ', 'blanks'],
    ['blanks', '   ', 'blanks'],
    ['tabs and blanks', ' \t', 'tabs'],
    ['commas and blanks', ' , ', 'commas'],
  ])('%s are found, and told', async (_, delimiter, word) => {
    const { notices, ...seen } = await read(joined(delimiter).join('\n'));
    expect(seen).toEqual(table);
    expect(notices[0]).toContain(`${word} for separators (--delimiter)`);
  });

  it.each([
    [':', ':'],
    ['~', '~'],
    ['pipe', '|'],
    ['tab', '\t'],
    ['blank', '  '],
    ['comma', ','],
  ])('--delimiter %s', async (delimiter, mark) => {
    expect(await read(joined(mark).join('\n'), { delimiter })).toMatchObject(table);
  });

  it('blanks and tabs in turn are blanks', async () => {
    expect(await read('a b\ty\n1\t2 3\n4 5\t6\n7  8\t 11\n')).toMatchObject(table);
  });

  it('decimal commas do not hide the semicolons, nor words with commas', async () => {
    expect((await read('a;b;y\n0,25;0,1;1,5\n0,75;1,1;2,5\n', { decimal: ',' })).x).toEqual([0.25, 0.1, 0.75, 1.1]);
    expect((await read('0,25;0,1;1,5\n0,75;1,1;2,5\n', { decimal: ',' })).x).toEqual([0.25, 0.1, 0.75, 1.1]);
    expect((await read('Smith, John;1;2\nMeyer, Eve;3;4\nBond, James;5;7\n')).names).toEqual([
      'column 0=Bond, James',
      'column 0=Meyer, Eve',
      'column 0=Smith, John',
      'column 1',
    ]);
    expect((await read('x,when,y\n1,2020-01-01 12:00,2\n3,2020-01-02 12:00,4\n')).names?.[1]).toBe('when');
    expect((await read('tags,n,y\na|b,1,2\nc|d,3,4\n')).names).toEqual(['tags=a|b', 'tags=c|d', 'n']);
  });

  it('what Excel says in its first line counts', async () => {
    const { notices, ...seen } = await read(['sep=;', ...joined(';')].join('\r\n'));
    expect(seen).toEqual(table);
    expect(notices[1]).toContain('its first line says that semicolons separate fields');
  });

  it('one that is none is refused', async () => {
    for (const delimiter of ['', '"', '\n', ',,', '5']) {
      await expectError(() => read('a,y\n1,2\n', { delimiter }), 'INVALID_OPTION', '--delimiter must be one character');
    }
  });

  it('a column that seems alone leads to --delimiter', () =>
    expectError(
      () => read(joined(':').join('\n')),
      'INVALID_DATA',
      'has no feature columns',
      '--delimiter says what separates them',
    ));
});

describe('line ends', () => {
  it.each<[string, readonly string[]]>([
    ['LF', ['\n', '\n', '\n', '\n']],
    ['CRLF', ['\r\n', '\r\n', '\r\n', '\r\n']],
    ['CR', ['\r', '\r', '\r', '\r']],
    ['CRLF, then LF', ['\r\n', '\r\n', '\n', '\n']],
    ['LF, then CRLF', ['\n', '\n', '\r\n', '\r\n']],
    ['all three', ['\r\n', '\r', '\n', '']],
    ['CR doubled before LF', ['\r\r\n', '\r\r\n', '\r\r\n', '\r\r\n']],
  ])('%s', async (_, ends) => {
    expect(
      await read(
        joined(',')
          .map((line, i) => line + ends[i]!)
          .join(''),
      ),
    ).toMatchObject(table);
  });

  it('count in the line of an error, whatever they are, inside quotes too', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const lines = ['k,y', `"a${end}b",1`, '', 'b,2', 'c,3', 'd,4', 'e,x'];
      await expectError(() => read(lines.join(end)), 'INVALID_DATA', 'Line 8 of', "holds 'x'");
    }
  });
});

describe('comments', () => {
  it.each<[string, readonly string[], string]>([
    ['one line', ['# by hand'], 'the first line is a comment'],
    ['several, with a blank line', ['# by hand', '#', '', '# on, Monday'], 'the first 4 lines are comments'],
    ["with a quote that isn't closed", ['# it"s'], 'the first line is a comment'],
  ])('on top are skipped and told: %s', async (_, top, told) => {
    for (const end of ['\n', '\r\n', '\r']) {
      const { notices, ...seen } = await read([...top, ...joined(',')].join(end));
      expect(seen).toEqual(table);
      expect(notices[1]).toContain(told);
    }
  });

  it.each([
    ['#a,b,y', ','],
    ['# a,b,y', ','],
    ['# a b y', ' '],
    ['#a b y', ' '],
  ])('%j right above the data is the header', async (line, delimiter) => {
    expect(await read([line, ...joined(delimiter).slice(1)].join('\n'))).toMatchObject(table);
    expect(await read(['# nothing', line, ...joined(delimiter).slice(1)].join('\n'))).toMatchObject(table);
  });

  it('further down have to be told', async () => {
    const lines = [...joined(',').slice(0, 2), '# late', ...joined(',').slice(2)].join('\n');
    await expectError(
      () => read(lines),
      'INVALID_DATA',
      'Line 3 of',
      'must have 3 fields',
      "if it is a comment, give --comment '#'",
    );
    expect(await read(lines, { comment: '#' })).toMatchObject(table);
    expect(await read(lines.replace('# late', '// la"te'), { comment: '//' })).toMatchObject(table);
  });

  it('that look like data are refused until told', async () => {
    const lines = ['#ff0000,1,2', '#00ff00,3,4', 'red,5,7'].join('\n');
    await expectError(
      () => read(lines),
      'INVALID_DATA',
      'Line 1 of',
      "begins with '#' and has as many fields as the data",
      "--comment ''",
    );
    expect((await read(lines, { comment: '' })).x).toEqual([0, 1, 0, 1, 1, 0, 0, 3, 0, 0, 1, 5]);
    expect((await read(lines.replace('red', '#0000ff'))).names).toEqual([
      'column 0=#0000ff',
      'column 0=#00ff00',
      'column 0=#ff0000',
      'column 1',
    ]);
  });
});

describe('the ends of rows', () => {
  it.each<[string, boolean, boolean]>([
    ['the header', true, false],
    ['the rows', false, true],
    ['all lines', true, true],
  ])('a separator behind %s is left out, and told', async (_, head, body) => {
    for (const delimiter of [',', ';', '\t', '|']) {
      const lines = joined(delimiter).map((line, i) => ((i === 0 ? head : body) ? line + delimiter : line));
      const { notices, ...seen } = await read(lines.join('\n'));
      expect(seen).toEqual(table);
      expect(notices[1]).toContain('with a separator, and the empty field behind it was left out');
    }
  });

  it('an empty cell of a named column is missing, not left out', () =>
    expectError(() => read('a,b,y\n1,2,\n3,4,\n'), 'INVALID_DATA', 'Line 2', "column 'y'", 'an empty cell'));

  it('names of rows without a column name, as R writes them, are refused by their cause', async () => {
    const quoted = ['"a" "b" "y"', '"1" 1 2 3', '"2" 4 5 6', '"3" 7 8 11'];
    await expectError(
      () => read(quoted.join('\n')),
      'INVALID_DATA',
      'must have 3 fields like the first one, but has 4',
      'as R writes them',
    );
    await expectError(() => read(quoted.join('\n').replaceAll(' ', ',')), 'INVALID_DATA', 'as R writes them');
  });

  it('a title above the header is refused by its cause', () =>
    expectError(
      () => read('Report 2020\n\na,b,y\n1,2,3\n'),
      'INVALID_DATA',
      'Line 3 of',
      'must have 1 field like the first row, but has 3',
      'line 1 is a title',
    ));
});
