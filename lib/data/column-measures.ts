/** What the numbers of a table say about themselves: one pass over the rows, and a second look at integers. */
import type { Steps } from '../core/pace.js';
import type { CellBlocks } from './cell-blocks.js';

export interface ColumnMeasures {
  /** Cells that are not missing. */
  readonly count: Float64Array;
  readonly minimum: Float64Array;
  readonly maximum: Float64Array;
  readonly mean: Float64Array;
}

/** Of every column; NaN where there is no cell. */
export function* measureSteps(cells: CellBlocks): Steps<ColumnMeasures> {
  const { width } = cells;
  const count = new Float64Array(width);
  const minimum = new Float64Array(width).fill(NaN);
  const maximum = new Float64Array(width).fill(NaN);
  const mean = new Float64Array(width).fill(NaN);
  yield* cells.eachRow((block, start) => {
    for (let k = 0; k < width; k++) {
      const cell = block[start + k]!;
      if (Number.isNaN(cell)) continue;
      const n = ++count[k]!;
      if (n === 1) minimum[k] = maximum[k] = mean[k] = cell;
      else {
        if (cell < minimum[k]!) minimum[k] = cell;
        if (cell > maximum[k]!) maximum[k] = cell;
        // The difference of two numbers may be beyond float64 where their mean is not.
        mean[k]! += cell / n - mean[k]! / n;
      }
    }
  });
  return { count, minimum, maximum, mean };
}

const LOOKED_AT = 10_000;
const SHARE = 0.95;

/** Whether nearly every row (of the first 10 000) has an integer of its own, as identifiers do. */
export function* areOwnIntegers(cells: CellBlocks, column: number): Steps<boolean> {
  const most = Math.min(cells.rows, LOOKED_AT);
  const seen = new Set<number>();
  let others = 0;
  let integers = true;
  yield* cells.eachCell(column, (cell, row) => {
    if (Number.isNaN(cell) || seen.has(cell)) others++;
    else if (Number.isInteger(cell)) seen.add(cell);
    else integers = false;
    return integers && others <= (1 - SHARE) * most && row + 1 < most;
  });
  return integers && seen.size >= SHARE * most;
}

/** A number that may stand for a missing value, and in how many rows it is. */
export interface StandIn {
  readonly value: number;
  readonly rows: number;
}

/** 99, -999, 9999, ... */
const isOfNines = (value: number): boolean => /^-?9{2,}$/.test(String(value));

/**
 * The smallest or the largest number of a column where it is one of nines, comes twice or more, and is as far from all others as these are
 * from each other at most.
 */
export function* findStandIn(
  cells: CellBlocks,
  column: number,
  { minimum, maximum }: ColumnMeasures,
): Steps<StandIn | null> {
  for (const value of [minimum[column]!, maximum[column]!]) {
    if (!isOfNines(value)) continue;
    let rows = 0;
    let [least, most] = [Infinity, -Infinity];
    yield* cells.eachCell(column, (cell) => {
      if (cell === value) rows++;
      else if (!Number.isNaN(cell)) [least, most] = [Math.min(least, cell), Math.max(most, cell)];
      return true;
    });
    const gap = Math.min(Math.abs(value - least), Math.abs(value - most));
    if (rows > 1 && most > least && gap > most - least) return { value, rows };
  }
  return null;
}
