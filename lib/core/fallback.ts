/**
 * The last resort of an iteration: steepest descent with backtracking (Armijo 1966, doi 10.2140/pjm.1966.16.1),
 *
 *     a = a_0, a_0/2, a_0/4, ...    until    phi(a) <= phi(0) + c a phi'(0),        a_0 = -phi'(0) / phi''(0)
 *
 * which starts at the minimizer of the parabola, so that it knows no scale. When even this finds nothing, `promised`, the
 * decrease (1/2) phi'(0)^2 / phi''(0) that the parabola foretold, tells whether that is the limit of rounding.
 */
import { steepestDescent } from '../directions/direction.js';
import { MOST_MOVE } from '../steps/runaway-limit.js';
import { along, type StepChoice } from '../steps/step-rule.js';
import type { Objective } from './objective.js';
import { describeProposal, refused, type Proposal } from './proposal.js';
import type { SubspaceFunction } from './subspace-function.js';

const SUFFICIENT_DECREASE = 1e-4;
const MOST_TRIALS = 60;

export interface Fallback extends Proposal {
  /** Infinity when the parabola has no minimum. */
  readonly promised: number;
}

export async function fallBack(objective: Objective): Promise<Fallback> {
  const phi = await objective.span([steepestDescent(objective)], 0, 'joint');
  const { choice, promised } = await search(phi);
  return { ...describeProposal(objective, phi, choice, ['gradient']), promised };
}

async function search(phi: SubspaceFunction): Promise<{ choice: StepChoice; promised: number }> {
  const slope = phi.slopes0[0]!;
  if (!(slope < 0)) {
    const reason = slope === 0 ? 'the gradient is 0' : `slope ${slope} along the direction is not negative`;
    return { choice: refused(phi, reason), promised: slope === 0 ? 0 : Infinity };
  }
  const { curvature } = await phi.evaluate(new Float64Array(1));
  const length = -slope / curvature[0]!;
  const parabola = length > 0 && length < Infinity;
  const promised = parabola ? -0.5 * slope * length : Infinity;
  let a = parabola ? length : 1;
  // No layer may run away here either: see `lib/steps/runaway-limit.ts`.
  const worst = phi.layers < 2 ? 0 : Math.max(...phi.layerMoves(along(phi.main, a)));
  if (worst > MOST_MOVE) a *= MOST_MOVE / worst;
  for (let trial = 1; trial <= MOST_TRIALS; trial++, a /= 2) {
    const t = along(phi.main, a);
    const value = await phi.value(t);
    if (value <= phi.value0 + SUFFICIENT_DECREASE * a * slope && value < phi.value0) {
      return { choice: { t, value, accepted: true, reason: `sufficient decrease at trial ${trial}` }, promised };
    }
  }
  return { choice: refused(phi, `no sufficient decrease in ${MOST_TRIALS} trials down to step ${2 * a}`), promised };
}
