/**
 * When to stop: small criteria that each look at the records so far and answer with a reason and the numbers compared.
 */
import type { IterationRecord } from './iteration-record.js';

export type StopReason =
  | 'gradient' | 'decrease' | 'stalled' | 'iterations' | 'time' | 'products' | 'aborted' | 'callback' | 'non-finite';

export interface Stop {
  readonly reason: StopReason;
  /** One sentence with the numbers compared. */
  readonly detail: string;
  /** Whether this reason means that the run has converged (to the tolerance, or to the limit of rounding). */
  readonly converged: boolean;
}

/** Answers null to go on. `history` is never empty and ends with the newest record. */
export type StopCriterion = (history: readonly IterationRecord[]) => Stop | null;

/** ||g|| <= tolerance * ||g at the start||; tolerance 0 never stops. */
export function gradientBelow(tolerance: number): StopCriterion {
  return (history) => {
    const { gradientNorm } = history.at(-1)!;
    const limit = tolerance * history[0]!.gradientNorm;
    if (tolerance === 0 || !(gradientNorm <= limit)) return null;
    const detail = `gradient norm ${show(gradientNorm)} is at most ${tolerance} times the ${show(history[0]!.gradientNorm)} of the start`;
    return { reason: 'gradient', detail, converged: true };
  };
}

/** Iterations over which `decreaseBelow` looks back: one slow step is not the end. */
const LOOK_BACK = 10;

/**
 * f_{k-10} - f_k <= tolerance^2 |f_k|; tolerance 0 never stops. The square because near a minimum the excess of f goes with
 * the square of the gradient.
 */
export function decreaseBelow(tolerance: number): StopCriterion {
  return (history) => {
    const now = history.at(-1)!;
    const then = history.at(-1 - LOOK_BACK);
    if (tolerance === 0 || !then) return null;
    const decrease = then.objective - now.objective;
    const limit = tolerance ** 2 * Math.abs(now.objective);
    // A rise (a fixed rate that is too long) is no convergence.
    if (!(decrease >= 0 && decrease <= limit)) return null;
    const detail = `decrease ${show(decrease)} over ${LOOK_BACK} iterations is at most ${show(limit)}, `
      + `${tolerance} squared times the objective`;
    return { reason: 'decrease', detail, converged: true };
  };
}

/**
 * No step lowers the objective any more; not armed with tolerance 0, which asks for every iteration. That is the limit of rounding,
 * unless the run stands higher than it began: then it has gone astray (an unguarded rate that is too long).
 */
export function stalled(tolerance: number): StopCriterion {
  return (history) => {
    const now = history.at(-1)!;
    if (tolerance === 0 || now.status !== 'stalled') return null;
    const converged = now.objective <= history[0]!.objective;
    return { reason: 'stalled', detail: `no step lowers the objective ${show(now.objective)}: ${now.reason}`, converged };
  };
}

export function iterationLimit(limit: number): StopCriterion {
  return (history) => {
    const { iteration } = history.at(-1)!;
    if (iteration < limit) return null;
    return { reason: 'iterations', detail: `${iteration} of at most ${limit} iterations`, converged: false };
  };
}

/** @param limit seconds */
export function timeLimit(limit: number): StopCriterion {
  return (history) => {
    const { seconds } = history.at(-1)!;
    if (seconds < limit) return null;
    return { reason: 'time', detail: `${seconds.toFixed(3)} s of at most ${limit} s`, converged: false };
  };
}

/**
 * Stops before an iteration that would exceed the limit, taking it to cost what the last one did (2 at first). A fallback or
 * a refresh costs one more than foreseen, and only then the limit may be exceeded by it.
 *
 * @param limit products with X, multiply and multiplyTransposed together
 */
export function productLimit(limit: number): StopCriterion {
  return (history) => {
    const used = productsOf(history.at(-1)!);
    const before = history.at(-2);
    const next = before ? used - productsOf(before) : 2;
    if (used + next <= limit) return null;
    const detail = `${used} of at most ${limit} products with X, and another iteration takes ${next}`;
    return { reason: 'products', detail, converged: false };
  };
}

function productsOf({ products }: IterationRecord): number {
  return products.multiply + products.multiplyTransposed;
}

/** The first criterion that answers, in the order given. */
export function firstOf(criteria: readonly StopCriterion[]): StopCriterion {
  return (history) => {
    for (const criterion of criteria) {
      const stop = criterion(history);
      if (stop) return stop;
    }
    return null;
  };
}

function show(x: number): string {
  return x.toPrecision(4);
}
