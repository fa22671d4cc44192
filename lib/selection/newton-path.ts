/**
 * The optima of a linear model along a path of penalties, by Newton's method: the expansion at the optimum of one l2 is where the steps to
 * that of the next begin. A member costs one or two grams of X and a few products; for the squared loss the Hessian is formed once.
 */
import { expand, factorize, newtonStep, type Expansion, type Factors } from './expansion.js';
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
 * Newton steps from a neighbor; null when they do not come close quickly. Where leverages are small, the neighbor's Hessian is kept if its
 * step is enough: it moves them by less than they count.
 */
async function follow(problem: PenaltyProblem, l2: number, neighbor: Expansion): Promise<Settled | null> {
  let expansion = neighbor;
  const lazy = manyRows(problem, neighbor.point.length);
  let promised = Infinity;
  for (let k = 0; k <= STEPS; k++) {
    problem.signal?.throwIfAborted();
    const factors = await factorize(problem, expansion, l2);
    if (!factors) return null;
    const { step, decrease } = await newtonStep(problem, expansion, factors);
    if (decrease <= CLOSE * Math.abs(expansion.loss)) return { expansion, factors, step };
    if (!(decrease < promised)) return null;
    promised = decrease;
    const kept = problem.loss.leastSquares || (k === 0 && lazy);
    expansion = await expand(problem, movedAlong(expansion.point, step), kept ? expansion.hessian : undefined);
  }
  return null;
}

/** A fit of its own, and Newton steps from there. */
async function settle(problem: PenaltyProblem, l2: number, effort: Effort): Promise<Settled> {
  const parameters = await fitAt(problem, l2, problem.sampleWeights, problem.start, effort);
  const expansion = await expand(problem, inMatrixFrame(problem, parameters));
  const followed = await follow(problem, l2, expansion);
  return followed ?? { expansion, factors: await factorize(problem, expansion, l2), step: null };
}

/** Whether a row is one of so many that leaving it out hardly moves the model. */
export function manyRows({ matrix }: Pick<PenaltyProblem, 'matrix'>, parameters: number): boolean {
  return matrix.rows >= MANY_ROWS * parameters;
}

/** The point after a step. */
export function movedAlong(point: Float64Array, step: Float64Array | null): Float64Array {
  return step ? point.map((value, k) => value + step[k]!) : point;
}
