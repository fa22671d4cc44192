/** Whether the first row of a CSV file holds names. */
import type { CsvRecord } from './csv-records.js';
import { isMissing, isMissingNumber, isNumber, looksLikeNumber } from './number-cell.js';

/**
 * The rule, over the first records of the file (at most 1000):
 *
 * 1. A row that has a column name which the caller gave is a header.
 * 2. Take the columns that hold mostly numbers below the first row. The first row is a header when it holds text in them,
 *    none of which comes again below, at least as often as numbers; or at least one word, all of its cells different, and its
 *    numbers are as names are: years, or 0, 1, 2, ... Numbers alone are a header when they are years or 0, 1, 2, 3, ... and no
 *    other row is like that.
 * 3. When no column is numeric below, it is a header if its cells are all different, none of them comes again in its
 *    column, and some column repeats itself (at most half as many distinct cells as rows).
 * 4. Otherwise it is data.
 *
 * A single row without any number or missing cell is a header without data. Missing cells count neither way. Columns in
 * `ignored` are known not to be numeric.
 */
export function detectHeader(
  head: readonly CsvRecord[],
  ignored: ReadonlySet<number> = new Set(),
  names: readonly string[] = [],
): boolean {
  const [first, ...rest] = head;
  if (first === undefined) return false;
  const cells = first.cells.map((cell) => cell.trim());
  if (names.some((name) => cells.includes(name) && !looksLikeNumber(name))) return true;
  if (rest.length === 0) return cells.every((cell) => !isNumber(cell) && !isMissing(cell));
  const numeric = cells.flatMap((_, at) => (!ignored.has(at) && holdsNumbers(rest, at) ? [at] : []));
  if (numeric.length === 0) return ignored.size === 0 && standsOut(cells, rest);
  const present = numeric.filter((at) => !isMissingNumber(cells[at]!));
  const numbers = present.filter((at) => looksLikeNumber(cells[at]!));
  const texts = present.filter((at) => !looksLikeNumber(cells[at]!));
  // A name does not come again below it.
  if (texts.some((at) => rest.some((record) => record.cells[at]!.trim() === cells[at]))) return false;
  if (texts.length > 0 && texts.length >= numbers.length) return true;
  if (new Set(cells).size < cells.length) return false;
  if (texts.length > 0) return texts.every((at) => isWord(cells[at]!)) && likeNames(cells, numbers, 3);
  return numbers.length > 1 && likeNames(cells, numbers, 4) && !rest.some((record) => likeNames(record.cells, numbers, 4));
}

function holdsNumbers(rest: readonly CsvRecord[], at: number): boolean {
  let numbers = 0;
  let texts = 0;
  for (const { cells } of rest) {
    const cell = cells[at]!.trim();
    if (isMissingNumber(cell)) continue;
    if (looksLikeNumber(cell)) numbers++;
    else texts++;
  }
  return numbers > texts;
}

function isWord(cell: string): boolean {
  return /^[\p{L}_#"]/u.test(cell);
}

/** Years in even steps, or integers that go up by one from `least` columns on: 0, 1, 2, ... or 1, 2, 3, ... */
function likeNames(cells: readonly string[], at: readonly number[], least: number): boolean {
  const values = at.map((place) => (/^\d{1,4}$/.test(cells[place]!.trim()) ? Number(cells[place]) : NaN));
  const [first = NaN, second = first + 1] = values;
  const step = second - first;
  if (!values.every((value, k) => value === first + k * step)) return false;
  if (values.every((value) => value >= 1800 && value <= 2200)) return [1, 2, 5, 10].includes(step);
  return step === 1 && first <= 1 && values.length >= least;
}

function standsOut(cells: readonly string[], rest: readonly CsvRecord[]): boolean {
  if (new Set(cells).size < cells.length) return false;
  let repeats = false;
  const differ = cells.every((cell, at) => {
    const below = new Set(rest.map((record) => record.cells[at]!.trim()));
    repeats ||= below.size <= rest.length / 2;
    return !isMissing(cell) && !isNumber(cell) && !below.has(cell);
  });
  return differ && repeats;
}
