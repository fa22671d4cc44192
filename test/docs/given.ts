/** The files that the pages take for granted, each written where a page names it. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRandom } from '../../lib/index.js';
import { root } from './blocks.js';

const random = createRandom(7);
const number = (): string => random.normal().toFixed(3);
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const oneOf = (...values: string[]): string => values[random.integer(values.length)]!;

function table(): string {
  const lines = times(200, () => {
    const [a, b] = [number(), number()];
    return `${a},${b},${oneOf('red', 'green')},${Number(a) > Number(b) ? 'yes' : 'no'}`;
  });
  return ['a,b,color,answer', ...lines, ''].join('\n');
}

function churn(): string {
  const lines = times(300, (i) => {
    const months = 1 + random.integer(72);
    const since = new Date(Date.UTC(2016, 0, 1 + random.integer(2500))).toISOString().slice(0, 10);
    const cells = [`C-${i}`, months % 20 ? months : '', oneOf('basic', 'plus', 'pro'), `c${random.integer(9)}`];
    return [...cells, oneOf('yes', 'no'), since, `0${1000 + random.integer(20)}`, months < 12 ? 'yes' : 'no'].join(',');
  });
  return ['customerID,tenure,plan,city,active,since,zip,churn', ...lines, ''].join('\n');
}

const review = (i: number): string =>
  i % 2 ? `a ${oneOf('fine', 'lovely')} film` : `a ${oneOf('dull', 'bad')} film, ${oneOf('again', 'alas')}`;
const reviews = (): string =>
  ['review,label', ...times(60, (i) => `"${review(i)}",${i % 2 ? 'good' : 'bad'}`), ''].join('\n');
const jsonLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
/** Rows with the columns of `table.parquet`. */
const log = (): object[] =>
  times(20, (i) => ({ size: i / 10, count: i, small: 1, color: 'red', open: true, day: '2024-01-05' }));

const cases = path.join(root, 'test', 'data', 'cases');

const makers: Readonly<Record<string, (file: string) => Promise<void>>> = {
  'data.csv': (file) => writeFile(file, table()),
  'new.csv': (file) => writeFile(file, table()),
  'test.csv': (file) => writeFile(file, table()),
  'churn.csv': (file) => writeFile(file, churn()),
  'reviews.csv': (file) => writeFile(file, reviews()),
  'more.jsonl': (file) => writeFile(file, jsonLines(times(5, (i) => ({ review: review(i) })))),
  'log.jsonl.gz': (file) => writeFile(file, gzipSync(jsonLines(log()))),
  'train.npz': (file) => copyFile(path.join(cases, 'numpy', 'keras.npz'), file),
  'table.parquet': (file) => copyFile(path.join(cases, 'tables', 'mixed-snappy.parquet'), file),
};

/** Every file that `code` names. */
export async function writeGiven(folder: string, code: string): Promise<void> {
  for (const [name, make] of Object.entries(makers)) {
    const named = new RegExp(`(?<![\\w./-])${name.replaceAll('.', '\\.')}(?![\\w.])`);
    if (named.test(code)) await make(path.join(folder, name));
  }
}
