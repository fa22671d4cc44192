/** X of the cells of a table: numbers as they are, categories one-hot, dense or sparse. */
import { paced, type Steps } from '../core/pace.js';
import type { CellBlocks } from './cell-blocks.js';
import type { RowSink } from './convert/row-sink.js';
import { allocateDense, checkDenseSize, type DenseData } from './dense.js';
import { columnNamesOf, widthOfFeature } from './features.js';
import { fileOverLimit, type ReadLimits } from './limits.js';
import type { MatrixData, SparseData } from './matrix-data.js';
import { ENTRY_BYTES, SPARSE_SHARE, type Storage } from './storage.js';
import type { CsvFeature } from './table.js';

/** Below this many numbers a dense X is small and fast whatever is in it. */
const SMALL = 2 ** 20;

/** Lists, and no object for each of 100 000 features. */
export interface CodedFeatures {
  readonly features: readonly CsvFeature[];
  /** Of every feature the place among its categories of every code, -1 for a rare one; null for numbers. */
  readonly places: readonly (Int32Array | null)[];
  /** Of a text column, by its number: its columns of X. */
  readonly texts?: ReadonlyMap<number, SparseData>;
}

/** What the cells of every feature put where in a row of X. */
interface Codes {
  readonly places: readonly (Int32Array | null)[];
  readonly offsets: Int32Array;
  /** Column for other categories, -1 when there is none. */
  readonly others: Int32Array;
  /** For a missing cell: the number, or the column of the category, -1 for none. */
  readonly fills: Float64Array;
  readonly indicators: Int32Array;
  readonly texts: ReadonlyMap<number, SparseData>;
}

type Put = (column: number, value: number) => void;

/** The cells are given away on the way. */
export async function matrixOf(
  path: string,
  cells: CellBlocks,
  { features, places, texts = new Map() }: CodedFeatures,
  storage: Storage,
  limits: ReadLimits,
): Promise<MatrixData> {
  const columns = widthOf(path, features, limits);
  const codes = codesOf(features, places, texts);
  const numbers = cells.rows * columns;
  const overDense = numbers * 8 > limits.matrixBytes;
  // Hashed words have no names.
  const names = texts.size > 0 ? {} : { columnNames: columnNamesOf(features) };
  const only = features.length === 1 ? texts.get(0) : undefined;
  if (only && storage !== 'dense') return only;
  const dense = async (): Promise<DenseData> => {
    const values = allocateDense(path, cells.rows, columns, limits.matrixBytes);
    await paced(fillDense(cells, codes, columns, values));
    return { values, rows: cells.rows, columns, ...names };
  };
  if (storage === 'dense' || (storage === 'auto' && numbers < SMALL && !overDense && texts.size === 0)) return dense();
  const { entries, ones } = await paced(countEntries(cells, codes));
  if (storage === 'auto' && entries > SPARSE_SHARE * numbers && !overDense) return dense();
  if (entries * ENTRY_BYTES > limits.matrixBytes) {
    if (storage === 'auto') checkDenseSize(path, cells.rows, columns, limits.matrixBytes);
    throw fileOverLimit('matrixBytes', limits, path, 'bytes of entries');
  }
  return { ...(await paced(fillSparse(cells, codes, entries, ones))), columns, ...names };
}

/** The same rows, dense, into a file. */
export async function sendRows(
  path: string,
  cells: CellBlocks,
  { features, places, texts = new Map() }: CodedFeatures,
  limits: ReadLimits,
  sink: RowSink,
): Promise<MatrixData> {
  const codes = codesOf(features, places, texts);
  const data = sink.begin(cells.rows, widthOf(path, features, limits));
  const put: Put = (column, value) => sink.put(column, value);
  const rows = cells.eachRow((block, start, row) => {
    sink.nextRow();
    putRow(codes, block, start, row, put);
  });
  await paced(rows);
  return data;
}

function widthOf(path: string, features: readonly CsvFeature[], limits: ReadLimits): number {
  const columns = features.reduce((sum, feature) => sum + widthOfFeature(feature), 0);
  if (columns > limits.columns) throw fileOverLimit('columns', limits, path, 'columns, one per category');
  return columns;
}

function codesOf(features: readonly CsvFeature[], places: Codes['places'], texts: Codes['texts']): Codes {
  const { length } = features;
  const codes: Codes = {
    places,
    offsets: new Int32Array(length),
    others: new Int32Array(length).fill(-1),
    fills: new Float64Array(length),
    indicators: new Int32Array(length).fill(-1),
    texts,
  };
  let offset = 0;
  features.forEach((feature, k) => {
    codes.offsets[k] = offset;
    if (feature.kind === 'categorical' && feature.others) codes.others[k] = offset + feature.categories.length;
    codes.fills[k] = fillOf(feature, offset, codes.others[k]!);
    offset += widthOfFeature(feature);
    if (feature.indicator) codes.indicators[k] = offset - 1;
  });
  return codes;
}

function fillOf(feature: CsvFeature, offset: number, others: number): number {
  if (feature.kind !== 'categorical') return feature.fill ?? NaN;
  const place = feature.fill === undefined ? -1 : feature.categories.indexOf(feature.fill);
  if (place >= 0) return offset + place;
  return feature.fill === undefined ? -1 : others;
}

/** What one row puts into X, columns in ascending order, zeros left out. */
function putRow(codes: Codes, block: Float64Array, start: number, row: number, put: Put): void {
  const { places, offsets, others, fills, indicators, texts } = codes;
  for (let k = 0; k < offsets.length; k++) {
    const cell = block[start + k]!;
    const offset = offsets[k]!;
    const categories = places[k]!;
    const words = categories === null && texts.size > 0 ? texts.get(k) : undefined;
    if (words) {
      const { indptr, indices, values } = words;
      for (let e = indptr[row]!; e < indptr[row + 1]!; e++) put(offset + indices[e]!, values![e]!);
    } else if (categories === null) {
      const value = Number.isNaN(cell) ? fills[k]! : cell;
      if (value !== 0) put(offset, value);
    } else {
      const place = cell >= 0 ? categories[cell]! : -1;
      const column = place >= 0 ? offset + place : Number.isNaN(cell) ? fills[k]! : others[k]!;
      if (column >= 0) put(column, 1);
    }
    if (indicators[k]! >= 0 && Number.isNaN(cell)) put(indicators[k]!, 1);
  }
}

function* fillDense(cells: CellBlocks, codes: Codes, columns: number, values: Float64Array): Steps<void> {
  let from = 0;
  const put: Put = (column, value) => {
    values[from + column] = value;
  };
  yield* cells.eachRow((block, start, row) => {
    from = row * columns;
    putRow(codes, block, start, row, put);
  }, true);
}

function* countEntries(cells: CellBlocks, codes: Codes): Steps<{ entries: number; ones: boolean }> {
  let [entries, ones] = [0, true];
  const put: Put = (_column, value) => {
    entries++;
    ones &&= value === 1;
  };
  yield* cells.eachRow((block, start, row) => putRow(codes, block, start, row, put));
  return { entries, ones };
}

/** Values that are all 1 are left out. */
function* fillSparse(cells: CellBlocks, codes: Codes, entries: number, ones: boolean): Steps<Omit<SparseData, 'columns'>> {
  const { rows } = cells;
  const indptr = new Float64Array(rows + 1);
  const indices = new Uint32Array(entries);
  const values = ones ? undefined : new Float64Array(entries);
  let entry = 0;
  const put: Put = (column, value) => {
    indices[entry] = column;
    if (values) values[entry] = value;
    entry++;
  };
  yield* cells.eachRow((block, start, row) => {
    putRow(codes, block, start, row, put);
    indptr[row + 1] = entry;
  }, true);
  return { kind: 'csr', indptr, indices, ...(values ? { values } : {}), rows };
}
