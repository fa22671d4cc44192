/**
 * The two encodings of Parquet (https://parquet.apache.org/docs/file-format/data-pages/encodings/) in which a few bytes stand for any number of values:
 * runs and blocks of differences. hyparquet writes the values of a run whether or not there is room for them, and an array that grows too far ends the
 * process; so they are counted here before.
 */

/** Of values behind the last one, in a run that is packed to no bits. */
const PADDING = 504;

/**
 * That the runs between `from` and `end` have `count` values of `width` bits, the last packed run its padding, and no more.
 *
 * @returns how many of the values are `counted`
 */
export function checkRuns(bytes: Uint8Array, from: number, end: number, width: number, count: number, counted = -1): number {
  if (width > 32) throw new Error(`it has a page with values of ${width} bits`);
  let equal = 0;
  let at = from;
  for (let seen = 0; seen < count; ) {
    let header = 0;
    for (let scale = 1, byte = 128; byte >= 128; scale *= 128) {
      if (at >= end || scale > 2 ** 28) throw new Error(`it has a page whose runs end after ${seen} of ${count} values`);
      byte = bytes[at++]!;
      header += (byte & 127) * scale;
    }
    const packed = header % 2 === 1;
    const run = packed ? (header - 1) * 4 : header / 2;
    const room = count - seen;
    const length = packed ? (run / 8) * width : (width + 7) >> 3;
    if (run > (packed && width > 0 ? Infinity : packed ? room + PADDING : room))
      throw new Error(`it has a run of ${run} values where ${room} are left in the page`);
    if (length > end - at) throw new Error(`it has a run of ${run} values that is not there`);
    if (counted >= 0)
      equal += packed
        ? equalAmong(bytes, at, width, Math.min(run, room), counted)
        : valueOf(bytes, at, length) === counted
          ? run
          : 0;
    // hyparquet takes a byte for an empty packed run.
    at += packed ? Math.max(1, length) : length;
    seen += run;
  }
  return equal;
}

function valueOf(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let k = 0; k < length; k++) value += bytes[at + k]! * 2 ** (8 * k);
  return value;
}

function equalAmong(bytes: Uint8Array, at: number, width: number, count: number, counted: number): number {
  let equal = 0;
  let buffered = 0;
  let bits = 0;
  const mask = 2 ** width - 1;
  for (let k = 0; k < count; k++) {
    for (; bits < width; bits += 8) buffered |= bytes[at++]! << bits;
    if ((buffered & mask) === counted) equal++;
    buffered >>>= width;
    bits -= width;
  }
  return equal;
}

/**
 * That `count` differences begin at `from` as hyparquet can go through them: forward, with numbers of at most 64 bits.
 *
 * @returns where they end
 */
export function checkDifferences(bytes: Uint8Array, from: number, count: number, values?: Int32Array): number {
  const reader = new Varints(bytes, from);
  const block = reader.next(5);
  const parts = reader.next(5);
  reader.next(5);
  let value = zigzag(reader.next(10));
  const size = Number(block / (parts || 1n));
  if (parts < 1n || size < 8 || block !== BigInt(size) * parts || size % 8 !== 0 || block >= 2 ** 31)
    throw new Error(`it has blocks of ${block} differences in ${parts} parts`);
  if (values && count > 0) values[0] = Number(BigInt.asIntN(32, value));
  for (let seen = 1; seen < count; ) {
    const least = zigzag(reader.next(10));
    const widths = reader.at;
    if (parts > bytes.length - widths) throw new Error('it has a page whose differences end too soon');
    reader.at += Number(parts);
    for (let part = 0; part < parts && seen < count; part++, seen += size) {
      const width = bytes[widths + part];
      if (width === undefined || width > 64) throw new Error(`it has differences of ${describeWidth(width)} bits`);
      if (values) value = addDifferences(bytes, reader.at, width, least, value, values.subarray(seen, seen + size));
      reader.at += (size / 8) * width;
    }
  }
  return reader.at;
}

const describeWidth = (width: number | undefined): string => (width === undefined ? 'no' : String(width));

function addDifferences(
  bytes: Uint8Array,
  from: number,
  width: number,
  least: bigint,
  before: bigint,
  values: Int32Array,
): bigint {
  const [base, last] = [Number(BigInt.asIntN(32, least)), Number(BigInt.asIntN(32, before))];
  let value = last;
  for (let k = 0, at = from, bit = 0; k < values.length; k++) {
    let difference = 0;
    for (let read = 0; read < width; ) {
      const taken = Math.min(8 - bit, width - read);
      // What is above 32 bits vanishes modulo 2^32.
      if (read < 32) difference |= ((bytes[at]! >> bit) & ((1 << taken) - 1)) << read;
      read += taken;
      bit += taken;
      at += bit >> 3;
      bit &= 7;
    }
    value = (value + base + difference) | 0;
    values[k] = value;
  }
  return BigInt(value);
}

const zigzag = (value: bigint): bigint => (value >> 1n) ^ -(value & 1n);

class Varints {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  next(longest: number): bigint {
    let value = 0n;
    for (let k = 0; k < longest; k++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error('it has a page whose differences end too soon');
      value |= BigInt(byte & 127) << BigInt(7 * k);
      if (byte < 128) return value;
    }
    throw new Error(`it has a number of more than ${longest} bytes`);
  }
}
