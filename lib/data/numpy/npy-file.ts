/** An NPY file as it lies on disk: described without reading more than its header, and read in blocks of rows. */
import { describe, PlanesearchError } from '../../core/errors.js';
import type { FileSource } from '../../backends/backend.js';
import { openInputFile } from '../../io/input-file.js';
import { LONGEST_HEADER, parseHeader } from './npy.js';

export interface NpyFileOptions {
  /** Column of the file that is the target and no part of X, from 0, negative from the end. Default none. */
  readonly target?: number | undefined;
  /** As `FileSource.memory`. */
  readonly memory?: number | undefined;
}

/**
 * X of an NPY file, for `train`, `Model.predict` and `Model.evaluate` to read it where it lies: float32 or float64, little-endian, row-major, in two
 * dimensions. Its size must be what the header says.
 *
 * @throws PlanesearchError FILE_NOT_FOUND; UNREADABLE_FILE for what is no such file, which the sentence says; INVALID_OPTION for a
 *   target that is no column
 */
export async function npyFile(path: string, { target, memory }: NpyFileOptions = {}): Promise<FileSource> {
  const { handle, bytes } = await openInputFile(path);
  const what = describe(path);
  const refuse = (problem: string): never => {
    throw new PlanesearchError('UNREADABLE_FILE', `${what} ${problem}.`);
  };
  try {
    const start = Buffer.alloc(Math.min(bytes, LONGEST_HEADER + 12));
    await handle.read(start, 0, start.length, 0);
    const header = parseHeader(what, start) ?? refuse('ends within its header');
    const { shape, descr, fortran, size, type } = header;
    if (descr !== '<f4' && descr !== '<f8')
      refuse(`must hold little-endian float32 or float64 to be read in place, but holds ${describe(descr)}`);
    if (fortran) refuse('must lie row by row to be read in place, but lies column by column (fortran_order)');
    if (shape.length !== 2 || size === 0)
      refuse(`must have rows and columns to be read in place, but its shape is (${shape.join(', ')})`);
    const promised = header.bytes + size * type.bytes;
    if (bytes !== promised) refuse(`promises ${promised} bytes in its header, but has ${bytes}`);
    const [rows = 0, width = 0] = shape;
    const leftOut = target === undefined ? undefined : target < 0 ? width + target : target;
    if (leftOut !== undefined && !(Number.isInteger(leftOut) && leftOut >= 0 && leftOut < width && width > 1)) {
      const sentence = `The target column must be one of ${width} of ${what}, of which others are left, but ${target} was given.`;
      throw new PlanesearchError('INVALID_OPTION', sentence);
    }
    return {
      kind: 'file',
      path,
      rows,
      columns: width - (leftOut === undefined ? 0 : 1),
      type: descr === '<f4' ? 'float32' : 'float64',
      offset: header.bytes,
      leftOut,
      memory,
    };
  } finally {
    await handle.close();
  }
}
