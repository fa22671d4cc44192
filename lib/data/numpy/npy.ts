/**
 * NPY, the format of NumPy's arrays: a magic string, a version, the length of a header, the header (a literal of Python with type, order and
 * shape), then the numbers.
 *
 * Numbers are read as they come in, whatever order they have; floats of 16 and 32 bits become float32, all others float64.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { describe, PlanesearchError } from '../../core/errors.js';
import { dataError } from '../data-error.js';
import { overLimit, type ReadLimits } from '../limits.js';
import { typeOf, type NpyType, type NpyValues } from './npy-types.js';

export interface NpyArray {
  /** In the order of the file. */
  readonly values: NpyValues;
  readonly shape: readonly number[];
  /** Whether the first index changes fastest. */
  readonly fortran: boolean;
  readonly integers: boolean;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
export const LONGEST_HEADER = 64 * 1024;

/** Whether a file that begins with these bytes is NPY. */
export function looksLikeNpy(start: Buffer): boolean {
  return start.length >= MAGIC.length && MAGIC.equals(start.subarray(0, MAGIC.length));
}

/**
 * @param what the file, and the array in it, for messages
 * @throws PlanesearchError UNREADABLE_FILE for another format, a truncated file and Python objects; INVALID_DATA for more than the limits allow
 */
export async function readNpy(chunks: AsyncIterable<Buffer>, what: string, limits: ReadLimits): Promise<NpyArray> {
  let rest: Buffer = Buffer.alloc(0);
  let header: NpyHeader | null = null;
  let values: NpyValues = new Float64Array(0);
  let filled = 0;
  for await (const chunk of chunks) {
    // What is left over is a part of the header or of one value.
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (header === null) {
      header = parseHeader(what, bytes);
      if (header === null) {
        rest = bytes;
        continue;
      }
      values = allocate(what, header, limits);
      bytes = bytes.subarray(header.bytes);
    }
    const { type, size } = header;
    const count = Math.floor(bytes.length / type.bytes);
    if (filled + count > size || (filled + count === size && bytes.length > count * type.bytes))
      throw broken(what, `promises ${size} values in its header, but holds more`);
    type.read(bytes, count, values, filled);
    filled += count;
    rest = bytes.subarray(count * type.bytes);
  }
  if (header === null) throw broken(what, 'ends within its header');
  if (filled < header.size) throw broken(what, `promises ${header.size} values in its header, but holds ${filled}`);
  return { values, shape: header.shape, fortran: header.fortran, integers: header.type.integers };
}

export interface NpyHeader {
  readonly type: NpyType;
  /** As NumPy writes the type. */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortran: boolean;
  /** Values in all. */
  readonly size: number;
  readonly bytes: number;
}

/** Null when `bytes` end before the header does. */
export function parseHeader(what: string, bytes: Buffer): NpyHeader | null {
  if (bytes.length < 10) return null;
  if (!looksLikeNpy(bytes)) throw broken(what, `is not NPY data: it begins with 0x${bytes.toString('hex', 0, 6)}`);
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw broken(what, `is of version ${version} of NPY, and 1 to 3 are known`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) return null;
  const length = version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  if (length > LONGEST_HEADER) throw broken(what, `has a header of ${length} bytes`);
  if (bytes.length < start + length) return null;
  const text = bytes.toString(version === 3 ? 'utf8' : 'latin1', start, start + length);
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (order === undefined || sizes === undefined || (descr === undefined && !text.includes("'descr'")))
    throw broken(what, `has a header that is none: ${describe(text.trim())}`);
  const type = descr === undefined ? null : typeOf(descr);
  if (type === null) {
    const shown =
      descr === undefined ? 'several fields' : descr.includes('O') ? 'Python objects' : `the type ${describe(descr)}`;
    throw broken(what, `must hold numbers or text, but holds ${shown}`);
  }
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  const size = shape.reduce((product, side) => product * side, 1);
  if (!Number.isSafeInteger(size * type.bytes))
    throw broken(what, `has the shape ${shape.join(' x ')}, which no file can hold`);
  return { type, descr: descr!, shape, size, fortran: order === 'True', bytes: start + length };
}

/** What the header promises; its memory is touched, and so taken, only as the values come in. */
function allocate(what: string, { type, shape, size }: NpyHeader, limits: ReadLimits): NpyValues {
  if (size === 0) throw dataError(`${what} holds no values: its shape is (${shape.join(', ')}).`);
  const [rows = 1, ...others] = shape;
  const columns = others.reduce((product, side) => product * side, 1);
  if (rows > limits.rows) throw overLimit('rows', limits, what, 'rows');
  if (columns > limits.columns) throw overLimit('columns', limits, what, 'columns');
  if (size * Math.max(8, type.bytes) > limits.matrixBytes) throw overLimit('matrixBytes', limits, what, 'bytes as a matrix');
  try {
    return type.make(size);
  } catch (cause) {
    throw new PlanesearchError('OUT_OF_MEMORY', `${what} holds ${size} values, and that much memory is not to be had.`, {
      cause,
    });
  }
}

function broken(what: string, problem: string): PlanesearchError {
  return new PlanesearchError('UNREADABLE_FILE', `${what} ${problem}.`);
}
