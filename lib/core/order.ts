/** Sorting that shares the event loop: runs of {@link STRIDE} by the engine, then merges. */
import { endsStride, STRIDE, type Steps } from './pace.js';

/** Numbers that are sorted without a comparison of ours: about 2 ms. */
const SORTED_AT_ONCE = 2 ** 15;

/** The numbers from 0 to `length` - 1 in the order of `compare`; equal ones stay as they are. */
export function* orderSteps(length: number, compare: (a: number, b: number) => number): Steps<Uint32Array> {
  let order = new Uint32Array(length);
  for (let k = 0; k < length; k++) order[k] = k;
  for (let from = 0; from < length; from += STRIDE) {
    order.subarray(from, from + STRIDE).sort(compare);
    yield;
  }
  let merged = new Uint32Array(length);
  for (let run = STRIDE; run < length; run *= 2) {
    for (let from = 0; from < length; from += 2 * run) {
      const [middle, to] = [Math.min(from + run, length), Math.min(from + 2 * run, length)];
      let [a, b] = [from, middle];
      for (let at = from; at < to; at++) {
        const first = b === to || (a < middle && compare(order[a]!, order[b]!) <= 0);
        merged[at] = first ? order[a++]! : order[b++]!;
        if (endsStride(at)) yield;
      }
    }
    [order, merged] = [merged, order];
  }
  return order;
}

/** Sorts ascending, as the engine does. @param values changed: they may be the result, or room for it */
export function* sortedSteps(values: Float64Array): Steps<Float64Array> {
  const { length } = values;
  for (let from = 0; from < length; from += SORTED_AT_ONCE) {
    values.subarray(from, from + SORTED_AT_ONCE).sort();
    yield;
  }
  let sorted = values;
  let merged: Float64Array = new Float64Array(length > SORTED_AT_ONCE ? length : 0);
  for (let run = SORTED_AT_ONCE; run < length; run *= 2) {
    for (let from = 0; from < length; from += 2 * run) {
      const [middle, to] = [Math.min(from + run, length), Math.min(from + 2 * run, length)];
      let [a, b] = [from, middle];
      for (let at = from; at < to; at++) {
        merged[at] = b === to || (a < middle && sorted[a]! <= sorted[b]!) ? sorted[a++]! : sorted[b++]!;
        if (endsStride(at)) yield;
      }
    }
    [sorted, merged] = [merged, sorted];
  }
  return sorted;
}

/** Where the `most` largest of the values are, largest first; of equal ones the first. */
export function largestPlaces(values: ArrayLike<number>, most: number): number[] {
  const kept: number[] = [];
  for (let k = 0; k < values.length; k++) {
    if (kept.length === most && !(values[k]! > values[kept.at(-1)!]!)) continue;
    let place = kept.length;
    while (place > 0 && values[kept[place - 1]!]! < values[k]!) place--;
    kept.splice(place, 0, k);
    if (kept.length > most) kept.pop();
  }
  return kept;
}
