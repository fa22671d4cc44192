/**
 * Columns of lists, such as embeddings in Parquet and Arrow: every row has a list of numbers, all of one length, and each place in it becomes a
 * column `NAME[0]`, `NAME[1]`, ... of numbers. A list that is missing is missing in all of them.
 */
import { describe } from '../core/errors.js';
import type { ColumnOptions } from './column-options.js';
import { dataError } from './data-error.js';
import type { NamedRows, Part } from './named-rows.js';

type List = ArrayLike<unknown>;

/** Where the cells of a column are: in a column of the file, whole or at one place of its lists. */
interface Origin {
  readonly source: number;
  readonly entry: number | null;
}

/**
 * The same table with the lists taken apart, unless they are ignored or the schema knows nothing of them.
 *
 * @throws PlanesearchError INVALID_DATA for lists of different lengths, with the row (from 0), and for what is no list of numbers
 */
export function withoutLists(table: NamedRows, options: ColumnOptions): NamedRows {
  const widths = table.head.map((cells, at) => (isUsed(table.names[at]!, options) ? widthOf(cells) : null));
  if (widths.every((width) => width === null)) return table;
  const origins: Origin[] = widths.flatMap((width, source): Origin[] =>
    width === null ? [{ source, entry: null }] : Array.from({ length: width }, (_, entry) => ({ source, entry })),
  );
  const nameOf = ({ source, entry }: Origin): string =>
    entry === null ? table.names[source]! : `${table.names[source]}[${entry}]`;
  const taken = (columns: readonly (List | undefined)[], places: readonly number[], from: number): List[] => {
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
          const expected = `a list of ${widths[source]} numbers, as the first`;
          const where = `${table.place(from + row)}, column ${describe(table.names[source])}`;
          const advice = options.schema === undefined ? ' (--ignore leaves the column out)' : '';
          throw dataError(`${where}, must hold ${expected}, but holds ${received}${advice}.`, expected, received);
        };
        lists.set(source, (entries = entriesOf(columns[source]!, widths[source]!, refuse)));
      }
      apart[at] = entries[entry]!;
    }
    return apart;
  };
  const all = origins.map((_, at) => at);
  return {
    ...table,
    names: origins.map(nameOf),
    head: taken(table.head, all, 0),
    async *parts(places): AsyncGenerator<Part> {
      const sources = [...new Set(places.map((at) => origins[at]!.source))];
      let from = 0;
      for await (const { rows, columns } of table.parts(sources)) {
        yield { rows, columns: taken(columns, places, from) };
        from += rows;
      }
    },
  };
}

function isUsed(name: string, { schema, ignore, columns }: ColumnOptions): boolean {
  if (schema !== undefined) return schema.features.some((feature) => feature.name === `${name}[0]`);
  return !ignore?.includes(name) && columns?.[name] !== 'ignore';
}

/** The length of the lists of a column, by the first cell that is not missing; null where that is no list. */
function widthOf(cells: List): number | null {
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    if (cell !== null && cell !== undefined) return isList(cell) && cell.length > 0 ? cell.length : null;
  }
  return null;
}

function isList(cell: unknown): cell is List {
  return Array.isArray(cell) || (ArrayBuffer.isView(cell) && !(cell instanceof DataView));
}

function entriesOf(cells: List, width: number, refuse: (row: number, received: string) => never): Float64Array[] {
  const entries = Array.from({ length: width }, () => new Float64Array(cells.length).fill(NaN));
  for (let row = 0; row < cells.length; row++) {
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
