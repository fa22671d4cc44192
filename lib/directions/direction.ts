/**
 * A direction proposes where to look; the step rule decides how far to go.
 *
 * It is a strategy without data of its own: what evolves lives in the state that `start` makes and `next` updates, a
 * plain object of numbers and typed arrays that `structuredClone` copies, so that a run can be stored and gone on with.
 */
import type { VectorAlgebra } from '../backends/backend.js';
import type { Settings } from '../core/identity.js';
import type { Need } from '../core/needs.js';
import type { Objective } from '../core/objective.js';
import type { SubspaceFunction } from '../core/subspace-function.js';

export interface Direction<State = unknown> {
  readonly name: string;
  /** Whether t = 1 is a sensible first trial (quasi-Newton lengths), so that searches start there. */
  readonly unitStep: boolean;
  /** What it asks of the loss, the matrix, the backend or the step rule; compared before the run. */
  readonly needs?: readonly Need[];
  /**
   * Where its vectors are drawn, not derived: no gradient is formed, and slopes along its columns are measured by values at distances of plus and
   * minus this, above 0, in units of a column. The step rule then searches along minus the sum of slope times column, over their number.
   */
  readonly difference?: number;
  /** What it was made with, as plain JSON: the state of a run goes on with an equal one only. */
  readonly settings?: Settings | undefined;
  /** Past steps that go well with it as further columns of the subspace, where the step rule can use them. Default 3. */
  readonly pastSteps?: number;
  /**
   * Whether it keeps none of the objective's arrays, and none that it has returned, from one call to the next: then those of old points,
   * gradients, directions and steps are written anew, which saves the system's handing out of memory. Who looks at the objective between
   * the steps of such a run must copy what is to stay. Default false: what is replaced is never changed.
   */
  readonly recycles?: boolean;
  start(): State;
  /**
   * One or more parameter-sized directions at the objective's accepted point, each of which costs one product with X. All in
   * the frame: reads `objective.point`, `.gradient`, `.step`, `.previousGradient`, `.program`; must not change them.
   */
  next(state: State, objective: Objective): Float64Array[] | Promise<Float64Array[]>;
  /**
   * How far along the first direction step 1 is, when the direction finds that on phi: called once its product is there and before the step
   * rule, for evaluations of phi and no product with X. Above 0.
   */
  unit?(state: State, phi: SubspaceFunction): Promise<number>;
  /**
   * Told after a search how far its quadratic model was to be trusted: the decrease of phi over the decrease that was
   * foretold. 1 is exactly as foretold, 0 no decrease at all. Where the search began at t = 1 (`unitStep`) it is that of t =
   * 1, and half the slope is what was foretold: the decrease of a parabola with its minimum there.
   */
  learn?(state: State, modelRatio: number): void;
}

/** Gradients are made of slopes: whoever measures needs none. */
export function needsOf({ needs = [], difference }: Direction): readonly Need[] {
  return difference === undefined ? ['slopes', ...needs] : needs;
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
