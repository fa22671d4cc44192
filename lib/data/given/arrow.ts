/** Tables in Arrow's memory layout, by what `apache-arrow` and flechette have in common: columns of numbers without gaps. */
import { describe } from '../../core/errors.js';
import { typedArrayName } from '../../core/attached.js';
import { dataError } from '../data-error.js';
import { isFloat32, numberAt, type Form } from './rows.js';

export interface ArrowColumn {
  readonly length: number;
  readonly nullCount?: number;
  readonly type?: { readonly typeId?: number };
  get?(row: number): unknown;
  at?(row: number): unknown;
  toArray(): ArrayLike<unknown>;
}

/** What is asked of an Arrow table. */
export interface ArrowTable {
  readonly numRows: number;
  readonly numCols: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChildAt(column: number): ArrowColumn | null | undefined;
}

/** Of integers and floating point numbers in Arrow's `Type`. */
const [INT, FLOAT] = [2, 3];

export function isArrowTable(x: unknown): x is ArrowTable {
  const { numRows, numCols, schema, getChildAt } = Object(x) as Partial<ArrowTable>;
  return (
    Number.isSafeInteger(numRows) &&
    Number.isSafeInteger(numCols) &&
    Array.isArray(schema?.fields) &&
    typeof getChildAt === 'function'
  );
}

/** @throws PlanesearchError INVALID_DATA for a column that is not of numbers, or a missing one, with its name */
export function arrowForm(table: ArrowTable): Form {
  const { numRows: rows, numCols: columns } = table;
  if (rows < 1 || columns < 1)
    throw dataError(`X must have at least one row and one column, but the Arrow table has ${rows} x ${columns}.`);
  const columnNames = table.schema.fields.map(({ name }) => String(name));
  const lists = columnNames.map((name, j) => numbersOf(table.getChildAt(j), name, j, rows));
  return {
    rows,
    columns,
    columnNames,
    float32: lists.every(isFloat32),
    copyRow(i, out, at) {
      for (let j = 0; j < columns; j++) {
        const value = lists[j]![i];
        out[at + j] = typeof value === 'number' ? value : numberAt(value, i, j, columnNames[j]);
      }
    },
  };
}

function numbersOf(column: ArrowColumn | null | undefined, name: string, j: number, rows: number): ArrayLike<unknown> {
  const id = column?.type?.typeId;
  if (!column || (id !== undefined && id !== INT && id !== FLOAT)) {
    const received = column ? String(column.type) : 'none';
    const sentence = `The column ${describe(name)} of X must hold numbers, but it is of the type ${describe(received)}.`;
    throw dataError(sentence, 'a column of numbers', received);
  }
  if ((column.nullCount ?? 0) > 0) {
    const get = (i: number): unknown => (column.get ? column.get(i) : column.at?.(i));
    for (let i = 0; i < rows; i++) numberAt(get(i), i, j, name);
  }
  const values = column.toArray();
  if (values.length === rows && (Array.isArray(values) || typedArrayName(values) !== null)) return values;
  const sentence = `The column ${describe(name)} of X must have ${rows} values, but ${describe(values)} was given.`;
  throw dataError(sentence, `${rows} values`, describe(values));
}
