/**
 * The fits of a linear model that differ in l2 alone, along their path: one copy of X and its frame for all of them, and Newton's method from
 * where the path leads to (`newton-path.ts`). The last step to each promises at most the tolerance of the fits as a share of the loss, and 3e-5
 * of it.
 *
 * The optimum is a smooth function of log l2, which the parabola through the last three of them continues to the next. The first Hessian of a
 * fold is that of another fold, most of whose rows are the same.
 */
import { Estimator } from '../estimators/estimator.js';
import type { Model } from '../io/model.js';
import { programOf } from '../networks/program.js';
import type { TrainOptions } from '../train.js';
import type { Fittable } from './cross-validate.js';
import type { ReadRows } from './labelled-rows.js';
import { CLOSE, optimumAt, type Waypoint } from './newton-path.js';
import { inCallersUnits, type PenaltyProblem } from './penalty-problem.js';
import { poseLinear } from './pose.js';
import { Surroundings } from './surroundings.js';

/** With more parameters a gram costs more than the products that it saves. */
const MOST_PARAMETERS = 256;

/** Of a fit where Newton steps do not lead to the optimum. */
const MAX_ITERATIONS = 500;

/** What leaves the optimum what it is; with any other option the way there counts, too. */
const neutral: readonly (keyof TrainOptions)[] = [
  'network',
  'loss',
  'task',
  'delta',
  'power',
  'l2',
  'tolerance',
  'standardize',
  'precision',
  'backend',
  'threads',
  'seed',
  'signal',
];

export interface LinearPath {
  readonly models: readonly Model[];
  /** One for each model. */
  readonly way: readonly Waypoint[];
}

/**
 * The models of `estimator` at these penalties, which are best in descending order.
 *
 * @param guide the way at the same penalties over most of the same rows
 * @returns null where fits one by one are called for: another network, many parameters, options that say how a fit is made
 * @throws what a fit would
 */
export async function linearPath(
  estimator: Fittable,
  rows: ReadRows,
  penalties: readonly unknown[],
  signal?: AbortSignal,
  guide?: readonly Waypoint[],
): Promise<LinearPath | null> {
  if (!(estimator instanceof Estimator) || estimator.fit !== Estimator.prototype.fit) return null;
  if (!penalties.every((l2): l2 is number => typeof l2 === 'number' && l2 > 0 && l2 < Infinity)) return null;
  const { x, y, sampleWeights, offsets, schema } = rows;
  const { data, options, finish } = estimator.callOfTrain(x, y, { sampleWeights, offsets, schema });
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  if (finish || !given.every(([name]) => (neutral as readonly string[]).includes(name))) return null;
  const own = { ...rows, sampleWeights: data.sampleWeights };
  const posed = await poseLinear(own, { ...options, ...(signal && { signal }) }, MOST_PARAMETERS);
  if (!posed) return null;
  try {
    if (!posed.offers.includes('gram') || !posed.offers.includes('curvature-root')) return null;
    const close = Math.min(CLOSE, options.tolerance ?? CLOSE);
    const way = await follow(posed.problem, penalties, close, guide);
    const models = way.map(({ point }) => posed.modelOf(inCallersUnits(posed.problem, point)));
    return { models, way };
  } finally {
    posed.dispose();
  }
}

/** In the frame of the matrix. */
async function follow(
  problem: PenaltyProblem,
  penalties: readonly number[],
  close: number,
  guide: readonly Waypoint[] | undefined,
): Promise<Waypoint[]> {
  const way: Waypoint[] = [];
  const { size } = programOf(problem.architecture).layout;
  const { leastSquares = false } = problem.loss;
  const guided = guide?.[0]?.point.length === size ? guide : [];
  const effort = { iterations: MAX_ITERATIONS, tolerance: close };
  const around = new Surroundings(problem);
  try {
    for (const [k, l2] of penalties.entries()) {
      problem.signal?.throwIfAborted();
      const point = continued(penalties, way, l2) ?? guided[k]?.point ?? new Float64Array(size);
      const hessian = way.at(-1)?.hessian ?? (leastSquares ? undefined : guided[k]?.hessian);
      way.push(await optimumAt(problem, around, l2, close, { point, ...(hessian && { hessian }) }, effort));
    }
  } finally {
    around.dispose();
  }
  return way;
}

/** Optima through which a polynomial is laid, and the sum of the sizes of their weights (7 where steps are equal): beyond, it carries errors far. */
const MOST_POINTS = 3;
const MOST_WEIGHT = 8;

/** The polynomial in log l2 through the last points of a path, at `l2`; null where there is no point yet. */
function continued(penalties: readonly number[], way: readonly Waypoint[], l2: number): Float64Array | null {
  const from = Math.max(0, way.length - MOST_POINTS);
  const at = penalties.slice(from, way.length).map((own) => Math.log(own / l2));
  // Lagrange's weights: prod over the others of t_m / (t_m - t_k), with t = 0 at l2.
  const weights = at.map((t, k) =>
    at.reduce((product, other, m) => (m === k ? product : (product * other) / (other - t)), 1),
  );
  const last = way.at(-1)?.point;
  if (!last || !(weights.reduce((sum, weight) => sum + Math.abs(weight), 0) <= MOST_WEIGHT)) return last ?? null;
  const sum = new Float64Array(last.length);
  weights.forEach((weight, k) => way[from + k]!.point.forEach((value, e) => (sum[e] = sum[e]! + weight * value)));
  return sum;
}
