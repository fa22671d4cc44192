/**
 * Early stopping: a run ends when rows that it does not learn from have not been fitted better for a while, and its result is
 * the point that fitted them best (Prechelt 1998, doi 10.1007/3-540-49430-8_3; `EarlyStopping` of Keras, `n_iter_no_change` of
 * scikit-learn).
 *
 *     best     the record with the best monitor so far, of equal ones that with the lower loss: its point is the result
 *     waited   iterations since the monitor last beat by more than minDelta what it was when it did so before
 *     stop     waited >= patience
 *
 * An iteration counts, not an epoch: one with exact steps is worth many epochs of mini-batches, so fewer of them are waited for
 * than the field's habits suggest. How the default was found is in `docs/choosing-nothing.md`.
 *
 * All of it follows from the records: a run that is resumed sees those of its history again and goes on as it would have.
 */
import { lookUp, PlanesearchError, requireInteger, requireNumber } from './errors.js';
import type { IterationRecord } from './iteration-record.js';
import { refuseUnknown } from './option-names.js';
import type { Stop } from './stopping.js';

export interface EarlyStoppingOptions {
  /** Iterations without an improvement after which the run ends, at least 1. Default 20. */
  readonly patience?: number | undefined;
  /** By how much more than it the monitor has to be better for an improvement, at least 0, in its own unit. Default 0. */
  readonly minDelta?: number | undefined;
  /** What is to become better: 'loss' (default), or 'accuracy' (classes) or 'r2' (numbers), which are coarser. */
  readonly monitor?: Monitor | undefined;
}

export type Monitor = 'loss' | 'accuracy' | 'r2';

/** 1 where more is better. */
const signs: Readonly<Record<Monitor, 1 | -1>> = { loss: -1, accuracy: 1, r2: 1 };

const names = ['patience', 'minDelta', 'monitor'] as const satisfies readonly (keyof EarlyStoppingOptions)[];

export const EARLY_STOPPING = { patience: 20, minDelta: 0, monitor: 'loss' } as const;

interface Chosen {
  readonly patience: number;
  readonly minDelta: number;
  readonly monitor: Monitor;
}

/** What may be given, with its defaults. @throws PlanesearchError INVALID_OPTION or INVALID_ARGUMENT */
export function checkEarlyStopping(options: EarlyStoppingOptions): Chosen {
  refuseUnknown(options, names, { what: 'earlyStopping' });
  const {
    patience = EARLY_STOPPING.patience,
    minDelta = EARLY_STOPPING.minDelta,
    monitor = EARLY_STOPPING.monitor,
  } = options;
  requireInteger('The patience of earlyStopping', patience, 1);
  requireNumber('The minDelta of earlyStopping', minDelta, 0);
  lookUp(signs, 'The monitor of earlyStopping', monitor);
  return { patience, minDelta, monitor };
}

/** What is known of a record that counts; `score` is the monitor, more is better. */
interface Seen {
  readonly iteration: number;
  readonly score: number;
  readonly loss: number;
}

export class EarlyStopping {
  readonly #options: Chosen;
  #best: Seen | null = null;
  /** The last one that was an improvement. */
  #improved: Seen | null = null;
  #last: Seen | null = null;

  constructor(options: EarlyStoppingOptions = {}) {
    this.#options = checkEarlyStopping(options);
  }

  /**
   * Takes the next record of the run, the start first; whether its point is the best so far.
   *
   * @throws PlanesearchError INCOMPATIBLE for a monitor that these rows do not have
   */
  see({ iteration, validation }: IterationRecord): boolean {
    if (validation === undefined) return false;
    const { monitor, minDelta } = this.#options;
    const value = validation[monitor];
    if (value === undefined || (monitor === 'r2' && Number.isNaN(value))) throw noMonitor(monitor, value);
    // What is no number is worse than any.
    const score = Number.isNaN(value) ? -Infinity : signs[monitor] * value;
    const seen = { iteration, score, loss: validation.loss };
    this.#last = seen;
    if (!this.#improved || seen.score > this.#improved.score + minDelta) this.#improved = seen;
    const best = this.#best;
    const better = !best || score > best.score || (score === best.score && seen.loss < best.loss);
    if (better) this.#best = seen;
    return better;
  }

  /** Why the run ends with the record just seen; null to go on. */
  get stop(): Stop | null {
    const [best, improved, last] = [this.#best, this.#improved, this.#last];
    const { patience, minDelta } = this.#options;
    if (!best || !improved || !last || last.iteration - improved.iteration < patience) return null;
    const by = minDelta > 0 ? ` by more than ${minDelta}` : '';
    const detail =
      `the validation ${this.#shown(last)} has not become better${by} than the ${this.#value(improved)} of iteration ` +
      `${improved.iteration} for ${last.iteration - improved.iteration} iterations, the patience; ${this.#returned(best)}`;
    return { reason: 'validation', detail, converged: false };
  }

  /** `stop` as it is of the point returned, which may be an earlier one than the run has ended with. */
  told(stop: Stop, last: number): Stop {
    const best = this.#best;
    if (!best || stop.reason === 'validation' || best.iteration === last) return stop;
    return { ...stop, detail: `${stop.detail}; ${this.#returned(best)}`, converged: false };
  }

  #returned(best: Seen): string {
    return `the best point, of iteration ${best.iteration} with the validation ${this.#shown(best)}, is returned`;
  }

  #shown(seen: Seen): string {
    return `${this.#options.monitor} ${this.#value(seen)}`;
  }

  #value({ score }: Seen): string {
    return (signs[this.#options.monitor] * score).toPrecision(5);
  }
}

function noMonitor(monitor: Monitor, value: number | undefined): PlanesearchError {
  const why = value === undefined ? 'these validation rows have none' : 'it is not defined of targets that are all equal';
  const sentence = `earlyStopping cannot monitor ${monitor}: ${why}; monitor 'loss' instead.`;
  return new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'loss', received: monitor });
}
