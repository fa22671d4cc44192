/**
 * A step along a direction d of a convex F = f + sum_e lambda_e |w_e|: phi(t) = F(w + t d), with a kink wherever a weight becomes 0.
 *
 * t = 1 is taken when F has fallen enough there (Armijo), because there the zeros of the model's minimizer are zeros; near the optimum,
 * where the fall is lost in rounding, when the slope has. Otherwise the minimum in (0, 1) is bracketed by the sign of the slope: Newton
 * steps on f, halves where they leave the bracket. Everything comes from the tracked products, no product with X.
 */
import type { SubspaceFunction } from '../core/subspace-function.js';

/** The nonsmooth part along d: weights and steps that are not 0 both, with their penalties. */
export interface Kinks {
  readonly w: Float64Array;
  readonly d: Float64Array;
  readonly lambda: Float64Array;
}

export interface Step {
  readonly t: number;
  readonly evaluations: number;
  readonly accepted: boolean;
  readonly reason: string;
}

/** Share of the slope's promise that F must fall by, and share of the slope that may be left. */
const ARMIJO = 1e-4;
const SLOPE_LEFT = 0.5;
const MOST_TRIALS = 50;
/** Relative width at which a bracket has closed, on a kink. */
const NARROW = 1e-12;

/** Change of the sum from t = 0. */
function rise({ w, d, lambda }: Kinks, t: number): number {
  let sum = 0;
  for (let k = 0; k < w.length; k++) sum += lambda[k]! * (Math.abs(w[k]! + t * d[k]!) - Math.abs(w[k]!));
  return sum;
}

/** Its slope at t: to the right at 0, to the left elsewhere. */
function slopeOf({ w, d, lambda }: Kinks, t: number): number {
  let sum = 0;
  for (let k = 0; k < w.length; k++) {
    const at = w[k]! + t * d[k]!;
    const side = at === 0 ? (t === 0 ? d[k]! : -d[k]!) : at;
    sum += lambda[k]! * Math.sign(side) * d[k]!;
  }
  return sum;
}

/** @param rounding of F */
export async function searchLine(phi: SubspaceFunction, kinks: Kinks, rounding: number): Promise<Step> {
  // The model promises g'd + sum lambda (|w + d| - |w|) for t = 1, at least the slope at 0.
  const promise = phi.slopes0[0]! + rise(kinks, 1);
  const slope0 = phi.slopes0[0]! + slopeOf(kinks, 0);
  const told = (t: number, accepted: boolean, reason: string): Step => ({
    t,
    accepted,
    reason,
    evaluations: phi.evaluations,
  });
  if (!(promise < 0)) return told(0, false, `the model promises no decrease (${promise})`);
  let [low, high, t] = [0, 1, 1];
  let best = { t: 0, change: 0 };
  for (let trial = 1; trial <= MOST_TRIALS && high - low > NARROW * high; trial++) {
    const at = await phi.evaluate(Float64Array.of(t));
    const change = at.value - phi.value0 + rise(kinks, t);
    const slope = at.slopes[0]! + slopeOf(kinks, t);
    const flat = Math.abs(slope) <= SLOPE_LEFT * Math.abs(slope0);
    // F is convex: where it still falls at 1, it has fallen all the way.
    if (change <= ARMIJO * t * promise && (t === 1 || flat)) return told(t, true, `sufficient decrease at trial ${trial}`);
    if (Math.abs(change) <= rounding && (flat || (t === 1 && slope < 0)))
      return told(t, true, `the slope falls at trial ${trial}, the decrease is below rounding`);
    if (change < best.change) best = { t, change };
    const finite = Number.isFinite(change) && Number.isFinite(slope);
    if (finite && slope < 0) low = t;
    else high = t;
    const newton = finite && at.curvature[0]! > 0 ? t - slope / at.curvature[0]! : NaN;
    t = newton > low && newton < high ? newton : (low + high) / 2;
  }
  if (best.change < -rounding) return told(best.t, true, 'the lowest of all trials, at a kink');
  return told(0, false, `no step in (0, 1] lowers the objective by more than its rounding ${rounding}`);
}
