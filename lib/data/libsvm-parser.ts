/** The lines of a LIBSVM file, parsed over bytes: a string per number would cost five times as much. */
import { describe, type PlanesearchError } from '../core/errors.js';
import { dataError } from './data-error.js';
import { LabelTexts } from './label-texts.js';
import { fileOverLimit, overLimit, type ReadLimits } from './limits.js';
import { isNumber, parseCell } from './number-cell.js';

/** The rows of one buffer of lines; the entries of row i end before `ends[i]`. */
export interface LibsvmPiece {
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly ends: Int32Array;
  /** As the parser was asked for them: numbers, texts, or nothing. */
  readonly labels: Float64Array | readonly string[] | null;
}

/** What is wanted of the labels. Texts cost far more memory than numbers, so they are kept only where they are needed. */
export type LabelKind = 'numbers' | 'strings' | 'none';

export interface ParserOptions {
  readonly labels: LabelKind;
  /** Whether codes such as `01234` are numbers too. */
  readonly codes: boolean;
  /** Features with an index above are dropped. */
  readonly columns: number;
  /** The index of the first column in the file. */
  readonly indexBase: 0 | 1;
  readonly limits: ReadLimits;
}

/** The first label that is no number, or a code, where numbers were asked for. */
export class TextLabel extends Error {
  constructor(
    readonly line: number,
    readonly label: string,
  ) {
    super(`line ${line} has the label ${label}`);
  }
}

const NEWLINE = 0x0a;
const HASH = 0x23;
const COLON = 0x3a;
const LARGEST_INDEX = 2 ** 31 - 1;
const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

export class LibsvmParser {
  /** Counted from 1. */
  largestIndex = 0;
  /** Entries beyond the wanted columns, which are dropped, and `qid:N`, which are too. */
  dropped = 0;
  queries = 0;
  /** How numbers are written, kept for those that would not print so. */
  readonly texts = new LabelTexts(parseCell);
  #line = 0;
  #indices = new Int32Array(4096);
  #values = new Float64Array(4096);
  #count = 0;
  #ascending = true;
  /** Label strings repeat; one copy of each is kept. */
  readonly #labels = new Map<string, string>();
  #characters = 0;
  #texts: string[] = [];
  #numbers: number[] = [];

  constructor(
    private readonly path: string,
    private readonly options: ParserOptions,
  ) {}

  /** Parses whole lines. @throws TextLabel */
  parse(lines: Buffer): LibsvmPiece {
    this.#count = 0;
    this.#texts = [];
    this.#numbers = [];
    const ends: number[] = [];
    let at = this.#line === 0 && lines.length >= 3 && lines.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0; // byte order mark
    while (at < lines.length) {
      this.#line++;
      let end = lines.indexOf(NEWLINE, at);
      if (end < 0) end = lines.length;
      if (this.#parseLine(lines, at, end)) ends.push(this.#count);
      at = end + 1;
    }
    const indices = this.#indices.slice(0, this.#count);
    const values = this.#values.slice(0, this.#count);
    const { labels: kind } = this.options;
    const labels = kind === 'none' ? null : kind === 'strings' ? this.#texts : Float64Array.from(this.#numbers);
    return { indices, values, ends: Int32Array.from(ends), labels };
  }

  /** Appends the label and the entries of one line; false for a line without data. */
  #parseLine(bytes: Buffer, from: number, end: number): boolean {
    const first = this.#count;
    this.#ascending = true;
    let labeled = false;
    let at = from;
    for (;;) {
      while (at < end && bytes[at]! <= 0x20) at++;
      if (at >= end || bytes[at] === HASH) break;
      const start = at;
      let colon = -1;
      for (; at < end && bytes[at]! > 0x20 && bytes[at] !== HASH; at++) if (bytes[at] === COLON && colon < 0) colon = at;
      if (!labeled) {
        labeled = true;
        if (colon < 0) {
          this.#label(bytes, start, at);
          continue;
        }
        if (this.options.labels !== 'none') throw this.#error('a label first', describe(bytes.toString('utf8', start, at)));
      }
      this.#entry(bytes, start, colon, at, first);
    }
    if (!this.#ascending) this.#refuseTwice(first);
    return labeled;
  }

  #label(bytes: Buffer, start: number, end: number): void {
    const { labels } = this.options;
    if (labels === 'none') return;
    const text = bytes.toString('utf8', start, end);
    if (labels === 'numbers') this.#number(text, bytes, start, end);
    else this.#texts.push(this.#labels.get(text) ?? this.#newText(text));
  }

  #number(text: string, bytes: Buffer, start: number, end: number): void {
    const value = parseNumber(bytes, start, end);
    if (Number.isNaN(value)) {
      this.#refuseSeveral(text);
      throw new TextLabel(this.#line, text);
    }
    this.texts.add(text, this.#line);
    const { firstCode } = this.texts;
    if (firstCode !== null && !this.options.codes) throw new TextLabel(firstCode.line, firstCode.text);
    this.#numbers.push(value);
  }

  #newText(text: string): string {
    const { limits } = this.options;
    if (text.includes('\ufffd'))
      throw this.#error('UTF-8 text as label', `${describe(text)}, which is none; convert the file to UTF-8`);
    this.#refuseSeveral(text);
    if (this.#labels.size >= limits.levels) throw fileOverLimit('levels', limits, this.path, 'different labels');
    this.#characters += text.length;
    if (this.#characters > limits.levelCharacters)
      throw fileOverLimit('levelCharacters', limits, this.path, 'characters in different labels');
    this.#labels.set(text, text);
    return text;
  }

  #refuseSeveral(text: string): void {
    if (!/^[^,]+(,[^,]+)+$/.test(text) || !text.split(',').every(isNumber)) return;
    throw this.#error('one label', `several, ${describe(text)}, which is not supported`);
  }

  #entry(bytes: Buffer, start: number, colon: number, end: number, first: number): void {
    if (colon === start + 3 && bytes.toString('latin1', start, colon) === 'qid') {
      this.queries++;
      return;
    }
    const { columns, indexBase, limits } = this.options;
    const index = this.#index(bytes, start, colon, end) + 1 - indexBase;
    const value = parseNumber(bytes, colon + 1, end);
    if (!Number.isFinite(value)) throw this.#error('a finite value', describe(bytes.toString('utf8', start, end)));
    if (index > columns) {
      this.dropped++;
      return;
    }
    if (index > limits.columns) {
      throw overLimit('columns', limits, `Line ${this.#line} of ${describe(this.path)}`, 'columns');
    }
    const count = this.#count;
    if (count > first && index <= this.#indices[count - 1]!) this.#ascending = false;
    if (index > this.largestIndex) this.largestIndex = index;
    if (count === this.#indices.length) this.#grow();
    this.#indices[count] = index;
    this.#values[count] = value;
    this.#count = count + 1;
  }

  /** As it stands in the file. */
  #index(bytes: Buffer, start: number, colon: number, end: number): number {
    const { indexBase } = this.options;
    let index = 0;
    for (let k = start; k < colon; k++) {
      const digit = bytes[k]! - 0x30;
      index = digit >= 0 && digit <= 9 ? index * 10 + digit : NaN;
    }
    if (colon > start && index >= indexBase && index < LARGEST_INDEX + indexBase) return index;
    const advice = index === 0 && colon > start ? ' (--index-base 0 says that they count from 0)' : '';
    throw this.#error(`index:value with an index from ${indexBase}`, describe(bytes.toString('utf8', start, end)) + advice);
  }

  #grow(): void {
    const indices = new Int32Array(2 * this.#indices.length);
    const values = new Float64Array(2 * this.#values.length);
    indices.set(this.#indices);
    values.set(this.#values);
    this.#indices = indices;
    this.#values = values;
  }

  /** Equal indices lie side by side once they are sorted: looking each one up among the others would be quadratic. */
  #refuseTwice(first: number): void {
    const sorted = this.#indices.slice(first, this.#count).sort();
    const twice = sorted.findIndex((index, k) => k > 0 && index === sorted[k - 1]);
    if (twice >= 0) throw this.#error(`feature ${sorted[twice]! - 1 + this.options.indexBase} once`, 'it twice');
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
