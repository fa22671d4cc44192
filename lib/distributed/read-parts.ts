/** What a rank reads itself: its parts of files, and where lines begin in them. */
import { precisionOf } from '../backends/arguments.js';
import type { DenseSource, SparseSource } from '../backends/backend.js';
import { saysNoRows } from '../data/data-error.js';
import { withFilePart } from '../data/file-part.js';
import { loadTable, type LoadedTable } from '../data/load.js';
import { clearRow, isSparse, sourceOf, storedNumbers } from '../data/matrix-data.js';
import { countQuotes, firstLineFrom } from './line-scan.js';
import type { FileSpan, LineMark, PartToLoad, Shard } from './wire.js';

/** Rows in memory. */
export type HeldRows = DenseSource | SparseSource;

/** By part: what rank 0 is told, and the rows, which stay. Of a range of a file without rows what is told is why not. */
export async function readParts(
  given: ReadonlyMap<number, PartToLoad>,
): Promise<{ readonly shards: ReadonlyMap<number, Shard | string>; readonly held: ReadonlyMap<number, HeldRows> }> {
  const shards = new Map<number, Shard | string>();
  const held = new Map<number, HeldRows>();
  for (const [part, asked] of given) {
    const table = await readPart(asked).catch((error: unknown) => {
      if (typeof asked.file === 'string' || !saysNoRows(error)) throw error;
      return (error as Error).message;
    });
    if (typeof table === 'string') {
      shards.set(part, table);
      continue;
    }
    const { data, target, schema, notices, incompleteRows } = table;
    // Whoever predicts them leaves them out; a matrix takes numbers only.
    for (const row of incompleteRows) clearRow(data, row);
    const { rows, columns, columnNames } = data;
    const source = sourceOf(data) as HeldRows;
    const kept = { numbers: storedNumbers(data), sparse: isSparse(data), precision: precisionOf(source, {}) };
    shards.set(part, { target, schema, notices, incompleteRows, rows, columns, columnNames, ...kept });
    held.set(part, source);
  }
  return { shards, held };
}

function readPart({ file, labels, options }: PartToLoad): Promise<LoadedTable<boolean>> {
  const read = (name: string): Promise<LoadedTable<boolean>> =>
    labels ? withFilePart(labels, (own) => loadTable(name, { ...options, labels: own })) : loadTable(name, options);
  return typeof file === 'string' ? read(file) : withFilePart(file, read);
}

export async function quotesIn(given: ReadonlyMap<number, FileSpan>): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  for (const [part, { path, from, to }] of given) found.set(part, await countQuotes(path, from, to));
  return found;
}

export async function lineStarts(given: ReadonlyMap<number, LineMark>): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  for (const [part, { path, from, quoted }] of given) found.set(part, await firstLineFrom(path, from, quoted));
  return found;
}
