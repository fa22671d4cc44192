/** X of the cells of a table: numbers as they are, categories one-hot, dense or sparse. */
import { paced, type Steps } from '../core/pace.js';
import type { CellBlocks } from './cell-blocks.js';
import { allocateDense, checkDenseSize, type DenseData } from './dense.js';
import { columnNamesOf, widthOfFeature } from './features.js';
import { fileOverLimit, type ReadLimits } from './limits.js';
import type { MatrixData, SparseData } from './matrix-data.js';
import { ENTRY_BYTES, SPARSE_SHARE, type Storage } from './storage.js';
import type { CsvFeature } from './table.js';

/** Below this many numbers a dense X is small and fast whatever is in it. */
const SMALL = 2 ** 20;

export interface CodedFeature {
  readonly feature: CsvFeature;
  /** The place among the categories of every code, -1 for a rare one; null for numbers. */
  readonly places: Int32Array | null;
  /** Of a text column: its columns of X. */
  readonly texts?: SparseData | undefined;
}

/** What the cells of one column put where in a row of X. */
interface Code {
  readonly places: Int32Array | null;
  readonly offset: number;
  /** Column for other categories, -1 when there is none. */
  readonly others: number;
  /** For a missing cell: the number, or the column of the category, -1 for none. */
  readonly fill: number;
  readonly indicator: number;
  readonly texts: SparseData | undefined;
}

type Put = (column: number, value: number) => void;

/** The cells are given away on the way. */
export async function matrixOf(
  path: string,
  cells: CellBlocks,
  coded: readonly CodedFeature[],
  storage: Storage,
  limits: ReadLimits,
): Promise<MatrixData> {
  const features = coded.map(({ feature }) => feature);
  const columns = features.reduce((sum, feature) => sum + widthOfFeature(feature), 0);
  if (columns > limits.columns) throw fileOverLimit('columns', limits, path, 'columns, one per category');
  const codes = codesOf(coded);
  const numbers = cells.rows * columns;
  const overDense = numbers * 8 > limits.matrixBytes;
  // Hashed words have no names.
  const hasTexts = coded.some(({ texts }) => texts !== undefined);
  const columnNames = hasTexts ? undefined : columnNamesOf(features);
  if (coded.length === 1 && coded[0]!.texts && storage !== 'dense') return coded[0]!.texts;
  const dense = async (): Promise<DenseData> => {
    const values = allocateDense(path, cells.rows, columns, limits.matrixBytes);
    await paced(fillDense(cells, codes, columns, values));
    return { values, rows: cells.rows, columns, ...(columnNames ? { columnNames } : {}) };
  };
  if (storage === 'dense' || (storage === 'auto' && numbers < SMALL && !overDense && !hasTexts)) return dense();
  const { entries, ones } = await paced(countEntries(cells, codes));
  if (storage === 'auto' && entries > SPARSE_SHARE * numbers && !overDense) return dense();
  if (entries * ENTRY_BYTES > limits.matrixBytes) {
    if (storage === 'auto') checkDenseSize(path, cells.rows, columns, limits.matrixBytes);
    throw fileOverLimit('matrixBytes', limits, path, 'bytes of entries');
  }
  return { ...(await paced(fillSparse(cells, codes, entries, ones))), columns, ...(columnNames ? { columnNames } : {}) };
}

function codesOf(coded: readonly CodedFeature[]): Code[] {
  let offset = 0;
  return coded.map(({ feature, places, texts }) => {
    const width = widthOfFeature(feature);
    const indicator = feature.indicator ? offset + width - 1 : -1;
    const code = { places, offset, indicator, texts, ...fillOf(feature, offset) };
    offset += width;
    return code;
  });
}

function fillOf(feature: CsvFeature, offset: number): Pick<Code, 'fill' | 'others'> {
  if (feature.kind !== 'categorical') return { others: -1, fill: feature.fill ?? NaN };
  const others = feature.others ? offset + feature.categories.length : -1;
  if (feature.fill === undefined) return { others, fill: -1 };
  const place = feature.categories.indexOf(feature.fill);
  return { others, fill: place < 0 ? others : offset + place };
}

/** What one row puts into X, zeros left out. */
function putRow(codes: readonly Code[], block: Float64Array, start: number, row: number, put: Put): void {
  for (let k = 0; k < codes.length; k++) {
    const cell = block[start + k]!;
    const { places, offset, others, fill, indicator, texts } = codes[k]!;
    if (texts) {
      const { indptr, indices, values } = texts;
      for (let e = indptr[row]!; e < indptr[row + 1]!; e++) put(offset + indices[e]!, values![e]!);
    } else if (places === null) {
      const value = Number.isNaN(cell) ? fill : cell;
      if (value !== 0) put(offset, value);
    } else {
      const place = cell >= 0 ? places[cell]! : -1;
      const column = place >= 0 ? offset + place : Number.isNaN(cell) ? fill : others;
      if (column >= 0) put(column, 1);
    }
    if (indicator >= 0 && Number.isNaN(cell)) put(indicator, 1);
  }
}

function* fillDense(cells: CellBlocks, codes: readonly Code[], columns: number, values: Float64Array): Steps<void> {
  let from = 0;
  const put: Put = (column, value) => {
    values[from + column] = value;
  };
  yield* cells.eachRow((block, start, row) => {
    from = row * columns;
    putRow(codes, block, start, row, put);
  }, true);
}

function* countEntries(cells: CellBlocks, codes: readonly Code[]): Steps<{ entries: number; ones: boolean }> {
  let [entries, ones] = [0, true];
  const put: Put = (_column, value) => {
    entries++;
    ones &&= value === 1;
  };
  yield* cells.eachRow((block, start, row) => putRow(codes, block, start, row, put));
  return { entries, ones };
}

/** Values that are all 1 are left out. */
function* fillSparse(
  cells: CellBlocks,
  codes: readonly Code[],
  entries: number,
  ones: boolean,
): Steps<Omit<SparseData, 'columns'>> {
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
