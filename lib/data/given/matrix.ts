/**
 * X as people hold it, whichever library made it, told apart by what it has; typed arrays may be of another realm.
 *
 * | form | float32 | copied |
 * |---|---|---|
 * | `{ values, rows, columns }`, `{ kind: 'csr', ... }` | kept | no |
 * | `{ data, shape }`, ndarrays (`stride`, `offset`) | kept | unless row by row in float64 or float32 |
 * | lists of rows: lists or typed arrays | kept where every row is | once |
 * | ml-matrix, and what else has `rows`, `columns` and `data`, `to2DArray` or `get` | of flat data | once |
 * | Arrow tables of numbers | where every column is | once |
 *
 * Integers of 64 bits become the nearest float64.
 */
import { isCount } from '../../core/plain.js';
import { reject } from '../../core/errors.js';
import { atOnce, paced, type Steps } from '../../core/pace.js';
import { checkFileSource, isFile } from '../../backends/file-source.js';
import { checkData, type MatrixData, type TrainingMatrix } from '../matrix-data.js';
import { arrowForm, isArrowTable, type ArrowTable } from './arrow.js';
import { fillSteps, gettable, isNumeric, listOfRows, type Form } from './rows.js';
import { shaped, type ShapedNumbers } from './strided.js';

export type { ArrowColumn, ArrowTable } from './arrow.js';
export type { ShapedNumbers } from './strided.js';

/** A matrix of ml-matrix, or any other object that has as much. */
export type MatrixLike = {
  readonly rows: number;
  readonly columns: number;
} & ({ get(row: number, column: number): number } | { to2DArray(): number[][] });

/** Lists of numbers in any of JavaScript's ways. */
export type NumberList =
  | readonly number[]
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

export type GivenMatrix = MatrixData | ShapedNumbers | readonly NumberList[] | MatrixLike | ArrowTable;

/** Its shape is known at once, `data` too where nothing has to be copied. */
export interface MatrixReading<Data extends TrainingMatrix = MatrixData> {
  readonly rows: number;
  readonly columns: number;
  readonly columnNames?: readonly string[] | undefined;
  readonly data: Data | null;
  /** Makes the data; the numbers are read as it goes. */
  steps(): Steps<Data>;
}

/** @throws PlanesearchError INVALID_DATA for what is no form of X, for an empty one and for rows or columns that do not fit */
export function recognizeMatrix(x: unknown): MatrixReading {
  const found = formOf(x);
  const { rows, columns, columnNames } = found;
  if ('copyRow' in found) return { rows, columns, columnNames, data: null, steps: () => fillSteps(found) };
  const data = checkData(found);
  return { rows, columns, columnNames, data, steps: () => inOneStep(data) };
}

/** Likewise of what `train` takes besides: X in a file, which is not looked at here. */
export function recognizeTraining(x: unknown): MatrixReading<TrainingMatrix> {
  if (!isFile(x)) return recognizeMatrix(x);
  const data = checkFileSource(x);
  return { rows: data.rows, columns: data.columns, columnNames: data.columnNames, data, steps: () => inOneStep(data) };
}

// biome-ignore lint/correctness/useYield: there is nothing to do
function* inOneStep<T>(value: T): Steps<T> {
  return value;
}

/** X as `{ values, rows, columns }` or `{ kind: 'csr', ... }`, in one go. @throws as `recognizeMatrix`; INVALID_DATA with row and column */
export function toMatrix(x: GivenMatrix): MatrixData {
  return atOnce(recognizeMatrix(x).steps());
}

/** Numbers that are read before anybody else has a turn. */
const AT_ONCE = 2 ** 16;

/** The data where it needs no copy, or is read in no time; null otherwise. */
export function matrixAtOnce<Data extends TrainingMatrix>(reading: MatrixReading<Data>): Data | null {
  return reading.data ?? (reading.rows * reading.columns <= AT_ONCE ? atOnce(reading.steps()) : null);
}

/**
 * As {@link toMatrix}, sharing the event loop. Up to 65536 numbers are read at once, so that they may change as soon as the promise is there; more
 * must stay as they are until it is fulfilled.
 */
export async function readMatrix<Data extends TrainingMatrix>(reading: MatrixReading<Data>): Promise<Data> {
  return matrixAtOnce(reading) ?? paced(reading.steps());
}

function formOf(x: unknown): MatrixData | Form {
  if (Array.isArray(x)) return x.length > 0 ? listOfRows(x) : reject('INVALID_DATA', 'X', 'at least one row long', x);
  if (typeof x !== 'object' || x === null || isNumeric(x)) return refuse(x);
  const has = x as Record<string, unknown>;
  // Where `values` is a function, they are something else: entries of a collection, an iterator of ml-matrix.
  if ('kind' in has || ('values' in has && typeof has['values'] !== 'function')) return x as MatrixData;
  if ('shape' in has && 'data' in has) return shaped(x as ShapedNumbers);
  if (isArrowTable(x)) return arrowForm(x);
  return matrixLike(has) ?? refuse(x);
}

function matrixLike(x: Readonly<Record<string, unknown>>): MatrixData | Form | null {
  const { rows, columns, data, get, to2DArray } = x;
  if (!isCount(rows, 1) || !isCount(columns, 1)) return null;
  const flat = isNumeric(data) || (Array.isArray(data) && typeof data[0] === 'number');
  if (flat) return shaped({ data: data as ArrayLike<number>, shape: [rows, columns] });
  const list: unknown = Array.isArray(data) ? data : typeof to2DArray === 'function' ? to2DArray.call(x) : null;
  if (Array.isArray(list)) {
    if (list.length !== rows || (list[0] as Partial<ArrayLike<unknown>>)?.length !== columns)
      reject('INVALID_DATA', 'X', `of ${rows} rows x ${columns} columns, as it says`, list);
    return listOfRows(list);
  }
  return typeof get === 'function' ? gettable(rows, columns, (i, j) => get.call(x, i, j)) : null;
}

function refuse(x: unknown): never {
  const forms =
    'a list of rows, { values, rows, columns }, { data, shape }, compressed rows, a matrix of ml-matrix or an Arrow table';
  return reject('INVALID_DATA', 'X', forms, x);
}
