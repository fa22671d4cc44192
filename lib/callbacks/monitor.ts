/** A number of the records that callbacks look at, and the best of it so far. */
import { PlanesearchError } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';

/** `validation` is the loss on the validation rows of a run that has some. */
export type MonitoredNumber = 'objective' | 'gradientNorm' | 'validation' | 'validation.accuracy' | 'validation.r2';

export const monitors = ['objective', 'gradientNorm', 'validation', 'validation.accuracy', 'validation.r2'] as const;

/** @throws PlanesearchError INCOMPATIBLE where the run has no such number */
export function valueOf(record: IterationRecord, monitor: MonitoredNumber): number {
  if (monitor === 'objective' || monitor === 'gradientNorm') return record[monitor];
  const name = monitor === 'validation' ? 'loss' : monitor === 'validation.accuracy' ? 'accuracy' : 'r2';
  const value = record.validation?.[name];
  if (value !== undefined) return value;
  const sentence = `The monitor '${monitor}' needs a run whose records have it, but there is no ${name} of validation rows.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence);
}

/** The best of a monitored number, from all records: a run that is resumed has seen what it saw before, and one that begins has seen nothing. */
export class Best {
  #seen = 0;
  /** Iteration of the best record. */
  at = -1;
  value = Number.NaN;

  /** @param minDelta by how much a number has to be better to count */
  constructor(
    readonly monitor: MonitoredNumber,
    readonly minDelta: number,
  ) {}

  /** Takes in the records that are new. @returns whether the newest is the best */
  update(history: readonly IterationRecord[]): boolean {
    if (history.length <= this.#seen) {
      this.#seen = 0;
      this.at = -1;
    }
    const larger = this.monitor === 'validation.accuracy' || this.monitor === 'validation.r2';
    for (; this.#seen < history.length; this.#seen++) {
      const value = valueOf(history[this.#seen]!, this.monitor);
      const gain = larger ? value - this.value : this.value - value;
      if (this.at >= 0 && !(gain > this.minDelta)) continue;
      this.at = history[this.#seen]!.iteration;
      this.value = value;
    }
    return this.at === history.at(-1)!.iteration;
  }
}
