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
