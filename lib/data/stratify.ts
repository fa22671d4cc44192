/**
 * A random split that gives every label its share of the rows set aside.
 *
 * Rows in random order are lined up label by label, and of the line every (1 / share)-th is taken, from a random offset on
 * (systematic sampling): n rows and n_c with label c give round(n share) rows in all and n_c share of label c, rounded up or down, and each
 * row is as likely to be taken as any other. Only a label that would be taken whole keeps one row.
 */
import { createRandom } from '../core/random.js';
import { splitRows, type RowSplit } from './split.js';

/** More different values than this are no strata. */
const MOST_STRATA = 1000;

/**
 * @param labels one a row; null, or more than 1000 different ones, for a split that knows no labels
 * @param share from 0 to 1; at least one row must fall on either side
 * @throws PlanesearchError INVALID_DATA when one side would be empty
 */
export function stratifiedRows(rows: number, labels: ArrayLike<unknown> | null, share: number, seed: number): RowSplit {
  const strata = labels && strataOf(labels);
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
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  const test = all.filter((row) => taken[row] === 1);
  return test.length === 0 ? plain : { train: all.filter((row) => taken[row] === 0), test };
}

interface Strata {
  /** By row. */
  readonly codes: Int32Array;
  readonly sizes: number[];
}

function strataOf(labels: ArrayLike<unknown>): Strata | null {
  const places = new Map<unknown, number>();
  const codes = new Int32Array(labels.length);
  const sizes: number[] = [];
  for (let row = 0; row < codes.length; row++) {
    let place = places.get(labels[row]);
    if (place === undefined) {
      if (places.size === MOST_STRATA) return null;
      places.set(labels[row], (place = places.size));
      sizes.push(0);
    }
    codes[row] = place;
    sizes[place]!++;
  }
  return { codes, sizes };
}

/** The rows of `order`, stratum by stratum. */
function lineUp(order: Uint32Array, { codes, sizes }: Strata): Uint32Array {
  const next = new Int32Array(sizes.length);
  for (let c = 1; c < sizes.length; c++) next[c] = next[c - 1]! + sizes[c - 1]!;
  const line = new Uint32Array(order.length);
  for (const row of order) line[next[codes[row]!]!++] = row;
  return line;
}
