/**
 * What the columns of several files are, when each has been read by itself. The first file, as the beginning of a single one would, says the
 * kinds of the columns; categories are those of all. What was read otherwise is read again.
 */
import { describe, PlanesearchError } from '../core/errors.js';
import type { LoadOptions } from '../data/load.js';
import type { CsvFeature, ColumnsSchema, DataSchema } from '../data/table.js';
import type { Shard } from './wire.js';

type Read = Pick<Shard, 'schema' | 'target'>;

/** Options with which a part is to be read again, by part. */
export type Again = Map<number, LoadOptions>;

/** Columns that another file takes for something else than the first one: read again as the first one has them. */
export function kindsOfFirst(names: readonly string[], shards: readonly Read[], options: LoadOptions): Again {
  const again: Again = new Map();
  const first = shards[0]!.schema;
  if (!('features' in first)) return again;
  shards.forEach(({ schema }, part) => {
    if (!('features' in schema) || !hasSameColumns(schema, first)) throw differ(names, part);
    const kinds = Object.fromEntries(
      first.features.flatMap(({ name, source, kind }, k) =>
        schema.features[k]!.kind === kind ? [] : [[first.header ? name : String(source), kind] as const],
      ),
    );
    const task = schema.target?.kind === first.target?.kind ? undefined : taskOf(first);
    if (Object.keys(kinds).length === 0 && task === undefined) return;
    const given = typeof options.columns === 'object' ? options.columns : {};
    again.set(part, { ...options, columns: { ...given, ...kinds }, ...(task && { task }) });
  });
  return again;
}

/** One schema for all, and what has to be read again by it. */
export function oneSchema(
  names: readonly string[],
  shards: readonly Read[],
  options: LoadOptions,
): { readonly schema: DataSchema; readonly again: Again } {
  const { schema: first } = shards[0]!;
  if (options.schema !== undefined) return { schema: first, again: new Map() };
  const schema = 'features' in first ? merged(names, shards, options) : oneKind(names, shards);
  const again: Again = new Map();
  shards.forEach((shard, part) => {
    if (textOf(shard.schema) !== textOf(schema)) again.set(part, { ...options, schema, columns: undefined });
  });
  return { schema, again };
}

/** Of formats without kinds of columns: labels are texts for all where they are for one, and sparse rows as wide as the widest. */
function oneKind(names: readonly string[], shards: readonly Read[]): DataSchema {
  const { schema: first } = shards[0]!;
  const columns = Math.max(...shards.map(({ schema }) => schema.columns));
  if (first.format !== 'libsvm') {
    shards.forEach(({ schema }, part) => {
      if (textOf(schema) !== textOf(first)) throw differ(names, part);
    });
    return first;
  }
  const kinds = shards.map(({ schema }) => (schema.format === 'libsvm' ? schema.target : null));
  return { ...first, columns, target: kinds.find((kind) => kind === 'strings') ?? first.target };
}

function merged(names: readonly string[], shards: readonly Read[], options: LoadOptions): ColumnsSchema {
  const schemas = shards.map(({ schema }) => schema as ColumnsSchema);
  const [first] = schemas as [ColumnsSchema, ...ColumnsSchema[]];
  const features = first.features.map((feature, k): CsvFeature => {
    const all = schemas.map((schema) => schema.features[k]!);
    all.forEach((own, part) => refuseLearned(own, names[part]!, options));
    if (feature.kind !== 'categorical') return feature;
    const found = new Set(all.flatMap((own) => (own.kind === 'categorical' ? own.categories : [])));
    return { ...feature, categories: [...found].sort() };
  });
  const columns = features.reduce(
    (sum, feature) => sum + (feature.kind === 'categorical' ? feature.categories.length : 1),
    0,
  );
  const schema = { ...first, features, columns };
  schemas.forEach((own, part) => {
    if (textOf({ ...own, features, columns }) !== textOf(schema)) throw differ(names, part);
  });
  return schema;
}

/** What takes all cells of a column at once, which no rank has. */
function refuseLearned(
  { name, kind, fill, indicator, ...rest }: CsvFeature,
  file: string,
  { rareLevels = 1 }: LoadOptions,
): void {
  const what =
    kind === 'text'
      ? 'text'
      : fill !== undefined || indicator === true
        ? 'filled in where cells are missing'
        : 'others' in rest || (kind === 'categorical' && rareLevels > 1)
          ? 'categories of which rare ones share a column'
          : null;
  if (what === null) return;
  const sentence = `Columns over several ranks must be numbers, dates, yes or no, or categories, but column ${describe(name)} of ${describe(file)} is ${what}.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence);
}

function hasSameColumns(one: ColumnsSchema, other: ColumnsSchema): boolean {
  const columns = ({ format, width, header, features, target }: ColumnsSchema): string =>
    JSON.stringify([
      format,
      width,
      header,
      features.map(({ name, source }) => [name, source]),
      target?.name,
      target?.source,
    ]);
  return columns(one) === columns(other);
}

function taskOf({ target }: ColumnsSchema): LoadOptions['task'] {
  return target?.kind === 'numbers' ? 'regression' : 'classification';
}

function textOf(schema: DataSchema): string {
  return JSON.stringify(schema);
}

function differ(names: readonly string[], part: number): PlanesearchError {
  const sentence = `The files must be of one table, but ${describe(names[part])} has other columns than ${describe(names[0])}.`;
  return new PlanesearchError('INCOMPATIBLE', sentence);
}
