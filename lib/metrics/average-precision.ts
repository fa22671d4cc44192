import type { Labels } from './rows.js';
import { thresholdsOf, type ScoreOptions, type Thresholds } from './thresholds.js';

/**
 * Area under precision over recall as a sum of steps, sum_k (R_k - R_(k-1)) P_k over the different scores from the largest down, where P is
 * the share of positive rows among those with at least that score, and R the share of the positive rows that these are.
 */
export function averagePrecision(truth: Labels, scores: ArrayLike<number>, options: ScoreOptions = {}): number {
  return areaUnderPrecision(thresholdsOf(truth, scores, options));
}

/** The same of thresholds that are at hand. */
export function areaUnderPrecision({ hits, misses }: Thresholds): number {
  const all = hits.at(-1)!;
  let sum = 0;
  hits.forEach((count, k) => {
    if (count > 0) sum += ((count - (hits[k - 1] ?? 0)) / all) * (count / (count + misses[k]!));
  });
  return sum;
}
