/**
 * Checks shared by both backends: what a typed array handed in by a caller has to be. The native code checks only what
 * protects memory; the sentences come from here.
 */
import { checkAttached, typedArrayName } from '../core/attached.js';
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import type { MatrixOptions, MatrixSource, Precision, RowRange, SparseSource } from './backend.js';
import { checkFileSource, isFile } from './file-source.js';

export { typedArrayName };

/** A copy of a Float64Array that whoever gave it cannot reach. */
export function ownNumbers(what: string, values: unknown): Float64Array {
  if (typedArrayName(values) !== 'Float64Array') reject('INVALID_ARGUMENT', what, 'a Float64Array', values);
  checkAttached(what, values as Float64Array);
  return (values as Float64Array).slice();
}

/** A Float64Array over memory that is its own: not detached, not shared, of the length that its shape asks for. */
export function checkArray(what: string, values: unknown, length: number, shape: string): asserts values is Float64Array {
  if (typedArrayName(values) !== 'Float64Array') reject('INVALID_ARGUMENT', what, 'a Float64Array', values);
  checkMemory(what, values as Float64Array, length, shape);
}

function checkMemory(what: string, values: Float64Array | Float32Array, length: number, shape: string): void {
  checkAttached(what, values);
  if (values.length !== length) reject('DIMENSION_MISMATCH', what, `of length ${length} (${shape})`, values);
}

/** X, at least 1 x 1. Whether every entry is finite, and every index within the matrix, is found out while it is copied. */
export function checkSource(source: MatrixSource): void {
  const { kind } = Object(source) as { kind?: unknown };
  if (isFile(source)) {
    checkFileSource(source);
    return;
  }
  if (kind !== 'dense' && kind !== 'csr')
    reject('INVALID_ARGUMENT', 'The kind of the data matrix', "'dense', 'csr' or 'file'", kind);
  const { values, rows, columns, ranks } = source;
  if (ranks)
    throw new PlanesearchError('INCOMPATIBLE', 'Rows that are with several ranks must go to the backend that leads them.');
  requireInteger('The number of rows', rows, 1);
  requireInteger('The number of columns', columns, 1);
  const name = typedArrayName(values);
  if (kind === 'csr') {
    checkSparseSource(source as SparseSource, name);
    return;
  }
  if (name !== 'Float64Array' && name !== 'Float32Array')
    reject('INVALID_ARGUMENT', 'X', 'a Float64Array or a Float32Array', values);
  checkMemory('X', values!, rows * columns, `${rows} rows x ${columns} columns`);
}

function checkSparseSource({ indptr, indices, values, rows, columns }: SparseSource, name: string | null): void {
  if (rows >= 2 ** 32) reject('INVALID_ARGUMENT', 'The number of rows of sparse data', 'below 2^32', rows);
  if (columns >= 2 ** 31) reject('INVALID_ARGUMENT', 'The number of columns of sparse data', 'below 2^31', columns);
  const kind = typedArrayName(indices);
  if (kind !== 'Uint32Array' && kind !== 'Int32Array')
    reject('INVALID_ARGUMENT', 'The indices', 'a Uint32Array or an Int32Array', indices);
  checkAttached('The indices', indices);
  if (values !== undefined) {
    if (name !== 'Float64Array' && name !== 'Float32Array')
      reject('INVALID_ARGUMENT', 'The values', 'a Float64Array or a Float32Array', values);
    checkMemory('The values', values, indices.length, 'one per index');
  }
  if ((!Array.isArray(indptr) && typedArrayName(indptr) === null) || indptr.length !== rows + 1)
    reject('DIMENSION_MISMATCH', 'The indptr', `a list of ${rows + 1} offsets, one more than rows`, indptr);
}

/** Refuses offsets that fall or do not span the entries, indices outside the matrix or twice in a row, NaN and Infinity: in one sentence each. */
export function checkEntries(
  { indptr, indices, values, rows, columns }: SparseSource,
  precision: Precision,
  names?: readonly string[],
): void {
  const seen = new Map<number, number>();
  if (indptr[0] !== 0) refuseFirst(indptr[0]);
  for (let i = 0; i < rows; i++) {
    const from = indptr[i]!;
    const end = indptr[i + 1]!;
    if (!Number.isInteger(end) || end < from || end > indices.length)
      reject('INVALID_DATA', `The offset ${i + 1} of indptr`, `an integer from ${from} to ${indices.length}`, end);
    for (let e = from; e < end; e++) {
      const j = indices[e]!;
      if (j < 0 || j >= columns)
        reject('INVALID_DATA', `The index of entry ${e} (row ${i}, from 0)`, `from 0 to ${columns - 1}`, j);
      if (seen.get(j) === i) {
        const name = names?.[j] === undefined ? '' : ` (${describe(names[j])})`;
        const sentence = `Row ${i} of X must name each column at most once, but names column ${j}${name} (from 0) twice.`;
        throw new PlanesearchError('INVALID_DATA', sentence, {
          expected: 'each column once',
          received: `column ${j} twice`,
        });
      }
      seen.set(j, i);
      if (values && !fits(values[e]!, precision)) refuseNumber(values[e]!, i, j, names);
    }
  }
  if (indptr[rows] !== indices.length) refuseLast(indices.length, indptr[rows]);
}

/** Refuses offsets that do not span the entries, whatever lies between. */
export function checkSpan({ indptr, indices, rows }: SparseSource): void {
  if (indptr[0] !== 0) refuseFirst(indptr[0]);
  if (indptr[rows] !== indices.length) refuseLast(indices.length, indptr[rows]);
}

function refuseFirst(offset: unknown): never {
  return reject('INVALID_DATA', 'The first offset of indptr', '0', offset);
}

function refuseLast(entries: number, offset: unknown): never {
  return reject('INVALID_DATA', 'The last offset of indptr', `${entries}, the number of indices`, offset);
}

/** Refuses NaN, Infinity and what becomes Infinity in this precision, with row and column. */
export function checkFinite(
  values: Float64Array | Float32Array,
  columns: number,
  precision: Precision,
  names?: readonly string[],
): void {
  const bad = values.findIndex((x) => !fits(x, precision));
  if (bad < 0) return;
  refuseNumber(values[bad]!, Math.floor(bad / columns), bad % columns, names);
}

function fits(x: number, precision: Precision): boolean {
  return Number.isFinite(precision === 'float32' ? Math.fround(x) : x);
}

/** The precision that was asked for, or that of the values; without any, float64. */
export function precisionOf(source: MatrixSource, { precision = 'auto' }: MatrixOptions): Precision {
  if (precision === 'float64' || precision === 'float32') return precision;
  if (precision !== 'auto') reject('INVALID_OPTION', 'precision', 'auto, float64 or float32', precision);
  if (isFile(source)) return source.type;
  return source.ranks?.precision ?? (typedArrayName(source.values) === 'Float32Array' ? 'float32' : 'float64');
}

function refuseNumber(value: number, row: number, column: number, names: readonly string[] | undefined): never {
  const name = names?.[column] === undefined ? '' : ` (${describe(names[column])})`;
  const expected = Number.isFinite(value) ? 'within the range of float32' : 'a finite number';
  reject('INVALID_DATA', `X at row ${row}, column ${column}${name} (from 0)`, expected, value);
}

/** The right-hand factor of a product: row-major, `inner` x `width`. */
export function checkProduct(what: string, values: unknown, inner: number, width: number): asserts values is Float64Array {
  requireInteger(`The width of ${what}`, width, 1);
  checkArray(what, values, inner * width, `${inner} x ${width}`);
}

/** A range of rows, all of them when it is not given. */
export function checkRange(range: RowRange | undefined, rows: number): RowRange {
  if (range === undefined) return { from: 0, count: rows };
  requireInteger('The first row of a range', range.from, 0, rows - 1);
  requireInteger('The number of rows of a range', range.count, 1, rows - range.from);
  return range;
}

/** What is work with X beyond its two products has all rows, or the first ones, to work with. */
export function requireAllRows(what: string, range: RowRange | undefined): void {
  if (range === undefined) return;
  const sentence = `${what} need all rows of X, but this loss is over the ${range.count} from row ${range.from} on.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence);
}

/** The rows to which a sample grows. */
export function checkGrowth(rows: number, sample: number, all: number): void {
  requireInteger('The rows of a sample that grows', rows, sample + 1, all);
}

/** Rows behind a sample. */
export function checkAhead(count: number, sample: number, all: number): void {
  requireInteger('The number of rows behind the sample', count, 1, all - sample);
}

/** Two parameter-sized vectors of one length. */
export function checkPair(a: Float64Array, b: Float64Array): void {
  checkArray('The second vector', b, a.length, 'as long as the first');
}

/** What a gram takes: the first `rows` of `all` rows, and for each row taken a scale, non-negative and finite. */
export function checkScale(scale: unknown, stride: number, rows: number, all: number): RowRange {
  const range = checkRange({ from: 0, count: rows }, all);
  requireInteger('The stride', stride, 1);
  checkArray('The scale', scale, Math.ceil(rows / stride), `one per row taken, every ${stride} of ${rows}`);
  const bad = scale.findIndex((s) => !(s >= 0 && s < Infinity));
  if (bad >= 0) reject('INVALID_ARGUMENT', `The scale at ${bad}`, 'a finite number of at least 0', scale[bad]);
  return range;
}

/** What `TrackedLoss.resume` takes: the tracked product, then those of at most `memory` past steps. */
export function checkTracked(products: readonly Float64Array[], length: number, memory: number): void {
  if (products.length < 1 || products.length > 1 + memory) {
    reject(
      'DIMENSION_MISMATCH',
      'The tracked products',
      `from 1 to ${1 + memory}, one and those of the past steps kept`,
      products,
    );
  }
  products.forEach((product, j) => checkArray(`Tracked product ${j}`, product, length, 'rows x width of the first layer'));
}

/** Columns by number, ascending. */
export function checkColumnList(list: Uint32Array, columns: number): void {
  if (typedArrayName(list) !== 'Uint32Array' || list.length === 0)
    reject('INVALID_ARGUMENT', 'The list of columns', 'a Uint32Array with at least one', list);
  const bad = list.findIndex((j, k) => j >= columns || (k > 0 && j <= list[k - 1]!));
  if (bad >= 0)
    reject('INVALID_ARGUMENT', `Column ${bad} of the list`, `above the one before and below ${columns}`, list[bad]);
}

/** A range of columns. */
export function checkColumns(from: number, count: number, columns: number): void {
  requireInteger('The first column of a block', from, 0, columns - 1);
  requireInteger('The number of columns of a block', count, 1, columns - from);
}
