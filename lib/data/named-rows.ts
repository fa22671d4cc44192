/** As `named-columns.ts`, for a file that is read in parts and never whole in memory: its first rows say what the columns are. */
import { Pace } from '../core/pace.js';
import type { Cell } from './cell.js';
import { checkColumnOptions, type ColumnOptions } from './column-options.js';
import { refuseDuplicates } from './column-layout.js';
import { noticesOf } from './column-notices.js';
import { withoutLists } from './list-columns.js';
import { learnLayout, matchLayout } from './named-columns.js';
import { requireRows, TableReader } from './table-reader.js';
import type { TableReading } from './table.js';

/** Some rows: a list of cells for every column that is read. */
export interface Part {
  readonly rows: number;
  readonly columns: readonly (ArrayLike<unknown> | undefined)[];
}

export interface NamedRows {
  readonly path: string;
  readonly names: readonly string[];
  /** The first cells of every column. */
  readonly head: readonly ArrayLike<unknown>[];
  /** Whether a column is of lists, by its type in the file. Default: none is. */
  readonly lists?: readonly boolean[];
  /** From the first row on, with the columns at these places. */
  parts(places: readonly number[]): AsyncIterable<Part>;
  /** What a row (from 0) is called, for a sentence about one of its cells. */
  place(row: number): string;
  /** What there is to tell behind the last row. */
  told?(): readonly string[];
}

/** Rows between two looks at the clock; a text in one may be long. */
const STRIDE = 16;

/** @throws PlanesearchError as `readNamedColumns` */
export async function readNamedRows(source: NamedRows, given: ColumnOptions): Promise<TableReading> {
  const { table, options } = withoutLists(source, checkColumnOptions(given));
  const { path, names } = table;
  const { schema } = options;
  refuseDuplicates(path, names);
  const columns = table.head as readonly ArrayLike<Cell>[];
  const layout =
    schema === undefined ? learnLayout({ path, names, columns }, options) : matchLayout(path, names, schema, options);
  const reader = new TableReader({ path, place: (row) => table.place(row), firstLine: -1 }, layout, options);
  const places = reader.columns.map(({ spec }) => spec.at);
  await addParts(table, reader, places);
  requireRows(path, reader.rows, false);
  const { learned, ...read } = await reader.finish('table', true);
  const told = table.told?.() ?? [];
  const notices = noticesOf({ path, options, layout, columns: reader.columns, rows: reader.rows, learned, told });
  return { ...read, notices };
}

async function addParts(table: NamedRows, reader: TableReader, places: readonly number[]): Promise<void> {
  const pace = new Pace();
  const record: unknown[] = new Array<unknown>(table.names.length);
  let row = 0;
  for await (const { rows, columns } of table.parts(places)) {
    for (let k = 0; k < rows; k++, row++) {
      for (const at of places) record[at] = columns[at]![k];
      reader.add(record, row);
      if (row % STRIDE === 0 && pace.due) await pace.yield();
    }
  }
}
