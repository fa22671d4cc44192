import { requireInteger, requireNumber } from '../core/errors.js';
import { dotSmall } from '../subspace/subspace-solver.js';
import { along, type StepRule } from './step-rule.js';

export interface BacktrackingOptions {
  /** c in phi(a) <= phi(0) + c a phi'(0); above 0, below 1. Default 1e-4. */
  readonly sufficientDecrease?: number;
  /** Factor of the next trial after a refusal; above 0, below 1. Default 0.5. */
  readonly shrink?: number;
  /** Most trials in one search, at least 1. Default 60. */
  readonly maxTrials?: number;
}

export interface BacktrackingState {
  /** Accepted step of the iteration before; null at first. */
  last: number | null;
}

/**
 * Armijo backtracking along the direction: the first a in a_0, a_0 q, a_0 q^2, ... with
 *
 *     phi(a) <= phi(0) + c a phi'(0)
 *
 * starts from a_0 = 1 for quasi-Newton directions, else from twice the last accepted step (1 at first), so that a step
 * can grow again. Armijo 1966, doi 10.2140/pjm.1966.16.1; Nocedal & Wright (2006), algorithm 3.1.
 */
export function backtracking(options: BacktrackingOptions = {}): StepRule<BacktrackingState> {
  const c = requireNumber('sufficientDecrease', options.sufficientDecrease ?? 1e-4, Number.MIN_VALUE, 1 - Number.EPSILON);
  const shrink = requireNumber('shrink', options.shrink ?? 0.5, Number.MIN_VALUE, 1 - Number.EPSILON);
  const maxTrials = requireInteger('maxTrials', options.maxTrials ?? 60, 1);
  return {
    name: 'backtracking',
    split: 'joint',
    settings: { sufficientDecrease: c, shrink, maxTrials },
    maxMemory: 0,
    safeguarded: true,
    start: () => ({ last: null }),
    async choose(phi, state, { unitStep }) {
      const slope = dotSmall(phi.slopes0, phi.main);
      const refused = (reason: string) => ({ t: along(phi.main, 0), value: phi.value0, accepted: false, reason });
      if (!(slope < 0)) return refused(`slope ${slope} along the direction is not negative`);
      let a = unitStep || state.last === null ? 1 : 2 * state.last;
      for (let trial = 0; trial < maxTrials; trial++, a *= shrink) {
        const t = along(phi.main, a);
        const value = await phi.value(t);
        if (value <= phi.value0 + c * a * slope && value < phi.value0) {
          state.last = a;
          return { t, value, accepted: true, reason: `sufficient decrease at trial ${trial + 1}` };
        }
      }
      return refused(`no sufficient decrease in ${maxTrials} trials down to step ${a / shrink}`);
    },
  };
}
