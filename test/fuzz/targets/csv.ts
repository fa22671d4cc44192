/** CSV, in any dialect and with any options; told how it is written, plain numbers must come out as they stand. */
import { expect } from 'vitest';
import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { createRandom } from '../../../lib/core/random.js';
import type { LoadOptions } from '../../../lib/data/index.js';
import { caseFile, pieces, read, rowOf, type Target } from '../target.js';

const file = caseFile('csv', 'case.csv');

const choices: Readonly<Record<string, readonly unknown[]>> = {
  header: [true, false],
  delimiter: [',', ';', ' ', '\t'],
  comment: ['', '#'],
  decimal: ['.', ','],
  thousands: ['', ' ', "'"],
  missing: [[], ['NA'], ['1']],
  categorical: [[0], ['a'], [-1]],
  numeric: [[0]],
  ignore: [[0], [1]],
  encoding: ['latin1', 'utf-16le', 'windows-1252'],
  task: ['classification', 'regression'],
  missingCells: ['keep', 'refuse'],
  storage: ['dense', 'sparse'],
  target: ['a', 0, -2],
};

export const csv: Target = {
  seeds: pieces(
    'a,b,y\n1,2,yes\n3,4,no\n5,6,yes\n',
    '# made by x\na;kind;y\n0,5;"p; q";1\n1,5;r;2\n',
    '1 2 3\n4 5 6\n',
    'id|2019|2020\n1|2|3\n2|3|4\n',
    '"say ""so""",\t5\r\n"two\nlines",\t6\r\n',
    '1 1:0.5 3:2\n-1 2:7\n',
    'sep=;\na;b\n1;2\n',
    '\ufeffname,y\nk\u00e4se,1\nk\u00f6se,2\n',
    'day,open,y\n2024-01-31,yes,1\n2024-02-01,no,0\n31.12.2024,,1\n',
    'a,b,y\n-0.5,1e3,0\n+7,NA,1\n00012,1.50,0\n',
  ),
  pieces: pieces(
    ...[
      ',',
      ';',
      '\t',
      '|',
      ' ',
      '"',
      '""',
      '\n',
      '\r',
      '\r\n',
      '#',
      '\0',
      '\u001b[2J',
      '\u009b',
      '\u202e',
      'NA',
      '-',
      '1e999',
    ],
    ...[
      '0x10',
      '01',
      '1,030',
      '\ufeff',
      '__proto__',
      'constructor',
      'sep=,\n',
      '99999999999999999999',
      ':',
      '1:1',
      '\u2028',
    ],
    ...['='.repeat(300), '2024-02-30', 'true', '.5', '5.', '1e-5', "1'000", '\u00a0', '\u2212', 'inf', 'NaN', '"\n"', ',,,'],
    ...[Buffer.of(0xff), Buffer.of(0xe4), Buffer.of(0xff, 0xfe), Buffer.of(0xed, 0xa0, 0x80)],
  ),
  async check(bytes) {
    const random = createRandom(crc32(bytes));
    if (random.integer(2) === 0) return checkPlain(bytes);
    const options: Record<string, unknown> = {};
    const names = Object.keys(choices);
    for (let count = random.integer(4); count > 0; count--) {
      const name = names[random.integer(names.length)]!;
      options[name] = choices[name]![random.integer(choices[name]!.length)];
    }
    return (await read(file, bytes, options as LoadOptions)) !== null;
  },
};

const number = /^ *-?(0|[1-9]\d{0,14})(\.\d{1,9})? *$/;

/** Commas, a header and nothing special: what such a file says is plain to see. */
async function checkPlain(bytes: Buffer): Promise<boolean> {
  const options = { format: 'csv', header: true, delimiter: ',', comment: '', decimal: '.', thousands: '' } as const;
  const table = await read(file, bytes, options);
  if (table === null) return false;
  const text = bytes.toString('utf8');
  // A first line sep=, is a spreadsheet's word about the file.
  if (!isUtf8(bytes) || /["\0\ufeff]|^sep=/i.test(text)) return true;
  const [names = [], ...rows] = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(','));
  expect(table.data.rows).toBe(rows.length);
  if (rows.some((row) => row.length !== names.length)) return true;
  names.forEach((name, column) => {
    const at = table.data.columnNames!.indexOf(name.trim());
    if (at < 0 || names.filter((other) => other.trim() === name.trim()).length > 1) return;
    if (!rows.every((row) => number.test(row[column]!))) return;
    expect(rows.map((_, i) => rowOf(table, i)[at]! + 0)).toEqual(rows.map((row) => Number(row[column]) + 0));
  });
  return true;
}
