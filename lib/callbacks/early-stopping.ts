import { lookUp, requireInteger, requireNumber } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import type { Callback } from '../core/trainer.js';
import { Best, monitors, type MonitoredNumber } from './monitor.js';

export interface EarlyStoppingCallbackOptions {
  /** Default 'objective'. 'validation' and what is behind it need a run with validation rows. */
  readonly monitor?: MonitoredNumber;
  /** Iterations without a better number after which the run ends, at least 0. Default 10. */
  readonly patience?: number;
  /** By how much a number has to be better to count, at least 0. Default 0. */
  readonly minDelta?: number;
}

/** Ends the run when the monitored number has not become better for `patience` iterations. */
export function EarlyStopping(options: EarlyStoppingCallbackOptions = {}): Callback {
  refuseUnknown(options, ['monitor', 'patience', 'minDelta'], { what: 'The options of EarlyStopping' });
  const monitor = lookUp(
    Object.fromEntries(monitors.map((name) => [name, name])),
    'monitor',
    options.monitor ?? 'objective',
  );
  const patience = requireInteger('patience', options.patience ?? 10, 0);
  const best = new Best(monitor as MonitoredNumber, requireNumber('minDelta', options.minDelta ?? 0, 0));
  return ({ iteration }, { history }) => {
    return best.update(history) || iteration - best.at < patience;
  };
}
