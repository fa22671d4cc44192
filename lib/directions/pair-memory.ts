/**
 * The memory of limited-memory BFGS: pairs s = theta_k - theta_{k-1}, y = g_k - g_{k-1}, and H g by the two-loop recursion around an
 * initial inverse Hessian of the caller's choice.
 *
 * All that the recursion asks of the pairs is their products with one another and with g, and what it makes is a combination of g and the
 * pairs. So it runs on numbers: a new pair is multiplied with all others once, together with g, and one combination ends it. Every vector
 * is read twice an iteration instead of five times.
 *
 * Nocedal & Wright, Numerical Optimization (2006), algorithm 7.4; Liu & Nocedal 1989, doi 10.1007/BF01589116; on products alone: Chen,
 * Wang & Zhou 2014, "Large-scale L-BFGS using MapReduce".
 */
import type { AnyVector, MaybePromise } from '../backends/backend.js';
import type { Objective } from '../core/objective.js';

export interface Pair {
  readonly s: AnyVector;
  readonly y: AnyVector;
  /** s'y of the s of this pair, the one before, the one before that ... and this y, back to the oldest pair kept. */
  readonly sy: Float64Array;
  /** y'y likewise. */
  readonly yy: Float64Array;
}

export interface PairMemory {
  /** Oldest first. */
  pairs: Pair[];
}

/** A pair enters only when s'y > this times |s| |y|: below, curvature is not positive enough to be told from rounding. */
const MINIMUM_CURVATURE = 1e-10;

/**
 * From so many parameters on pairs are kept in float32: they come from memory then, not from a cache, and what is rounded in them is far below
 * what they know of the curvature.
 */
const LONG = 1 << 16;

/**
 * Vectors of a memory that are written anew: the system takes longer to hand out new pages than the algebra to fill them. A forgotten pair,
 * and the last direction where the run that it was proposed to keeps none.
 */
interface Spare {
  pair?: Pick<Pair, 's' | 'y'> | undefined;
  direction?: Float64Array;
}

const spares = new WeakMap<PairMemory, Spare>();

function spareOf(state: PairMemory): Spare {
  const spare = spares.get(state) ?? {};
  spares.set(state, spare);
  return spare;
}

/**
 * -H g at the accepted point, after the last step has entered the memory of at most `limit` pairs. `applyInitial` overwrites its argument
 * by H_0 times it, H_0 the identity when absent; H_0 is then scaled by gamma = s'y / y'H_0 y of the newest pair, so that its length fits
 * the curvature met last.
 */
export async function quasiNewton(
  state: PairMemory,
  objective: Objective,
  limit: number,
  applyInitial?: (q: Float64Array) => MaybePromise<void>,
): Promise<Float64Array> {
  const { vectors, gradient } = objective;
  const { sg, yg } = remember(state, objective, limit);
  const { pairs } = state;
  const [S, Y] = [pairs.map(({ s }) => s), pairs.map(({ y }) => y)];
  const spare = spareOf(state);
  const d = (objective.recycles && spare.direction) || new Float64Array(gradient.length);
  spare.direction = d;
  const alphas = backward(pairs, sg);
  const newest = pairs.at(-1);
  if (!applyInitial) {
    const gamma = newest ? newest.sy[0]! / newest.yy[0]! : 1;
    const betas = forward(pairs, alphas, gamma, imageProducts(pairs, alphas, yg));
    const scales = [-gamma, ...alphas.map((alpha) => gamma * alpha), ...betas.map((beta) => -beta)];
    vectors.combine(null, Float64Array.from(scales), [gradient, ...Y, ...S], d);
    return d;
  }
  vectors.combine(null, Float64Array.of(-1, ...alphas), [gradient, ...Y], d);
  await applyInitial(d);
  if (!newest) return d;
  const image = Float64Array.from(newest.y);
  await applyInitial(image);
  const gamma = newest.sy[0]! / vectors.dots([newest.y], [image])[0]!;
  const betas = forward(
    pairs,
    alphas,
    gamma,
    vectors.dots(Y, [d]).map((product) => -product),
  );
  vectors.combine(null, Float64Array.of(gamma, ...betas.map((beta) => -beta)), [d, ...S], d);
  return d;
}

/** s'g and y'g of every pair, oldest first. */
interface GradientProducts {
  readonly sg: Float64Array;
  readonly yg: Float64Array;
}

function remember(state: PairMemory, objective: Objective, limit: number): GradientProducts {
  const { gradient, vectors } = objective;
  const y = enter(state, objective, limit);
  const { pairs } = state;
  const count = pairs.length;
  const right = y ? [gradient, y] : [gradient];
  const products = vectors.dots([...pairs.map((pair) => pair.s), ...pairs.map((pair) => pair.y)], right);
  const column = (which: number, from: number): Float64Array => {
    return Float64Array.from({ length: count }, (_, i) => products[(from + i) * right.length + which]!);
  };
  if (y) pairs[count - 1] = { ...pairs[count - 1]!, sy: column(1, 0).reverse(), yy: column(1, count).reverse() };
  return { sg: column(0, 0), yg: column(0, count) };
}

/** Adds the last step without its products when there is a new one and its curvature is positive; returns its y. */
function enter(state: PairMemory, objective: Objective, limit: number): AnyVector | null {
  const { step, previousGradient, gradient, vectors } = objective;
  if (!step || !previousGradient || isNewest(state, step)) return null;
  const spare = spareOf(state);
  const form = (Vector: typeof Float64Array | typeof Float32Array) => {
    const size = gradient.length;
    const { s, y } = spare.pair?.s instanceof Vector ? spare.pair : { s: new Vector(size), y: new Vector(size) };
    vectors.combine(null, Float64Array.of(1), [step], s);
    vectors.combine(gradient, Float64Array.of(-1), [previousGradient], y);
    const [ss, sy, , yy] = vectors.dots([s, y], [s, y]);
    return { s, y, ss: ss!, sy: sy!, yy: yy! };
  };
  const narrow = gradient.length < LONG ? null : form(Float32Array);
  const { s, y, ss, sy, yy } = narrow && fitsFloat32(narrow.ss) && fitsFloat32(narrow.yy) ? narrow : form(Float64Array);
  const enters = sy > MINIMUM_CURVATURE * Math.sqrt(ss * yy);
  const pairs = enters ? [...state.pairs, { s, y, sy: new Float64Array(0), yy: new Float64Array(0) }] : state.pairs;
  spare.pair = enters ? pairs.slice(0, -limit).at(-1) : { s, y };
  state.pairs = pairs.slice(-limit);
  return enters ? y : null;
}

/** Whether numbers of such a sum of squares are far from the ends of its range. */
function fitsFloat32(squares: number): boolean {
  return squares > 1e-60 && squares < 1e60;
}

/** Whether `step` is remembered already: the point has not moved since. */
function isNewest(state: PairMemory, step: Float64Array): boolean {
  const newest = state.pairs.at(-1)?.s;
  const kept = newest instanceof Float32Array ? Math.fround : (x: number): number => x;
  return newest?.every((x: number, e: number) => x === kept(step[e]!)) ?? false;
}

/** alpha_i = s_i'q_i / s_i'y_i with q_i = g - sum_{j > i} alpha_j y_j, newest first. */
function backward(pairs: readonly Pair[], sg: Float64Array): Float64Array {
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    let sq = sg[i]!;
    for (let j = pairs.length - 1; j > i; j--) sq -= alphas[j]! * pairs[j]!.sy[j - i]!;
    alphas[i] = sq / pairs[i]!.sy[0]!;
  }
  return alphas;
}

/** y_i'q of every pair for q = g - sum_j alpha_j y_j. */
function imageProducts(pairs: readonly Pair[], alphas: Float64Array, yg: Float64Array): Float64Array {
  return yg.map((product, i) => {
    return alphas.reduce((sum, alpha, j) => sum - alpha * pairs[Math.max(i, j)]!.yy[Math.abs(i - j)]!, product);
  });
}

/**
 * c_i = alpha_i - y_i'r_i / s_i'y_i with r_i = gamma H_0 q + sum_{j < i} c_j s_j, oldest first: H g = gamma H_0 q + sum_i c_i s_i.
 *
 * @param products y_i'H_0 q of every pair
 */
function forward(pairs: readonly Pair[], alphas: Float64Array, gamma: number, products: Float64Array): Float64Array {
  const c = new Float64Array(pairs.length);
  for (let i = 0; i < pairs.length; i++) {
    const { sy } = pairs[i]!;
    let yr = gamma * products[i]!;
    for (let j = 0; j < i; j++) yr += c[j]! * sy[i - j]!;
    c[i] = alphas[i]! - yr / sy[0]!;
  }
  return c;
}
