import type { IterationRecord } from '../core/iteration-record.js';
import type { Callback } from '../core/trainer.js';
import { valueOf, type MonitoredNumber } from './monitor.js';

export interface HistoryCallback extends Callback {
  /** One record per iteration, those before a resumption included. */
  readonly records: readonly IterationRecord[];
  /** One number per record, for a plot. */
  values(monitor: MonitoredNumber): number[];
}

/** Holds the records of a run, also of one that ends with an error; a run that ends well gives them as `training.history`. */
export function History(): HistoryCallback {
  let records: readonly IterationRecord[] = [];
  const callback: Callback = (_record, { history }) => {
    records = history;
  };
  return Object.defineProperty(
    Object.assign(callback, { values: (monitor: MonitoredNumber) => records.map((record) => valueOf(record, monitor)) }),
    'records',
    { get: () => [...records] },
  ) as HistoryCallback;
}
