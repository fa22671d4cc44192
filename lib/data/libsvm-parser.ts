/** The lines of a LIBSVM file, parsed over bytes: a string per number would cost five times as much. */
import { describe, type PlanesearchError } from '../core/errors.js';
import { dataError } from './data-error.js';
import { isCode, isNumber, parseCell, printsBack } from './number-cell.js';

/** The rows of one buffer of lines; the entries of row i end before `ends[i]`. */
export interface LibsvmPiece {
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly ends: Int32Array;
  readonly labels: string[];
}

const NEWLINE = 0x0a;
const HASH = 0x23;
const COLON = 0x3a;
const LARGEST_INDEX = 2 ** 31 - 1;
const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

export class LibsvmParser {
  largestIndex = 0;
  firstTextLabel: { readonly line: number; readonly label: string } | null = null;
  /** A label of digits that a number would not print; see `isCode`. */
  firstCodeLabel: string | null = null;
  /** Entries beyond the wanted columns, which are dropped, and `qid:N`, which are too. */
  dropped = 0;
  queries = 0;
  /** Whether all labels are numbers that print as they are written. */
  faithful = true;
  #line = 0;
  #indices = new Int32Array(0);
  #values = new Float64Array(0);
  #count = 0;
  #largestInRow = 0;
  /** Label strings repeat; one copy of each is kept. */
  readonly #labels = new Map<string, string>();

  /** Features with an index above `columns` are dropped. Without `needsLabel`, a line may begin with its first feature. */
  constructor(
    private readonly path: string,
    private readonly needsLabel: boolean,
    private readonly columns: number,
    private readonly indexBase: 0 | 1 = 1,
  ) {}

  /** Parses whole lines. */
  parse(lines: Buffer): LibsvmPiece {
    // The shortest entry, ' 1:0', takes four bytes.
    const room = (lines.length >> 2) + 1;
    if (this.#indices.length < room) {
      this.#indices = new Int32Array(room);
      this.#values = new Float64Array(room);
    }
    this.#count = 0;
    const labels: string[] = [];
    const ends: number[] = [];
    let at = this.#line === 0 && lines.length >= 3 && lines.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0; // byte order mark
    while (at < lines.length) {
      this.#line++;
      let end = lines.indexOf(NEWLINE, at);
      if (end < 0) end = lines.length;
      const label = this.#parseLine(lines, at, end);
      if (label !== null) {
        labels.push(label);
        ends.push(this.#count);
      }
      at = end + 1;
    }
    const indices = this.#indices.slice(0, this.#count);
    const values = this.#values.slice(0, this.#count);
    return { indices, values, ends: Int32Array.from(ends), labels };
  }

  /** Appends the entries of one line and returns its label ('' when there is none), or null for a line without data. */
  #parseLine(bytes: Buffer, from: number, end: number): string | null {
    const first = this.#count;
    this.#largestInRow = 0;
    let label: string | null = null;
    let at = from;
    for (;;) {
      while (at < end && bytes[at]! <= 0x20) at++;
      if (at >= end || bytes[at] === HASH) break;
      const start = at;
      let colon = -1;
      for (; at < end && bytes[at]! > 0x20 && bytes[at] !== HASH; at++) if (bytes[at] === COLON && colon < 0) colon = at;
      if (label === null) {
        label = colon < 0 ? this.#label(bytes.toString('utf8', start, at)) : this.#noLabel(bytes, start, at);
        if (colon < 0) continue;
      }
      this.#entry(bytes, start, colon, at, first);
    }
    return label;
  }

  #label(text: string): string {
    const known = this.#labels.get(text);
    if (known !== undefined) return known;
    if (text.includes('\ufffd'))
      throw this.#error('UTF-8 text as label', `${describe(text)}, which is none; convert the file to UTF-8`);
    if (/^[^,]+(,[^,]+)+$/.test(text) && text.split(',').every(isNumber)) {
      throw this.#error('one label', `several, ${describe(text)}, which is not supported`);
    }
    this.#labels.set(text, text);
    const value = parseCell(text);
    if (Number.isNaN(value)) this.firstTextLabel ??= { line: this.#line, label: text };
    if (!printsBack(text, value)) this.faithful = false;
    if (isCode(text)) this.firstCodeLabel ??= text;
    return text;
  }

  #noLabel(bytes: Buffer, start: number, end: number): string {
    if (this.needsLabel) throw this.#error('a label first', describe(bytes.toString('utf8', start, end)));
    return '';
  }

  #entry(bytes: Buffer, start: number, colon: number, end: number, first: number): void {
    if (colon === start + 3 && bytes.toString('latin1', start, colon) === 'qid') {
      this.queries++;
      return;
    }
    let index = 0;
    for (let k = start; k < colon; k++) {
      const digit = bytes[k]! - 0x30;
      index = digit >= 0 && digit <= 9 ? index * 10 + digit : NaN;
    }
    if (colon < 0 || colon === start || !(index >= this.indexBase && index < LARGEST_INDEX + this.indexBase)) {
      const advice = index === 0 && colon > start ? ' (--index-base 0 says that they count from 0)' : '';
      throw this.#error(
        `index:value with an index from ${this.indexBase}`,
        describe(bytes.toString('utf8', start, end)) + advice,
      );
    }
    index += 1 - this.indexBase;
    const value = parseNumber(bytes, colon + 1, end);
    if (!Number.isFinite(value)) throw this.#error('a finite value', describe(bytes.toString('utf8', start, end)));
    if (index > this.columns) {
      this.dropped++;
      return;
    }
    if (index > this.#largestInRow) this.#largestInRow = index;
    else if (this.#indices.subarray(first, this.#count).includes(index)) {
      throw this.#error(`feature ${index - 1 + this.indexBase} once`, 'it twice');
    }
    if (index > this.largestIndex) this.largestIndex = index;
    this.#indices[this.#count] = index;
    this.#values[this.#count++] = value;
  }

  #error(expected: string, received: string): PlanesearchError {
    const place = `Line ${this.#line} of ${describe(this.path)}`;
    return dataError(`${place} must have ${expected}, but has ${received}.`, expected, received);
  }
}

/**
 * The decimal number in bytes [from, end), NaN when it is none.
 *
 * An integer mantissa below 2^53 and a power of ten up to 10^22 are exact in float64, so one division or multiplication
 * rounds correctly (Clinger, 1990, doi:10.1145/93542.93557); anything else takes the slow way.
 */
export function parseNumber(bytes: Buffer, from: number, end: number): number {
  let at = from;
  const sign = bytes[at];
  if (sign === 0x2d || sign === 0x2b) at++;
  let mantissa = 0;
  let point = -1;
  const digits = at;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39) mantissa = mantissa * 10 + (byte - 0x30);
    else if (byte === 0x2e && point < 0) point = at;
    else break;
  }
  const decimals = point < 0 ? 0 : at - point - 1;
  const simple = at === end && at - digits > (point < 0 ? 0 : 1) && decimals <= 22;
  if (!simple || mantissa > Number.MAX_SAFE_INTEGER) {
    return parseCell(bytes.toString('latin1', from, end));
  }
  const magnitude = decimals === 0 ? mantissa : mantissa / powersOfTen[decimals]!;
  return sign === 0x2d ? -magnitude : magnitude;
}
