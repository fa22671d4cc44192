/**
 * When to stop: small criteria that each look at the records so far and answer with a reason and the numbers compared.
 *
 * A run has *converged* when its gradient is small, or when it is at the limit of rounding: nothing else. A small decrease
 * says that the run is slow, which a rate of 1e-13 is too. The gradient is taken in the frame, so that no unit decides what
 * is small.
 */
import type { IterationRecord } from './iteration-record.js';

export type StopReason =
  | 'gradient'
  | 'decrease'
  | 'stalled'
  | 'iterations'
  | 'time'
  | 'products'
  | 'validation'
  | 'aborted'
  | 'callback'
  | 'non-finite';

export interface Stop {
  readonly reason: StopReason;
  /** One sentence with the numbers compared. */
  readonly detail: string;
  /** Whether the run has converged: its gradient is below the tolerance, or at the limit of rounding. */
  readonly converged: boolean;
  /** From which iteration on, up to the end, every training row was predicted right; absent where not or for a short while only. */
  readonly allRightSince?: number;
}

/**
 * Answers null to go on. `history` is never empty and ends with the newest record.
 *
 * @param passed which answers do not end the run at present, so that another one may be looked for
 */
export type StopCriterion = (history: readonly IterationRecord[], passed?: (stop: Stop) => boolean) => Stop | null;

/**
 * ||g|| <= tolerance * ||g at the start||, unless the objective is still falling; tolerance 0 never stops. After a warm start the gradient
 * of the start is no measure of what is small: it may be 0 already, or that of a point far away. There it is compared with what it
 * would be if nothing cancelled, sqrt(columns that vary + 1) sum_i w_i |slope_i| at the point itself: at the optimum it stops at once.
 */
export function gradientBelow(tolerance: number): StopCriterion {
  return (history) => {
    const now = history.at(-1)!;
    const { gradientNorm } = now;
    const start = history[0]!;
    const byMass = start.warm === true;
    const reference = byMass ? now.gradientMass : start.gradientNorm;
    if (tolerance === 0 || !(gradientNorm <= tolerance * reference) || stillFalling(history, tolerance)) return null;
    const what = byMass ? `${show(reference)} that it would be if nothing cancelled` : `${show(reference)} of the start`;
    return {
      reason: 'gradient',
      detail: `gradient norm ${show(gradientNorm)} is at most ${tolerance} times the ${what}`,
      converged: true,
    };
  };
}

/** Share of the objective by which an iteration of a run that is at its end does not lower it any more. */
const WORTH_GOING_ON = 1e-3;

/**
 * Where the objective itself goes to 0 (an exact fit of nearly collinear columns), a gradient of 1e-6 of the start's means
 * nothing while every iteration takes off another share of the objective, and while the terms of the gradient, that small as
 * well, do not cancel.
 */
function stillFalling(history: readonly IterationRecord[], tolerance: number): boolean {
  const now = history.at(-1)!;
  const before = history.at(-2);
  if (before?.rows !== now.rows || now.gradientNorm <= tolerance * now.gradientMass) return false;
  return before.objective - now.objective > WORTH_GOING_ON * Math.abs(now.objective);
}

/** Share of the start's gradient below which a run that cannot or need not go on has converged all the same, if the tolerance allows. */
const SMALL_GRADIENT = 1e-6;

/** The gradient of a run that ends for another reason than its gradient: whether it is small, and a phrase that says so. */
function judgeGradient(history: readonly IterationRecord[], tolerance: number): { small: boolean; phrase: string } {
  const { gradientNorm } = history.at(-1)!;
  const start = history[0]!;
  const reference = start.warm ? history.at(-1)!.gradientMass : Math.max(start.gradientNorm, start.gradientMass);
  const share = reference === 0 ? 0 : gradientNorm / reference;
  const small = share <= Math.min(tolerance, SMALL_GRADIENT);
  return { small, phrase: `the gradient norm is ${show(share)} of the ${show(reference)} that it is compared with` };
}

/** Iterations over which `decreaseBelow` looks back: one slow step is not the end. */
const LOOK_BACK = 10;

/**
 * f_{k-10} - f_k <= share |f_k|; share 0 never stops. By default it is tolerance^2, because near a minimum the excess of f goes with the
 * square of the gradient. Converged only when the gradient is small as well.
 */
export function decreaseBelow(tolerance: number, share = tolerance ** 2): StopCriterion {
  return (history) => {
    const now = history.at(-1)!;
    const then = history.at(-1 - LOOK_BACK);
    // Means over different rows do not compare; and random directions may lower nothing for long.
    if (share === 0 || then?.rows !== now.rows || Number.isNaN(now.gradientNorm)) return null;
    if (history.slice(-LOOK_BACK).some(({ status }) => status === 'restart')) return null;
    const decrease = then.objective - now.objective;
    const limit = share * Math.abs(now.objective);
    // A rise (a fixed rate that is too long) is no convergence.
    if (!(decrease >= 0 && decrease <= limit)) return null;
    const { small, phrase } = judgeGradient(history, tolerance);
    const detail =
      `decrease ${show(decrease)} over ${LOOK_BACK} iterations is at most ${show(limit)}, ` +
      `${show(share)} times the objective; ${phrase}${small ? '' : ', so this is slow, not converged'}`;
    return { reason: 'decrease', detail, converged: small };
  };
}

/**
 * No step lowers the objective any more; not armed with tolerance 0, which asks for every iteration. Converged when the
 * gradient is small, or when the decrease that a parabola along steepest descent promises is below the rounding of the
 * objective, unless the run stands higher than it began: then it has gone astray (an unguarded rate that is too long).
 */
export function stalled(tolerance: number): StopCriterion {
  return (history) => {
    const now = history.at(-1)!;
    if (tolerance === 0 || now.status !== 'stalled') return null;
    const { small, phrase } = judgeGradient(history, tolerance);
    const { promised = Infinity, rounding = 0 } = now.limit ?? {};
    const atRounding = promised <= rounding && rounding < Infinity;
    // Over the same rows; where these joined, from the point at which they did.
    const { grown, objective } = history.find(({ rows }) => rows === now.rows)!;
    const converged = (small || atRounding) && now.objective <= (grown?.objective ?? objective);
    const why = atRounding ? `steepest descent promises ${show(promised)}, below its rounding of ${show(rounding)}` : phrase;
    return {
      reason: 'stalled',
      detail: `no step lowers the objective ${show(now.objective)}: ${why}; ${now.reason}`,
      converged,
    };
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

/** Iterations for which every row has to be right before a word is said about it. */
const A_WHILE = 10;

/**
 * Says in the detail since when every training row has been predicted right, if that is a while: such a run may have been longer than the
 * accuracy needs. Nothing ends by it, since the probabilities may still become better. Regressions never say it, nor does a run whose
 * lowest point, of value `lowest`, was met before.
 */
export function tellAllRight(stop: Stop, history: readonly IterationRecord[], lowest: number): Stop {
  const since = history.findLastIndex(({ allRight }) => !allRight) + 1;
  if (history.length - 1 - since < A_WHILE) return stop;
  if (!history.slice(since).some(({ objective }) => objective <= lowest)) return stop;
  const detail = `${stop.detail}; every training row has been predicted right since iteration ${since}, so more iterations can hardly help`;
  return { ...stop, detail, allRightSince: since };
}

/** Whether a run that ends so on a sample of the rows goes on with more of them, or with a restart: it is done with these, not out of time. */
export function doneWithSample({ reason }: Stop): boolean {
  return reason === 'gradient' || reason === 'decrease' || reason === 'stalled';
}

/** The first criterion that answers, in the order given. */
export function firstOf(criteria: readonly StopCriterion[]): StopCriterion {
  return (history, passed) => {
    for (const criterion of criteria) {
      const stop = criterion(history, passed);
      if (stop && !passed?.(stop)) return stop;
    }
    return null;
  };
}

function show(x: number): string {
  return x.toPrecision(4);
}
