/**
 * How rows are dealt, for folds and splits alike: rows of one key are a stratum, strata are lined up one after the other, and of that line
 * a fold takes every k-th row, so that it has its share of every stratum to within one row.
 */
import { endsStride, type Steps } from '../core/pace.js';
import type { RowSplit } from './split.js';

export interface Strata {
  /** The stratum of every row that was looked at, numbered as they were met. */
  readonly codes: Int32Array;
  readonly sizes: number[];
}

/**
 * @param keys one a row
 * @param order the rows to look at; all, in ascending order, when absent
 * @param most null for more different keys than this
 */
export function* strataSteps(keys: ArrayLike<unknown>, most: number, order?: Uint32Array): Steps<Strata | null> {
  const places = new Map<unknown, number>();
  const codes = new Int32Array(keys.length);
  const sizes: number[] = [];
  const count = order?.length ?? keys.length;
  for (let at = 0; at < count; at++) {
    const row = order ? order[at]! : at;
    let place = places.get(keys[row]);
    if (place === undefined) {
      if (places.size === most) return null;
      places.set(keys[row], (place = places.size));
      sizes.push(0);
    }
    codes[row] = place;
    sizes[place]!++;
    if (endsStride(at)) yield;
  }
  return { codes, sizes };
}

/** The rows of `order`, stratum by stratum. */
export function lineUp(order: Uint32Array, { codes, sizes }: Strata): Uint32Array {
  const next = new Int32Array(sizes.length);
  for (let c = 1; c < sizes.length; c++) next[c] = next[c - 1]! + sizes[c - 1]!;
  const line = new Uint32Array(order.length);
  for (const row of order) line[next[codes[row]!]!++] = row;
  return line;
}

/** Gives the rows of `line` to the folds 0 to `folds` - 1 in turn. */
export function dealInTurn<FoldOf extends Uint8Array | Uint32Array>(
  line: Uint32Array,
  folds: number,
  foldOf: FoldOf,
): FoldOf {
  line.forEach((row, at) => (foldOf[row] = at % folds));
  return foldOf;
}

/** The rows of a fold, and all others. */
export function splitOf(foldOf: Uint8Array | Uint32Array, fold: number): RowSplit {
  const all = range(0, foldOf.length);
  return { train: all.filter((row) => foldOf[row] !== fold), test: all.filter((row) => foldOf[row] === fold) };
}

/** from, from + 1, ..., to - 1 */
export function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, k) => from + k);
}
