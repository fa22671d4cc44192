/**
 * Parquet (https://parquet.apache.org/docs/file-format/) through hyparquet: a row group at a time, column by column, and only the columns that are used.
 * Snappy is decoded by hyparquet, gzip and brotli by Node; for the others (zstd, lz4) hyparquet-compressors is loaded.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { AsyncBuffer, Compressors, FileMetaData, ParquetRowRange, SchemaTree } from 'hyparquet';
import { describe, clauseOf, isOurs, PlanesearchError } from '../core/errors.js';
import { allocationFailed } from '../core/out-of-memory.js';
import type { ColumnOptions } from './column-options.js';
import { noRows } from './data-error.js';
import { partOf } from './file-part.js';
import { fileOverLimit, limitsFrom, type ReadLimits } from './limits.js';
import { readNamedRows, type Part } from './named-rows.js';
import { absent } from './optional-package.js';
import { openRandomAccess, type RandomAccess } from './random-access.js';
import { nameOf } from './read-file.js';
import type { TableReading } from './table.js';

const HEAD_ROWS = 1000;
const builtIn = new Set<string>(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI']);

type Hyparquet = typeof import('hyparquet');

/** Whether a file that begins with these bytes is Parquet. */
export function looksLikeParquet(start: Buffer): boolean {
  return start.toString('latin1', 0, 4) === 'PAR1';
}

/** @throws PlanesearchError INCOMPATIBLE without hyparquet; UNREADABLE_FILE for another format, a damaged file and nested columns; as `readNamedColumns` */
export async function readParquet(path: string, options: ColumnOptions): Promise<TableReading> {
  const limits = limitsFrom(options.limits);
  const hyparquet = await import('hyparquet').catch(absent('hyparquet', path, 'a Parquet file'));
  const part = partOf(path);
  const file = await openRandomAccess(part?.path ?? path, limits);
  try {
    const whole = await open(hyparquet, file, path, limits);
    const source = part ? { ...whole, groups: whole.groups.slice(part.from, part.to) } : whole;
    const { names } = source;
    const { rowStart, rowEnd } = source.groups[0]!;
    const head: ArrayLike<unknown>[] = [];
    for (const name of names) head.push(await source.read(name, rowStart, Math.min(rowEnd, rowStart + HEAD_ROWS)));
    return await readNamedRows(
      {
        path,
        names,
        head,
        lists: source.lists,
        place: (row) => `Row ${row} (from 0) of ${nameOf(path)}`,
        parts: (places) => parts(source, places),
      },
      options,
    );
  } catch (error) {
    throw explain(path, error);
  } finally {
    await file.close();
  }
}

/** How many row groups with rows the file has. */
export async function parquetGroups(path: string, given: Partial<ReadLimits> | undefined): Promise<number> {
  const limits = limitsFrom(given);
  const hyparquet = await import('hyparquet').catch(absent('hyparquet', path, 'a Parquet file'));
  const file = await openRandomAccess(path, limits);
  try {
    return (await open(hyparquet, file, path, limits)).groups.length;
  } catch (error) {
    throw explain(path, error);
  } finally {
    await file.close();
  }
}

interface ParquetSource {
  readonly names: readonly string[];
  readonly lists: readonly boolean[];
  readonly groups: readonly ParquetRowRange[];
  read(name: string, from: number, end: number): Promise<ArrayLike<unknown>>;
}

async function open(hyparquet: Hyparquet, file: RandomAccess, path: string, limits: ReadLimits): Promise<ParquetSource> {
  const buffer: AsyncBuffer = {
    byteLength: file.byteLength,
    slice(from, end = file.byteLength) {
      const bytes = sliceOf(file, from, end);
      // hyparquet reads ahead, and lets what it does not come to use fail where nobody waits.
      bytes.catch(() => undefined);
      return bytes;
    },
  };
  if (!looksLikeParquet(await file.read(0, 4))) throw new Error('it does not begin with PAR1');
  const metadata = await hyparquet.parquetMetadataAsync(buffer);
  const rows = metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
  if (rows < 1) throw noRows(nameOf(path));
  if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
  const compressors = await compressorsFor(metadata, path);
  const schema = hyparquet.parquetSchema(metadata);
  const { children } = schema;
  checkColumns(schema, metadata);
  const scan = await hyparquet.parquetScan({ file: buffer, metadata, compressors });
  for (const group of metadata.row_groups) checkGroup(group, path, limits);
  return {
    names: children.map(({ element }) => element.name),
    lists: children.map(({ element }) => element.type === undefined || element.repetition_type === 'REPEATED'),
    groups: scan.ranges.filter((range) => range.rowEnd > range.rowStart),
    async read(name, rowStart, rowEnd) {
      const cells = await scan.readColumn({ column: name, rowStart, rowEnd });
      const count = rowEnd - rowStart;
      if (cells.length !== count) throw new Error(`column ${describe(name)} ends after ${cells.length} of ${count} rows`);
      return cells;
    },
  };
}

/** A copy at the beginning of a buffer of its own, as hyparquet wants it. */
async function sliceOf(file: RandomAccess, from: number, end: number): Promise<ArrayBuffer> {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(end) || from < 0 || end < from)
    throw new Error(`it points to its bytes ${from} to ${end}`);
  const bytes = await file.read(from, end);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/**
 * That every row group has the columns of the schema, each once: hyparquet reads all of one name and waits for the first, so that the others
 * would fail where nobody waits, which ends a process.
 */
function checkColumns(schema: SchemaTree, { row_groups }: FileMetaData): void {
  const paths = leavesOf(schema).map(({ path }) => path.join('.'));
  const met = new Set<string>();
  const twice = paths.find((path) => met.size === met.add(path).size);
  if (twice !== undefined) throw new Error(`its schema has two columns ${describe(twice)}`);
  for (const { columns } of row_groups) {
    const found = columns.map(({ meta_data: column }) => column?.path_in_schema?.join('.'));
    if (found.length !== paths.length || found.some((path, at) => path !== paths[at]))
      throw new Error(
        `a row group must have the columns ${describe(paths.join(', '))} of the schema, but has ${describe(found.join(', '))}`,
      );
  }
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}

/** What the file says of its parts, before memory is taken for them. */
function checkGroup({ columns }: FileMetaData['row_groups'][number], path: string, limits: ReadLimits): void {
  for (const { meta_data: column } of columns) {
    const bytes = Number(column?.total_uncompressed_size ?? 0);
    if (bytes > limits.matrixBytes) throw fileOverLimit('matrixBytes', limits, path, 'bytes in one column of a row group');
  }
}

async function* parts(source: ParquetSource, places: readonly number[]): AsyncGenerator<Part> {
  for (const { rowStart, rowEnd } of source.groups) {
    const columns: ArrayLike<unknown>[] = [];
    for (const at of places) columns[at] = await source.read(source.names[at]!, rowStart, rowEnd);
    yield { rows: rowEnd - rowStart, columns };
  }
}

async function compressorsFor({ row_groups }: FileMetaData, path: string): Promise<Compressors> {
  const codecs = new Set(row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec as string)));
  const own: Compressors = {
    GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
    BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  };
  const others = [...codecs].filter((codec) => codec !== undefined && !builtIn.has(codec));
  if (others.length === 0) return own;
  const { compressors } = await import('hyparquet-compressors').catch(
    absent('hyparquet-compressors', path, `a Parquet file with ${others[0]} inside`),
  );
  return { ...compressors, ...own } as Compressors;
}

function explain(path: string, error: unknown): unknown {
  if (isOurs(error)) return error;
  const sentence = `${nameOf(path)} is not a Parquet file that can be read: ${clauseOf(error)}.`;
  return allocationFailed(error) ?? new PlanesearchError('UNREADABLE_FILE', sentence, { cause: error });
}
