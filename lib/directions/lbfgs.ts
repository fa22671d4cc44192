/**
 * Limited-memory BFGS: d = -H g, where H applies the last m pairs s = theta_k - theta_{k-1}, y = g_k - g_{k-1} to the
 * scaled identity gamma I, gamma = s'y / y'y of the newest pair, by the two-loop recursion.
 *
 * Nocedal & Wright, Numerical Optimization (2006), algorithm 7.4; Liu & Nocedal 1989, doi 10.1007/BF01589116.
 */
import { requireInteger } from '../core/errors.js';
import type { Objective } from '../core/objective.js';
import { difference, steepestDescent, type Direction } from './direction.js';

export interface LbfgsOptions {
  /** Pairs kept, at least 1. Default 10. */
  readonly pairs?: number;
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** s'y */
  readonly sy: number;
  /** y'y */
  readonly yy: number;
}

export interface LbfgsState {
  /** Oldest first. */
  pairs: Pair[];
}

/** A pair enters only when s'y > this times |s| |y|: below, curvature is not positive enough to be told from rounding. */
const MINIMUM_CURVATURE = 1e-10;

export function lbfgs(options: LbfgsOptions = {}): Direction<LbfgsState> {
  const limit = requireInteger('lbfgs pairs', options.pairs ?? 10, 1);
  return {
    name: 'lbfgs',
    unitStep: true,
    start: () => ({ pairs: [] }),
    next(state, objective) {
      remember(state, objective, limit);
      const d = steepestDescent(objective);
      applyInverseHessian(state.pairs, objective, d);
      return [d];
    },
  };
}

function remember(state: LbfgsState, objective: Objective, limit: number): void {
  const { step: s, previousGradient, gradient, vectors } = objective;
  if (!s || !previousGradient || isNewest(state, s)) return;
  const y = difference(vectors, gradient, previousGradient);
  const sy = vectors.dot(s, y);
  const yy = vectors.dot(y, y);
  if (!(sy > MINIMUM_CURVATURE * Math.sqrt(vectors.dot(s, s) * yy))) return;
  state.pairs = [...state.pairs, { s, y, sy, yy }].slice(-limit);
}

/** Whether `s` is remembered already (the point has not moved since); by value, because a restored state holds copies. */
function isNewest(state: LbfgsState, s: Float64Array): boolean {
  const newest = state.pairs.at(-1)?.s;
  return newest === s || (newest?.every((x, e) => x === s[e]) ?? false);
}

/** q <- H q */
function applyInverseHessian(pairs: readonly Pair[], { vectors }: Objective, q: Float64Array): void {
  const newest = pairs.at(-1);
  if (!newest) return;
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, sy } = pairs[i]!;
    alphas[i] = vectors.dot(s, q) / sy;
    vectors.axpy(-alphas[i]!, y, q);
  }
  vectors.axpby(0, q, newest.sy / newest.yy, q);
  pairs.forEach(({ s, y, sy }, i) => vectors.axpy(alphas[i]! - vectors.dot(y, q) / sy, s, q));
}
