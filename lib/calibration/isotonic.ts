/**
 * Isotonic regression: the nondecreasing function of the score with the least squared error to what came true, found by pooling adjacent
 * violators (Ayer et al. 1955, doi 10.1214/aoms/1177728423; Zadrozny & Elkan 2002, doi 10.1145/775047.775151 for calibration). Between two
 * scores it is linear, beyond the ends constant. Any shape: right for many rows (a thousand and more).
 */
import { weigh, type MetricOptions } from '../metrics/rows.js';

export interface IsotonicRegression {
  readonly method: 'isotonic';
  /** Ascending. */
  readonly scores: readonly number[];
  /** Nondecreasing; `values[k]` belongs to `scores[k]`. */
  readonly values: readonly number[];
}

interface Pool {
  sum: number;
  mass: number;
  /** Index of the last score in it. */
  last: number;
}

/**
 * @param scores any numbers; rows with the same score are one point
 * @param targets what is to be fitted: 1 or true, 0 or false, or any numbers
 */
export function isotonicRegression(
  scores: ArrayLike<number>,
  targets: ArrayLike<number | boolean>,
  { sampleWeights }: MetricOptions = {},
): IsotonicRegression {
  const weightOf = weigh(targets, scores, sampleWeights);
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row)
    .filter((row) => weightOf(row) > 0)
    .sort((a, b) => scores[a]! - scores[b]!);
  const points: { score: number; sum: number; mass: number }[] = [];
  for (const row of order) {
    const weight = weightOf(row);
    const point = points.at(-1);
    if (point && point.score === scores[row]) {
      point.sum += weight * Number(targets[row]);
      point.mass += weight;
    } else points.push({ score: scores[row]!, sum: weight * Number(targets[row]), mass: weight });
  }
  const pools: Pool[] = [];
  points.forEach(({ sum, mass }, last) => {
    let pool: Pool = { sum, mass, last };
    // A pool whose mean is not above that of the one before it is joined with it.
    for (let before = pools.at(-1); before && before.sum * pool.mass >= pool.sum * before.mass; before = pools.at(-1)) {
      pool = { sum: before.sum + pool.sum, mass: before.mass + pool.mass, last };
      pools.pop();
    }
    pools.push(pool);
  });
  return { method: 'isotonic', ...endsOf(pools, points) };
}

/** First and last score of every pool: between them the function is constant. */
function endsOf(
  pools: readonly Pool[],
  points: readonly { readonly score: number }[],
): { scores: number[]; values: number[] } {
  const scores: number[] = [];
  const values: number[] = [];
  pools.forEach(({ sum, mass, last }, k) => {
    const first = (pools[k - 1]?.last ?? -1) + 1;
    for (const at of first === last ? [last] : [first, last]) {
      scores.push(points[at]!.score);
      values.push(sum / mass);
    }
  });
  return { scores, values };
}

/** The value at a score, by linear interpolation. */
export function isotonicValue({ scores, values }: IsotonicRegression, score: number): number {
  if (score <= scores[0]!) return values[0]!;
  if (score >= scores.at(-1)!) return values.at(-1)!;
  let [low, high] = [0, scores.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (scores[middle]! <= score) low = middle;
    else high = middle;
  }
  const share = (score - scores[low]!) / (scores[high]! - scores[low]!);
  return values[low]! + share * (values[high]! - values[low]!);
}
