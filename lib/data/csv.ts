/**
 * CSV: a header or none, numeric and categorical columns, one of them the target.
 *
 * What nobody says is guessed from the first rows and told in a notice (`docs/data.md`). A column of text enters X one-hot,
 * one column per category, categories in ascending order; a column of numbers with a cell that is none is refused. The schema
 * learned from the training file is applied to later ones: a category never seen in training becomes all zeros there.
 */
import { describe } from '../core/errors.js';
import { Pace, paced } from '../core/pace.js';
import { columnNamesOf } from './column-names.js';
import { CsvColumn, type CsvColumnSpec, type CsvFile } from './csv-column.js';
import { sniffDialect } from './csv-dialect.js';
import { missingMarks } from './csv-kinds.js';
import { beginsWithNames, learnLayout, matchLayout, type CsvLayout } from './csv-layout.js';
import { noticesOf } from './csv-notices.js';
import { checkCsvOptions, type CheckedCsvOptions, type CsvOptions } from './csv-options.js';
import { readRecords, type CsvRecord, type CsvSource } from './csv-records.js';
import { CsvShape } from './csv-shape.js';
import { dataError } from './data-error.js';
import { allocateDense, checkDenseSize, type DenseData } from './dense.js';
import { fileOverLimit } from './limits.js';
import { PLAIN_NUMBERS } from './number-cell.js';
import type { CsvFeature, CsvSchema, CsvTarget, RawTarget, Table, TableReading } from './table.js';
import { readText } from './text-encoding.js';

export type { ColumnReference, CsvChoices, CsvOptions } from './csv-options.js';

// What is learned from the head is learned at one stretch and held in memory, so that files with many or long fields get a shorter one.
const HEAD_ROWS = 1001;
const HEAD_CELLS = 2 ** 15;
const MOST_HEAD_CELLS = 2 ** 18;
const FEWEST_HEAD_ROWS = 5;
const HEAD_CHARACTERS = 2 ** 22;
const SAMPLE_BYTES = 64 * 1024;
const LARGEST_SAMPLE = 2 ** 20;
const BLOCK_VALUES = 64 * 1024;

/**
 * Reads a CSV file.
 *
 * @throws PlanesearchError INVALID_DATA for missing or non-finite values, text in a column of numbers, ragged rows, no data
 *   rows, no such column (with line and column), more of anything than the limits allow; INVALID_OPTION; DIMENSION_MISMATCH
 *   when a file matched by position has other columns than the schema
 */
export async function readCsv(path: string, given: CsvOptions): Promise<TableReading<DenseData>> {
  const options = checkCsvOptions(given);
  const limits = options.checkedLimits;
  const text = { path, encoding: options.encoding, limits };
  const { start, whole } = await readSample(text);
  const source: CsvSource = { ...text, dialect: sniffDialect(path, start, whole, options) };
  const raw = await readHead(source);
  if (raw.length === 0) throw dataError(`${describe(path)} holds no data rows.`);
  const shape = new CsvShape(source, raw);
  const head = raw.map((record) => shape.fit(record));
  shape.trimmed = 0;
  const { schema } = options;
  const layout = schema === undefined ? learnLayout(path, head, options) : matchLayout(path, head, schema, options);
  const cells = await readCells(source, shape, layout, options);
  const byName = schema !== undefined && options.header === undefined && beginsWithNames(head, schema);
  const { rows, columns } = cells;
  const notices = noticesOf({
    path,
    options,
    dialect: source.dialect,
    layout,
    columns,
    rows,
    trimmed: shape.trimmed,
    byName,
  });
  return { ...(await assemble(path, layout, cells, options)), notices, incompleteRows: cells.incompleteRows };
}

interface Cells {
  /** The features, then the target if there is one. */
  readonly columns: readonly CsvColumn[];
  /** Rows of `columns.length` numbers; a block that was used up is emptied. */
  readonly blocks: Float64Array[];
  readonly rows: number;
  readonly incompleteRows: readonly number[];
}

/** The beginning of the text: 64 KiB, or the first two lines if they are longer. */
async function readSample(text: Omit<CsvSource, 'dialect'>): Promise<{ start: string; whole: boolean }> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let lines = 0;
  for await (const piece of readText(text.path, text)) {
    pieces.push(piece);
    bytes += piece.length;
    for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, at + 1)) lines++;
    if (bytes >= LARGEST_SAMPLE || (bytes >= SAMPLE_BYTES && lines > 2))
      return { start: Buffer.concat(pieces).toString(), whole: false };
  }
  return { start: Buffer.concat(pieces).toString(), whole: true };
}

async function readHead(source: CsvSource): Promise<CsvRecord[]> {
  const pace = new Pace();
  const head: CsvRecord[] = [];
  let characters = 0;
  let rows = HEAD_ROWS;
  for await (const batch of readRecords(source)) {
    for (const record of batch) {
      if (head.length === 0) rows = headRows(record.cells.length);
      for (const cell of record.cells) characters += cell.length;
      head.push(record);
      if (head.length >= rows || (head.length >= FEWEST_HEAD_ROWS && characters >= HEAD_CHARACTERS)) return head;
    }
    if (pace.due) await pace.yield();
  }
  return head;
}

function headRows(width: number): number {
  const most = Math.max(FEWEST_HEAD_ROWS, Math.floor(MOST_HEAD_CELLS / width));
  return Math.min(HEAD_ROWS, most, Math.max(20, Math.floor(HEAD_CELLS / width)));
}

function columnsOf(path: string, layout: CsvLayout, options: CheckedCsvOptions): CsvColumn[] {
  const { schema, numbers, strict, missingCells, checkedLimits: limits } = options;
  const fixed = schema !== undefined;
  const missing = missingMarks(options.missing);
  const file: CsvFile = { path, numbers, missing, limits, learned: { characters: 0 }, strict: strict === true };
  const keepMissing = missingCells === 'keep';
  const columns = layout.features.map(({ column, at }) => {
    const categories = column.kind === 'categorical' && fixed ? column.categories : null;
    const use = fixed ? 'known' : 'feature';
    return new CsvColumn({
      file,
      name: column.name,
      at,
      kind: column.kind,
      use,
      categories,
      keepMissing,
      labels: 'numbers',
    });
  });
  if (layout.target !== null) {
    const { column, at } = layout.target;
    const kind = column.kind === 'strings' ? 'categorical' : 'numeric';
    const labels = labelsOf(kind, options);
    const use = fixed ? 'known' : 'target';
    columns.push(new CsvColumn({ file, name: column.name, at, kind, use, categories: null, keepMissing: false, labels }));
  }
  return columns;
}

function labelsOf(kind: CsvColumnSpec['kind'], { schema, task }: CheckedCsvOptions): CsvColumnSpec['labels'] {
  if (schema !== undefined) return kind === 'numeric' ? 'texts' : 'numbers';
  if (task === 'regression') return 'numbers';
  return kind === 'numeric' || task === 'classification' ? 'codes' : 'numbers';
}

async function readCells(source: CsvSource, shape: CsvShape, layout: CsvLayout, options: CheckedCsvOptions): Promise<Cells> {
  const { path, limits } = source;
  const columns = columnsOf(path, layout, options);
  // Kept once: a file of 100 000 columns has a row in a block, and would leave a list as long as the row behind for each.
  const growing = columns.slice(0, layout.features.length).filter(({ spec }) => spec.kind === 'categorical');
  const fixed = layout.features.length - growing.length;
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / columns.length));
  const blocks: Float64Array[] = [];
  const incompleteRows: number[] = [];
  let rows = 0;
  let skip = layout.header ? 1 : 0;
  for await (const batch of readRecords(source)) {
    for (const record of batch) {
      const { cells, line } = shape.fit(record);
      if (skip-- > 0) continue;
      const row = rows++ % blockRows;
      if (row === 0) {
        checkSize(source, fixed, growing, rows);
        blocks.push(new Float64Array(blockRows * columns.length));
      }
      const block = blocks.at(-1)!;
      const start = row * columns.length;
      let sum = 0;
      for (let k = 0; k < columns.length; k++) {
        const value = columns[k]!.read(cells[columns[k]!.spec.at]!, line);
        block[start + k] = value;
        sum += value;
      }
      // One sum tells whether a cell is missing: finite numbers whose sum overflows are looked at in vain.
      if (Number.isNaN(sum) && hasGap(columns, block, start)) incompleteRows.push(rows - 1);
    }
    if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
  }
  if (rows === 0) throw dataError(`${describe(path)} holds a header but no data rows.`);
  checkSize(source, fixed, growing, rows);
  return { columns, blocks, rows, incompleteRows };
}

function hasGap(columns: readonly CsvColumn[], block: Float64Array, start: number): boolean {
  return columns.some(({ spec }, k) => spec.kind === 'numeric' && Number.isNaN(block[start + k]));
}

/** What the rows so far take as a matrix; categories can only become more. */
function checkSize({ path, limits }: CsvSource, fixed: number, growing: readonly CsvColumn[], rows: number): void {
  const columns = growing.reduce((sum, { levels }) => sum + levels, fixed);
  if (columns > limits.columns) throw fileOverLimit('columns', limits, path, 'columns, one per category');
  checkDenseSize(path, rows, columns, limits.matrixBytes, 'takes at least');
}

async function assemble(
  path: string,
  layout: CsvLayout,
  cells: Cells,
  options: CheckedCsvOptions,
): Promise<Table<DenseData>> {
  const { rows } = cells;
  const features = cells.columns.slice(0, layout.features.length);
  const sorted = features.map((column) => (column.spec.kind === 'categorical' ? column.sorted() : null));
  const offsets: number[] = [];
  let columns = 0;
  for (const categorical of sorted) {
    offsets.push(columns);
    columns += categorical === null ? 1 : categorical.categories.length;
  }
  const values = allocateDense(path, rows, columns, options.checkedLimits.matrixBytes);
  const last = layout.target === null ? null : new Float64Array(rows);
  await spread(
    cells,
    offsets,
    sorted.map((s) => s?.places ?? null),
    columns,
    values,
    last,
  );
  const target = last === null ? null : await paced(cells.columns.at(-1)!.target(last));
  const schema =
    options.schema ??
    schemaOf(
      layout,
      sorted.map((s) => s?.categories ?? null),
      columns,
      target,
      options,
    );
  const columnNames = columnNamesOf(schema.features);
  return { data: { values, rows, columns, columnNames }, target, schema };
}

/** Copies the blocks into X, categories one-hot, and the last number of every row into the target. */
async function spread(
  cells: Cells,
  offsets: readonly number[],
  places: readonly (Int32Array | null)[],
  columns: number,
  values: Float64Array,
  target: Float64Array | null,
): Promise<void> {
  const pace = new Pace();
  const width = cells.columns.length;
  let row = 0;
  for (let b = 0; b < cells.blocks.length; b++) {
    const block = cells.blocks[b]!;
    for (let at = 0; at < block.length && row < cells.rows; at += width, row++) {
      const start = row * columns;
      for (let k = 0; k < offsets.length; k++) {
        const cell = block[at + k]!;
        const place = places[k]!;
        if (place === null) values[start + offsets[k]!] = cell;
        else if (cell >= 0) values[start + offsets[k]! + place[cell]!] = 1;
      }
      if (target !== null) target[row] = block[at + width - 1]!;
      if (pace.due) await pace.yield();
    }
    cells.blocks[b] = new Float64Array(0);
  }
}

function schemaOf(
  layout: CsvLayout,
  categories: readonly (string[] | null)[],
  columns: number,
  target: RawTarget | null,
  { numbers, missing }: CheckedCsvOptions,
): CsvSchema {
  const features = layout.features.map(({ column: { name, source } }, k): CsvFeature => {
    const known = categories[k]!;
    return known === null ? { name, source, kind: 'numeric' } : { name, source, kind: 'categorical', categories: known };
  });
  const { width, header } = layout;
  const place: CsvTarget | null = target === null ? null : { ...layout.target!.column, kind: target.kind };
  const plain = numbers.decimal === PLAIN_NUMBERS.decimal && numbers.thousands === PLAIN_NUMBERS.thousands;
  return {
    format: 'csv',
    columns,
    width,
    header,
    features,
    target: place,
    ...(plain ? {} : { numbers }),
    ...(missing === undefined ? {} : { missing }),
  };
}
