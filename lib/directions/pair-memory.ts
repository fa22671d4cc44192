/**
 * The memory of limited-memory BFGS: pairs s = theta_k - theta_{k-1}, y = g_k - g_{k-1}, and H q by the two-loop recursion
 * around an initial inverse Hessian of the caller's choice.
 *
 * Nocedal & Wright, Numerical Optimization (2006), algorithm 7.4; Liu & Nocedal 1989, doi 10.1007/BF01589116.
 */
import type { MaybePromise } from '../backends/backend.js';
import type { Objective } from '../core/objective.js';
import { difference } from './direction.js';

export interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** s'y */
  readonly sy: number;
  /** y'y */
  readonly yy: number;
}

export interface PairMemory {
  /** Oldest first. */
  pairs: Pair[];
}

/** A pair enters only when s'y > this times |s| |y|: below, curvature is not positive enough to be told from rounding. */
const MINIMUM_CURVATURE = 1e-10;

export function remember(state: PairMemory, objective: Objective, limit: number): void {
  const { step: s, previousGradient, gradient, vectors } = objective;
  if (!s || !previousGradient || isNewest(state, s)) return;
  const y = difference(vectors, gradient, previousGradient);
  const sy = vectors.dot(s, y);
  const yy = vectors.dot(y, y);
  if (!(sy > MINIMUM_CURVATURE * Math.sqrt(vectors.dot(s, s) * yy))) return;
  state.pairs = [...state.pairs, { s, y, sy, yy }].slice(-limit);
}

/** Whether `s` is remembered already (the point has not moved since); by value, because a restored state holds copies. */
function isNewest(state: PairMemory, s: Float64Array): boolean {
  const newest = state.pairs.at(-1)?.s;
  return newest === s || (newest?.every((x, e) => x === s[e]) ?? false);
}

/**
 * q <- H q. `applyInitial` overwrites its argument by H_0 times it; H_0 is then scaled by gamma = s'y / y'H_0 y of the newest
 * pair, so that its length fits the curvature met last.
 */
export async function applyInverseHessian(
  pairs: readonly Pair[],
  { vectors }: Objective,
  q: Float64Array,
  applyInitial?: (q: Float64Array) => MaybePromise<void>,
): Promise<void> {
  const newest = pairs.at(-1);
  if (!newest) return applyInitial?.(q);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, sy } = pairs[i]!;
    alphas[i] = vectors.dot(s, q) / sy;
    vectors.axpy(-alphas[i]!, y, q);
  }
  let yHy = newest.yy;
  if (applyInitial) {
    await applyInitial(q);
    const image = newest.y.slice();
    await applyInitial(image);
    yHy = vectors.dot(newest.y, image);
  }
  vectors.axpby(0, q, newest.sy / yHy, q);
  pairs.forEach(({ s, y, sy }, i) => vectors.axpy(alphas[i]! - vectors.dot(y, q) / sy, s, q));
}
