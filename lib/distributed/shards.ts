/**
 * Files of one table, read by the ranks, each file a part of X: rank 0 learns their labels and what they are, never their rows.
 *
 * Files are dealt in the order of their names, a run of them to each rank, so that the ranks have about as many bytes. What rows look like
 * must be the same in all: columns are numbers, and none learns categories or what stands for a missing cell from its own file.
 */
import { stat } from 'node:fs/promises';
import type { MatrixData } from '../data/matrix-data.js';
import type { LoadedTable, LoadOptions } from '../data/load.js';
import type { DataSchema, RawTarget } from '../data/table.js';
import { describe, PlanesearchError } from '../core/errors.js';
import { explainRead } from '../io/input-file.js';
import type { Leader } from './leader.js';
import type { Shard } from './wire.js';

/** @throws PlanesearchError with file and place for what cannot be read, INCOMPATIBLE for files that are not of one table */
export async function loadShards(
  leader: Leader,
  files: readonly string[],
  options: LoadOptions,
): Promise<LoadedTable<true>> {
  const { size } = leader.communicator;
  if (files.length < size) {
    const sentence = `There must be at least one file a rank, but ${files.length} match and there are ${size} ranks.`;
    throw new PlanesearchError('INVALID_OPTION', sentence);
  }
  const owners = dealt(
    await Promise.all(
      files.map(
        async (file) => (await stat(file).catch((cause: Error) => Promise.reject(explainRead(file, cause) as Error))).size,
      ),
    ),
    size,
  );
  const source = leader.nextId();
  const { parts } = await leader.run({ op: 'load', source, options }, new Map(files.entries()), owners);
  const shards = files.map((_, part) => parts.get(part) as Shard);
  const [first] = shards as [Shard, ...Shard[]];
  const columns = Math.max(...shards.map((shard) => shard.columns));
  const schema = agreedSchema(files, shards, columns);
  if (shards.some((shard) => shard.columns < columns)) await leader.run({ op: 'widen', source, columns });
  const cuts = [0];
  for (const { rows } of shards) cuts.push(cuts.at(-1)! + rows);
  const { precision, columnNames } = first;
  const numbers = shards.reduce((sum, shard) => sum + shard.numbers, 0);
  const kept = { rows: cuts.at(-1)!, columns, columnNames, ranks: { source, precision, numbers, cuts, owners } };
  const data: MatrixData = shards.some(({ sparse }) => sparse)
    ? { kind: 'csr', indptr: [], indices: new Uint32Array(0), ...kept }
    : { values: new Float64Array(0), ...kept };
  const target = joinedTargets(files, shards);
  return { data, target, schema, notices: first.notices, incompleteRows: [] };
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

function agreedSchema(files: readonly string[], shards: readonly Shard[], columns: number): DataSchema {
  const [first] = shards as [Shard, ...Shard[]];
  const plain = (schema: DataSchema): string => JSON.stringify(schema.format === 'libsvm' ? { ...schema, columns } : schema);
  shards.forEach(({ schema }, part) => {
    const learned =
      'features' in schema ? schema.features.find(({ kind, fill }) => isLearned(kind) || fill !== undefined) : undefined;
    if (learned) {
      const what = isLearned(learned.kind) ? learned.kind : 'filled in where cells are missing';
      const sentence = `Columns over several files must be numbers without missing cells, but column ${describe(learned.name)} of ${describe(files[part])} is ${what}.`;
      throw new PlanesearchError('INCOMPATIBLE', sentence);
    }
    if (plain(schema) === plain(first.schema)) return;
    const sentence = `The files must be of one table, but ${describe(files[part])} has other columns than ${describe(files[0])}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  });
  return { ...first.schema, columns };
}

function isLearned(kind: string): boolean {
  return kind === 'categorical' || kind === 'text';
}

function joinedTargets(files: readonly string[], shards: readonly Shard[]): RawTarget {
  const targets = shards.map(({ target }) => target);
  const [first] = targets as [RawTarget, ...RawTarget[]];
  const other = targets.findIndex((target) => target.kind !== first.kind);
  if (other >= 0) {
    const sentence = `The labels must be of one kind, but those of ${describe(files[other])} are ${targets[other]!.kind} and those of ${describe(files[0])} ${first.kind}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  if (first.kind !== 'numbers')
    return { kind: first.kind, values: targets.flatMap(({ values }) => [...values]) } as RawTarget;
  const lists = targets as Extract<RawTarget, { kind: 'numbers' }>[];
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
