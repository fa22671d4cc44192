import { requireNumber } from '../core/errors.js';
import { schedule } from './schedule.js';
import type { StepRule } from './step-rule.js';

export interface FixedOptions {
  /** Learning rate: the step along the direction, above 0. Default 0.1. */
  readonly rate?: number;
  /** Momentum rate: the step along the last step when `memory` is 1, 0 to 1. Default 0.9. */
  readonly momentum?: number;
}

/** The same rate in every iteration, theta + rate d + momentum (theta - theta_prev): the constant schedule. */
export function fixed(options: FixedOptions = {}): StepRule<null> {
  const rate = requireNumber('rate', options.rate ?? 0.1, Number.MIN_VALUE);
  return schedule({
    name: 'fixed',
    schedule: () => rate,
    ...(options.momentum === undefined ? {} : { momentum: options.momentum }),
  });
}
