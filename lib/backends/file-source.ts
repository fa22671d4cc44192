/** X in a file, checked. */
import { describe, PlanesearchError, reject, requireBoolean, requireInteger } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import type { BackendName, FileEntries, FileIntegers, FileSource } from './backend.js';

const types = ['float64', 'float32'] as const satisfies readonly FileSource['type'][];

const parts: readonly (keyof FileSource)[] = [
  'kind',
  'path',
  'rows',
  'columns',
  'type',
  'offset',
  'entries',
  'leftOut',
  'memory',
  'columnNames',
];
const partsOfEntries: readonly (keyof FileEntries)[] = ['count', 'indptr', 'indices', 'ones'];
const integers = ['int32', 'int64'] as const satisfies readonly FileIntegers['type'][];

export function isFile(source: unknown): source is FileSource {
  return (source as { kind?: unknown } | null | undefined)?.kind === 'file';
}

/** The checks that do not look at the file. @throws PlanesearchError INVALID_ARGUMENT */
export function checkFileSource(source: FileSource): FileSource {
  refuseUnknown(source, parts, { what: 'X in a file', noun: 'part of it' });
  const { path, rows, columns, type, offset, entries, leftOut, memory } = source;
  if (typeof path !== 'string' || path.includes('\0'))
    reject('INVALID_ARGUMENT', 'The path of X', 'a string without null bytes', path);
  requireInteger('The number of rows', rows, 1);
  requireInteger('The number of columns', columns, 1, 2 ** 31 - 1);
  if (!types.includes(type)) reject('INVALID_ARGUMENT', 'The type of X in a file', `one of ${types.join(', ')}`, type);
  if (offset !== undefined) requireInteger('The offset of X in a file', offset, 0);
  if (leftOut !== undefined) requireInteger('The column left out', leftOut, 0, columns);
  if (entries !== undefined) checkFileEntries(entries, rows, leftOut);
  if (memory !== undefined) requireInteger('The memory for X', memory, 0);
  return source;
}

function checkFileEntries(entries: FileEntries, rows: number, leftOut: number | undefined): void {
  refuseUnknown(entries, partsOfEntries, { what: 'The entries of X in a file', noun: 'part of them' });
  const { count, indptr, indices, ones } = entries;
  requireInteger('The number of entries', count, 0);
  requireInteger('The number of rows of sparse data', rows, 1, 2 ** 32 - 1);
  if (ones !== undefined) requireBoolean('ones', ones);
  if (leftOut !== undefined) reject('INVALID_ARGUMENT', 'The column left out', 'absent from sparse data', leftOut);
  for (const [name, array] of Object.entries({ indptr, indices })) {
    const { offset, type } = Object(array) as FileIntegers;
    requireInteger(`The offset of ${name}`, offset, 0);
    if (!integers.includes(type)) reject('INVALID_ARGUMENT', `The type of ${name}`, `one of ${integers.join(', ')}`, type);
  }
}

/** @throws PlanesearchError INCOMPATIBLE */
export function refuseFile({ path }: FileSource, backend: BackendName): never {
  throw new PlanesearchError(
    'INCOMPATIBLE',
    `The ${backend} backend keeps X in memory: ${describe(path)} must be loaded, or the native backend used.`,
    { expected: 'native', received: backend },
  );
}
