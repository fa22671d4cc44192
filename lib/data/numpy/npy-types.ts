/** The types of NumPy's arrays, by their code: byte order, kind, bytes (characters for text). */
import { endianness } from 'node:os';

export type NpyValues = Float64Array | Float32Array | string[];

export interface NpyType {
  /** Of one value. */
  readonly bytes: number;
  readonly integers: boolean;
  make(size: number): NpyValues;
  /** Writes the first `count` values of `bytes` to `values`, from `at` on. */
  read(bytes: Buffer, count: number, values: NpyValues, at: number): void;
}

type Read = (view: DataView, at: number, little: boolean) => number;

const numbers: Readonly<Record<string, Read>> = {
  b1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

const LONGEST_TEXT = 2 ** 16;

/** Null for a type that is neither numbers nor text. */
export function typeOf(descr: string): NpyType | null {
  const [, order, kind, digits] = /^([<>|=])([biufUS])(\d{1,9})$/.exec(descr) ?? [];
  if (order === undefined) return null;
  const size = Number(digits);
  if (kind === 'U' || kind === 'S') return size >= 1 && size <= LONGEST_TEXT ? text(kind, size, order !== '>') : null;
  const read = numbers[`${kind}${size}`];
  if (read === undefined) return null;
  const little = order === '<' || (order === '=' && endianness() === 'LE');
  const single = kind === 'f' && size < 8;
  const plain = kind === 'f' && size > 2 && little === (endianness() === 'LE');
  return {
    bytes: size,
    integers: kind === 'i' || kind === 'u',
    make: (count) => (single ? new Float32Array(count) : new Float64Array(count)),
    read(bytes, count, values, at) {
      if (plain) return copyBytes(bytes, count * size, values as Float32Array, at * size);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let k = 0; k < count; k++) values[at + k] = read(view, k * size, little);
    },
  };
}

/** Numbers that lie in the file as in memory. */
function copyBytes(bytes: Buffer, length: number, values: Float64Array | Float32Array, at: number): void {
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(bytes.subarray(0, length), at);
}

/** `U`: four bytes a character, `S`: one; filled up with zeros. */
function text(kind: 'U' | 'S', size: number, little: boolean): NpyType {
  const bytes = kind === 'U' ? 4 * size : size;
  return {
    bytes,
    integers: false,
    make: () => [],
    read(buffer, count, values) {
      for (let k = 0; k < count; k++) {
        const value = buffer.subarray(k * bytes, (k + 1) * bytes);
        (values as string[]).push(kind === 'U' ? wideText(value, little) : value.toString('utf8').replace(/\0+$/, ''));
      }
    },
  };
}

function wideText(bytes: Buffer, little: boolean): string {
  let result = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const point = little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    if (point === 0) break;
    result += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  }
  return result;
}

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}
