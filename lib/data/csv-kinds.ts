/**
 * Whether a column holds numbers or text, told by its cells in the first rows (at most 1000): it holds numbers when more than
 * half of what is not missing is a number or written like one ("1,030", "12 %"). A cell that is neither is then refused,
 * here or further down: a column that is mostly numbers never becomes categories by accident.
 */
import { describe } from '../core/errors.js';
import type { CsvRecord } from './csv-records.js';
import { adviceFor, isInfinite, isMissing, isMissingNumber, looksLikeNumber, type NumberFormat } from './number-cell.js';

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

export function holdsNumbers(
  rows: readonly CsvRecord[],
  at: number,
  parse: (text: string) => number,
  missing: MissingMarks,
): boolean {
  let numbers = 0;
  let texts = 0;
  for (const { cells } of rows) {
    const cell = cells[at]!.trim();
    if (missing.inNumbers(cell)) continue;
    if (!Number.isNaN(parse(cell)) || looksLikeNumber(cell) || isInfinite(cell)) numbers++;
    else texts++;
  }
  return numbers > texts || texts === 0;
}

/** What a column is for, which decides what can be done about it: `known` is one of a model, which later files have to follow. */
export type ColumnUse = 'feature' | 'target' | 'known';

const ADVICE_FOR_TEXT: Readonly<Record<ColumnUse, readonly string[]>> = {
  feature: ['--categorical takes the column for text, --ignore leaves it out'],
  target: ['--task classification takes the targets for labels'],
  known: [],
};

/** What a person can do about a cell that is no number, in the order of what is likely. */
export function optionsFor(cell: string, format: NumberFormat, line: number, use: ColumnUse): string {
  const advice = adviceFor(cell, format).map((option) => `${option} reads it`);
  if (advice.length === 0 && looksLikeNumber(cell)) advice.push('no option reads it as a number');
  if (!looksLikeNumber(cell) && use !== 'target') advice.push(`--missing ${describe(cell)} takes it for a missing value`);
  advice.push(...ADVICE_FOR_TEXT[use]);
  if (line === 1) advice.push('--header yes takes the line for column names');
  return advice.join('; ');
}

/** The same about a cell without a value: an empty one, a mark of a missing value, or one that is infinite. */
export function optionsForMissing(cell: string, use: ColumnUse): string {
  const advice = cell === '' ? [] : ['--missing says what stands for a missing value'];
  if (use === 'feature') advice.push('--ignore leaves the column out');
  if (use === 'target') advice.push('a row without a target has to be left out of the file');
  return advice.join(', ');
}
