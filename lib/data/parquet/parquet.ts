/**
 * Parquet (https://parquet.apache.org/docs/file-format/) through hyparquet: a row group at a time, column by column, and only the columns that are used.
 * hyparquet takes every number in a file for true; what a damaged one would make it do is looked at before (`chunks.ts`).
 */
import { getHeapStatistics } from 'node:v8';
import type { FileMetaData, ParquetRowRange, SchemaTree } from 'hyparquet';
import { describe, clauseOf, isOurs, PlanesearchError } from '../../core/errors.js';
import { allocationFailed } from '../../core/out-of-memory.js';
import type { ColumnOptions } from '../column-options.js';
import { noRows } from '../data-error.js';
import { partOf } from '../file-part.js';
import { fileOverLimit, limitsFrom, type ReadLimits } from '../limits.js';
import { readNamedRows, type Part } from '../named-rows.js';
import { absent } from '../optional-package.js';
import { leavesOf, ParquetChunks, sliceOf } from './chunks.js';
import { ThriftReader } from './thrift.js';
import { openRandomAccess, type RandomAccess } from '../random-access.js';
import { nameOf } from '../read-file.js';
import type { TableReading } from '../table.js';

const HEAD_ROWS = 1000;
/** Of a field or an element of the last part, as an object of JavaScript. */
const THING_BYTES = 64;
/** Structures within one another. */
const LEVELS = 64;

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
  if (!looksLikeParquet(await file.read(0, 4))) throw new Error('it does not begin with PAR1');
  const metadata = metadataIn(await footerOf(file), hyparquet);
  const rows = metadata.row_groups.reduce((sum, { num_rows }) => sum + rowsIn(num_rows), 0);
  if (rows < 1) throw noRows(nameOf(path));
  if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
  const schema = hyparquet.parquetSchema(metadata);
  const { children } = schema;
  checkColumns(schema, metadata);
  for (const group of metadata.row_groups) checkGroup(group, path, limits);
  const chunks = new ParquetChunks(file, metadata, leavesOf(schema), limits.matrixBytes);
  const compressors = await chunks.compressors(hyparquet.snappyUncompress, path);
  // An index of the pages may point to any bytes.
  const scan = await hyparquet.parquetScan({ file: chunks.buffer, metadata, compressors, useOffsetIndex: false });
  return {
    names: children.map(({ element }) => element.name),
    lists: children.map(({ element }) => element.type === undefined || element.repetition_type === 'REPEATED'),
    groups: scan.ranges.filter((range) => range.rowEnd > range.rowStart),
    async read(name, rowStart, rowEnd) {
      await chunks.check(name, rowStart, rowEnd);
      const cells = await scan.readColumn({ column: name, rowStart, rowEnd });
      const count = rowEnd - rowStart;
      if (cells.length !== count) throw new Error(`column ${describe(name)} ends after ${cells.length} of ${count} rows`);
      return cells;
    },
  };
}

/** The last part of the file, which says what is where, when it is known to be sound enough for hyparquet. */
async function footerOf(file: RandomAccess): Promise<ArrayBuffer> {
  const { byteLength } = file;
  const tail = await file.read(Math.max(0, byteLength - 8), byteLength);
  if (tail.length < 8 || tail.toString('latin1', 4) !== 'PAR1') throw new Error('it does not end with PAR1');
  const length = tail.readUInt32LE(0);
  if (length > byteLength - 8)
    throw new Error(`it says of its last part that it has ${length} bytes, but has ${byteLength} itself`);
  const footer = await sliceOf(file, byteLength - length - 8, byteLength);
  const reader = new ThriftReader(new Uint8Array(footer, 0, length));
  reader.struct(false);
  if (reader.things * THING_BYTES > getHeapStatistics().heap_size_limit)
    throw new Error(`its last part has ${reader.things} entries, which do not fit into memory`);
  return footer;
}

function metadataIn(footer: ArrayBuffer, { parquetMetadata }: Hyparquet): FileMetaData {
  // To look for columns of places it steps through the schema, and backward where the schema says so.
  const first = parquetMetadata(footer, { geoparquet: false });
  checkSchema(first);
  if (!first.key_value_metadata?.some(({ key }) => key === 'geo')) return first;
  const metadata = parquetMetadata(footer);
  checkSchema(metadata);
  return metadata;
}

function rowsIn(count: bigint): number {
  const rows = Number(count);
  if (!Number.isSafeInteger(rows) || rows < 0) throw new Error(`it has a row group of ${describe(count)} rows`);
  return rows;
}

/** That what is within one another can be gone through, and is no program: values of VARIANT may contain themselves. */
function checkSchema({ schema }: FileMetaData): void {
  const open: number[] = [];
  for (const element of schema) {
    while (open.at(-1) === 0) open.pop();
    if (open.length > 0) open[open.length - 1]!--;
    const { num_children: children = 0 } = element;
    if (!Number.isSafeInteger(children) || children < 0)
      throw new Error(`its schema has ${describe(children)} columns in one`);
    if (children > 0) open.push(children);
    if (open.length > LEVELS) throw new Error(`its schema has more than ${LEVELS} levels`);
    if (element.logical_type?.type === 'VARIANT') delete element.logical_type;
  }
}

/**
 * That every row group has the columns of the schema, each once: hyparquet reads all of one name and waits for the first, so that the others
 * would fail where nobody waits, which ends a process.
 */
function checkColumns(schema: SchemaTree, { row_groups }: FileMetaData): void {
  if (schema.children.length === 0) throw new Error('its schema has no columns');
  const paths = leavesOf(schema).map(({ path }) => path.at(-1)!.path.join('.'));
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

function explain(path: string, error: unknown): unknown {
  if (isOurs(error)) return error;
  const sentence = `${nameOf(path)} is not a Parquet file that can be read: ${clauseOf(error)}.`;
  return allocationFailed(error) ?? new PlanesearchError('UNREADABLE_FILE', sentence, { cause: error });
}
