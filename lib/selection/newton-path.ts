/**
 * The optima of a linear model along a path of penalties, by Newton's method: the expansion at the optimum of one l2 is where the steps to
 * that of the next begin. A member costs one or two grams of X and a few products; for the squared loss the Hessian is formed once.
 */
import { expand, factorize, newtonStep, renewed, type Expansion, type Factors } from './expansion.js';
import { fitAt, inMatrixFrame, type Effort, type PenaltyProblem } from './penalty-problem.js';

/** Newton steps from a neighbor, at most, and the share of the loss that the last one may promise. */
const STEPS = 5;
const CLOSE = 3e-5;

/** Rows for every parameter. */
const MANY_ROWS = 16;

export interface Settled {
  /** Of the optimum to within a Newton step. */
  readonly expansion: Expansion;
  /** Null where the Hessian is not positive definite to rounding. */
  readonly factors: Factors | null;
  /** That step; null where there is none. */
  readonly step: Float64Array | null;
}

/** From the expansion of a neighbor where there is one and it is near, otherwise by a fit. */
export async function optimumAt(
  problem: PenaltyProblem,
  l2: number,
  effort: Effort,
  neighbor: Expansion | null,
): Promise<Settled> {
  return (neighbor && (await follow(problem, l2, neighbor))) ?? settle(problem, l2, effort);
}

/**
 * Newton steps from a neighbor; null when they do not come close quickly. Where leverages are small, the neighbor's Hessian is kept if its step is
 * enough, and it tells whether the step was: it moves them by less than they count. Further steps have a Hessian of their own.
 */
async function follow(problem: PenaltyProblem, l2: number, neighbor: Expansion): Promise<Settled | null> {
  const lazy = manyRows(problem, neighbor.point.length);
  const { leastSquares = false } = problem.loss;
  let [expansion, promised] = [neighbor, Infinity];
  for (let k = 0; k <= STEPS; k++) {
    problem.signal?.throwIfAborted();
    let at = await stepFrom(problem, expansion, l2);
    if (lazy && !leastSquares && k === 1 && at && !at.close)
      at = await stepFrom(problem, await renewed(problem, expansion), l2);
    if (!at || at.close) return at;
    if (!(at.decrease < promised)) return null;
    promised = at.decrease;
    const kept = leastSquares || (lazy && k === 0) ? at.expansion.hessian : undefined;
    expansion = await expand(problem, movedAlong(at.expansion.point, at.step), kept);
  }
  return null;
}

/** Null where the Hessian is not positive definite to rounding. */
async function stepFrom(problem: PenaltyProblem, expansion: Expansion, l2: number) {
  const factors = await factorize(problem, expansion, l2);
  if (!factors) return null;
  const { step, decrease } = await newtonStep(problem, expansion, factors);
  return { expansion, factors, step, decrease, close: decrease <= CLOSE * Math.abs(expansion.loss) };
}

/** A fit of its own, and Newton steps from there. */
async function settle(problem: PenaltyProblem, l2: number, effort: Effort): Promise<Settled> {
  const parameters = await fitAt(problem, l2, problem.sampleWeights, problem.start, effort);
  const expansion = await expand(problem, inMatrixFrame(problem, parameters));
  const followed = await follow(problem, l2, expansion);
  return followed ?? { expansion, factors: await factorize(problem, expansion, l2), step: null };
}

/** What the Newton step to the optimum of another penalty promises the rows of the fit, as a share of their loss. */
export async function promisedBy(problem: PenaltyProblem, expansion: Expansion, l2: number): Promise<number> {
  const at = await stepFrom(problem, expansion, l2);
  return at ? at.decrease / Math.abs(expansion.loss) : Infinity;
}

/** Whether a row is one of so many that leaving it out hardly moves the model. */
export function manyRows({ matrix }: Pick<PenaltyProblem, 'matrix'>, parameters: number): boolean {
  return matrix.rows >= MANY_ROWS * parameters;
}

/** The point after a step. */
export function movedAlong(point: Float64Array, step: Float64Array | null): Float64Array {
  return step ? point.map((value, k) => value + step[k]!) : point;
}
