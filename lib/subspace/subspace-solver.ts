/**
 * A subspace solver minimizes phi over its few step variables, starting from t = 0.
 *
 * Usable alone: anything with the members of `SubspaceProblem` can be minimized. A solver that finds no decrease returns
 * t = 0 with `decreased: false`; it never throws for a numerical reason and never returns a non-finite value.
 */
import type { Settings } from '../core/identity.js';
import type { Need } from '../core/needs.js';
import type { SubspaceFunction } from '../core/subspace-function.js';

/** What a solver needs to know of phi. */
export type SubspaceProblem = Pick<
  SubspaceFunction,
  'dimension' | 'value0' | 'slopes0' | 'norms' | 'main' | 'value' | 'evaluate'
> &
  Partial<Pick<SubspaceFunction, 'precision'>>;

export interface SubspaceSolution {
  readonly t: Float64Array;
  /** phi(t), at most phi(0). */
  readonly value: number;
  readonly decreased: boolean;
  /** Why it stopped, with the numbers compared. */
  readonly reason: string;
  /**
   * How well the first step was foretold: decrease of phi over the decrease promised, 0 when the step was refused. With a
   * guess the first step is the guess, and the promise half the slope towards it (that of a parabola with its minimum
   * there); without one it is the first step of the solver's own model. Absent when the solver has no model, or when the
   * promise is below the rounding of phi.
   */
  readonly modelRatio?: number;
}

export interface SubspaceSolver {
  readonly name: string;
  /** What it asks of the other parts; compared before the run. */
  readonly needs?: readonly Need[];
  /** What it was made with, as plain JSON. */
  readonly settings?: Settings | undefined;
  /** @param guess a step that may be near the minimizer; a solver need not use it */
  minimize(phi: SubspaceProblem, guess?: Float64Array | null): Promise<SubspaceSolution>;
}

/** The solution "stay at 0". */
export function noDecrease(phi: SubspaceProblem, reason: string): SubspaceSolution {
  return { t: new Float64Array(phi.dimension), value: phi.value0, decreased: false, reason };
}

/**
 * Whether `value`, as evaluated, lies below phi(0) as it is known from the gradient, by more than the rounding of two
 * different sums.
 */
export function below(value: number, value0: number): boolean {
  return value0 - value > 16 * Number.EPSILON * Math.abs(value0);
}

/** t + scale * delta */
export function moved(t: Float64Array, scale: number, delta: Float64Array): Float64Array {
  return t.map((x, v) => x + scale * delta[v]!);
}

export function dotSmall(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let v = 0; v < a.length; v++) sum += a[v]! * b[v]!;
  return sum;
}
