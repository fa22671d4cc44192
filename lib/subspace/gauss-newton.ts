/**
 * Damped Gauss-Newton on phi: at t, with slopes s and Gauss-Newton matrix C (exact for the linear network),
 *
 *     (C + lambda diag(C)) delta = -s,     accept when phi(t + delta) < phi(t)
 *
 * lambda follows Levenberg and Marquardt (Marquardt 1963, doi 10.1137/0111030): up after a refusal, down after a good
 * step. The damping by diag(C) makes the solve blind to the scale of the columns.
 *
 * The Gauss-Newton matrix knows no negative curvature: where phi falls further than promised, as near a saddle, an accepted step is doubled
 * while phi goes on falling, which leaves within an iteration what would otherwise take dozens.
 *
 * A loose solve is the right default: the first step brings nearly all there is, so a further one is tried only while
 * the model promises at least `worthwhile` of the decrease so far. That costs 2 to 3 evaluations an iteration.
 */
import type { Evaluation } from '../backends/backend.js';
import { requireInteger, requireNumber } from '../core/errors.js';
import { solveDamped } from './cholesky.js';
import { dotSmall, moved, noDecrease, type SubspaceProblem, type SubspaceSolution, type SubspaceSolver } from './subspace-solver.js';

export interface GaussNewtonOptions {
  /** Stop when the next step promises less than this share of the decrease so far; 0 to 1. Default 0.1. */
  readonly worthwhile?: number;
  /** Most evaluations of phi, at least 2. Default 10. */
  readonly maxEvaluations?: number;
}

/** Smallest and largest relative damping; at the largest a step is a short, scaled steepest descent. */
const LEAST_DAMPING = 1e-12;
const MOST_DAMPING = 1e12;

/**
 * Decrease over promise above which an accepted step is doubled. A true curvature c along a step that the model gives C > 0 decreases
 * phi by 2 - c/C times the promise: above 2, phi is concave.
 */
const EXTEND_ABOVE = 2;

export function gaussNewton(options: GaussNewtonOptions = {}): SubspaceSolver {
  const worthwhile = requireNumber('gauss-newton worthwhile', options.worthwhile ?? 0.1, 0, 1);
  const budget = requireInteger('gauss-newton maxEvaluations', options.maxEvaluations ?? 10, 2);
  return { name: 'gauss-newton', minimize: (phi) => minimize(phi, worthwhile, budget) };
}

async function minimize(phi: SubspaceProblem, worthwhile: number, budget: number): Promise<SubspaceSolution> {
  let t: Float64Array = new Float64Array(phi.dimension);
  let at: Evaluation = await phi.evaluate(t);
  // One value for the start: phi(0) as evaluated here, so that comparisons see the rounding of one and the same code.
  const start = at.value;
  let damping = 0;
  let modelRatio: number | null = null;
  let reason = `the budget of ${budget} evaluations is used up`;
  for (let evaluations = 1; evaluations < budget; evaluations++) {
    const delta = solveDamped(at.curvature, at.slopes, damping);
    const promised = delta ? -0.5 * dotSmall(at.slopes, delta) : 0;
    const gained = start - at.value;
    if (!delta || !(promised > Number.EPSILON * Math.abs(at.value))) {
      reason = `the model promises a decrease of ${promised.toExponential(2)}, below the rounding of the value`;
      break;
    }
    if (promised < worthwhile * gained) {
      reason = `the model promises ${promised.toExponential(2)}, under ${worthwhile} of the ${gained.toExponential(2)} gained`;
      break;
    }
    const next = moved(t, 1, delta);
    const trial = await phi.evaluate(next);
    if (trial.value < at.value && isFinite(trial)) {
      const ratio = (at.value - trial.value) / promised;
      modelRatio ??= ratio;
      damping = ratio > 0.5 ? damping / 10 : damping * 2;
      if (damping < LEAST_DAMPING) damping = 0;
      t = next;
      at = trial;
      for (let scale = 1; ratio > EXTEND_ABOVE && evaluations < budget - 1; scale *= 2) {
        evaluations++;
        const further = moved(t, scale, delta);
        const beyond = await phi.evaluate(further);
        if (!(beyond.value < at.value && isFinite(beyond))) break;
        t = further;
        at = beyond;
      }
    } else {
      modelRatio ??= 0;
      damping = Math.max(10 * damping, 0.1);
      if (damping > MOST_DAMPING) {
        reason = `no decrease at damping ${MOST_DAMPING}`;
        break;
      }
    }
  }
  if (!(at.value < start)) return noDecrease(phi, reason);
  return { t, value: at.value, decreased: true, reason, ...(modelRatio === null ? {} : { modelRatio }) };
}

function isFinite({ value, slopes, curvature }: Evaluation): boolean {
  return Number.isFinite(value) && slopes.every(Number.isFinite) && curvature.every(Number.isFinite);
}
