/**
 * Which combination of the gradients of T tasks serves the one that it serves least best, among the unit vectors d in the cone around their
 * mean g0 (ConicGrad, arXiv 2502.00217):
 *
 *     max_d  min_k <g_k, d>        such that  <g0, d> >= c |g0|,  |d| = 1
 *
 * With weights w on the simplex and g_w = sum_k w_k g_k this is  min_w h(g_w),  h(g) = max_d <g, d> over the same d: convex in w. The d that
 * belongs to w has a closed form,
 *
 *     cos(g_w, g0) >= c:    g_w / |g_w|
 *     otherwise:            c g0 / |g0| + sqrt(1 - c^2) u,    u the unit vector along g_w - g0 <g0, g_w> / |g0|^2
 *
 * and dh/dw_k = <g_k, d>. (The stationary point by the Sherman-Morrison-Woodbury formula is the second case without its first part, and points
 * backwards where g_w lies within the cone.) All of it needs the T x T Gram matrix of the gradients alone, so that the small problem is solved to
 * the end: mass goes from the task that is served best to the one that is served least, as far as h falls.
 */

/** d as combination of the gradients, and the weights that it belongs to. */
export interface ConicCombination {
  /** d = sum_k coefficients_k g_k, of length 1. */
  readonly coefficients: Float64Array;
  /** On the simplex. */
  readonly weights: Float64Array;
  /** <g_k, d>, the slope of each task against d. */
  readonly slopes: Float64Array;
}

/** Relative difference between the slopes of the tasks that have weight and the least slope at which the weights are taken for solved. */
const SOLVED = 1e-10;
const ROUNDS_BY_TASK = 100;
const HALVINGS = 50;

/** Below this share of the longest gradient a combination is rounding, and has no direction. */
const NOTHING = 1e-14;

/** g0 against the others: tasks that nearly cancel leave a short one, of whose digits the Gram matrix has lost most. */
export interface MeanGradient {
  /** |g0|, not 0. */
  readonly length: number;
  /** <g_k, g0> */
  readonly products: Float64Array;
}

/**
 * @param gram <g_j, g_k>, T x T, row-major
 * @param shares of the tasks in their mean g0 = sum_k shares_k g_k, which is not 0
 * @param cosine c, 0 to below 1
 * @param mean default: from the Gram matrix
 */
export function conicCombination(
  gram: Float64Array,
  shares: Float64Array,
  cosine: number,
  mean = meanOf(gram, shares),
): ConicCombination {
  const T = shares.length;
  const at = (weights: Float64Array): ConicCombination => {
    const coefficients = coefficientsAt(gram, shares, cosine, weights, mean);
    return { coefficients, weights, slopes: times(gram, coefficients) };
  };
  let best = at(shares.slice());
  for (let round = 0; round < ROUNDS_BY_TASK * T; round++) {
    const { weights, slopes } = best;
    const size = Math.max(...slopes.map(Math.abs));
    const [from, to] = [extreme(slopes, (k) => weights[k]! > 0, 1), extreme(slopes, () => true, -1)];
    if (slopes[from]! - slopes[to]! <= SOLVED * size) break;
    const moved = (share: number): ConicCombination => {
      const next = weights.slice();
      next[to] = next[to]! + share * weights[from]!;
      next[from] = share === 1 ? 0 : next[from]! * (1 - share);
      return at(next);
    };
    // dh along the move, slopes_to - slopes_from, rises with the share that is moved.
    let [low, high] = [0, 1];
    best = moved(1);
    if (best.slopes[to]! <= best.slopes[from]!) continue;
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (low + high) / 2;
      best = moved(middle);
      if (best.slopes[to]! < best.slopes[from]!) low = middle;
      else high = middle;
    }
  }
  return best;
}

function meanOf(gram: Float64Array, shares: Float64Array): MeanGradient {
  const products = times(gram, shares);
  return { products, length: Math.sqrt(inner(shares, products)) };
}

function coefficientsAt(
  gram: Float64Array,
  shares: Float64Array,
  cosine: number,
  weights: Float64Array,
  { products, length: mean }: MeanGradient,
): Float64Array {
  const square = Math.max(0, inner(weights, times(gram, weights)));
  const length = Math.sqrt(square);
  const along = inner(weights, products) / mean;
  const longest = Math.sqrt(shares.reduce((most, _, k) => Math.max(most, gram[k * shares.length + k]!), 0));
  const across = Math.sqrt(Math.max(0, square - along * along));
  if (along >= cosine * length && length > NOTHING * longest) return weights.map((w) => w / length);
  if (!(across > Math.sqrt(NOTHING) * length)) return shares.map((s) => s / mean);
  const sine = Math.sqrt(1 - cosine * cosine);
  return weights.map((w, k) => (cosine * shares[k]!) / mean + (sine / across) * (w - (along / mean) * shares[k]!));
}

function times(gram: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, j) => inner(x, gram.subarray(j * x.length, (j + 1) * x.length)));
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, k) => sum + x * b[k]!, 0);
}

/** The place of the largest (`sign` 1) or least (-1) value among those that count. */
function extreme(values: Float64Array, counts: (k: number) => boolean, sign: 1 | -1): number {
  return values.reduce((best, value, k) => (counts(k) && (best < 0 || sign * (value - values[best]!) > 0) ? k : best), -1);
}
