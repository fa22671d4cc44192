/** Turns the cells of one CSV column into numbers: values, or codes of categories. */
import { describe, type PlanesearchError } from '../core/errors.js';
import { mapSteps, type Steps } from '../core/pace.js';
import { optionsFor, optionsForMissing, type ColumnUse, type MissingMarks } from './csv-kinds.js';
import { dataError } from './data-error.js';
import { LabelTexts } from './label-texts.js';
import { fileOverLimit, overLimit, type ReadLimits } from './limits.js';
import { isInfinite, numberParser, printsBack, type NumberFormat } from './number-cell.js';
import type { RawTarget } from './table.js';

/** What is the same for all columns of a file: one object, because there may be 100 000 columns. */
export interface CsvFile {
  readonly path: string;
  readonly numbers: NumberFormat;
  readonly missing: MissingMarks;
  readonly limits: ReadLimits;
  /** Of all categories that the columns of this file have learned. */
  readonly learned: { characters: number };
  /** A category that is not known is an error; otherwise its code is -1. */
  readonly strict: boolean;
}

export interface CsvColumnSpec {
  readonly file: CsvFile;
  readonly name: string;
  /** Field of the row. */
  readonly at: number;
  readonly kind: 'numeric' | 'categorical';
  readonly use: ColumnUse;
  /** Known categories; null to learn them. */
  readonly categories: readonly string[] | null;
  /** NaN for a missing cell; otherwise it is an error. */
  readonly keepMissing: boolean;
  /**
   * What a target of digits may be: numbers only, numbers that come with their texts where these differ, or text altogether
   * once one of them is a code such as `01234`.
   */
  readonly labels: 'numbers' | 'texts' | 'codes';
}

const EXAMPLES = 3;

// Of a file with 100 000 columns of numbers every column would have its own: 40 MB of nothing.
const NO_CODES = new Map<string, number>();
const NO_EXAMPLES = new Set<string>();
const NONE_FOUND: string[] = [];

export class CsvColumn {
  /** Missing cells that were kept. */
  missing = 0;
  /** Cells of a category that is not known, and some of them. */
  unknown = 0;
  readonly unknownExamples: Set<string>;
  /** The first number with zeros before it, and the first integer that float64 rounds. */
  leadingZeros: string | null = null;
  rounded: string | null = null;
  /** Whether every number is the one before plus one. */
  consecutive = true;
  readonly #codes: Map<string, number>;
  readonly #found: string[];
  readonly #parse: (text: string) => number;
  readonly #texts: LabelTexts | null;
  #last = NaN;
  #withoutPoint = false;
  #fraction = false;
  #groupLike: string | null = null;

  constructor(readonly spec: CsvColumnSpec) {
    const categorical = spec.kind === 'categorical';
    this.#codes = categorical ? new Map() : NO_CODES;
    this.unknownExamples = categorical ? new Set() : NO_EXAMPLES;
    this.#found = categorical ? [] : NONE_FOUND;
    spec.categories?.forEach((category, code) => this.#codes.set(category, code));
    this.#parse = numberParser(spec.file.numbers);
    this.#texts = spec.kind === 'numeric' && spec.labels !== 'numbers' ? new LabelTexts(this.#parse) : null;
  }

  /** A target's first label of digits that a number would not print, which made text of all. */
  get codeLabel(): string | null {
    return this.spec.labels === 'codes' ? (this.#texts?.firstCode?.text ?? null) : null;
  }

  /** Categories so far. */
  get levels(): number {
    return this.spec.categories?.length ?? this.#found.length;
  }

  /** The number in the cell, or the code of its category: -1 for one that is not known, NaN for a missing cell. */
  read(cell: string, line: number): number {
    if (this.spec.kind === 'categorical') return this.#codes.get(cell) ?? this.#newCategory(cell, line);
    const { digits } = this.spec.file.missing;
    if (digits.size > 0 && digits.has(cell)) return this.#missing(cell, line);
    const value = this.#parse(cell);
    if (!Number.isFinite(value)) return this.#unusual(cell, line);
    this.#texts?.add(cell, line);
    this.#observe(cell, value);
    return value;
  }

  /** The learned categories in ascending order, and the place there of every code. */
  sorted(): { categories: string[]; places: Int32Array } {
    if (this.spec.categories !== null) {
      return { categories: [...this.spec.categories], places: Int32Array.from(this.spec.categories, (_, code) => code) };
    }
    const categories = [...this.#found].sort();
    const places = new Map(categories.map((category, place) => [category, place]));
    return { categories, places: Int32Array.from(this.#found, (category) => places.get(category)!) };
  }

  /** The target whose cells these are, as `read` gave them. */
  *target(cells: Float64Array): Steps<RawTarget> {
    const { kind, labels } = this.spec;
    if (kind === 'categorical') {
      const numbers = this.#found.map((text) => this.#parse(text));
      // Asked for as labels, digits are numbers still when they print as they are written.
      const faithful = labels !== 'numbers' && this.#found.every((text, code) => printsBack(text, numbers[code]!));
      if (!faithful) return { kind: 'strings', values: yield* mapSteps(cells, (code) => this.#found[code]!) };
      for (let row = 0; row < cells.length; row++) cells[row] = numbers[cells[row]!]!;
      return { kind: 'numbers', values: cells };
    }
    if (this.#texts === null || this.#texts.faithful) return { kind: 'numbers', values: cells };
    const texts = yield* this.#texts.written();
    if (labels === 'codes' && this.#texts.firstCode !== null) {
      if (texts === null) throw this.#undecided(this.#texts.firstCode.text, this.#texts.firstCode.line);
      return { kind: 'strings', values: texts };
    }
    return { kind: 'numbers', values: cells, texts };
  }

  #newCategory(cell: string, line: number): number {
    const text = cell.trim();
    if (this.spec.file.missing.inText(text)) return this.#missing(text, line);
    let code = this.#codes.get(text);
    if (code === undefined) {
      if (this.spec.categories !== null) return this.#unknown(text, line);
      this.#admit(text);
      code = this.#found.push(text) - 1;
      this.#codes.set(text, code);
    }
    if (cell.length !== text.length) this.#codes.set(cell, code);
    return code;
  }

  #admit(text: string): void {
    const { file, name } = this.spec;
    const { limits, learned, path } = file;
    if (this.#found.length >= limits.levels)
      throw overLimit('levels', limits, `Column ${describe(name)} of ${describe(path)}`, 'different texts');
    learned.characters += text.length;
    if (learned.characters > limits.levelCharacters)
      throw fileOverLimit('levelCharacters', limits, path, 'characters in different texts');
  }

  #unknown(text: string, line: number): number {
    if (this.spec.file.strict) throw this.#error(line, 'a category of the training data', text);
    this.unknown++;
    if (this.unknownExamples.size < EXAMPLES) this.unknownExamples.add(text);
    return -1;
  }

  /** Blanks around a quoted number, missing marks, and what is no number at all. */
  #unusual(cell: string, line: number): number {
    const text = cell.trim();
    if (this.spec.file.missing.inNumbers(text)) return this.#missing(text, line);
    if (text.length < cell.length) return this.read(text, line);
    if (isInfinite(text) || !Number.isNaN(this.#parse(text)))
      throw this.#error(line, 'a finite value', text, optionsForMissing('', this.spec.use));
    throw this.#error(line, 'a number', text, optionsFor(text, this.spec.file.numbers, line, this.spec.use));
  }

  #missing(text: string, line: number): number {
    if (!this.spec.keepMissing) {
      const advice = optionsForMissing(text, this.spec.use);
      throw this.#error(line, 'a value (missing values are not supported)', text, advice);
    }
    this.missing++;
    return NaN;
  }

  #observe(cell: string, value: number): void {
    if (value !== this.#last + 1 && !Number.isNaN(this.#last)) this.consecutive = false;
    this.#last = value;
    if (!this.#fraction) this.#observePoint(cell);
    if (cell.charCodeAt(0) === 0x30 && cell.length > 1 && this.leadingZeros === null && /^0\d/.test(cell))
      this.leadingZeros = cell;
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER && this.rounded === null && /^[+-]?\d+$/.test(cell)) this.rounded = cell;
  }

  #observePoint(cell: string): void {
    const point = cell.indexOf(this.spec.file.numbers.decimal);
    if (point < 0) this.#withoutPoint = true;
    else if (/^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(cell)) this.#groupLike ??= cell;
    else this.#fraction = true;
  }

  /** A number whose point may separate thousands: told, because nothing in the column says which. */
  get ambiguousPoint(): string | null {
    return this.#withoutPoint && !this.#fraction && this.spec.file.numbers.thousands === null ? this.#groupLike : null;
  }

  #undecided(text: string, line: number): PlanesearchError {
    const expected = 'numbers, or labels that --task classification asks for';
    return this.#error(line, expected, text, 'it would print differently as a number; --task regression takes it for one');
  }

  #error(line: number, expected: string, cell: string, advice = ''): PlanesearchError {
    const { file, name } = this.spec;
    const received = cell === '' ? 'an empty cell' : describe(cell);
    const column = /^column \d+$/.test(name) ? name : `column ${describe(name)}`;
    const place = `Line ${line} of ${describe(file.path)}, ${column},`;
    return dataError(
      `${place} must hold ${expected}, but holds ${received}${advice && ` (${advice})`}.`,
      expected,
      received,
    );
  }
}
