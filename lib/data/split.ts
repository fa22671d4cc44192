/** Ways to set rows aside for testing, and to take rows out of data. */
import { requireInteger, requireNumber } from '../core/errors.js';
import { createRandom } from '../core/random.js';
import { dataError } from './data-error.js';
import { takeRows, type MatrixData } from './matrix-data.js';
import type { RawTarget, Table } from './table.js';

/** Row indices, each in ascending order. */
export interface RowSplit {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * A random split: every set of round(rows * testShare) rows is equally likely to be the test rows.
 *
 * @param testShare from 0 to 1, default 0.2; at least one row must fall on either side
 * @param seed as `createRandom`, default 0
 */
export function splitRows(rows: number, testShare = 0.2, seed = 0): RowSplit {
  requireInteger('The number of rows', rows, 2, 2 ** 32 - 1);
  requireNumber('testShare', testShare, 0, 1);
  const count = Math.round(rows * testShare);
  if (count === 0 || count === rows) {
    const received = `${count} of ${rows} rows`;
    const sentence = `A split must leave rows on both sides, but a test share of ${testShare} takes ${received} for testing.`;
    throw dataError(sentence, `1 to ${rows - 1} test rows`, received);
  }
  const order = createRandom(seed).permutation(rows);
  return { train: order.slice(count).sort(), test: order.slice(0, count).sort() };
}

/** Every fifth row, index mod 5 = 4 counted from 0, is a test row; the rest is for training. */
export function everyFifthRow(rows: number): RowSplit {
  requireInteger('The number of rows', rows, 5, 2 ** 32 - 1);
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return { train: all.filter((row) => row % 5 !== 4), test: all.filter((row) => row % 5 === 4) };
}

export function takeTarget(target: RawTarget, rows: Uint32Array): RawTarget {
  if (target.kind === 'strings') return { kind: 'strings', values: Array.from(rows, (row) => target.values[row]!) };
  if (target.kind === 'label-sets') return { kind: 'label-sets', values: Array.from(rows, (row) => target.values[row]!) };
  const { width = 1, texts } = target;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, at) => values.set(target.values.subarray(row * width, (row + 1) * width), at * width));
  return { ...target, values, ...(texts ? { texts: Array.from(rows, (row) => texts[row]!) } : {}) };
}

export function splitTable<Data extends MatrixData>(
  table: Table<Data>,
  split: RowSplit,
): { readonly train: Table<Data>; readonly test: Table<Data> } {
  const part = (rows: Uint32Array): Table<Data> => ({
    data: takeRows(table.data, rows),
    target: table.target === null ? null : takeTarget(table.target, rows),
    schema: table.schema,
  });
  return { train: part(split.train), test: part(split.test) };
}
