/**
 * Columns of lists, such as embeddings in Parquet and Arrow: every row has a list of numbers, all of one length, and each place in it becomes a
 * column `NAME[0]`, `NAME[1]`, ... of numbers. A list that is missing is missing in all of them.
 */
import { describe, reject } from '../core/errors.js';
import { atOnce, paced, STRIDE, type Steps } from '../core/pace.js';
import { findColumn } from './column-layout.js';
import type { CheckedColumnOptions, ColumnReference } from './column-options.js';
import { dataError } from './data-error.js';
import { overLimit } from './limits.js';
import type { NamedRows, Part } from './named-rows.js';

type List = ArrayLike<unknown>;

/** Where the cells of a column are: in a column of the file, whole or at one place of its lists. */
interface Origin {
  readonly source: number;
  readonly entry: number | null;
}

/**
 * The same table with the lists taken apart, unless they are ignored or the schema knows nothing of them; and the options, in which an index of
 * a column counts those of the file, with its name instead.
 *
 * @throws PlanesearchError INVALID_DATA for lists of different lengths or of another than the schema's, with the row (from 0), for what is no
 * list of numbers, for lists as the target and for more columns than the limits allow; INVALID_OPTION for one place of a list as a column
 */
export function withoutLists(
  table: NamedRows,
  given: CheckedColumnOptions,
): { table: NamedRows; options: CheckedColumnOptions } {
  const named = given.schema === undefined ? withNames(table, given) : given;
  const widths = table.head.map((cells, at) => (table.lists?.[at] ? widthOf(cells, table.names[at]!, named) : null));
  const { checkedLimits: limits } = given;
  if (widths.reduce<number>((sum, width) => sum + (width ?? 1), 0) > limits.fields)
    throw overLimit('fields', limits, describe(table.path), 'columns');
  if (widths.every((width) => width === null)) return { table, options: given };
  const origins: Origin[] = widths.flatMap((width, source): Origin[] =>
    width === null ? [{ source, entry: null }] : Array.from({ length: width }, (_, entry) => ({ source, entry })),
  );
  const nameOf = ({ source, entry }: Origin): string =>
    entry === null ? table.names[source]! : `${table.names[source]}[${entry}]`;
  const names = origins.map(nameOf);
  const placesOfLists = new Set(names.filter((_, at) => origins[at]!.entry !== null));
  if (given.schema === undefined) refuseOtherUse(table, named, widths, placesOfLists);
  const taken = function* (columns: readonly (List | undefined)[], places: readonly number[], from: number): Steps<List[]> {
    const lists = new Map<number, readonly Float64Array[]>();
    const apart: List[] = [];
    for (const at of places) {
      const { source, entry } = origins[at]!;
      if (entry === null) {
        apart[at] = columns[source]!;
        continue;
      }
      let entries = lists.get(source);
      if (!entries) {
        const refuse = (row: number, received: string): never => {
          const expected = `a list of ${widths[source]} numbers, as ${given.schema === undefined ? 'the first' : 'in training'}`;
          const where = `${table.place(from + row)}, column ${describe(table.names[source])}`;
          const advice = given.schema === undefined ? ' (--ignore leaves the column out)' : '';
          throw dataError(`${where}, must hold ${expected}, but holds ${received}${advice}.`, expected, received);
        };
        lists.set(source, (entries = yield* entriesOf(columns[source]!, widths[source]!, refuse)));
      }
      apart[at] = entries[entry]!;
    }
    return apart;
  };
  const apart: NamedRows = {
    ...table,
    names,
    head: atOnce(taken(table.head, [...origins.keys()], 0)),
    async *parts(places): AsyncGenerator<Part> {
      const sources = [...new Set(places.map((at) => origins[at]!.source))];
      let from = 0;
      for await (const { rows, columns } of table.parts(sources)) {
        yield { rows, columns: await paced(taken(columns, places, from)) };
        from += rows;
      }
    },
  };
  return { table: apart, options: named };
}

/** Columns by index would count the places of the lists. */
function withNames({ path, names }: NamedRows, options: CheckedColumnOptions): CheckedColumnOptions {
  const nameOf = (column: ColumnReference, what: string): string =>
    typeof column === 'number' || (!names.includes(column) && /^[+-]?\d+$/.test(column))
      ? names[findColumn(path, names, true, column, what)]!
      : column;
  const one = (what: 'target' | 'group'): string | undefined =>
    options[what] === undefined ? undefined : nameOf(options[what], `${what} column`);
  const kinds = ['categorical', 'numeric', 'boolean', 'date', 'text', 'ignore'] as const;
  const lists = kinds.map((kind) => [kind, options[kind]?.map((column) => nameOf(column, `column of --${kind}`))] as const);
  const keyed = <Value>(given: Readonly<Record<string, Value>>, what: string): Record<string, Value> =>
    Object.fromEntries(Object.entries(given).map(([column, value]) => [nameOf(column, what), value]));
  const { columns, impute } = options;
  return {
    ...options,
    ...Object.fromEntries(lists),
    target: one('target'),
    group: one('group'),
    columns: columns && keyed(columns, 'column of columns'),
    impute: typeof impute === 'object' ? keyed(impute, 'column of --impute') : impute,
  };
}

/** A list is features as a whole, or is left out as a whole: a model knows its width by its features. */
function refuseOtherUse(
  { path, names }: NamedRows,
  { target, needsTarget, group, ignore = [], columns = {} }: CheckedColumnOptions,
  widths: readonly (number | null)[],
  placesOfLists: ReadonlySet<unknown>,
): void {
  const isLists = (column: unknown): boolean => (widths[names.indexOf(column as string)] ?? null) !== null;
  const single: [string, unknown][] = [
    ['target', target ?? (needsTarget ? names.at(-1) : undefined)],
    ['group', group],
  ];
  for (const [what, column] of single) {
    if (!isLists(column) && !placesOfLists.has(column)) continue;
    const expected = 'one value a row';
    const received = `lists in ${describe(column)}`;
    const sentence = `The ${what} column of ${describe(path)} must hold ${expected}, but has ${received} (--${what} names another).`;
    throw dataError(sentence, expected, received);
  }
  const ignored = [...ignore, ...Object.keys(columns).filter((column) => columns[column] === 'ignore')];
  const place = ignored.find((column) => placesOfLists.has(column));
  if (place !== undefined) reject('INVALID_OPTION', '--ignore', 'columns of lists as a whole', place);
}

/** The length of the lists of a column: that of the schema's, or of the first that is not missing. Null where they are not taken apart. */
function widthOf(cells: List, name: string, { schema, ignore, columns }: CheckedColumnOptions): number | null {
  if (schema === undefined && (ignore?.includes(name) || columns?.[name] === 'ignore')) return null;
  const first = Array.from(cells).find((cell) => cell !== null && cell !== undefined);
  if (!isList(first) || first.length === 0) return null;
  if (schema === undefined) return first.length;
  const known = new Set(schema.features.map((feature) => feature.name));
  let width = 0;
  while (known.has(`${name}[${width}]`)) width++;
  return width || null;
}

function isList(cell: unknown): cell is List {
  return Array.isArray(cell) || (ArrayBuffer.isView(cell) && !(cell instanceof DataView));
}

function* entriesOf(cells: List, width: number, refuse: (row: number, received: string) => never): Steps<Float64Array[]> {
  const stride = Math.max(1, Math.floor(STRIDE / width));
  const entries = Array.from({ length: width }, () => new Float64Array(cells.length).fill(NaN));
  for (let row = 0; row < cells.length; row++) {
    if (row % stride === stride - 1) yield;
    const cell = cells[row];
    if (cell === null || cell === undefined) continue;
    if (!isList(cell)) refuse(row, describe(cell));
    else if (cell.length !== width) refuse(row, `one of ${cell.length}`);
    else for (let j = 0; j < width; j++) entries[j]![row] = numberOf(cell[j]) ?? refuse(row, `${describe(cell[j])} in it`);
  }
  return entries;
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value === null || value === undefined ? NaN : null;
}
