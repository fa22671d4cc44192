/**
 * min over z of  q(z) = r'(z - w) + (1/2) (z - w)' H (z - w) + sum_k lambda_k |z_k|,  H a small positive semidefinite matrix.
 *
 * Coordinate descent with soft thresholding (Friedman, Hastie, Tibshirani 2010, doi 10.18637/jss.v033.i01), over all weights and then over
 * those that are not 0 until these have settled. Where columns are nearly collinear it takes thousands of rounds, so that it is interrupted
 * by Newton steps on the weights that are not 0, with their signs held (Lee et al. 2006, efficient sparse coding): q is a parabola there.
 */
import type { MatrixAlgebra } from '../backends/backend.js';
import { Pace } from '../core/pace.js';
import { leastSlope } from './objective.js';

export interface Quadratic {
  readonly size: number;
  /** `size` x `size`, row-major, symmetric. */
  readonly H: Float64Array;
  /** Slopes of the smooth part at w. */
  readonly slopes: Float64Array;
  readonly w: Float64Array;
  readonly lambda: Float64Array;
}

/** Rounds at most; a model need not be solved, as long as it falls. */
const MOST_ROUNDS = 2000;

/** Newton steps in a row, each of which has led a weight to 0. */
const MOST_STEPS = 20;

/** Rounds between Newton steps: one costs about as much as this many for every weight that is not 0. */
const ROUNDS_PER_WEIGHT = 1 / 50;
const FEWEST_ROUNDS = 5;

/** @param tolerance on the largest slope of least size @returns z, with zeros that are 0 */
export async function minimizeQuadratic(
  { size, H, slopes, w, lambda }: Quadratic,
  tolerance: number,
  matrices: MatrixAlgebra,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const z = w.slice();
  const r = slopes.slice();
  const pace = new Pace();
  const violation = (k: number): number => Math.abs(leastSlope(r[k]!, z[k]!, lambda[k]!));
  const largest = (): number => {
    let most = 0;
    for (let k = 0; k < size; k++) most = Math.max(most, violation(k));
    return most;
  };
  let used: readonly number[] = [];
  const all = Array.from({ length: size }, (_, k) => k);
  for (let round = 0, untilNewton = FEWEST_ROUNDS; round < MOST_ROUNDS; round++) {
    let most = 0;
    for (const k of round % 10 === 0 ? all : used) most = Math.max(most, descend(k, size, H, lambda[k]!, z, r));
    used = all.filter((k) => z[k] !== 0 || lambda[k] === 0);
    if (most <= tolerance && largest() <= tolerance) break;
    if (--untilNewton <= 0) {
      for (let more = true, steps = 0; more && steps < MOST_STEPS; steps++) {
        more = await newtonStep({ size, H, lambda, w, slopes }, used, z, r, matrices);
        used = used.filter((k) => z[k] !== 0 || lambda[k] === 0);
        if (pace.due) await pace.yield();
        signal?.throwIfAborted();
      }
      untilNewton = Math.max(FEWEST_ROUNDS, used.length * ROUNDS_PER_WEIGHT);
      for (const k of all) descend(k, size, H, lambda[k]!, z, r);
      used = all.filter((k) => z[k] !== 0 || lambda[k] === 0);
    }
    if (pace.due) await pace.yield();
    signal?.throwIfAborted();
  }
  return z;
}

/** To the minimum along weight k; returns how large its slope was. */
function descend(k: number, size: number, H: Float64Array, lambda: number, z: Float64Array, r: Float64Array): number {
  const h = H[k * size + k]!;
  const before = z[k]!;
  const size0 = Math.abs(leastSlope(r[k]!, before, lambda));
  if (size0 === 0) return 0;
  const free = h * before - r[k]!;
  const after = (Math.sign(free) * Math.max(0, Math.abs(free) - lambda)) / h + 0; // never -0
  const change = after - before;
  if (change === 0) return 0;
  z[k] = after;
  for (let m = 0, at = k * size; m < size; m++, at++) r[m] = r[m]! + change * H[at]!;
  return size0;
}

/** The minimum over the `used` weights with their signs held; a weight that would change its sign becomes 0, which is returned. */
async function newtonStep(
  { size, H, lambda }: Quadratic,
  used: readonly number[],
  z: Float64Array,
  r: Float64Array,
  matrices: MatrixAlgebra,
): Promise<boolean> {
  const n = used.length;
  if (n === 0) return false;
  const factor = new Float64Array(n * n);
  const step = new Float64Array(n);
  used.forEach((k, i) => {
    for (let j = 0; j < n; j++) factor[i * n + j] = H[k * size + used[j]!]!;
    step[i] = -(r[k]! + lambda[k]! * Math.sign(z[k]!));
  });
  const slope = step.slice();
  if (!(await matrices.cholesky(factor, n))) return false;
  await matrices.solveLeft(factor, n, step, 1);
  const crossing = used.map((k, i) => (lambda[k]! > 0 && z[k]! * (z[k]! + step[i]!) < 0 ? -z[k]! / step[i]! : Infinity));
  const first = Math.min(1, ...crossing);
  // All that cross become 0 at once; where that is no descent, only up to the first one.
  const projected = step.map((s, i) => (crossing[i]! <= 1 ? -z[used[i]!]! : s));
  let best: { readonly change: Float64Array; readonly image: Float64Array; readonly fall: number } | null = null;
  for (const change of [projected, step.map((s, i) => (crossing[i] === first ? -z[used[i]!]! : first * s))]) {
    const image = new Float64Array(size);
    let fall = 0;
    change.forEach((c, i) => {
      const k = used[i]!;
      fall += c * slope[i]!;
      if (c !== 0) for (let m = 0; m < size; m++) image[m] = image[m]! + c * H[k * size + m]!;
    });
    change.forEach((c, i) => (fall -= 0.5 * c * image[used[i]!]!));
    if (fall > (best?.fall ?? 0)) best = { change, image, fall };
  }
  best?.change.forEach((c, i) => {
    const k = used[i]!;
    z[k] = c === -z[k]! ? 0 : z[k]! + c;
  });
  best?.image.forEach((change, m) => (r[m] = r[m]! + change));
  return best !== null && first < 1;
}
