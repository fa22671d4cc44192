/**
 * The text of a data file as UTF-8, whatever encoding it has on the disk.
 *
 * A byte order mark decides; without one the text is UTF-8 unless the caller says otherwise. Bytes that are no text in the
 * encoding are refused with their line: a replacement character would make two different words one.
 */
import { isUtf8 } from 'node:buffer';
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { dataError } from './data-error.js';
import type { ReadLimits } from './limits.js';
import { readChunks } from './read-file.js';

export const encodings = ['utf-8', 'latin1', 'windows-1252', 'utf-16le', 'utf-16be'] as const;
export type TextEncoding = (typeof encodings)[number];

export interface TextOptions {
  /** Default: by the byte order mark, otherwise UTF-8. */
  readonly encoding?: TextEncoding | undefined;
  readonly limits: ReadLimits;
}

// 1 ms of parsing when the code is hot, 10 when it is cold.
const CHUNK_BYTES = 16 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

const marks: readonly { readonly bytes: readonly number[]; readonly encoding: TextEncoding | 'utf-32' }[] = [
  { bytes: [0xff, 0xfe, 0, 0], encoding: 'utf-32' },
  { bytes: [0, 0, 0xfe, 0xff], encoding: 'utf-32' },
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** Bytes 0x80 to 0x9f of windows-1252; U+FFFD where there is no character. https://encoding.spec.whatwg.org/index-windows-1252.txt */
const windows1252 =
  '\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd' +
  '\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178';

/**
 * Streams the text in pieces of whole UTF-8 characters, without byte order mark.
 *
 * @throws PlanesearchError INVALID_DATA for bytes that are not in the encoding, with the line; INVALID_OPTION for an encoding
 *   that the byte order mark denies; what {@link readChunks} throws
 */
export async function* readText(path: string, { encoding, limits }: TextOptions): AsyncGenerator<Buffer, void, undefined> {
  if (encoding !== undefined && !encodings.includes(encoding)) {
    reject('INVALID_OPTION', '--encoding', `one of ${encodings.join(', ')}`, encoding);
  }
  let decoder: Decoder | null = null;
  let start: Buffer = Buffer.alloc(0);
  for await (const chunk of readChunks(path, CHUNK_BYTES, limits)) {
    let piece = chunk;
    if (decoder === null) {
      // A gzip stream may begin with a piece of a few bytes.
      start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
      if (start.length < 4) continue;
      ({ decoder, rest: piece } = createDecoder(path, start, encoding));
    }
    const text = decoder.decode(piece);
    if (text.length > 0) yield text;
  }
  let rest: Buffer = Buffer.alloc(0);
  if (decoder === null) ({ decoder, rest } = createDecoder(path, start, encoding));
  const last = decoder.decode(rest);
  if (last.length > 0) yield last;
  decoder.finish();
}

interface Decoder {
  /** As much as is complete, as UTF-8. */
  decode(piece: Buffer): Buffer;
  /** Throws when half a character is left over. */
  finish(): void;
}

function createDecoder(path: string, start: Buffer, wanted: TextEncoding | undefined): { decoder: Decoder; rest: Buffer } {
  const mark = marks.find(({ bytes }) => bytes.length <= start.length && bytes.every((byte, k) => start[k] === byte));
  if (mark?.encoding === 'utf-32') throw dataError(`${describe(path)} is UTF-32 text, which is not read; save it as UTF-8.`);
  if (mark !== undefined && wanted !== undefined && mark.encoding !== wanted) {
    const expected = `${mark.encoding} or absent for ${describe(path)}, which says so in its first bytes`;
    const sentence = `--encoding must be ${expected}, but ${wanted} was given.`;
    throw new PlanesearchError('INVALID_OPTION', sentence, { expected: mark.encoding, received: wanted });
  }
  if (mark === undefined && wanted === undefined) refuseZeros(path, start);
  const encoding = mark?.encoding ?? wanted ?? 'utf-8';
  const rest = start.subarray(mark?.bytes.length ?? 0);
  const place = new Place(path);
  if (encoding === 'utf-8') return { decoder: new Utf8(place), rest };
  if (encoding === 'latin1' || encoding === 'windows-1252') return { decoder: new SingleByte(place, encoding), rest };
  return { decoder: new Utf16(place, encoding), rest };
}

/** UTF-16 without a byte order mark has a zero in every second byte of ordinary text. */
function refuseZeros(path: string, start: Buffer): void {
  const head = start.subarray(0, 256);
  const zeros = [0, 0];
  head.forEach((byte, k) => (byte === 0 ? zeros[k % 2]!++ : 0));
  const [even, odd] = zeros as [number, number];
  if (even + odd < head.length / 4) return;
  const likely = odd > even ? 'utf-16le' : 'utf-16be';
  const sentence = `${describe(path)} is not UTF-8 text, having a zero in every other byte; if it is UTF-16, give --encoding ${likely}.`;
  throw dataError(sentence);
}

/** Where a decoder is in its file. */
class Place {
  #lines = 0;

  constructor(readonly path: string) {}

  pass(text: Buffer): void {
    this.#lines += lineEnds(text);
  }

  /** The line, from 1, that begins or goes on behind `text`. */
  after(text: Buffer): number {
    return 1 + this.#lines + lineEnds(text);
  }
}

/** Line feeds; carriage returns in a piece that has none of them, as files of old Macs. */
function lineEnds(text: Buffer): number {
  return count(text, NEWLINE) || count(text, RETURN);
}

function count(text: Buffer, byte: number): number {
  let found = 0;
  for (let at = text.indexOf(byte); at >= 0; at = text.indexOf(byte, at + 1)) found++;
  return found;
}

class Utf8 implements Decoder {
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly place: Place) {}

  decode(piece: Buffer): Buffer {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece;
    const whole = bytes.subarray(0, bytes.length - incompleteBytes(bytes));
    this.#rest = bytes.subarray(whole.length);
    if (!isUtf8(whole)) throw this.#error(whole);
    if (whole.includes(0)) {
      const line = this.place.after(whole.subarray(0, whole.indexOf(0)));
      const why = `so that it is not a text file, or one of another --encoding (${encodings.slice(1).join(', ')})`;
      throw dataError(`Line ${line} of ${describe(this.place.path)} holds a zero byte, ${why}.`);
    }
    this.place.pass(whole);
    return whole;
  }

  finish(): void {
    if (this.#rest.length > 0) throw this.#error(this.#rest);
  }

  #error(bytes: Buffer): PlanesearchError {
    // The longest beginning that is UTF-8, found by halving.
    let good = 0;
    let bad = bytes.length;
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      const part = bytes.subarray(0, middle);
      if (isUtf8(part.subarray(0, middle - incompleteBytes(part)))) good = middle;
      else bad = middle;
    }
    // A character that begins and does not go on is at fault itself, not the byte behind it.
    const at = bad - 1 - incompleteBytes(bytes.subarray(0, bad - 1));
    const before = bytes.subarray(0, at);
    const received = `0x${bytes[at]!.toString(16).padStart(2, '0')}`;
    const context = before
      .toString('latin1')
      .split(/[\r\n]/)
      .at(-1)!
      .slice(-20);
    const place = `Line ${this.place.after(before)} of ${describe(this.place.path)}`;
    const sentence =
      `${place} must be UTF-8 text, but has the byte ${received} behind ${describe(context)}; ` +
      `say how it is encoded with --encoding (${encodings.slice(1).join(', ')}).`;
    return dataError(sentence, 'UTF-8', received);
  }
}

/** How many bytes at the end are the beginning of a character that goes on. */
function incompleteBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

class SingleByte implements Decoder {
  constructor(
    private readonly place: Place,
    private readonly encoding: 'latin1' | 'windows-1252',
  ) {}

  decode(piece: Buffer): Buffer {
    let text = piece.toString('latin1');
    if (this.encoding === 'windows-1252') text = text.replace(/[\x80-\x9f]/g, (c) => windows1252[c.charCodeAt(0) - 0x80]!);
    const bad = text.search(/[\0\ufffd]/);
    if (bad >= 0) {
      const received = `0x${piece[bad]!.toString(16).padStart(2, '0')}`;
      const line = this.place.after(piece.subarray(0, bad));
      const sentence = `Line ${line} of ${describe(this.place.path)} must be ${this.encoding} text, but has the byte ${received}.`;
      throw dataError(sentence, this.encoding, received);
    }
    this.place.pass(piece);
    return Buffer.from(text);
  }

  finish(): void {
    // Every byte is a character.
  }
}

class Utf16 implements Decoder {
  #rest: Buffer = Buffer.alloc(0);
  #high = '';

  constructor(
    private readonly place: Place,
    private readonly encoding: 'utf-16le' | 'utf-16be',
  ) {}

  decode(piece: Buffer): Buffer {
    const bytes = Buffer.concat([this.#rest, piece]);
    const whole = bytes.subarray(0, bytes.length & ~1);
    this.#rest = bytes.subarray(whole.length);
    if (this.encoding === 'utf-16be') whole.swap16();
    let text = this.#high + whole.toString('utf16le');
    const last = text.charCodeAt(text.length - 1);
    this.#high = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : '';
    text = text.slice(0, text.length - this.#high.length);
    const bad = text.search(/[\p{Cs}\0]/u);
    if (bad >= 0) throw this.#error(text.slice(0, bad));
    const decoded = Buffer.from(text);
    this.place.pass(decoded);
    return decoded;
  }

  finish(): void {
    if (this.#rest.length > 0 || this.#high !== '') throw this.#error('');
  }

  #error(before: string): PlanesearchError {
    const line = this.place.after(Buffer.from(before));
    const place = `Line ${line} of ${describe(this.place.path)}`;
    return dataError(`${place} must be ${this.encoding} text, but has half a character or a zero.`, this.encoding);
  }
}
