/** Tables in memory as people hold them: an array of objects, one a row, with a name for every column. */
import { describe, reject } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { endsStride, paced, type Steps } from '../core/pace.js';
import { isDate, type Cell } from './cell.js';
import { columnChoices, type ColumnChoices } from './column-options.js';
import { dataError } from './data-error.js';
import { columnsSchemaOf } from './features.js';
import { DEFAULT_LIMITS, limitsFrom, overLimit } from './limits.js';
import type { MatrixData } from './matrix-data.js';
import { readNamedColumns, type NamedColumns } from './named-columns.js';
import { vectorizerOf } from '../preprocessing/text-vectorizer.js';
import { checkSchema } from './schema.js';
import type { ColumnsSchema, DataSchema, RawTarget, TableReading } from './table.js';

/** One row; what is not there, null, undefined and NaN are missing. */
export type TableRow = Readonly<Record<string, Cell>>;

export interface TableOptions<Needed extends boolean | undefined = boolean | undefined> extends ColumnChoices {
  /** As learned from the training data, by which the rows are then encoded. */
  readonly schema?: DataSchema | undefined;
  /** Whether there is a target; without it, all columns are features. Default true. */
  readonly needsTarget?: Needed;
}

const NAME = 'the rows';

/**
 * X, target and schema of an array of objects, as `loadTable` gives them for a file, by the same rules: kinds of columns, categories
 * one-hot, missing values, dates, and what is told in `notices` and `summary`.
 *
 * The target is the column that `target` names, otherwise the last that appears. The rows must stay as they are until the
 * promise is fulfilled.
 *
 * @throws PlanesearchError INVALID_DATA with row (from 0) and column, INVALID_OPTION
 */
export async function tableFrom<Needed extends boolean | undefined = true>(
  rows: readonly TableRow[],
  options: TableOptions<Needed> = {},
): Promise<TableReading & { readonly target: Needed extends false ? null : RawTarget }> {
  refuseUnknown(options, [...columnChoices, 'schema', 'needsTarget'], { what: 'The options of tableFrom' });
  const { schema, needsTarget = true, ...choices } = options;
  if (schema !== undefined) requireNames(checkSchema(schema));
  const table = await paced(columnsSteps(rows, limitsFrom(options.limits).fields));
  const known = schema as ColumnsSchema | undefined;
  const read = await readNamedColumns(table, { ...choices, schema: known, needsTarget });
  return read as TableReading & { readonly target: never };
}

/**
 * X of rows by the schema of a model, the same numbers as in training. A category that training has not seen counts as none.
 *
 * @throws PlanesearchError INVALID_DATA for a missing value that nothing stands for, with row (from 0) and column;
 *   INCOMPATIBLE for a schema of data without columns
 */
export async function encodeRows(rows: readonly TableRow[], schema: DataSchema): Promise<MatrixData> {
  const { data } = await tableFrom(rows, { schema, needsTarget: false, limits: DEFAULT_LIMITS });
  return data;
}

/**
 * X of texts by the schema of a model that was trained on one column of texts.
 *
 * @throws PlanesearchError INCOMPATIBLE for another schema; INVALID_DATA for what is no text, with its place
 */
export async function encodeTexts(texts: readonly string[], schema: DataSchema): Promise<MatrixData> {
  const { features = [] } = columnsSchemaOf(schema) ?? {};
  const [feature] = features;
  if (features.length === 1 && feature?.kind === 'text') return vectorizerOf(feature.vectorizer).transform(texts);
  return reject('INCOMPATIBLE', 'The schema for texts', 'of a table with one column, of texts', schema.format);
}

/** Whether it is a list of texts, rather than one of rows. */
export function areTexts(data: unknown): data is readonly string[] {
  return Array.isArray(data) && typeof data[0] === 'string';
}

/** Whether it is an array of objects with names, rather than one of rows of numbers. */
export function areTableRows(data: unknown): data is readonly TableRow[] {
  return Array.isArray(data) && data.length > 0 && isRow(data[0]);
}

function requireNames(schema: DataSchema): void {
  if (!columnsSchemaOf(schema))
    reject('INCOMPATIBLE', 'The schema for rows with names', 'of a table with columns', schema.format);
}

function isRow(row: unknown): row is TableRow {
  if (typeof row !== 'object' || row === null) return false;
  return !Array.isArray(row) && !ArrayBuffer.isView(row) && !isDate(row);
}

function* columnsSteps(rows: readonly TableRow[], mostNames: number): Steps<NamedColumns> {
  if (!Array.isArray(rows)) reject('INVALID_ARGUMENT', 'The rows', 'an array of objects, one a row', rows);
  const places = new Map<string, number>();
  const columns: Cell[][] = [];
  for (let row = 0; row < rows.length; row++) {
    const given: unknown = rows[row];
    if (!isRow(given)) {
      const expected = 'an object with a value for every column';
      throw dataError(`Row ${row} (from 0) must be ${expected}, but ${describe(given)} was given.`, expected);
    }
    for (const name of Object.keys(given)) {
      let place = places.get(name);
      if (place === undefined) {
        if (places.size === mostNames) throw overLimit('fields', { ...DEFAULT_LIMITS, fields: mostNames }, NAME, 'names');
        places.set(name, (place = places.size));
        // Missing in the rows before.
        columns.push(new Array<Cell>(rows.length));
      }
      columns[place]![row] = given[name];
    }
    if (endsStride(row)) yield;
  }
  const place = (row: number): string => `Row ${row} (from 0)`;
  return { path: NAME, names: [...places.keys()], columns, rows: rows.length, place };
}
