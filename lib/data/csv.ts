/**
 * CSV: a header or none, numeric and categorical columns, one of them the target.
 *
 * A column is categorical when any of its cells is not a number; it enters X one-hot, one column per category, categories
 * in ascending order. The schema learned from the training file is applied to later ones: a category never seen in training
 * becomes all zeros there.
 */
import { describe } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { CsvColumn } from './csv-column.js';
import { learnLayout, matchLayout, type CsvLayout, type CsvOptions } from './csv-layout.js';
import { readRecords, type CsvRecord } from './csv-records.js';
import { dataError } from './data-error.js';
import { allocateDense } from './dense.js';
import type { CsvFeature, CsvSchema, CsvTarget, RawTarget, Table } from './table.js';

export type { CsvOptions } from './csv-layout.js';

// What is learned from the head is learned at one stretch, so that wide files get a shorter one.
const HEAD_ROWS = 1001;
const HEAD_CELLS = 2 ** 15;
const BLOCK_VALUES = 64 * 1024;

/**
 * Reads a CSV file.
 *
 * @throws PlanesearchError INVALID_DATA for missing or non-finite values, ragged rows, no data rows, no such target (with
 *   line and column); DIMENSION_MISMATCH when a file matched by position has other columns than the schema
 */
export async function readCsv(path: string, options: CsvOptions): Promise<Table> {
  const head = await readHead(path);
  if (head.length === 0) throw dataError(`${describe(path)} holds no data rows.`);
  const known = options.schema !== undefined;
  const layout = known ? matchLayout(path, head, options.schema!, options) : learnLayout(path, head, options);
  let cells = await readCells(path, layout, known);
  // A column with text behind the first rows only: read again, now that its kind is known.
  if (cells.columns.some(({ surprised }) => surprised)) cells = await readCells(path, corrected(layout, cells.columns), known);
  return assemble(path, layout, cells, options.schema ?? null);
}

interface Cells {
  /** The features, then the target if there is one. */
  readonly columns: readonly CsvColumn[];
  /** Rows of `columns.length` numbers; a block that was used up is emptied. */
  readonly blocks: Float64Array[];
  readonly rows: number;
}

async function readHead(path: string): Promise<CsvRecord[]> {
  const pace = new Pace();
  const head: CsvRecord[] = [];
  for await (const batch of readRecords(path)) {
    head.push(...batch);
    if (head.length >= HEAD_ROWS) break;
  }
  await pace.yield();
  const width = head[0]?.cells.length ?? 1;
  return head.slice(0, Math.min(HEAD_ROWS, Math.max(20, Math.floor(HEAD_CELLS / width))));
}

function columnsOf(path: string, layout: CsvLayout, fixed: boolean): CsvColumn[] {
  const columns = layout.features.map(({ column, at }) => {
    const categories = column.kind === 'categorical' && fixed ? column.categories : null;
    return new CsvColumn({ path, name: column.name, at, kind: column.kind, categories, fixed });
  });
  if (layout.target !== null) {
    const { column, at } = layout.target;
    const kind = column.kind === 'strings' ? 'categorical' : 'numeric';
    columns.push(new CsvColumn({ path, name: column.name, at, kind, categories: null, fixed }));
  }
  return columns;
}

function corrected(layout: CsvLayout, columns: readonly CsvColumn[]): CsvLayout {
  const features = layout.features.map(({ column, at }, k) => {
    const { name, source } = column;
    const categorical: CsvFeature = { name, source, kind: 'categorical', categories: [] };
    return { column: columns[k]!.surprised ? categorical : column, at };
  });
  const { target } = layout;
  if (target === null || !columns.at(-1)!.surprised) return { ...layout, features };
  return { ...layout, features, target: { column: { ...target.column, kind: 'strings' }, at: target.at } };
}

async function readCells(path: string, layout: CsvLayout, fixed: boolean): Promise<Cells> {
  const columns = columnsOf(path, layout, fixed);
  const blockRows = Math.max(1, Math.floor(BLOCK_VALUES / columns.length));
  const blocks: Float64Array[] = [];
  let rows = 0;
  let skip = layout.header ? 1 : 0;
  for await (const batch of readRecords(path)) {
    for (const { cells, line } of batch) {
      if (skip-- > 0) continue;
      const row = rows++ % blockRows;
      if (row === 0) blocks.push(new Float64Array(blockRows * columns.length));
      const block = blocks.at(-1)!;
      let at = row * columns.length;
      for (const column of columns) block[at++] = column.read(cells[column.spec.at]!, line);
    }
  }
  if (rows === 0) throw dataError(`${describe(path)} holds a header but no data rows.`);
  return { columns, blocks, rows };
}

async function assemble(path: string, layout: CsvLayout, cells: Cells, known: CsvSchema | null): Promise<Table> {
  const { rows } = cells;
  const features = cells.columns.slice(0, layout.features.length);
  const sorted = features.map((column) => (column.spec.kind === 'categorical' ? column.sorted() : null));
  const offsets: number[] = [];
  let columns = 0;
  for (const categorical of sorted) {
    offsets.push(columns);
    columns += categorical === null ? 1 : categorical.categories.length;
  }
  const values = allocateDense(path, rows, columns);
  const last = layout.target === null ? null : new Float64Array(rows);
  await spread(cells, offsets, sorted.map((s) => s?.places ?? null), columns, values, last);
  const target = last === null ? null : targetOf(cells.columns.at(-1)!, last);
  const schema = known ?? schemaOf(layout, sorted.map((s) => s?.categories ?? null), columns, target);
  const columnNames = schema.features.flatMap((feature) =>
    feature.kind === 'numeric' ? [feature.name] : feature.categories.map((category) => `${feature.name}=${category}`),
  );
  return { data: { values, rows, columns, columnNames }, target, schema };
}

/** Copies the blocks into X, categories one-hot, and the last number of every row into the target. */
async function spread(
  cells: Cells, offsets: readonly number[], places: readonly (Int32Array | null)[], columns: number,
  values: Float64Array, target: Float64Array | null,
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

function targetOf(column: CsvColumn, cells: Float64Array): RawTarget {
  if (column.spec.kind === 'numeric') return { kind: 'numbers', values: cells };
  const { categories, places } = column.sorted();
  return { kind: 'strings', values: Array.from(cells, (code) => categories[places[code]!]!) };
}

function schemaOf(
  layout: CsvLayout, categories: readonly (string[] | null)[], columns: number, target: RawTarget | null,
): CsvSchema {
  const features = layout.features.map(({ column: { name, source } }, k): CsvFeature => {
    const known = categories[k]!;
    return known === null ? { name, source, kind: 'numeric' } : { name, source, kind: 'categorical', categories: known };
  });
  const { width, header } = layout;
  const place: CsvTarget | null = target === null ? null : { ...layout.target!.column, kind: target.kind };
  return { format: 'csv', columns, width, header, features, target: place };
}
