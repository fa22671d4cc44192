/** Forms of X that are read row by row into one dense matrix: lists of rows, objects with `get`. */
import { typedArrayName } from '../../core/attached.js';
import { describe } from '../../core/errors.js';
import { findSteps, type Steps } from '../../core/pace.js';
import { dataError } from '../data-error.js';
import type { DenseData } from '../dense.js';

export type Numbers = Float64Array | Float32Array;

/** Numbers between two yields: well below a millisecond, however they lie. */
const CELLS = 2 ** 15;

/** A form of X whose shape is known before its numbers are read. */
export interface Form {
  readonly rows: number;
  readonly columns: number;
  readonly columnNames?: readonly string[] | undefined;
  /** Whether every number is a float32 already; steps where that means to look at every row. */
  readonly float32: boolean | (() => Steps<boolean>);
  /** Writes the numbers of row i to `out`, from `at` on. */
  copyRow(i: number, out: Numbers, at: number): void;
}

/** The numbers of a form, row by row: in float32 where all are, otherwise in float64. */
export function* fillSteps(form: Form): Steps<DenseData> {
  const { rows, columns, columnNames, float32 } = form;
  const single = typeof float32 === 'boolean' ? float32 : yield* float32();
  const values = single ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  let since = 0;
  for (let i = 0; i < rows; i++) {
    form.copyRow(i, values, i * columns);
    since += columns;
    if (since < CELLS) continue;
    since = 0;
    yield;
  }
  return { values, rows, columns, ...(columnNames ? { columnNames } : {}) };
}

/** A list of rows: lists of numbers, or typed arrays, all of one length. */
export function listOfRows(list: readonly unknown[]): Form {
  const columns = lengthOf(list[0]);
  if (columns === null) {
    const hints = { number: '; a single row is [row]', string: '; a TextVectorizer makes X of texts' } as Readonly<
      Record<string, string>
    >;
    const hint = hints[typeof list[0]] ?? '';
    throw badRow(0, 'a list or a typed array of numbers', list[0], hint);
  }
  if (columns === 0) throw badRow(0, 'at least one number long', list[0]);
  return {
    rows: list.length,
    columns,
    *float32() {
      return (yield* findSteps(list, (row) => !isFloat32(row))) < 0;
    },
    copyRow(i, out, at) {
      const row = list[i];
      if (lengthOf(row) !== columns) throw badRow(i, `a list of ${columns} numbers, as row 0`, row);
      if (Array.isArray(row)) copyList(row, i, out, at);
      else copyTyped(row as ArrayBufferView, out, at);
    },
  };
}

/** An object that gives its numbers one by one, as views of ml-matrix do. */
export function gettable(rows: number, columns: number, get: (i: number, j: number) => unknown): Form {
  return {
    rows,
    columns,
    float32: false,
    copyRow(i, out, at) {
      for (let j = 0; j < columns; j++) out[at + j] = numberAt(get(i, j), i, j);
    },
  };
}

/** Of a list or a typed array; null for anything else. */
function lengthOf(row: unknown): number | null {
  return Array.isArray(row) || isNumeric(row) ? (row as ArrayLike<unknown>).length : null;
}

/** Whether these are numbers in a typed array, of any kind and realm. */
export function isNumeric(values: unknown): values is ArrayLike<number | bigint> {
  return typedArrayName(values) !== null;
}

/** Float16Array came after Node 20. */
export function isFloat32(values: unknown): boolean {
  const name = typedArrayName(values);
  return name === 'Float32Array' || name === 'Float16Array';
}

function isBig(values: unknown): values is ArrayLike<bigint> {
  return typedArrayName(values)?.startsWith('Big') === true;
}

function copyTyped(row: unknown, out: Numbers, at: number): void {
  if (!isBig(row)) out.set(row as ArrayLike<number>, at);
  else for (let j = 0; j < row.length; j++) out[at + j] = Number(row[j]);
}

function copyList(row: readonly unknown[], i: number, out: Numbers, at: number): void {
  for (let j = 0; j < row.length; j++) {
    const value = row[j];
    out[at + j] = typeof value === 'number' ? value : numberAt(value, i, j);
  }
}

/** @throws PlanesearchError INVALID_DATA with row and column, both from 0, for what is no number */
export function numberAt(value: unknown, row: number, column: number, name?: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const place = `row ${row}, column ${column}${name === undefined ? '' : ` (${describe(name)})`}`;
  const sentence = `X must hold numbers, but ${describe(value)} was given in ${place} (from 0).`;
  throw dataError(sentence, 'a number', describe(value));
}

function badRow(row: number, expected: string, received: unknown, hint = ''): Error {
  const shown = describe(received);
  return dataError(`Row ${row} (from 0) of X must be ${expected}, but ${shown} was given${hint}.`, expected, shown);
}
