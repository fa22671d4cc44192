/**
 * Which label every row has, found once: the loops over a million labels that follow (classes, targets, accuracy) then run
 * over small integers. Made only for copies of our own (`readTarget`): the index of a list that its owner changes would go on
 * giving the labels that were there before.
 */
import { endsStride, type Steps } from '../core/pace.js';
import type { RawTarget } from './table.js';

export interface LabelIndex {
  /** Every label that occurs, in the order in which they are met. */
  readonly distinct: readonly (string | number)[];
  /** For every label its place in `distinct`; the labels of all rows in a line, of sets too. */
  readonly codes: Int32Array;
}

/** More different labels than this are no classes that anybody has without asking for them. */
const MOST_INDEXED = 2 ** 16;

const indexes = new WeakMap<object, LabelIndex>();

/** The labels of a target as they are told apart: how numbers are written, where that matters. */
function labelsOf(raw: RawTarget): readonly unknown[] | Float64Array | null {
  if (raw.kind !== 'numbers') return raw.values;
  if ((raw.width ?? 1) !== 1 || raw.texts === null) return null;
  return raw.texts ?? raw.values;
}

/** Looks at every label, and remembers for {@link indexOf}; gives up on labels that are nearly all different. */
export function* indexSteps(raw: RawTarget): Steps<void> {
  const labels = labelsOf(raw);
  if (labels === null || indexes.has(labels)) return;
  const rows = raw.kind === 'label-sets' ? raw.values : null;
  let count = labels.length;
  if (rows) {
    count = 0;
    for (const row of rows) count += row.length;
  }
  const places = new Map<string | number, number>();
  const codes = new Int32Array(count);
  let at = 0;
  const take = (label: string | number): void => {
    let place = places.get(label);
    if (place === undefined) places.set(label, (place = places.size));
    codes[at++] = place;
  };
  for (let row = 0; row < labels.length; row++) {
    if (rows) rows[row]!.forEach(take);
    else take(labels[row] as string | number);
    if (places.size > MOST_INDEXED) return;
    if (endsStride(row)) yield;
  }
  indexes.set(labels, { distinct: [...places.keys()], codes });
}

/** The index of a list of labels (or of the texts of numbers), when one was made. */
export function indexOf(labels: object): LabelIndex | undefined {
  return indexes.get(labels);
}
