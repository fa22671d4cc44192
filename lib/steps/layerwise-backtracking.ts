import { requireNumber } from '../core/errors.js';
import { dotSmall } from '../subspace/subspace-solver.js';
import { along, type StepRule } from './step-rule.js';

export interface LayerwiseBacktrackingOptions {
  /** c in the Armijo condition below; above 0, below 1. Default 0.1. */
  readonly sufficientDecrease?: number;
  /** Factor after a refusal; above 0, below 1. Default 0.5. */
  readonly shrink?: number;
}

export interface LayerwiseBacktrackingState {
  /** Rate of every step variable; empty before the first search. */
  rates: number[];
  /** Layer whose turn it is. */
  turn: number;
}

const MOST_TRIALS = 60;

/**
 * Armijo backtracking with a rate for every layer: one layer is searched in each iteration, in turn, the others keep their rates, and
 * the joint step has to satisfy
 *
 *     phi(t) <= phi(0) + c sum_l t_l phi'_l(0)
 *
 * The rate searched starts at twice its last value; when it shrinks to nothing useful, all rates are halved together. After
 * arXiv 2403.18506 (PLASLS), which judges each layer against the loss at the start; the condition here is on the joint step.
 */
export function layerwiseBacktracking(options: LayerwiseBacktrackingOptions = {}): StepRule<LayerwiseBacktrackingState> {
  const c = requireNumber('sufficientDecrease', options.sufficientDecrease ?? 0.1, Number.MIN_VALUE, 1 - Number.EPSILON);
  const shrink = requireNumber('shrink', options.shrink ?? 0.5, Number.MIN_VALUE, 1 - Number.EPSILON);
  return {
    name: 'layerwise-backtracking',
    split: 'layers',
    settings: { sufficientDecrease: c, shrink },
    maxMemory: 0,
    safeguarded: true,
    start: () => ({ rates: [], turn: 0 }),
    async choose(phi, state) {
      const layers = phi.main.filter((one) => one !== 0).length;
      if (layers === 0)
        return { t: along(phi.main, 0), value: phi.value0, accepted: false, reason: 'the slope along the direction is 0' };
      const first = state.rates.length !== layers;
      const rates = first ? Array.from({ length: layers }, () => 1) : state.rates.slice();
      const turn = state.turn % layers;
      if (!first) rates[turn] = 2 * rates[turn]!;
      for (let trial = 0; trial < MOST_TRIALS; trial++) {
        let layer = 0;
        const t = phi.main.map((one) => (one === 0 ? 0 : one * rates[layer++]!));
        const slope = dotSmall(phi.slopes0, t);
        const value = await phi.value(t);
        if (slope < 0 && value <= phi.value0 + c * slope && value < phi.value0) {
          state.rates = rates;
          state.turn = turn + 1;
          return { t, value, accepted: true, reason: `sufficient decrease at trial ${trial + 1}, layer ${turn} searched` };
        }
        if (first || trial >= 4) rates.forEach((rate, l) => (rates[l] = shrink * rate));
        else rates[turn] = shrink * rates[turn]!;
      }
      const reason = `no sufficient decrease in ${MOST_TRIALS} trials`;
      return { t: new Float64Array(phi.dimension), value: phi.value0, accepted: false, reason };
    },
  };
}
