/** X as data, dense or sparse, and what is done with its rows whichever it is. */
import { checkEntries, checkSource, checkSpan } from '../backends/arguments.js';
import type { FileSource, MatrixSource, SparseSource } from '../backends/backend.js';
import { isFile } from '../backends/file-source.js';
import { reject } from '../core/errors.js';
import { checkShape, type DenseData } from './dense.js';

/** Compressed rows: see `SparseSource`. */
export interface SparseData extends SparseSource {
  readonly columnNames?: readonly string[] | undefined;
}

export type MatrixData = DenseData | SparseData;

/** X to train on: in memory, or in a file. */
export type TrainingMatrix = MatrixData | FileSource;

export function isSparse(data: TrainingMatrix): data is SparseData {
  return data.kind === 'csr';
}

/** Whether zeros of X are not stored, wherever it lies. */
export function isStoredSparse(data: TrainingMatrix): boolean {
  return isFile(data) ? data.entries !== undefined : isSparse(data);
}

/**
 * The checks that do not read the numbers; a backend does while it copies them.
 *
 * @throws PlanesearchError INVALID_DATA, INVALID_ARGUMENT or DIMENSION_MISMATCH
 */
export function checkData(data: MatrixData): MatrixData {
  const { kind } = Object(data) as { kind?: unknown };
  if (kind !== undefined && kind !== 'dense' && kind !== 'csr')
    reject('INVALID_DATA', 'The kind of X', "'dense' or 'csr', or absent", kind);
  if (data.ranks) return data;
  if (kind !== 'csr') return checkShape(data as DenseData);
  const { columns, columnNames } = data;
  checkSource(data as SparseData);
  if (columnNames !== undefined && columnNames.length !== columns)
    reject('INVALID_DATA', 'The column names', `an array of ${columns} names`, columnNames);
  return data;
}

/** How many numbers of X are kept. */
export function storedNumbers(data: TrainingMatrix): number {
  if (isFile(data)) return data.entries?.count ?? data.rows * data.columns;
  return data.ranks?.numbers ?? (isSparse(data) ? data.indices.length : data.values.length);
}

/** What a backend makes its matrix of. */
export function sourceOf(data: TrainingMatrix): MatrixSource {
  if (isFile(data) || isSparse(data)) return data;
  const { values, rows, columns, ranks } = data;
  return { kind: 'dense', values, rows, columns, ranks };
}

/** Numbers that are copied where rows are to be predicted. */
const COPIED = 2 ** 16;

/** A copy that the caller cannot reach. */
export function ownCopy(data: MatrixData): MatrixData {
  if (!isSparse(data)) return { ...data, values: data.values.slice() };
  const { indptr, indices, values } = data;
  return { ...data, indptr: Float64Array.from(indptr), indices: indices.slice(), values: values?.slice() };
}

/** A copy of few numbers, which the caller may then change; more of them stay where they are. */
export function ownIfFew(data: MatrixData): MatrixData {
  const most = isSparse(data) ? Math.max(data.indices.length, data.indptr.length) : data.values.length;
  return most > COPIED ? data : ownCopy(data);
}

/** Rows [from, from + count), over the memory of the caller where they lie there side by side. */
export function sliceRows(data: MatrixData, from: number, count: number): MatrixSource {
  if (!isSparse(data)) {
    const { values, columns } = data;
    return { kind: 'dense', values: values.subarray(from * columns, (from + count) * columns), rows: count, columns };
  }
  checkSpan(data);
  const [first, end] = [data.indptr[from]!, data.indptr[from + count]!];
  return {
    kind: 'csr',
    indptr: Float64Array.from({ length: count + 1 }, (_, i) => data.indptr[from + i]! - first),
    indices: data.indices.subarray(first, end),
    values: data.values?.subarray(first, end),
    rows: count,
    columns: data.columns,
  };
}

/** Sparse data with its zeros, in float64. @throws PlanesearchError INVALID_DATA for entries that a matrix would refuse */
export function filledIn(data: SparseData): DenseData {
  checkEntries(data, 'float64');
  const { indptr, indices, values, rows, columns } = data;
  const filled = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let e = indptr[i]!; e < indptr[i + 1]!; e++) filled[i * columns + indices[e]!] = values ? values[e]! : 1;
  return { values: filled, rows, columns };
}

/** Zeros in place of what stands in a row. */
export function clearRow(data: MatrixData, row: number): void {
  const [from, end] = isSparse(data)
    ? [data.indptr[row]!, data.indptr[row + 1]!]
    : [row * data.columns, (row + 1) * data.columns];
  data.values?.fill(0, from, end);
}

/** A copy of the given rows. */
export function takeRows<Data extends MatrixData>(data: Data, rows: Uint32Array): Data;
export function takeRows(data: MatrixData, rows: Uint32Array): MatrixData {
  const { ranks } = data;
  if (ranks) {
    const { taken } = ranks;
    return { ...data, rows: rows.length, ranks: { ...ranks, taken: taken ? rows.map((row) => taken[row]!) : rows } };
  }
  if (isSparse(data)) return { ...data, ...takeSparseRows(data, rows), rows: rows.length };
  return { ...data, ...takeDenseRows(data, rows), rows: rows.length };
}

function takeDenseRows({ values, columns }: DenseData, rows: Uint32Array): Pick<DenseData, 'values'> {
  const length = rows.length * columns;
  const taken = values.BYTES_PER_ELEMENT === 4 ? new Float32Array(length) : new Float64Array(length);
  rows.forEach((row, at) => taken.set(values.subarray(row * columns, (row + 1) * columns), at * columns));
  return { values: taken };
}

function takeSparseRows(
  { indptr, indices, values }: SparseData,
  rows: Uint32Array,
): Pick<SparseData, 'indptr' | 'indices' | 'values'> {
  const offsets = new Float64Array(rows.length + 1);
  rows.forEach((row, at) => {
    offsets[at + 1] = offsets[at]! + indptr[row + 1]! - indptr[row]!;
  });
  const entries = offsets[rows.length]!;
  const columns = new Uint32Array(entries);
  const numbers = values && (values.BYTES_PER_ELEMENT === 4 ? new Float32Array(entries) : new Float64Array(entries));
  rows.forEach((row, at) => {
    const [from, end] = [indptr[row]!, indptr[row + 1]!];
    columns.set(indices.subarray(from, end), offsets[at]!);
    numbers?.set(values!.subarray(from, end), offsets[at]!);
  });
  return { indptr: offsets, indices: columns, values: numbers };
}
