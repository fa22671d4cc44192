/** The median in linear time: selection by partition (Hoare 1961, CACM 4:321), which shares the event loop as sorting would not. */
import type { Steps } from '../core/pace.js';

const VALUES_BETWEEN_YIELDS = 2 ** 16;

/** @param values changed: their order is another one afterwards; no NaN. The mean of the middle two of an even number, NaN of none */
export function* medianSteps(values: Float64Array): Steps<number> {
  const middle = values.length >> 1;
  yield* select(values, middle);
  const upper = values[middle] ?? NaN;
  if (values.length % 2 === 1 || values.length === 0) return upper;
  let lower = -Infinity;
  for (let i = 0; i < middle; i++) lower = Math.max(lower, values[i]!);
  return lower / 2 + upper / 2;
}

/** Afterwards `values[k]` is the one that sorting would put there, and none before it is larger. */
function* select(values: Float64Array, k: number): Steps<void> {
  let [from, to] = [0, values.length - 1];
  let looked = 0;
  while (from < to) {
    const pivot = middleOfThree(values[from]!, values[(from + to) >> 1]!, values[to]!);
    let [i, j] = [from, to];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const kept = values[i]!;
        values[i++] = values[j]!;
        values[j--] = kept;
      }
      if (++looked % VALUES_BETWEEN_YIELDS === 0) yield;
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else return;
  }
}

function middleOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
