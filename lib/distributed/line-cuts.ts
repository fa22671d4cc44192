/**
 * One file of lines for all ranks: ranges of its bytes that begin and end where lines do. A line belongs to the range in which it begins. A line
 * end within the quotes of a CSV field is none, which only a look at all quotes before it tells: every rank counts those of its range first.
 */
import { describe, PlanesearchError } from '../core/errors.js';
import { topOfCsv } from '../data/csv.js';
import type { LineRange } from '../data/line-range.js';
import type { LoadOptions } from '../data/load.js';
import { startsAsGzip } from '../data/read-file.js';
import { openInputFile } from '../io/input-file.js';
import type { Leader } from './leader.js';
import { startOfLine } from './line-scan.js';
import { bounds, ownersOf } from './placement.js';

const formats: readonly unknown[] = ['csv', 'libsvm', 'jsonl'];

export interface CutFile {
  readonly ranges: readonly LineRange[];
  /** What was found in the first lines and holds for all. */
  readonly known: LoadOptions;
}

/** Null for a file that cannot be cut: of another format, compressed, in UTF-16, with comments, or of a single line. */
export async function cutLines(leader: Leader, path: string, options: LoadOptions, parts: number): Promise<CutFile | null> {
  if (!formats.includes(options.format) || path === '-') return null;
  const { handle, bytes } = await openInputFile(path);
  try {
    if ((await startsAsGzip(handle)) || (await isWide(handle, options))) return null;
  } finally {
    await handle.close();
  }
  const csv = options.format === 'csv';
  const found = csv ? await topOfCsv(path, csvOptions(options)) : null;
  // Quotes of comments are none.
  if (found && found.known.comment !== '') return null;
  const top = found
    ? { from: await startOfLine(path, found.begin), to: await startOfLine(path, found.end) }
    : { from: 0, to: 0 };
  const marks = bounds(bytes - top.to, parts).map((at) => top.to + at);
  const owners = ownersOf(parts, leader.communicator.size);
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
  const cuts = [top.to, ...spans.slice(1).map((_, k) => begins.get(k + 1) as number), bytes];
  const ranges = cuts.slice(1).flatMap((to, part) => (to > cuts[part]! ? [{ path, top, from: cuts[part]!, to }] : []));
  return ranges.length > 1 ? { ranges, known: found?.known ?? {} } : null;
}

/** UTF-16, whose line ends are two bytes. */
async function isWide(
  handle: Awaited<ReturnType<typeof openInputFile>>['handle'],
  { encoding }: LoadOptions,
): Promise<boolean> {
  if (encoding?.startsWith('utf-16')) return true;
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return (buffer[0] === 0xff && buffer[1] === 0xfe) || (buffer[0] === 0xfe && buffer[1] === 0xff) || buffer[0] === 0;
}

function csvOptions({ format: _, labels: __, arrays: ___, indexBase: ____, schema, columns, ...choices }: LoadOptions) {
  const known = schema?.format === 'csv' || schema?.format === 'table' ? schema : undefined;
  return {
    ...choices,
    needsTarget: choices.needsTarget ?? true,
    schema: known,
    columns: typeof columns === 'object' ? columns : undefined,
  };
}
