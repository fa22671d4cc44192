/**
 * IDX, the binary format of MNIST: two zero bytes, a type byte, the number of dimensions, the dimensions as big-endian
 * uint32, then the values, big-endian, last dimension fastest.
 *
 * Unsigned bytes of X are divided by 255, here and nowhere else: every file of pixels then means the same to a model. The
 * schema says so (`divisor`), a notice too, and a model refuses arrays of pixels that were not divided (`checkPixels`).
 * Other types, and labels of any type, are taken as they stand.
 * Source: http://yann.lecun.com/exdb/mnist/ (the section on the file format)
 */
import { describe, PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { dataError } from './data-error.js';
import { allocateDense, checkDenseSize, type DenseData } from './dense.js';
import { isSparse, type MatrixData } from './matrix-data.js';
import { fileOverLimit, limitsFrom, type ReadLimits } from './limits.js';
import { readChunks } from './read-file.js';
import type { DataSchema, IdxSchema, RawTarget, TableReading } from './table.js';

interface IdxType {
  readonly name: string;
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

const types: Readonly<Record<number, IdxType>> = {
  0x08: { name: 'ubyte', bytes: 1, read: (view, at) => view.getUint8(at) },
  0x09: { name: 'byte', bytes: 1, read: (view, at) => view.getInt8(at) },
  0x0b: { name: 'int16', bytes: 2, read: (view, at) => view.getInt16(at) },
  0x0c: { name: 'int32', bytes: 4, read: (view, at) => view.getInt32(at) },
  0x0d: { name: 'float', bytes: 4, read: (view, at) => view.getFloat32(at) },
  0x0e: { name: 'double', bytes: 8, read: (view, at) => view.getFloat64(at) },
};

const CHUNK_BYTES = 256 * 1024;
const pixel = Float64Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Whether a file that begins with these bytes is IDX; no text begins with a zero byte. */
export function looksLikeIdx(start: Uint8Array): boolean {
  return start.length >= 4 && start[0] === 0 && start[1] === 0 && types[start[2]!] !== undefined && start[3]! > 0;
}

/**
 * Rows are the first dimension, columns the product of the others. The target is null: labels have a file of their own.
 *
 * @throws PlanesearchError INCOMPATIBLE when the schema's file was divided by another number
 */
export async function readIdx(
  path: string,
  schema?: IdxSchema,
  limits?: Partial<ReadLimits>,
): Promise<TableReading<DenseData>> {
  const { values, shape, type } = await readArray(path, true, limitsFrom(limits), schema);
  const columns = values.length / shape[0]!;
  const divisor = divisorOf(type);
  const notices =
    schema === undefined && divisor !== 1
      ? [`${describe(path)}: its unsigned bytes were divided by ${divisor}, and the model wants its pixels so.`]
      : [];
  return {
    data: { values, rows: shape[0]!, columns },
    target: null,
    schema: { format: 'idx', columns, divisor, shape: shape.slice(1) },
    notices,
    incompleteRows: [],
  };
}

function divisorOf(type: IdxType): number {
  return type.name === 'ubyte' ? 255 : 1;
}

/**
 * Pixels in memory for a model that was trained on a file of unsigned bytes: divided by 255 like those of the file.
 *
 * @throws PlanesearchError INVALID_DATA for a value above 1, which tells that they were not
 */
export async function checkPixels(data: MatrixData, schema: DataSchema | undefined): Promise<void> {
  if (schema?.format !== 'idx' || schema.divisor !== 255) return;
  const { values = [] } = data;
  const pace = new Pace();
  let bad = 0;
  for (; bad < values.length && !(values[bad]! > 1); bad++) if (bad % 2 ** 20 === 0 && pace.due) await pace.yield();
  if (bad === values.length) return;
  const place = isSparse(data) ? `entry ${bad}` : `row ${Math.floor(bad / data.columns)}, column ${bad % data.columns}`;
  const sentence = `X must hold pixels divided by 255, as those of the training file were, but ${values[bad]} was given in ${place}.`;
  throw dataError(sentence, 'numbers up to 1', String(values[bad]));
}

/** One number per row from a file of one dimension. */
export async function readIdxLabels(path: string, limits?: Partial<ReadLimits>): Promise<RawTarget> {
  const { values, shape } = await readArray(path, false, limitsFrom(limits));
  if (shape.length !== 1) {
    const received = `${shape.length} dimensions`;
    throw dataError(`Labels must have 1 dimension, but ${describe(path)} has ${received}.`, '1 dimension', received);
  }
  return { kind: 'numbers', values };
}

interface IdxArray {
  readonly type: IdxType;
  readonly values: Float64Array;
  readonly shape: readonly number[];
}

interface Header {
  readonly type: IdxType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

async function readArray(path: string, scale: boolean, limits: ReadLimits, schema?: IdxSchema): Promise<IdxArray> {
  let header: Header | null = null;
  let values: Float64Array = new Float64Array(0);
  let filled = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of readChunks(path, CHUNK_BYTES, limits)) {
    // What is left over is a part of the header or of one value: a few bytes.
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (header === null) {
      header = parseHeader(path, bytes);
      if (header === null) {
        rest = bytes;
        continue;
      }
      if (schema?.divisor !== undefined) checkDivisor(path, header.type, schema.divisor);
      values = allocate(path, header, limits);
      bytes = bytes.subarray(header.bytes);
    }
    const count = Math.floor(bytes.length / header.type.bytes);
    if (filled + count > values.length) throw sizeError(path, header.shape, 'more values than that');
    decode(path, header.type, bytes, values, filled, count, scale);
    filled += count;
    rest = bytes.subarray(count * header.type.bytes);
  }
  if (header === null) {
    throw new PlanesearchError('UNREADABLE_FILE', `${describe(path)} is an IDX file cut off in its header.`);
  }
  if (filled < values.length) throw sizeError(path, header.shape, `${filled} values`);
  if (rest.length > 0) throw sizeError(path, header.shape, `${rest.length} ${rest.length === 1 ? 'byte' : 'bytes'} more`);
  return { values, shape: header.shape, type: header.type };
}

function checkDivisor(path: string, type: IdxType, divisor: number): void {
  if (divisorOf(type) === divisor) return;
  const expected = divisor === 1 ? 'numbers that are not divided' : 'unsigned bytes, which are divided by 255,';
  const sentence = `${describe(path)} must hold ${expected} like the training file, but holds values of type ${type.name}.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected, received: type.name });
}

/** What the header promises; its memory is touched, and so taken, only as the values come in. */
function allocate(path: string, { shape }: Header, limits: ReadLimits): Float64Array {
  const [rows, columns] = [shape[0]!, sizeOf(shape.slice(1))];
  checkDenseSize(path, rows, columns, limits.matrixBytes);
  if (rows > limits.rows) throw fileOverLimit('rows', limits, path, 'rows');
  if (columns > limits.columns) throw fileOverLimit('columns', limits, path, 'columns');
  return allocateDense(path, rows, columns, limits.matrixBytes);
}

/** Null when `bytes` end before the header does. */
function parseHeader(path: string, bytes: Buffer): Header | null {
  if (bytes.length < 4) return null;
  if (!looksLikeIdx(bytes)) {
    const received = `0x${bytes.toString('hex', 0, 4)}`;
    throw new PlanesearchError('UNREADABLE_FILE', `${describe(path)} is not an IDX file: it begins with ${received}.`, {
      expected: '0x0000, a type byte, the number of dimensions',
      received,
    });
  }
  const dimensions = bytes[3]!;
  const length = 4 + 4 * dimensions;
  if (bytes.length < length) return null;
  const shape = Array.from({ length: dimensions }, (_, k) => bytes.readUInt32BE(4 + 4 * k));
  if (shape.includes(0)) {
    throw dataError(`${describe(path)} holds no values: its shape is ${shape.join(' x ')}.`);
  }
  return { type: types[bytes[2]!]!, shape, bytes: length };
}

function decode(
  path: string,
  type: IdxType,
  bytes: Buffer,
  values: Float64Array,
  at: number,
  count: number,
  scale: boolean,
): void {
  if (type.name === 'ubyte') {
    if (scale) for (let k = 0; k < count; k++) values[at + k] = pixel[bytes[k]!]!;
    else values.set(bytes.subarray(0, count), at);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let k = 0; k < count; k++) {
    const value = type.read(view, k * type.bytes);
    if (!Number.isFinite(value)) {
      const place = `${describe(path)} must hold finite numbers, but value ${at + k} (counted from 0)`;
      throw dataError(`${place} is ${value}.`, 'a finite number', String(value));
    }
    values[at + k] = value;
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function sizeError(path: string, shape: readonly number[], received: string): PlanesearchError {
  const expected = `${sizeOf(shape)} values`;
  const formula = shape.length > 1 ? `${shape.join(' x ')} = ` : '';
  const sentence = `${describe(path)} promises ${formula}${expected} in its header, but holds ${received}.`;
  return new PlanesearchError('UNREADABLE_FILE', sentence, { expected, received });
}
