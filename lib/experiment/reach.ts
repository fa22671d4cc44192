/** What tables say of a comparison: the gap at the end, and when a run came how near. Medians over the starting points. */
import type { ComparedMethod, Comparison, Curve } from './compare.js';

/** Shares of the gap at the start. */
export const TARGETS = [1e-1, 1e-2, 1e-4] as const;

/** When a run was first at or below a value; null if never. */
export interface Reached {
  readonly iterations: number;
  readonly products: number;
  readonly seconds: number;
}

export function reached({ objective, products, seconds }: Curve, value: number): Reached | null {
  const k = objective.findIndex((one) => one <= value);
  return k < 0 ? null : { iterations: k, products: products[k]!, seconds: seconds[k]! };
}

/** Of the middle run, the lower of two; a run that never came there counts as later than all others. */
export function medianReached({ start, lowest }: Comparison, { runs }: ComparedMethod, share: number): Reached | null {
  const each = runs.map((curve, s) => reached(curve, lowest[s]! + share * (start[s]! - lowest[s]!)));
  each.sort((a, b) => (a?.products ?? Infinity) - (b?.products ?? Infinity));
  return each[(each.length - 1) >> 1]!;
}

/** The gap after the last iteration, and which run has it. */
export function medianGap({ lowest }: Comparison, { runs }: ComparedMethod): { gap: number; run: number } {
  const gaps = runs.map(({ objective }, run) => ({ gap: objective.at(-1)! - lowest[run]!, run }));
  gaps.sort((a, b) => a.gap - b.gap);
  return gaps[(gaps.length - 1) >> 1]!;
}
