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

/** What a person can do about a cell that is no number, in the order of what is likely. */
export function optionsFor(cell: string, format: NumberFormat, line: number): string {
  const advice = adviceFor(cell, format).map((option) => `${option} reads it`);
  if (!looksLikeNumber(cell)) advice.push(`--missing ${describe(cell)} takes it for a missing value`);
  advice.push('--categorical takes the column for text, --ignore leaves it out');
  if (line === 1) advice.push('--header yes takes the line for column names');
  if (advice.length === 1) advice.push('--decimal and --thousands say how numbers are written');
  return advice.join('; ');
}
