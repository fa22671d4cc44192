/**
 * Dense data in memory: a row-major float64 or float32 array with its shape.
 *
 * Whatever comes from outside is checked here once, so that everything behind it may trust the shape and the numbers.
 */
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { typedArrayName } from '../backends/arguments.js';
import type { RankedRows } from '../backends/backend.js';
import { checkAttached } from '../core/attached.js';
import { dataError } from './data-error.js';

/** `values[i * columns + j]` is row i, column j. */
export interface DenseData {
  readonly kind?: 'dense' | undefined;
  readonly values: Float64Array | Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly columnNames?: readonly string[] | undefined;
  /** Where the rows are when they are not in `values`: `planesearch/distributed`. */
  readonly ranks?: RankedRows | undefined;
}

/** 4 GiB: the backend keeps a copy of its own, so that loading a matrix of this size takes 8 GiB. */
export const DENSE_BYTE_LIMIT = 4 * 2 ** 30;

/**
 * Checks data given as an array: shape, memory that nobody else can change or take away, finite numbers.
 *
 * @returns the same object
 * @throws PlanesearchError INVALID_DATA; a NaN or Infinity is named with its row and column, both counted from 0
 */
export function checkDense(data: DenseData): DenseData {
  const { values, columns } = data;
  checkShape(data);
  for (let k = 0; k < values.length; k++) {
    if (Number.isFinite(values[k])) continue;
    const row = Math.floor(k / columns);
    const column = k - row * columns;
    const name = data.columnNames?.[column];
    const place = `row ${row}, column ${column}${name === undefined ? '' : ` (${describe(name)})`}`;
    const sentence = `X must hold finite numbers, but ${values[k]} was given in ${place}.`;
    throw dataError(sentence, 'a finite number', String(values[k]));
  }
  return data;
}

/** The checks of {@link checkDense} that do not read the values. */
export function checkShape(data: DenseData): DenseData {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || ArrayBuffer.isView(data))
    reject('INVALID_DATA', 'X', 'an object { values, rows, columns } with the values row by row in a Float64Array', data);
  const { values, rows, columns, columnNames } = data;
  const kind = typedArrayName(values);
  if (kind !== 'Float64Array' && kind !== 'Float32Array')
    reject('INVALID_DATA', 'X', 'a Float64Array or a Float32Array', values);
  requireInteger('The number of rows', rows, 1);
  requireInteger('The number of columns', columns, 1);
  checkAttached('X', values);
  if (values.length !== rows * columns) {
    const expected = `${rows * columns} values`;
    const sentence = `X must hold rows x columns = ${rows} x ${columns} = ${expected}, but ${values.length} were given.`;
    throw dataError(sentence, expected, `${values.length} values`);
  }
  if (columnNames !== undefined && columnNames.length !== columns) {
    reject('INVALID_DATA', 'The column names', `an array of ${columns} names`, columnNames);
  }
  return data;
}

/**
 * Zeros for `rows` x `columns` values.
 *
 * @throws PlanesearchError INVALID_DATA when that is more than `byteLimit`, OUT_OF_MEMORY when it is more than memory gives
 */
export function allocateDense(path: string, rows: number, columns: number, byteLimit: number): Float64Array {
  checkDenseSize(path, rows, columns, byteLimit);
  try {
    return new Float64Array(rows * columns);
  } catch (cause) {
    const sentence = `${denseSize(path, 'takes', rows, columns)}, and that much memory is not to be had.`;
    throw new PlanesearchError('OUT_OF_MEMORY', sentence, { cause });
  }
}

/**
 * The first check of {@link allocateDense} alone, for a reader that knows its rows and columns so far.
 *
 * @throws PlanesearchError INVALID_DATA when `rows` x `columns` values are more than `byteLimit`
 */
export function checkDenseSize(
  path: string,
  rows: number,
  columns: number,
  byteLimit: number,
  verb: 'takes' | 'takes at least' = 'takes',
): void {
  const bytes = rows * columns * 8;
  if (bytes <= byteLimit) return;
  const option = `--limits matrixBytes=${2 * byteLimit} would allow twice as many bytes`;
  const sentence = `${denseSize(path, verb, rows, columns)}, but the limit is ${gibibytes(byteLimit)} GiB; ${option}.`;
  throw dataError(sentence, `at most ${byteLimit} bytes`, `${bytes} bytes`);
}

function denseSize(path: string, verb: string, rows: number, columns: number): string {
  const shape = `${rows} rows x ${columns} columns x 8 bytes`;
  return `${describe(path)} ${verb} ${shape} = ${gibibytes(rows * columns * 8)} GiB as a dense matrix`;
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toPrecision(3).replace(/\.0+$/, '');
}
