import { reject, requireNumber } from '../core/errors.js';
import type { Schedule } from '../schedules/schedule.js';
import { along, type StepRule } from './step-rule.js';

export interface ScheduleRuleOptions {
  /** The rate of each iteration, above 0 or 0; see `lib/schedules`. */
  readonly schedule: Schedule;
  /** Momentum rate: the step along the last step when `memory` is 1, 0 to 1. Default 0.9. */
  readonly momentum?: number;
  /** Name in records. Default 'schedule'. */
  readonly name?: string;
}

const TOLD_BY = [0, 1, 10, 100] as const;

/**
 * A rate laid down beforehand: theta + rate(k) d + momentum (theta - theta_prev). The baseline that needs tuning; not safeguarded,
 * the objective may rise, but a step to a non-finite value is refused.
 */
export function schedule({
  schedule: rateOf,
  momentum: given = 0.9,
  name = 'schedule',
}: ScheduleRuleOptions): StepRule<null> {
  const momentum = requireNumber('momentum', given, 0, 1);
  return {
    name,
    split: 'joint',
    // The rates of some iterations tell one schedule from another.
    settings: { rates: TOLD_BY.map((iteration) => rateOf(iteration)), momentum },
    maxMemory: 1,
    safeguarded: false,
    start: () => null,
    async choose(phi, _state, { iteration }) {
      const rate = rateOf(iteration);
      if (!(rate >= 0)) reject('INVALID_OPTION', `The rate of iteration ${iteration}`, 'a number of at least 0', rate);
      const t = phi.main.map((one, v) => rate * one + momentum * phi.momentum[v]!);
      const value = await phi.value(t);
      const accepted = Number.isFinite(value);
      return {
        t: accepted ? t : along(t, 0),
        value: accepted ? value : phi.value0,
        accepted,
        reason: `rate ${rate}, value ${value}`,
      };
    },
  };
}
