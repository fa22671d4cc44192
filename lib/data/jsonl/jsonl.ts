/**
 * JSON lines as a table. Where the first object has a list of numbers named `vector` or `embedding`, these are the rows of X and `label` (or `target`)
 * is y; otherwise every key is a column, of which the first 1000 objects say what it holds. A key that an object lacks is a missing value.
 */
import { describe } from '../../core/errors.js';
import type { ColumnOptions } from '../column-options.js';
import { noRows } from '../data-error.js';
import { limitsFrom } from '../limits.js';
import { readNamedRows, type Part } from '../named-rows.js';
import { nameOf } from '../read-file.js';
import type { ArraySchema, ColumnsSchema, TableReading } from '../table.js';
import { readJsonRows, type JsonRow } from './json-lines.js';
import { readVectors, vectorKey } from './vectors.js';

const HEAD_ROWS = 1000;
const HEAD_BATCHES = 64;

export interface JsonlOptions extends Omit<ColumnOptions, 'schema'> {
  readonly schema?: ColumnsSchema | ArraySchema | undefined;
}

export async function readJsonl(path: string, options: JsonlOptions): Promise<TableReading> {
  const { schema, ...others } = options;
  const batches = readJsonRows(path, limitsFrom(options.limits));
  try {
    const head: JsonRow[] = [];
    for (let k = 0; k < HEAD_BATCHES && head.length < HEAD_ROWS; k++) {
      const { done, value } = await batches.next();
      if (done) break;
      head.push(...value);
    }
    if (head.length === 0) throw noRows(nameOf(path));
    const key = vectorKey(head[0]!.value);
    const wantsVectors = schema === undefined ? key !== null : schema.format === 'array';
    if (wantsVectors) return await readVectors(path, key ?? 'vector', head, batches, options);
    return await readObjects(path, head, batches, { ...others, schema: schema as ColumnsSchema | undefined });
  } finally {
    await batches.return(undefined);
  }
}

function readObjects(
  path: string,
  head: readonly JsonRow[],
  batches: AsyncIterable<readonly JsonRow[]>,
  options: ColumnOptions,
): Promise<TableReading> {
  const places = placesOf(head, options);
  const lines: number[] = [];
  const strange = { lines: 0, example: '' };
  const cells = (rows: readonly JsonRow[]): Part & { readonly columns: unknown[][] } => {
    const columns = Array.from({ length: places.size }, () => new Array<unknown>(rows.length));
    rows.forEach(({ value, line }, k) => {
      lines.push(line);
      let known = true;
      for (const key of Object.keys(value)) {
        const at = places.get(key);
        if (at !== undefined) columns[at]![k] = value[key];
        else {
          known = false;
          strange.example ||= key;
        }
      }
      if (!known) strange.lines++;
    });
    return { rows: rows.length, columns };
  };
  const { columns } = cells(head.slice(0, HEAD_ROWS));
  lines.length = 0;
  return readNamedRows(
    {
      path,
      names: [...places.keys()],
      head: columns,
      place: (row) => `Line ${lines[row]} of ${nameOf(path)}`,
      async *parts() {
        yield cells(head);
        for await (const rows of batches) yield cells(rows);
      },
      told: () => {
        if (strange.lines === 0) return [];
        const which = `keys that its first ${head.length} do not have, such as ${describe(strange.example)}`;
        return [`${strange.lines === 1 ? '1 line has' : `${strange.lines} lines have`} ${which}, which were left out`];
      },
    },
    options,
  );
}

/** The keys of the first objects in the order in which they come, and what a schema asks for besides. */
function placesOf(head: readonly JsonRow[], { schema, needsTarget }: ColumnOptions): Map<string, number> {
  const places = new Map<string, number>();
  const add = (name: string): void => {
    if (!places.has(name)) places.set(name, places.size);
  };
  for (const { value } of head) Object.keys(value).forEach(add);
  for (const { name } of schema?.features ?? []) add(name);
  if (needsTarget && schema?.target) add(schema.target.name);
  return places;
}
