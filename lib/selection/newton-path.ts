/**
 * The optima of a linear model along a path of penalties, by Newton's method from where the path has been. A Hessian costs as much as several
 * steps and serves for as long as these gain enough, along the path as well; that of least squares over the same rows is the same everywhere.
 * With a Hessian of elsewhere a step may be too long, and ends at the minimum along it.
 */
import { factorize, newtonStep, type Expansion } from './expansion.js';
import { fitAt, inMatrixFrame, type Effort, type PenaltyProblem } from './penalty-problem.js';
import type { Local, Surroundings } from './surroundings.js';

/** The share of the loss that a last step may promise, at most: fits that are only compared need no more. */
export const CLOSE = 3e-5;

const MOST_STEPS = 10;

/** By how much less than the one before it a step must promise for the Hessian to be kept once more. */
const STILL_GOOD = 0.5;

/** How many times as much a step may promise whose Hessian is that of another point. */
const DOUBT = 3;

/** Rows for every parameter. */
const MANY_ROWS = 16;

/** An optimum on the path and a Hessian near it, in the frame. */
export interface Waypoint {
  readonly point: Float64Array;
  readonly hessian: Float64Array;
}

/** Where the way to an optimum begins: with value and gradient where these are known, and with a Hessian of somewhere near if there is one. */
export type Departure = Pick<Waypoint, 'point'> & Partial<Waypoint & Local>;

/** The optimum at `l2` by Newton steps from `from`; by a fit, and Newton steps from there, where these do not lead to it quickly. */
export async function optimumAt(
  problem: PenaltyProblem,
  around: Surroundings,
  l2: number,
  close: number,
  from: Departure | null,
  effort: Effort,
): Promise<Waypoint> {
  const followed = from && (await newton(problem, around, l2, close, from));
  if (followed) return followed;
  const parameters = await fitAt(problem, l2, problem.sampleWeights, problem.start, effort);
  const point = inMatrixFrame(problem, parameters);
  return (
    (await newton(problem, around, l2, close, { point })) ?? { point, hessian: await around.hessian(await around.at(point)) }
  );
}

/** Null where the steps do not lead to the optimum quickly. */
async function newton(
  problem: PenaltyProblem,
  around: Surroundings,
  l2: number,
  close: number,
  { point, loss, gradient, hessian: given }: Departure,
): Promise<Waypoint | null> {
  const { leastSquares = false } = problem.loss;
  let here = loss !== undefined && gradient ? { point, loss, gradient } : await around.at(point);
  let hessian = given ?? (await around.hessian(here));
  let factors = await factorize(problem, { hessian, point }, l2);
  let [promised, kept] = [Infinity, given !== undefined && !leastSquares];
  for (let k = 0; k <= MOST_STEPS && factors && Number.isFinite(here.loss); k++) {
    problem.signal?.throwIfAborted();
    const { step, decrease } = await newtonStep(problem, here, factors);
    // What a Hessian of another point promises may be too little.
    if (decrease <= (kept ? close / DOUBT : close) * Math.abs(here.loss))
      return { point: movedAlong(here.point, step), hessian };
    here = await around.along(here, step, factors.penalty);
    const slow = decrease > STILL_GOOD * promised || (k === 0 && !given);
    if (slow && !leastSquares) {
      hessian = await around.hessian(here);
      factors = await factorize(problem, { hessian, point }, l2);
    }
    [promised, kept] = [decrease, !slow && !leastSquares];
  }
  return null;
}

/** What the Newton step to the optimum of another penalty promises the rows of the fit, as a share of their loss. */
export async function promisedBy(problem: PenaltyProblem, expansion: Expansion, l2: number): Promise<number> {
  const factors = await factorize(problem, expansion, l2);
  if (!factors) return Infinity;
  return (await newtonStep(problem, expansion, factors)).decrease / Math.abs(expansion.loss);
}

/** Whether a row is one of so many that leaving it out hardly moves the model. */
export function manyRows({ matrix }: Pick<PenaltyProblem, 'matrix'>, parameters: number): boolean {
  return matrix.rows >= MANY_ROWS * parameters;
}

/** The point after a step. */
export function movedAlong(point: Float64Array, step: Float64Array): Float64Array {
  return point.map((value, k) => value + step[k]!);
}
