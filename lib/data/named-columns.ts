/**
 * Tables whose columns have names and whose cells have types, of whatever format: the door for readers of typed files, and for
 * arrays of objects. Columns are learned, encoded and found again by the same code as those of CSV files.
 */
import { describe, reject, requireInteger } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import type { Cell } from './cell.js';
import { guessKind, missingMarks, type GuessedKind } from './column-kinds.js';
import { learnColumns, placeByName, refuseDuplicates, type ColumnLayout } from './column-layout.js';
import { checkColumnOptions, type CheckedColumnOptions, type ColumnOptions } from './column-options.js';
import { dataError } from './data-error.js';
import { noticesOf } from './column-notices.js';
import { fileOverLimit, overLimit } from './limits.js';
import { numberParser } from './number-cell.js';
import { requireRows, TableReader } from './table-reader.js';
import type { ColumnsSchema, TableReading } from './table.js';

export interface NamedColumns {
  /** The file, or what the table is called in messages. */
  readonly path: string;
  readonly names: readonly string[];
  /** One list for every name, `rows` long: numbers, texts, true and false, dates, null for what is missing. */
  readonly columns: readonly ArrayLike<Cell>[];
  readonly rows: number;
  /** Where a row stands, for a sentence about one of its cells. Default: `Row 3 (from 0) of 'a.parquet'`. */
  readonly place?: ((row: number) => string) | undefined;
}

/** Rows between two looks at the clock; a text in one may be long. */
const STRIDE = 16;

/**
 * X, target and schema of named columns: learned from them, or by `options.schema`, that of a CSV file included.
 *
 * @throws PlanesearchError INVALID_DATA for missing values that nothing stands for, values that are not of the kind of their
 *   column, no rows, no such column, more of anything than the limits allow; INVALID_OPTION
 */
export async function readNamedColumns(table: NamedColumns, given: ColumnOptions): Promise<TableReading> {
  const options = checkColumnOptions(given);
  checkTable(table, options);
  const { path, names, columns, rows, place = defaultPlace(path) } = table;
  requireRows(path, rows, false);
  const layout =
    options.schema === undefined ? learnLayout(table, options) : matchLayout(path, names, options.schema, options);
  const reader = new TableReader({ path, place, firstLine: -1 }, layout, options);
  const pace = new Pace();
  const record: unknown[] = new Array<unknown>(names.length);
  for (let row = 0; row < rows; row++) {
    for (const { spec } of reader.columns) record[spec.at] = columns[spec.at]![row];
    reader.add(record, row);
    if (row % STRIDE === 0 && pace.due) await pace.yield();
  }
  const { learned, ...read } = await reader.finish('table', true);
  const notices = noticesOf({ path, options, layout, columns: reader.columns, rows, learned });
  return { ...read, notices };
}

function defaultPlace(path: string): (row: number) => string {
  return (row) => `Row ${row} (from 0) of ${describe(path)}`;
}

function checkTable({ path, names, columns, rows }: NamedColumns, { checkedLimits: limits }: CheckedColumnOptions): void {
  requireInteger('The number of rows', rows, 0);
  if (names.length !== columns.length)
    reject('INVALID_ARGUMENT', 'The columns', `a list of ${names.length}, one for each name`, columns);
  const odd = columns.findIndex((column) => column.length !== rows);
  if (odd >= 0) throw dataError(`Column ${describe(names[odd])} of ${describe(path)} must have ${rows} cells.`);
  if (names.length > limits.fields) throw overLimit('fields', limits, describe(path), 'columns');
  if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
  refuseDuplicates(path, names);
}

export function learnLayout(
  { path, names, columns }: Pick<NamedColumns, 'path' | 'names' | 'columns'>,
  options: CheckedColumnOptions,
): ColumnLayout {
  const parse = numberParser(options.numbers);
  const missing = missingMarks(options.missing);
  const guess = (at: number): GuessedKind => guessKind(Array.prototype.values.call(columns[at]!), parse, missing);
  return learnColumns({ path, names, named: true }, guess, options);
}

export function matchLayout(
  path: string,
  names: readonly string[],
  { features, target }: ColumnsSchema,
  { needsTarget }: CheckedColumnOptions,
): ColumnLayout {
  if (needsTarget && target === null)
    throw dataError(`The target of ${describe(path)} cannot be found, because the schema was learned without one.`);
  const places = new Map(names.map((name, at) => [name, at]));
  return {
    names,
    features: features.map((column) => ({ column, at: places.get(column.name) ?? placeByName(path, names, column, false) })),
    target: needsTarget && target !== null ? { column: target, at: placeByName(path, names, target, true) } : null,
  };
}
