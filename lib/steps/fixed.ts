import { requireNumber } from '../core/errors.js';
import { along, type StepRule } from './step-rule.js';

export interface FixedOptions {
  /** Learning rate: the step along the direction, above 0. Default 0.1. */
  readonly rate?: number;
  /** Momentum rate: the step along the last step when `memory` is 1, 0 to 1. Default 0.9. */
  readonly momentum?: number;
}

/**
 * The same rate in every iteration: theta + rate d + momentum (theta - theta_prev). The baseline that needs tuning; not
 * safeguarded, the objective may rise, but a step to a non-finite value is refused.
 */
export function fixed(options: FixedOptions = {}): StepRule<null> {
  const rate = requireNumber('rate', options.rate ?? 0.1, Number.MIN_VALUE);
  const momentum = requireNumber('momentum', options.momentum ?? 0.9, 0, 1);
  return {
    name: 'fixed',
    split: 'joint',
    maxMemory: 1,
    safeguarded: false,
    start: () => null,
    async choose(phi) {
      const t = phi.main.map((one, v) => rate * one + momentum * phi.momentum[v]!);
      const value = await phi.value(t);
      const accepted = Number.isFinite(value);
      return { t: accepted ? t : along(t, 0), value: accepted ? value : phi.value0, accepted, reason: `fixed rate ${rate}, value ${value}` };
    },
  };
}
