/**
 * The n-grams of a text, as ranges of bytes in one buffer: a text is written there once, in UTF-8, with one blank between its words, so that the words
 * i to i + n - 1 are the bytes from the start of the one to the end of the other, and nothing is cut or joined for a hash.
 */

export const analyzers = ['word', 'char', 'char_wb'] as const satisfies readonly Analyzer[];

/**
 * What n-grams are made of: words (two or more letters, marks, digits or underscores in a row), characters, or characters within words that have a blank
 * at both ends.
 */
export type Analyzer = 'word' | 'char' | 'char_wb';

/** Of a UTF-16 unit: what it is to a text. Surrogates are looked at in pairs. */
const [SEPARATOR, BLANK, WORD, PAIR] = [1, 2, 3, 4];
const kinds = new Uint8Array(2 ** 16);
const blank = /\s/u;
const word = /[\p{L}\p{M}\p{N}_]/u;

export class TextUnits {
  /** The text in UTF-8. */
  bytes = new Uint8Array(2 ** 12);
  /** Where units (words or characters) begin and end in it; `count` of them. */
  starts = new Int32Array(2 ** 10);
  ends = new Int32Array(2 ** 10);
  count = 0;
  /** For `char_wb`: the first unit behind every word, `words` of them. */
  lasts = new Int32Array(2 ** 8);
  words = 0;
  #length = 0;

  constructor(readonly analyzer: Analyzer) {}

  /** Replaces what was there. */
  read(text: string): void {
    this.count = 0;
    this.words = 0;
    this.#length = 0;
    // A UTF-16 unit takes three bytes at most, and blanks around words one each.
    if (this.bytes.length < 3 * text.length + 3) this.bytes = new Uint8Array(4 * text.length + 4);
    if (this.analyzer === 'word') this.#readWords(text);
    else if (this.analyzer === 'char') this.#readCharacters(text);
    else this.#readPaddedWords(text);
  }

  #readWords(text: string): void {
    let start = -1;
    let characters = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const kind = kinds[code] || kindOf(code);
      const pair = kind === PAIR;
      const point = pair ? text.codePointAt(at)! : code;
      if (kind === WORD || (pair && word.test(String.fromCodePoint(point)))) {
        if (start < 0) {
          start = this.#length;
          characters = 0;
        }
        this.#write(point);
        characters++;
      } else if (start >= 0) {
        this.#endWord(start, characters);
        start = -1;
      }
      if (point > 0xffff) at++;
    }
    if (start >= 0) this.#endWord(start, characters);
  }

  /** A word of one character is left out. */
  #endWord(start: number, characters: number): void {
    if (characters < 2) this.#length = start;
    else {
      this.#unit(start, this.#length);
      this.bytes[this.#length++] = 0x20;
    }
  }

  /** Blanks in a row are one. */
  #readCharacters(text: string): void {
    let inBlank = false;
    for (let at = 0; at < text.length; at++) {
      const point = text.codePointAt(at)!;
      if (point > 0xffff) at++;
      const isBlank = point <= 0xffff && (kinds[point] || kindOf(point)) === BLANK;
      if (isBlank && inBlank) continue;
      // A single blank stays what it is; several are one of U+0020.
      const several = isBlank && isBlankAt(text, at + 1);
      inBlank = isBlank;
      this.#character(several ? 0x20 : point);
    }
  }

  #readPaddedWords(text: string): void {
    let inWord = false;
    for (let at = 0; at < text.length; at++) {
      const point = text.codePointAt(at)!;
      if (point > 0xffff) at++;
      if (point <= 0xffff && (kinds[point] || kindOf(point)) === BLANK) {
        if (inWord) this.#endPaddedWord();
        inWord = false;
        continue;
      }
      if (!inWord) this.#character(0x20);
      inWord = true;
      this.#character(point);
    }
    if (inWord) this.#endPaddedWord();
  }

  #endPaddedWord(): void {
    this.#character(0x20);
    if (this.words === this.lasts.length) this.lasts = doubled(this.lasts);
    this.lasts[this.words++] = this.count;
    // Blanks of neighbors are not shared: every word has two.
    if (this.bytes.length < this.#length + 8) this.bytes = copied(this.bytes, 2 * this.bytes.length);
  }

  #character(point: number): void {
    if (this.bytes.length < this.#length + 8) this.bytes = copied(this.bytes, 2 * this.bytes.length);
    const start = this.#length;
    this.#write(point);
    this.#unit(start, this.#length);
  }

  #unit(start: number, end: number): void {
    if (this.count === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
    }
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  /** A surrogate without its other half is written as U+FFFD, as every encoder does. */
  #write(given: number): void {
    const point = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given;
    const { bytes } = this;
    let at = this.#length;
    if (point < 0x80) bytes[at++] = point;
    else {
      if (point < 0x800) bytes[at++] = 0xc0 | (point >> 6);
      else {
        if (point < 0x10000) bytes[at++] = 0xe0 | (point >> 12);
        else {
          bytes[at++] = 0xf0 | (point >> 18);
          bytes[at++] = 0x80 | ((point >> 12) & 63);
        }
        bytes[at++] = 0x80 | ((point >> 6) & 63);
      }
      bytes[at++] = 0x80 | (point & 63);
    }
    this.#length = at;
  }
}

function kindOf(code: number): number {
  const character = String.fromCharCode(code);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return (kinds[code] = isSurrogate ? PAIR : word.test(character) ? WORD : blank.test(character) ? BLANK : SEPARATOR);
}

function isBlankAt(text: string, at: number): boolean {
  return at < text.length && (kinds[text.charCodeAt(at)] || kindOf(text.charCodeAt(at))) === BLANK;
}

function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * list.length);
  longer.set(list);
  return longer;
}

function copied(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}
