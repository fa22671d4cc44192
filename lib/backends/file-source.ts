/** X in a file, checked. */
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import type { BackendName, FileSource } from './backend.js';

const types = ['float64', 'float32'] as const satisfies readonly FileSource['type'][];

const parts: readonly (keyof FileSource)[] = ['kind', 'path', 'rows', 'columns', 'type', 'offset', 'leftOut', 'memory'];

export function isFile(source: unknown): source is FileSource {
  return (source as { kind?: unknown } | null | undefined)?.kind === 'file';
}

/** The checks that do not look at the file. @throws PlanesearchError INVALID_ARGUMENT */
export function checkFileSource(source: FileSource): FileSource {
  refuseUnknown(source, parts, { what: 'X in a file', noun: 'part of it' });
  const { path, rows, columns, type, offset, leftOut, memory } = source;
  if (typeof path !== 'string' || path.includes('\0'))
    reject('INVALID_ARGUMENT', 'The path of X', 'a string without null bytes', path);
  requireInteger('The number of rows', rows, 1);
  requireInteger('The number of columns', columns, 1, 2 ** 31 - 1);
  if (!types.includes(type)) reject('INVALID_ARGUMENT', 'The type of X in a file', `one of ${types.join(', ')}`, type);
  if (offset !== undefined) requireInteger('The offset of X in a file', offset, 0);
  if (leftOut !== undefined) requireInteger('The column left out', leftOut, 0, columns);
  if (memory !== undefined) requireInteger('The memory for X', memory, 0);
  return source;
}

/** @throws PlanesearchError INCOMPATIBLE */
export function refuseFile({ path }: FileSource, backend: BackendName): never {
  throw new PlanesearchError(
    'INCOMPATIBLE',
    `The ${backend} backend keeps X in memory: ${describe(path)} must be loaded, or the native backend used.`,
    { expected: 'native', received: backend },
  );
}
