/**
 * A direction proposes where to look; the step rule decides how far to go.
 *
 * It is a strategy without data of its own: what evolves lives in the state that `start` makes and `next` updates, a
 * plain object of numbers and typed arrays that can be stored and restored.
 */
import type { VectorAlgebra } from '../backends/backend.js';
import type { Objective } from '../core/objective.js';

export interface Direction<State = unknown> {
  readonly name: string;
  /** Whether t = 1 is a sensible first trial (quasi-Newton lengths), so that searches start there. */
  readonly unitStep: boolean;
  start(): State;
  /**
   * One or more parameter-sized directions at the objective's accepted point, each of which costs one product with X.
   * Reads `objective.gradient`, `.step` and `.previousGradient`; must not change them.
   */
  next(state: State, objective: Objective): Float64Array[] | Promise<Float64Array[]>;
  /** Told after the search how well the decrease was foretold, 1 = exactly: with `unitStep`, that of t = 1 by half the slope. */
  learn?(state: State, modelRatio: number): void;
}

/** -g, the direction of steepest descent. */
export function steepestDescent(objective: Objective): Float64Array {
  const d = new Float64Array(objective.gradient.length);
  objective.vectors.axpy(-1, objective.gradient, d);
  return d;
}

/** a - b */
export function difference(vectors: VectorAlgebra, a: Float64Array, b: Float64Array): Float64Array {
  const out = a.slice();
  vectors.axpy(-1, b, out);
  return out;
}
