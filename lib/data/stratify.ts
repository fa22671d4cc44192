/**
 * A random split that gives every label its share of the rows set aside.
 *
 * Rows in random order are lined up label by label, and of the line every (1 / share)-th is taken, from a random offset on
 * (systematic sampling): n rows and n_c with label c give round(n share) rows in all and n_c share of label c, rounded up or down, and each
 * row is as likely to be taken as any other. Only a label that would be taken whole keeps one row.
 */
import { atOnce } from '../core/pace.js';
import { createRandom } from '../core/random.js';
import { splitRows, type RowSplit } from './split.js';
import { lineUp, splitOf, strataSteps } from './strata.js';

/** More different values than this are no strata. */
const MOST_STRATA = 1000;

/**
 * @param labels one a row; null, or more than 1000 different ones, for a split that knows no labels
 * @param share from 0 to 1; at least one row must fall on either side
 * @throws PlanesearchError INVALID_DATA when one side would be empty
 */
export function stratifiedRows(rows: number, labels: ArrayLike<unknown> | null, share: number, seed: number): RowSplit {
  const strata = labels && atOnce(strataSteps(labels, MOST_STRATA));
  const plain = splitRows(rows, share, seed);
  if (!strata) return plain;
  const line = lineUp(createRandom(seed).permutation(rows), strata);
  const count = plain.test.length;
  const offset = createRandom(seed).uniform();
  const taken = new Uint8Array(rows);
  const left = strata.sizes.slice();
  for (let at = 0; at < rows; at++) {
    if (Math.floor((count * (at + 1)) / rows + offset) === Math.floor((count * at) / rows + offset)) continue;
    const row = line[at]!;
    const stratum = strata.codes[row]!;
    if (left[stratum]! === 1) continue;
    left[stratum] = left[stratum]! - 1;
    taken[row] = 1;
  }
  const split = splitOf(taken, 1);
  return split.test.length === 0 ? plain : split;
}
