/**
 * What stands for a missing cell, learned from the cells of the training data that are not missing:
 *
 *     mean           (1/m) sum of the m cells            for categories the most frequent one
 *     median         the middle one, or the mean of the two in the middle; for categories the most frequent one
 *     most-frequent  the cell that occurs most often; of several the smallest, of categories the first in ascending order
 *     indicator      a further column of X, `NAME is missing`, that is 1 where the cell is missing and 0 elsewhere, and the mean
 *                    in the column itself, or none of the categories. A column that is complete in the training data gets no
 *                    indicator, which would be 0 everywhere, but what `mean` gives.
 *
 * Yes and no are the numbers 1 and 0, dates are days.
 */
import type { Steps } from '../core/pace.js';
import type { CellBlocks } from './cell-blocks.js';
import { medianSteps } from './median.js';

/** What is learned to stand for the missing cells of a column; `docs/data.md` has the table. */
export type Imputation = 'mean' | 'median' | 'most-frequent' | 'indicator';
export const imputations = ['mean', 'median', 'most-frequent', 'indicator'] as const satisfies readonly Imputation[];

const MOST_COUNTED = 2 ** 20;

/** The number that stands for the missing ones of a column that has others. @param mean of these */
export function* numberFill(how: Imputation, cells: CellBlocks, column: number, mean: number): Steps<number> {
  if (how === 'most-frequent') return yield* mode(cells, column);
  return how === 'median' ? yield* median(cells, column) : mean;
}

function* median(cells: CellBlocks, column: number): Steps<number> {
  const values = new Float64Array(cells.rows);
  let count = 0;
  yield* cells.eachCell(column, (cell) => {
    if (!Number.isNaN(cell)) values[count++] = cell;
  });
  return yield* medianSteps(values.subarray(0, count));
}

/** Of the first 2^20 different numbers: a column with more has none that is frequent. */
function* mode(cells: CellBlocks, column: number): Steps<number> {
  const counts = new Map<number, number>();
  yield* cells.eachCell(column, (cell) => {
    if (Number.isNaN(cell)) return;
    const count = counts.get(cell);
    if (count !== undefined || counts.size < MOST_COUNTED) counts.set(cell, (count ?? 0) + 1);
  });
  let [best, most] = [NaN, 0];
  for (const [value, count] of counts) if (count > most || (count === most && value < best)) [best, most] = [value, count];
  return best;
}
