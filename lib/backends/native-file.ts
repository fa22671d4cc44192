/** X in a file, described for the addon. */
import { endianness, freemem } from 'node:os';
import { describe, PlanesearchError } from '../core/errors.js';
import type { FileIntegers, FileSource, MatrixOptions } from './backend.js';
import type { NativeFile, NativeIntegers } from './native-module.js';

/** Share of the free memory that the numbers of a file may take when nothing is said of it. */
const DEFAULT_SHARE = 0.5;

/** @throws PlanesearchError INCOMPATIBLE for an order of rows, and on a processor that writes numbers the other way round */
export function nativeFile(source: FileSource, { order }: MatrixOptions): NativeFile {
  const { path, type, offset = 0, leftOut, memory = Math.floor(DEFAULT_SHARE * freemem()) } = source;
  if (order !== undefined) {
    const sentence = `The rows of ${describe(path)} must stay in the order of the file, but another one was given: reading them would be random.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  if (endianness() !== 'LE') {
    throw new PlanesearchError('INCOMPATIBLE', 'X in a file needs a little-endian processor, but this one is big-endian.');
  }
  const file = { path, shown: describe(path), offset, singleFile: type === 'float32', leftOut, memory };
  if (!source.entries) return file;
  const { count, indptr, indices, ones = false } = source.entries;
  return { ...file, entries: { count, indptr: placed(indptr), indices: placed(indices) }, ones };
}

function placed({ offset, type }: FileIntegers): NativeIntegers {
  return { offset, wide: type === 'int64' };
}
