/**
 * One file for all ranks: ranges of the bytes of CSV, JSON lines and LIBSVM that begin and end where lines do, rows of NPY, row groups of Parquet.
 *
 * A line belongs to the range in which it begins. A line end within the quotes of a CSV field is none, which only a look at all quotes before it
 * tells: every rank counts those of its range first.
 */
import { describe, PlanesearchError } from '../core/errors.js';
import { npyHeader } from '../data/convert/npy-rows.js';
import { topOfCsv } from '../data/csv.js';
import { columnsSchemaOf } from '../data/features.js';
import type { FilePart } from '../data/file-part.js';
import type { LoadOptions } from '../data/load.js';
import { LONGEST_HEADER, parseHeader } from '../data/numpy/npy.js';
import { parquetGroups } from '../data/parquet/parquet.js';
import { startsAsGzip } from '../data/read-file.js';
import { openInputFile } from '../io/input-file.js';
import type { Leader } from './leader.js';
import { startOfLine } from './line-scan.js';
import { bounds, ownersOf } from './placement.js';

export interface CutFile {
  readonly parts: readonly FilePart[];
  /** Of the file with the labels, where there is one. */
  readonly labels?: readonly FilePart[];
  /** What was found in the first lines and holds for all. */
  readonly known: LoadOptions;
}

const lines: readonly unknown[] = ['csv', 'libsvm', 'jsonl'];

/** Null for a file that cannot be cut: of another format, compressed, in UTF-16, with comments, or of a single part. */
export async function cutFile(leader: Leader, path: string, options: LoadOptions, count: number): Promise<CutFile | null> {
  if (path === '-' || (await isPacked(path, options))) return null;
  if (options.format === 'npy') return cutNpy(path, options, count);
  if (options.format === 'parquet') return cutParquet(path, options, count);
  return lines.includes(options.format) ? cutLines(leader, path, options, count) : null;
}

/** Gzip, or UTF-16, whose line ends are two bytes. */
async function isPacked(path: string, { encoding, format }: LoadOptions): Promise<boolean> {
  const { handle } = await openInputFile(path);
  try {
    if (await startsAsGzip(handle)) return true;
    if (!lines.includes(format)) return false;
    if (encoding?.startsWith('utf-16')) return true;
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return (buffer[0] === 0xff && buffer[1] === 0xfe) || (buffer[0] === 0xfe && buffer[1] === 0xff) || buffer[0] === 0;
  } finally {
    await handle.close();
  }
}

async function cutLines(leader: Leader, path: string, options: LoadOptions, count: number): Promise<CutFile | null> {
  const csv = options.format === 'csv';
  const found = csv ? await topOfCsv(path, csvOptions(options)) : null;
  // Quotes of comments are none.
  if (found && found.known.comment !== '') return null;
  const head = found
    ? { from: await startOfLine(path, found.begin), to: await startOfLine(path, found.end) }
    : { from: 0, to: 0 };
  const { start, bytes } = await beginning(path, head.to);
  const marks = bounds(bytes - head.to, count).map((at) => head.to + at);
  const owners = ownersOf(count, leader.communicator.size);
  const spans = marks.slice(1).map((to, part) => ({ path, from: marks[part]!, to }));
  const quoted: (boolean | null)[] = spans.map(() => null);
  if (csv) {
    const { parts: counts } = await leader.run({ op: 'quotes' }, new Map(spans.entries()), owners);
    let before = 0;
    spans.forEach((_, part) => {
      quoted[part] = before % 2 === 1;
      before += counts.get(part) as number;
    });
    if (before % 2 === 1) throw new PlanesearchError('INVALID_DATA', `${describe(path)} has a quote that is never closed.`);
  }
  const asked = new Map(spans.slice(1).map(({ from }, k) => [k + 1, { path, from, quoted: quoted[k + 1]! }]));
  const { parts: begins } = await leader.run({ op: 'lineStarts' }, asked, owners);
  const cuts = [head.to, ...spans.slice(1).map((_, k) => begins.get(k + 1) as number), bytes];
  return cutAt(path, cuts, start.subarray(head.from, head.to), found?.known ?? {});
}

function cutAt(path: string, cuts: readonly number[], top: Uint8Array | null, known: LoadOptions): CutFile | null {
  const parts = cuts.slice(1).flatMap((to, k) => (to > cuts[k]! ? [{ path, top, from: cuts[k]!, to }] : []));
  return parts.length > 1 ? { parts, known } : null;
}

/** Row by row, X and labels alike: every part has a header that says how many. */
async function cutNpy(path: string, options: LoadOptions, count: number): Promise<CutFile | null> {
  const cuts = await npyParts(path, count);
  if (cuts === null) return null;
  if (options.labels === undefined || options.needsTarget === false) return { parts: cuts, known: {} };
  const labels = (await isPacked(options.labels, options)) ? null : await npyParts(options.labels, count);
  // What does not match in length is told by whoever reads it whole.
  return labels?.length === cuts.length ? { parts: cuts, labels, known: {} } : null;
}

async function npyParts(path: string, count: number): Promise<FilePart[] | null> {
  const { start, bytes } = await beginning(path, LONGEST_HEADER + 12);
  const header = parseHeader(describe(path), start);
  if (header === null) return null;
  const { shape, descr, fortran, size, type } = header;
  const [rows = 0, ...others] = shape;
  if (fortran || rows < 2 || bytes !== header.bytes + size * type.bytes) return null;
  const rowBytes = (size / rows) * type.bytes;
  return bounds(rows, Math.min(rows, count)).flatMap((first, k, all) => {
    const end = all[k + 1];
    if (end === undefined) return [];
    const top = npyHeader(descr, [end - first, ...others]);
    return [{ path, top, from: header.bytes + first * rowBytes, to: header.bytes + end * rowBytes }];
  });
}

async function cutParquet(path: string, { limits }: LoadOptions, count: number): Promise<CutFile | null> {
  const groups = await parquetGroups(path, limits);
  return cutAt(path, bounds(groups, Math.min(groups, count)), null, {});
}

async function beginning(path: string, most: number): Promise<{ readonly start: Buffer; readonly bytes: number }> {
  const { handle, bytes } = await openInputFile(path);
  try {
    const start = Buffer.alloc(Math.min(most, bytes));
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    return { start: start.subarray(0, bytesRead), bytes };
  } finally {
    await handle.close();
  }
}

function csvOptions({ format: _, labels: __, arrays: ___, indexBase: ____, schema, columns, ...choices }: LoadOptions) {
  const known = columnsSchemaOf(schema);
  return {
    ...choices,
    needsTarget: choices.needsTarget ?? true,
    schema: known,
    columns: typeof columns === 'object' ? columns : undefined,
  };
}
