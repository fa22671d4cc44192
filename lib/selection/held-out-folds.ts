/**
 * Rows set aside to judge by: seeded, fair, every class (or value) spread evenly.
 *
 * A fold is held out by sample weight 0 on the one matrix that all fits share. A copy of the other rows would save a k-th of every product
 * and cost a copy of X, its frame and its sparse layout: with the few products of a warm start the copy is dearer, and the outputs of the
 * rows held out would need a product of their own.
 */
import { paced } from '../core/pace.js';
import { createRandom } from '../core/random.js';
import { dealInTurn, lineUp, strataSteps } from '../data/strata.js';

/** Targets of more different values than this are numbers, and are not spread by value. */
const MOST_STRATA = 256;

/**
 * The fold, 0 to count - 1, of every row. Rows of one value of the target are dealt in turn, in random order; so are the folds of
 * all rows together, whose sizes differ by at most 1. A row of weight 0 is in none of them: its number is `count`.
 *
 * @param targets `width` numbers a row; with more than one, or of more than 256 values, rows are dealt as they come
 */
export async function dealFolds(
  targets: Float64Array,
  width: number,
  weights: Float64Array | undefined,
  rows: number,
  count: number,
  seed: number,
): Promise<Uint8Array> {
  const order = createRandom(seed)
    .permutation(rows)
    .filter((row) => !weights || weights[row]! > 0);
  const strata = width === 1 ? await paced(strataSteps(targets, MOST_STRATA, order)) : null;
  return dealInTurn(strata ? lineUp(order, strata) : order, count, new Uint8Array(rows).fill(count));
}

/** The sample weights without those of a fold. */
export function without(folds: Uint8Array, fold: number, weights: Float64Array | undefined): Float64Array {
  const rest = weights?.slice() ?? new Float64Array(folds.length).fill(1);
  for (let i = 0; i < folds.length; i++) if (folds[i] === fold) rest[i] = 0;
  return rest;
}
