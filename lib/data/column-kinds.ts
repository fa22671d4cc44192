/**
 * What a column holds, told by its first 1000 cells that are not missing:
 *
 * 1. numbers, when more than half of them are numbers or written like one ("1,030", "12 %"), or there are none;
 * 2. dates, when more than half are written as one; where these end in the year, the order of day and month must be told;
 * 3. yes or no, when all are one of a pair: true and false, yes and no, t and f, y and n;
 * 4. text otherwise: categories.
 *
 * A cell of another kind is then refused, here or further down: a column that is mostly numbers never becomes categories by
 * accident.
 */
import { describe } from '../core/errors.js';
import { areBooleans } from './boolean-cell.js';
import { isDate } from './cell.js';
import { isUndecidedDate, looksLikeDate } from './date-cell.js';
import { adviceFor, isInfinite, isMissing, isMissingNumber, looksLikeNumber, type NumberFormat } from './number-cell.js';
import type { CsvFeature } from './table.js';

/** Which cells are missing: in a column of numbers, and in one of text. */
export interface MissingMarks {
  inNumbers(cell: string): boolean;
  inText(cell: string): boolean;
  /** The marks that would be numbers otherwise, such as -99. */
  readonly digits: ReadonlySet<string>;
}

export function missingMarks(given: readonly string[] | undefined): MissingMarks {
  if (given === undefined) return { inNumbers: isMissingNumber, inText: isMissing, digits: new Set() };
  const marks = new Set(['', ...given.map((mark) => mark.trim())]);
  const has = (cell: string): boolean => marks.has(cell);
  return { inNumbers: has, inText: has, digits: new Set([...marks].filter(looksLikeNumber)) };
}

/** `undecided`: a date, such as the one that comes with it, of which nobody can tell the day from the month. */
export type GuessedKind = { readonly kind: CsvFeature['kind']; readonly undecided?: string | undefined };

const LOOKED_AT = 1000;
const FEW_WORDS = 4;

/** @param parse of numbers */
export function guessKind(cells: Iterable<unknown>, parse: (text: string) => number, missing: MissingMarks): GuessedKind {
  let [numbers, dates, others] = [0, 0, 0];
  let undecided: string | undefined;
  const words = new Set<string>();
  for (const cell of cells) {
    if (numbers + dates + others === LOOKED_AT) break;
    if (cell === null || cell === undefined || Number.isNaN(cell)) continue;
    if (typeof cell === 'number' || typeof cell === 'bigint') numbers++;
    else if (isDate(cell)) dates++;
    // What is no cell at all is refused where it is read.
    else if (typeof cell !== 'string' && typeof cell !== 'boolean') others++;
    else {
      const text = String(cell).trim();
      // A weak mark, as none beside yes and no, is missing among numbers and dates only.
      if (words.size < FEW_WORDS && !missing.inText(text)) words.add(text.slice(0, 8).toLowerCase());
      if (missing.inNumbers(text)) continue;
      if (!Number.isNaN(parse(text)) || looksLikeNumber(text) || isInfinite(text)) numbers++;
      else if (looksLikeDate(text)) {
        dates++;
        if (undecided === undefined && isUndecidedDate(text)) undecided = text;
      } else others++;
    }
  }
  const all = numbers + dates + others;
  if (numbers > all / 2 || all === 0) return { kind: 'numeric' };
  if (dates > all / 2) return { kind: 'date', undecided };
  return { kind: areBooleans(words) ? 'boolean' : 'categorical' };
}

/**
 * What a column is for, which decides what can be done about it: `last` is the target because nobody named one, `known` one of a model, which later
 * files have to follow.
 */
export type ColumnUse = 'feature' | 'target' | 'last' | 'known';

const OTHER_TARGET = '--target names another column, if the last one is not the target';

const ADVICE_FOR_TEXT: Readonly<Record<ColumnUse, readonly string[]>> = {
  feature: ['--categorical takes the column for text, --ignore leaves it out'],
  target: ['--task classification takes the targets for labels'],
  last: ['--task classification takes the targets for labels', OTHER_TARGET],
  known: [],
};

export interface CellContext {
  readonly kind: CsvFeature['kind'];
  readonly use: ColumnUse;
  readonly format: NumberFormat;
  /** Whether the cell is in a first line that may hold names. */
  readonly first: boolean;
}

/** What a person can do about a cell that is not of the kind of its column, in the order of what is likely. */
export function optionsFor(cell: string, { kind, use, format, first }: CellContext): string {
  const advice = kind === 'numeric' ? adviceFor(cell, format).map((option) => `${option} reads it`) : [];
  const likeNumber = kind === 'numeric' && looksLikeNumber(cell);
  if (advice.length === 0 && likeNumber) advice.push('no option reads it as a number');
  if (kind === 'date' && isUndecidedDate(cell) && use !== 'known')
    advice.push('--date-order dmy or mdy says what it begins with');
  if (!likeNumber && use !== 'target' && use !== 'last')
    advice.push(`--missing ${describe(cell)} takes it for a missing value`);
  advice.push(...ADVICE_FOR_TEXT[use]);
  if (first) advice.push('--header yes takes the line for column names');
  return advice.join('; ');
}

/** The same about a cell without a value: an empty one, a mark of a missing value, or one that is infinite. */
export function optionsForMissing(cell: string, use: ColumnUse): string {
  const advice = cell === '' ? [] : ['--missing says what stands for a missing value'];
  if (use === 'feature') advice.push('--impute puts a value there', '--ignore leaves the column out');
  if (use === 'target' || use === 'last') advice.push('a row without a target has to be left out of the file');
  if (use === 'last') advice.push(OTHER_TARGET);
  return advice.join(', ');
}
