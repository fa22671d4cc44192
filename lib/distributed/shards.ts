/**
 * Data read by the ranks themselves, in parts: files of one table, or pieces of one file. Rank 0 learns their labels and what they are, never
 * their rows.
 *
 * Files are dealt in the order of their names, a run of them to each rank, so that the ranks have about as many bytes. What the rows look
 * like is agreed on (`agreed-schema.ts`), and dense rows then move to where the chunks of X are.
 */
import { stat } from 'node:fs/promises';
import { nameOfPart, type FilePart } from '../data/file-part.js';
import type { LoadedTable, LoadOptions } from '../data/load.js';
import type { MatrixData } from '../data/matrix-data.js';
import type { RawTarget } from '../data/table.js';
import { describe, PlanesearchError } from '../core/errors.js';
import { explainRead } from '../io/input-file.js';
import { kindsOfFirst, oneSchema, type Again } from './agreed-schema.js';
import type { Leader } from './leader.js';
import { ownersOf } from './placement.js';
import type { CutFile } from './file-cuts.js';
import type { PartFile, PartToLoad, Shard } from './wire.js';

/** Where X of that shape is to be cut; null where parts stay as they were read. `stored`: numbers of a sparse X. */
export type ChunksOf = (rows: number, columns: number, stored: number | null) => readonly number[] | null;

/** @throws PlanesearchError with file and place for what cannot be read, INCOMPATIBLE for files that are not of one table */
export async function loadFiles(
  leader: Leader,
  files: readonly string[],
  options: LoadOptions,
  chunks: ChunksOf,
): Promise<LoadedTable<boolean>> {
  const { size } = leader.communicator;
  if (files.length < size) {
    const sentence = `There must be at least one file a rank, but ${files.length} match and there are ${size} ranks.`;
    throw new PlanesearchError('INVALID_OPTION', sentence);
  }
  const bytes = await Promise.all(
    files.map(
      async (file) => (await stat(file).catch((cause: Error) => Promise.reject(explainRead(file, cause) as Error))).size,
    ),
  );
  return loadParts(leader, files, dealt(bytes, size), options, chunks);
}

/** Parts of one file. */
export async function loadPieces(
  leader: Leader,
  { parts, labels }: CutFile,
  options: LoadOptions,
  chunks: ChunksOf,
): Promise<LoadedTable<boolean>> {
  const owners = ownersOf(parts.length, leader.communicator.size);
  const table = await loadParts(leader, parts, owners, options, chunks, labels);
  const whole = (notice: string): string =>
    parts.reduce((text, part) => text.replaceAll(nameOfPart(part), part.path), notice);
  return { ...table, notices: [...new Set(table.notices.map(whole))] };
}

async function loadParts(
  leader: Leader,
  files: readonly PartFile[],
  owners: readonly number[],
  options: LoadOptions,
  chunks: ChunksOf,
  labels?: readonly FilePart[],
): Promise<LoadedTable<boolean>> {
  const source = leader.nextId();
  const found = new Map<number, Shard | string>();
  const read = async (asked: ReadonlyMap<number, LoadOptions>): Promise<void> => {
    if (asked.size === 0) return;
    const toLoad = (part: number, own: LoadOptions): PartToLoad => ({
      file: files[part]!,
      labels: labels?.[part] ?? null,
      options: own,
    });
    const given = new Map([...asked].map(([part, own]) => [part, toLoad(part, own)]));
    const { parts } = await leader.run({ op: 'load', source }, given, owners);
    for (const [part, shard] of parts) found.set(part, shard as Shard | string);
  };
  await read(new Map(files.map((_, part) => [part, options])));
  // Blank lines and comments alone may fill a range.
  const filled = files.flatMap((_, part) => (typeof found.get(part) === 'string' ? [] : [part]));
  if (filled.length === 0) throw new PlanesearchError('INVALID_DATA', found.get(0) as string);
  const names = filled.map((part) => nameOfFile(files[part]!));
  const current = (): Shard[] => filled.map((part) => found.get(part) as Shard);
  const readAgain = async (again: Again): Promise<void> => read(new Map([...again].map(([at, own]) => [filled[at]!, own])));
  await readAgain(options.schema === undefined ? kindsOfFirst(names, current(), options) : new Map());
  const agreed = oneSchema(names, current(), options);
  await readAgain(agreed.again);
  const shards = current();
  const { schema } = agreed;
  const [first] = shards as [Shard, ...Shard[]];
  const { precision, columnNames } = first;
  const other = shards.findIndex((shard) => shard.precision !== precision);
  if (other >= 0) {
    const sentence = `The files must be of one precision, but ${describe(names[other])} has ${shards[other]!.precision} and ${describe(names[0])} ${precision}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  const columns = Math.max(...shards.map((shard) => shard.columns));
  if (shards.some((shard) => shard.columns < columns)) await leader.run({ op: 'widen', source, columns });
  const cuts = [0];
  for (let part = 0; part < files.length; part++) {
    const shard = found.get(part)!;
    cuts.push(cuts.at(-1)! + (typeof shard === 'string' ? 0 : shard.rows));
  }
  const rows = cuts.at(-1)!;
  const sparse = shards.some((shard) => shard.sparse);
  const numbers = shards.reduce((sum, shard) => sum + shard.numbers, 0);
  const from = { cuts, owners };
  const mixed = sparse && shards.some((shard) => !shard.sparse);
  const anew = mixed ? null : chunks(rows, columns, sparse ? numbers : null);
  const to = anew && { cuts: anew, owners: ownersOf(anew.length - 1, leader.communicator.size) };
  if (to) await leader.run({ op: 'recut', source, from, to });
  const ranks = { source, precision, numbers, ...(to ?? from), chunked: to !== null && !sparse };
  const kept = { rows, columns, columnNames, ranks };
  const data: MatrixData = sparse
    ? { kind: 'csr', indptr: [], indices: new Uint32Array(0), ...kept }
    : { values: new Float64Array(0), ...kept };
  const incompleteRows = shards.flatMap((shard, part) => shard.incompleteRows.map((row) => row + cuts[filled[part]!]!));
  const notices = options.schema === undefined ? first.notices : shards.flatMap((shard) => shard.notices);
  return { data, target: joinedTargets(names, shards), schema, notices: [...new Set(notices)], incompleteRows };
}

function nameOfFile(file: PartFile): string {
  return typeof file === 'string' ? file : nameOfPart(file);
}

/** The rank of every file: runs of files whose bytes are about the same, at least one file each. */
export function dealt(bytes: readonly number[], ranks: number): number[] {
  const total = bytes.reduce((sum, size) => sum + size, 0);
  const owners: number[] = [];
  let before = 0;
  bytes.forEach((size, file) => {
    const fair = total > 0 ? Math.floor(((before + size / 2) / total) * ranks) : 0;
    const last = owners.at(-1) ?? 0;
    // No rank is left out: neither this file nor those behind it leave more ranks than files.
    const least = Math.max(last, ranks - (bytes.length - file));
    owners.push(file === 0 ? 0 : Math.min(last + 1, ranks - 1, Math.max(least, fair)));
    before += size;
  });
  return owners;
}

function joinedTargets(files: readonly string[], shards: readonly Shard[]): RawTarget | null {
  const targets = shards.map(({ target }) => target);
  if (targets.some((target) => target === null)) return null;
  const known = targets as RawTarget[];
  const [first] = known as [RawTarget, ...RawTarget[]];
  const other = known.findIndex((target) => target.kind !== first.kind);
  if (other >= 0) {
    const sentence = `The labels must be of one kind, but those of ${describe(files[other])} are ${known[other]!.kind} and those of ${describe(files[0])} ${first.kind}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  if (first.kind !== 'numbers') return { kind: first.kind, values: known.flatMap(({ values }) => [...values]) } as RawTarget;
  const lists = known as Extract<RawTarget, { kind: 'numbers' }>[];
  const values = new Float64Array(lists.reduce((sum, list) => sum + list.values.length, 0));
  let at = 0;
  for (const list of lists) {
    values.set(list.values, at);
    at += list.values.length;
  }
  const { width } = first;
  if (lists.some(({ texts }) => texts === null)) return { kind: 'numbers', values, width, texts: null };
  if (lists.every(({ texts }) => texts === undefined)) return { kind: 'numbers', values, width };
  // Where there are no texts the numbers print as they are written.
  return { kind: 'numbers', values, width, texts: lists.flatMap((list) => list.texts ?? Array.from(list.values, String)) };
}
