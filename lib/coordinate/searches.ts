/**
 * One weight's own search: from delta = 0 to a delta that does not raise
 *
 *     q(delta) = sum_i ( a_i D_i + b_i D_i^2 ) + l2 (w delta + delta^2 / 2),      D_i = h(z_i + delta x_i) - h(z_i)
 *
 * which bounds the objective along this weight from above and touches it at 0 with the same slope (for the squared loss it
 * is the objective). Beyond |delta| = reach the bound is not known. Reference of native/coordinate/.
 */
import { SEARCH_CONSTANTS, type CoordinateRequest } from './request.js';

export interface CoordinateFunction {
  /** Slope at 0, penalty included. */
  readonly slope: number;
  /** Second derivative at 0 where no kink is near. */
  readonly curvature: number;
  /** Infinity where q holds for every delta. */
  readonly reach: number;
  /** q(delta) for |delta| <= reach. */
  value(delta: number): number;
}

export interface Found {
  readonly delta: number;
  readonly evaluations: number;
}

/** The minimizer of the parabola with the slope and curvature at 0, shrunk until q falls; 0 after `maxTrials` refusals. */
export function newtonSearch(q: CoordinateFunction, maxTrials: number): Found {
  const { slope, reach } = q;
  let delta = newtonStep(q);
  if (delta === 0) return { delta, evaluations: 0 };
  for (let evaluations = 1; evaluations <= maxTrials; evaluations++) {
    const value = Math.abs(delta) <= reach ? q.value(delta) : Infinity;
    if (value <= SEARCH_CONSTANTS.sufficient * slope * delta) return { delta, evaluations };
    delta *= shrinkage(slope * delta, value);
  }
  return { delta: 0, evaluations: maxTrials };
}

function newtonStep({ slope, curvature, reach }: CoordinateFunction): number {
  if (slope === 0) return 0;
  const delta = -slope / curvature;
  if (Math.abs(delta) <= reach && Number.isFinite(delta)) return delta;
  return Number.isFinite(reach) ? -Math.sign(slope) * reach : 0;
}

/** From the parabola with slope `promised` < 0 at 0 and the given value at 1. */
function shrinkage(promised: number, value: number): number {
  const factor = -promised / (2 * (value - promised));
  const { leastShrink, mostShrink } = SEARCH_CONSTANTS;
  return factor >= mostShrink ? Math.min(factor, leastShrink) : mostShrink;
}

/** The better of +step and -step, doubled while q falls (arXiv 2408.01374, as `docs/coordinate-descent.md` reads it). */
export function doublingSearch(q: CoordinateFunction, firstStep: number, maxTrials: number): Found {
  const at = (delta: number): number => (Math.abs(delta) <= q.reach ? q.value(delta) : Infinity);
  let delta = firstStep;
  let value = at(delta);
  let evaluations = 1;
  if (maxTrials > 1) {
    const other = at(-delta);
    evaluations++;
    if (other < value) {
      value = other;
      delta = -delta;
    }
  }
  if (!(value < 0)) return { delta: 0, evaluations };
  while (evaluations < maxTrials) {
    const next = at(2 * delta);
    evaluations++;
    if (!(next < value * (1 + SEARCH_CONSTANTS.worthwhile))) break;
    delta *= 2;
    value = next;
  }
  return { delta, evaluations };
}

/** What q is made of at one weight: column x of the inputs, column z of the products, slopes a, half curvatures b. */
export interface CoordinateTerms {
  readonly x: Float64Array;
  readonly z: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly l2: number;
  readonly w: number;
}

/**
 * The global minimizer of q for relu: q is a quadratic between neighboring kinks -z_i / x_i. From left to right over the
 * sorted kinks the coefficients change by one row's share; the best stationary point or kink wins. O(n log n).
 */
export function exactSearch(q: CoordinateFunction, { x, z, a, b, l2, w }: CoordinateTerms): Found {
  const n = x.length;
  const kinks = new Float64Array(n).fill(Infinity);
  // c0 + c1 delta + c2 delta^2, to the left of all kinks first.
  let c0 = 0;
  let c1 = l2 * w;
  let c2 = 0.5 * l2;
  const add = (i: number, sign: number): void => {
    // Active minus inactive: D = z + delta x (less h(z), which is z or 0) against -h(z).
    const h = Math.max(z[i]!, 0);
    const offset = z[i]! - h;
    c0 += sign * (a[i]! * z[i]! + b[i]! * (offset * offset - h * h));
    c1 += sign * (a[i]! + 2 * b[i]! * offset) * x[i]!;
    c2 += sign * b[i]! * x[i]! * x[i]!;
  };
  for (let i = 0; i < n; i++) {
    if (x[i] === 0) continue;
    kinks[i] = -z[i]! / x[i]!;
    const h = Math.max(z[i]!, 0);
    c0 += -a[i]! * h + b[i]! * h * h;
    if (x[i]! < 0) add(i, 1);
  }
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => kinks[i]! - kinks[j]! || i - j);
  let best = 0;
  let lowest = 0;
  const tryPoint = (delta: number): void => {
    const value = c0 + delta * (c1 + delta * c2);
    if (Number.isFinite(delta) && value < lowest) {
      best = delta;
      lowest = value;
    }
  };
  let from = -Infinity;
  for (const i of order) {
    const to = kinks[i]!;
    tryPoint(c2 > 0 ? Math.min(Math.max(-c1 / (2 * c2), from), to) : to);
    if (to === Infinity) break;
    add(i, x[i]! > 0 ? 1 : -1);
    from = to;
  }
  if (from > -Infinity) tryPoint(c2 > 0 ? Math.max(-c1 / (2 * c2), from) : from);
  else if (c2 > 0) tryPoint(-c1 / (2 * c2));
  // The coefficients carry the rounding of n updates: what they promise is looked at once more.
  if (best !== 0 && !(q.value(best) < 0)) best = 0;
  return { delta: best, evaluations: 1 };
}

export function searchCoordinate(q: CoordinateFunction, terms: CoordinateTerms | null, request: CoordinateRequest): Found {
  if (request.search === 'doubling') return doublingSearch(q, request.firstStep, request.maxTrials);
  if (request.search === 'exact' && terms) return exactSearch(q, terms);
  return newtonSearch(q, request.maxTrials);
}
