/** Whether the first row of a CSV file holds names. */
import type { CsvRecord } from './csv-records.js';
import { isMissing, isNumber } from './number-cell.js';

/**
 * The rule, over the first records of the file (at most 1000):
 *
 * 1. Take the columns that hold only numbers below the first row. The first row is a header when, in these columns, it
 *    holds text at least once and at least as often as numbers (so `id,2019,2020,price` over numbers is one).
 * 2. When no column is numeric below, it is a header if its cells are all different, none of them comes again in its
 *    column, and every column repeats itself (at most half as many distinct cells as rows).
 * 3. Otherwise it is data.
 *
 * A single row without any number or missing cell is a header without data. Missing cells count neither way. Columns in `ignored` are known not to be numeric.
 */
export function detectHeader(head: readonly CsvRecord[], ignored: ReadonlySet<number> = new Set()): boolean {
  const [first, ...rest] = head;
  if (first === undefined) return false;
  if (rest.length === 0) return first.cells.every((cell) => !isNumber(cell) && !isMissing(cell));
  let texts = 0;
  let numbers = 0;
  let numericColumns = 0;
  first.cells.forEach((raw, at) => {
    const below = rest.map(({ cells }) => cells[at]!.trim()).filter((cell) => !isMissing(cell));
    if (ignored.has(at) || below.length === 0 || !below.every(isNumber)) return;
    numericColumns++;
    const cell = raw.trim();
    if (isNumber(cell)) numbers++;
    else if (!isMissing(cell)) texts++;
  });
  return numericColumns > 0 ? texts > 0 && texts >= numbers : ignored.size === 0 && standsOut(first, rest);
}

function standsOut(first: CsvRecord, rest: readonly CsvRecord[]): boolean {
  if (new Set(first.cells).size < first.cells.length) return false;
  return first.cells.every((cell, at) => {
    const below = new Set(rest.map(({ cells }) => cells[at]!));
    return !isMissing(cell) && !isNumber(cell) && !below.has(cell) && below.size <= rest.length / 2;
  });
}
