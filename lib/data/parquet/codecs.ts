/**
 * How the pages of Parquet are unpacked: gzip and brotli by Node, snappy by hyparquet, the others (zstd, lz4) by hyparquet-compressors, after a look at
 * what would make these two run in circles or take memory without bound.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { absent } from '../optional-package.js';

export type Unpack = (input: Uint8Array, length: number) => Uint8Array;

/** The windows that zstd itself takes without being told to: 2^27 bytes. */
const ZSTD_WINDOW = 2 ** 27;
/** By hyparquet-compressors. */
const loaded = new Set(['ZSTD', 'LZ4', 'LZ4_RAW']);
const ZSTD_MAGIC = 0xfd2fb528;

/** @throws PlanesearchError INCOMPATIBLE where hyparquet-compressors is needed and not there */
export async function unpackersFor(
  codecs: ReadonlySet<string>,
  snappy: (input: Uint8Array, output: Uint8Array) => void,
  path: string,
): Promise<ReadonlyMap<string, Unpack>> {
  const unpackers = new Map<string, Unpack>([
    ['UNCOMPRESSED', (input) => input],
    ['GZIP', (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) })],
    ['BROTLI', (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) })],
    [
      'SNAPPY',
      (input, length) => {
        checkSnappy(input);
        const output = new Uint8Array(length);
        snappy(input, output);
        return output;
      },
    ],
  ]);
  const others = [...codecs].filter((codec) => loaded.has(codec));
  if (others.length === 0) return unpackers;
  const { compressors } = await import('hyparquet-compressors').catch(
    absent('hyparquet-compressors', path, `a Parquet file with ${others[0]} inside`),
  );
  for (const codec of others as (keyof Compressors)[]) {
    const unpack = compressors[codec];
    if (unpack)
      unpackers.set(codec, codec === 'ZSTD' ? after(checkZstd, unpack) : codec === 'LZ4' ? after(checkLz4, unpack) : unpack);
  }
  return unpackers;
}

const after =
  (check: (input: Uint8Array, length: number) => void, unpack: Unpack): Unpack =>
  (input, length) => {
    check(input, length);
    return unpack(input, length);
  };

/** That frames (https://www.rfc-editor.org/rfc/rfc8878) do not say that they are longer than `length`, and have a window that one can afford. */
export function checkZstd(input: Uint8Array, length: number): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let left = length;
  for (let at = 0; at + 9 <= input.length && view.getUint32(at, true) === ZSTD_MAGIC; ) {
    const flags = input[at + 4]!;
    const single = (flags >> 5) & 1;
    const sizeBytes = flags >> 6 ? 1 << (flags >> 6) : single;
    const window = 2 ** (10 + (input[at + 5]! >> 3));
    if (!single && window > ZSTD_WINDOW) throw new Error(`it has a page of zstd with a window of ${window} bytes`);
    at += 6 - single + [0, 1, 2, 4][flags & 3]!;
    let size = flags >> 6 === 1 ? 256 : 0;
    for (let k = 0; k < sizeBytes; k++) size += (input[at + k] ?? 0) * 2 ** (8 * k);
    let plain = 0;
    at += sizeBytes;
    for (let last = 0; last === 0 && at + 3 <= input.length; ) {
      const block = input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16);
      last = block & 1;
      const type = (block >> 1) & 3;
      if (type < 2) plain += block >> 3;
      at += 3 + (type === 1 ? 1 : block >> 3);
    }
    left -= Math.max(size, plain);
    if (left < 0) throw new Error(`it has a page of zstd that is longer than its ${length} bytes`);
    at += (flags & 4) === 0 ? 0 : 4;
  }
}

/** That no literal has a length of 32 bits, which hyparquet takes for a negative one and goes back. */
export function checkSnappy(input: Uint8Array): void {
  let at = 0;
  while (at < input.length && input[at]! >= 128) at++;
  for (at++; at < input.length; ) {
    const tag = input[at++]!;
    const kind = tag & 3;
    let literal = tag >> 2;
    if (kind === 0 && literal >= 60) {
      const bytes = literal - 59;
      if (bytes === 4 && input[at + 3]! >= 128)
        throw new Error('it has a page of snappy with a piece of more than 2147483647 bytes');
      literal = 0;
      for (let k = 0; k < bytes; k++) literal += input[at + k]! * 2 ** (8 * k);
      at += bytes;
    }
    at += kind === 0 ? literal + 1 : kind === 3 ? 4 : kind;
  }
}

/** That no block of the older form goes back: it has its two lengths before it, as integers with a sign. */
export function checkLz4(input: Uint8Array, length: number): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = 0; at < input.length - 8; ) {
    const [unpacked, packed] = [view.getInt32(at), view.getInt32(at + 4)];
    if (unpacked === 0 && packed < 0) throw new Error(`it has a page of lz4 with a block of ${packed} bytes`);
    if (packed < 0 || packed > input.length - at - 8 || unpacked > length) return;
    at += 8 + packed;
  }
}
