/** Turns the cells of one column into numbers: values, or codes of categories. */
import { describe, type PlanesearchError } from '../core/errors.js';
import { atOnce, mapSteps, type Steps } from '../core/pace.js';
import { parseBoolean } from './boolean-cell.js';
import { textOfCell } from './cell.js';
import { optionsFor, optionsForMissing, type ColumnUse, type MissingMarks } from './column-kinds.js';
import { dataError } from './data-error.js';
import { dateParser, type DateOrder } from './date-cell.js';
import { LabelTexts } from './label-texts.js';
import { fileOverLimit, overLimit, type ReadLimits } from './limits.js';
import { isInfinite, numberParser, printsBack, type NumberFormat } from './number-cell.js';
import type { HashedRows } from '../preprocessing/hashed-rows.js';
import type { CsvFeature, RawTarget } from './table.js';

/** What is the same for all columns of a table: one object, because there may be 100 000 columns. */
export interface ColumnSource {
  /** Of the file, or what the table is called. */
  readonly path: string;
  /** Where a row stands, for a sentence: `Line 3 of 'a.csv'`. */
  readonly place: (line: number) => string;
  /** The line that may be a header unless told; -1 where there are no lines. */
  readonly firstLine: number;
  readonly numbers: NumberFormat;
  readonly missing: MissingMarks;
  readonly limits: ReadLimits;
  /** Of all categories that the columns of this table have learned. */
  readonly learned: { characters: number };
  /** A category that is not known is an error; otherwise its code is -1. */
  readonly strict: boolean;
}

export interface TableColumnSpec {
  readonly source: ColumnSource;
  readonly name: string;
  /** Field of the row. */
  readonly at: number;
  readonly kind: CsvFeature['kind'];
  readonly use: ColumnUse;
  /** Known categories; null to learn them. */
  readonly categories: readonly string[] | null;
  /** NaN for a missing cell; otherwise it is an error. */
  readonly keepMissing: boolean;
  /** Of dates that end in the year. */
  readonly order?: DateOrder | undefined;
  /** There is a column for categories that are not known, which then are nothing to tell of. */
  readonly others?: true | undefined;
  /**
   * What a target of digits may be: numbers only, numbers that come with their texts where these differ, or text altogether
   * once one of them is a code such as `01234`.
   */
  readonly labels: 'numbers' | 'texts' | 'codes';
  /** Takes the texts of a text column. */
  readonly hashed?: HashedRows | undefined;
}

const EXPECTED = {
  numeric: 'a number',
  boolean: 'yes or no',
  date: 'a date such as 2024-01-31',
  categorical: 'text',
  text: 'text',
} as const;

const EXAMPLES = 3;

// Of a file with 100 000 columns of numbers every column would have its own: 40 MB of nothing.
const NO_CODES = new Map<string, number>();
const NO_EXAMPLES = new Set<string>();
const NONE_FOUND: string[] = [];
const NO_COUNTS: number[] = [];

export class TableColumn {
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
  readonly #counts: number[];
  readonly #parse: (text: string) => number;
  readonly #texts: LabelTexts | null;
  #last = NaN;
  #withoutPoint = false;
  #fraction = false;
  #groupLike: string | null = null;

  constructor(readonly spec: TableColumnSpec) {
    const categorical = spec.kind === 'categorical';
    this.#codes = categorical ? new Map() : NO_CODES;
    this.unknownExamples = categorical ? new Set() : NO_EXAMPLES;
    this.#found = categorical ? [] : NONE_FOUND;
    spec.categories?.forEach((category, code) => this.#codes.set(category, code));
    this.#counts = categorical && spec.categories === null ? [] : NO_COUNTS;
    this.#parse =
      spec.kind === 'boolean'
        ? parseBoolean
        : spec.kind === 'date'
          ? dateParser(spec.order)
          : numberParser(spec.source.numbers);
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

  /** The number in the cell, or the code of its category: -1 for one that is not known, NaN for a missing cell. Of a text nothing. */
  read(cell: string, line: number): number {
    if (this.spec.hashed) {
      if (cell === '') this.missing++;
      atOnce(this.spec.hashed.add(cell));
      return 0;
    }
    if (this.spec.kind === 'categorical') return this.#count(this.#codes.get(cell) ?? this.#newCategory(cell, line));
    const { digits } = this.spec.source.missing;
    if (digits.size > 0 && digits.has(cell)) return this.#missing(cell, line);
    const value = this.#parse(cell);
    if (!Number.isFinite(value)) return this.#unusual(cell, line);
    this.#texts?.add(cell, line);
    this.#observe(cell, value);
    return value;
  }

  /** The same of a cell with a type: it is what its text would be, but a number need not be written first. */
  readCell(cell: unknown, line: number): number {
    if (typeof cell === 'string') return this.read(cell, line);
    if (typeof cell === 'number' && this.spec.kind === 'numeric' && this.#texts === null && Number.isFinite(cell)) {
      const { digits } = this.spec.source.missing;
      if (digits.size === 0 || !digits.has(String(cell))) {
        this.#observeValue(cell);
        return cell;
      }
    }
    const text = textOfCell(cell, this.spec.source.numbers.decimal);
    if (text !== null) return this.read(text, line);
    throw this.#error(line, 'a text, a number, true or false, a date or null', describe(cell));
  }

  /** The categories that were learned, as they were found, with their rows. */
  get found(): { readonly texts: readonly string[]; readonly rows: readonly number[] } {
    return { texts: this.#found, rows: this.#counts };
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

  #count(code: number): number {
    if (code >= 0 && this.#counts !== NO_COUNTS) this.#counts[code]!++;
    return code;
  }

  #newCategory(cell: string, line: number): number {
    const text = cell.trim();
    if (this.spec.source.missing.inText(text)) return this.#missing(text, line);
    let code = this.#codes.get(text);
    if (code === undefined) {
      if (this.spec.categories !== null) return this.#unknown(text, line);
      this.#admit(text);
      code = this.#found.push(text) - 1;
      this.#counts.push(0);
      this.#codes.set(text, code);
    }
    if (cell.length !== text.length) this.#codes.set(cell, code);
    return code;
  }

  #admit(text: string): void {
    const { source, name } = this.spec;
    const { limits, learned, path } = source;
    if (this.#found.length >= limits.levels)
      throw overLimit('levels', limits, `Column ${describe(name)} of ${describe(path)}`, 'different texts');
    learned.characters += text.length;
    if (learned.characters > limits.levelCharacters)
      throw fileOverLimit('levelCharacters', limits, path, 'characters in different texts');
  }

  #unknown(text: string, line: number): number {
    if (this.spec.others) return -1;
    if (this.spec.source.strict) throw this.#error(line, 'a category of the training data', quote(text));
    this.unknown++;
    if (this.unknownExamples.size < EXAMPLES) this.unknownExamples.add(text);
    return -1;
  }

  /** Blanks around a quoted number, missing marks, and what is no number at all. */
  #unusual(cell: string, line: number): number {
    const { source, kind, use } = this.spec;
    const text = cell.trim();
    // Yes, no and none are three words, while none among numbers is nothing.
    if (kind === 'boolean' ? source.missing.inText(text) : source.missing.inNumbers(text)) return this.#missing(text, line);
    if (text.length < cell.length) return this.read(text, line);
    if (kind === 'numeric' && (isInfinite(text) || !Number.isNaN(this.#parse(text))))
      throw this.#error(line, 'a finite value', quote(text), use === 'feature' ? '--ignore leaves the column out' : '');
    const advice = optionsFor(text, { kind, use, format: source.numbers, first: line === source.firstLine });
    throw this.#error(line, EXPECTED[kind], quote(text), advice);
  }

  #missing(text: string, line: number): number {
    if (!this.spec.keepMissing) {
      const advice = optionsForMissing(text, this.spec.use);
      throw this.#error(line, 'a value (missing values are refused)', quote(text), advice);
    }
    this.missing++;
    return NaN;
  }

  #observeValue(value: number): void {
    if (value !== this.#last + 1 && !Number.isNaN(this.#last)) this.consecutive = false;
    this.#last = value;
  }

  #observe(cell: string, value: number): void {
    if (this.spec.kind !== 'numeric') return;
    this.#observeValue(value);
    if (!this.#fraction) this.#observePoint(cell);
    if (cell.charCodeAt(0) === 0x30 && cell.length > 1 && this.leadingZeros === null && /^0\d/.test(cell))
      this.leadingZeros = cell;
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER && this.rounded === null && /^[+-]?\d+$/.test(cell)) this.rounded = cell;
  }

  #observePoint(cell: string): void {
    const point = cell.indexOf(this.spec.source.numbers.decimal);
    if (point < 0) this.#withoutPoint = true;
    else if (/^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(cell)) this.#groupLike ??= cell;
    else this.#fraction = true;
  }

  /** A number whose point may separate thousands: told, because nothing in the column says which. */
  get ambiguousPoint(): string | null {
    return this.#withoutPoint && !this.#fraction && this.spec.source.numbers.thousands === null ? this.#groupLike : null;
  }

  #undecided(text: string, line: number): PlanesearchError {
    const expected = 'numbers, or labels that --task classification asks for';
    const advice = 'it would print differently as a number; --task regression takes it for one';
    return this.#error(line, expected, quote(text), advice);
  }

  #error(line: number, expected: string, received: string, advice = ''): PlanesearchError {
    const { source, name } = this.spec;
    const column = /^column \d+$/.test(name) ? name : `column ${describe(name)}`;
    const sentence = `must hold ${expected}, but holds ${received}${advice && ` (${advice})`}.`;
    return dataError(`${source.place(line)}, ${column}, ${sentence}`, expected, received);
  }
}

function quote(cell: string): string {
  return cell === '' ? 'an empty cell' : describe(cell);
}
