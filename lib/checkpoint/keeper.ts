/** Keeps a run: writes its state every so often and when it is interrupted, and finds the state to go on with. */
import { describe, PlanesearchError, reject, requireBoolean, requireInteger, requireNumber } from '../core/errors.js';
import type { Identity } from '../core/identity.js';
import { refuseUnknown } from '../core/option-names.js';
import type { Stop, StopCriterion } from '../core/stopping.js';
import type { Callback, RunningTrainer, TrainerState } from '../core/trainer.js';
import { packageVersion } from '../io/package-version.js';
import { checkSettings, prepareFolder, readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint-file.js';

export interface CheckpointOptions {
  /** Where the checkpoint lies, one file; made where there is none. A folder is for one run at a time. */
  readonly folder: string;
  /** A checkpoint after every so many iterations, at least 1; none by default. */
  readonly everyIterations?: number | undefined;
  /** A checkpoint after so many seconds, at least 0, looked at between iterations. Default 30, none where everyIterations is given. */
  readonly everySeconds?: number | undefined;
  /**
   * Whether to go on with the run whose checkpoint the folder has, and to begin where it has none. Default false: a folder with the
   * checkpoint of a run that has not ended is then refused.
   */
  readonly resume?: boolean | undefined;
}

const names = [
  'folder',
  'everyIterations',
  'everySeconds',
  'resume',
] as const satisfies readonly (keyof CheckpointOptions)[];

/** Milliseconds that an abort waits for the end of an iteration, so that it can be kept. */
const GRACE = 5000;

export function checkCheckpointOptions(options: CheckpointOptions): void {
  refuseUnknown(options, names, { what: 'The options of the checkpoint' });
  const { folder, everyIterations, everySeconds, resume } = options;
  if (typeof folder !== 'string' || folder === '')
    reject('INVALID_OPTION', 'The folder of the checkpoint', 'a path', folder);
  if (everyIterations !== undefined) requireInteger('everyIterations', everyIterations, 1);
  if (everySeconds !== undefined) requireNumber('everySeconds', everySeconds, 0);
  requireBoolean('resume', resume);
}

/**
 * @param settings what besides data, network, loss, direction and step rule an equal run has to be equal in
 * @param signal the caller's; the run listens to `keeper.signal` instead
 * @throws PlanesearchError INCOMPATIBLE, INVALID_CHECKPOINT, UNWRITABLE_FILE
 */
export async function openCheckpoint(
  options: CheckpointOptions,
  settings: Identity,
  signal: AbortSignal | undefined,
): Promise<Keeper> {
  const { folder, resume = false } = options;
  await prepareFolder(folder);
  const found = await readCheckpoint(folder);
  const own = { version: packageVersion(), ...settings };
  if (found && resume) checkSettings(own, found);
  if (found && !resume && found.stop === null) {
    const sentence = `${describe(folder)} has the checkpoint of a run that has not ended: resume it, or take another folder.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  return new Keeper(options, own, resume ? found : null, signal);
}

export class Keeper {
  readonly #options: CheckpointOptions;
  readonly #settings: Identity;
  readonly #found: Checkpoint | null;
  readonly #outer: AbortSignal | undefined;
  readonly #inner = new AbortController();
  #written = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CheckpointOptions, settings: Identity, found: Checkpoint | null, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#settings = settings;
    this.#found = found;
    this.#outer = signal;
    signal?.addEventListener('abort', this.#delay);
    if (signal?.aborted) this.#inner.abort(signal.reason);
  }

  /** Of the run to go on with; null for a new one. */
  get state(): TrainerState | null {
    return this.#found?.state ?? null;
  }

  /** Aborts when the caller's does, but not within an iteration that ends soon. */
  get signal(): AbortSignal {
    return this.#inner.signal;
  }

  /** A run that a callback had ended has ended: no criterion of the other kind would know. */
  stop(criterion: StopCriterion): StopCriterion {
    const { state, stop } = this.#found ?? {};
    if (stop?.reason !== 'callback') return criterion;
    return (history) => (history.length === state!.history.length ? stop : criterion(history));
  }

  /** The last of the callbacks of a run. */
  readonly callback: Callback = async ({ iteration }, trainer) => {
    const { everyIterations, everySeconds = everyIterations === undefined ? 30 : Infinity } = this.#options;
    const aborted = this.#outer?.aborted === true;
    const due = everyIterations !== undefined && iteration > 0 && iteration % everyIterations === 0;
    if (aborted || due || performance.now() - this.#written >= 1000 * everySeconds) await this.#write(trainer, null);
    if (this.#outer?.aborted) this.#inner.abort(this.#outer.reason);
  };

  /** For the end of a run: what comes after it may be interrupted too. */
  async finish(trainer: RunningTrainer, stop: Stop): Promise<void> {
    // After these two the objective is not at an accepted point any more.
    if (stop.reason !== 'aborted' && stop.reason !== 'non-finite') await this.#write(trainer, stop);
  }

  /** Lets go of the caller's signal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#delay);
  }

  readonly #delay = (): void => {
    this.#timer = setTimeout(() => this.#inner.abort(this.#outer!.reason), GRACE);
  };

  async #write(trainer: RunningTrainer, stop: Stop | null): Promise<void> {
    await writeCheckpoint(this.#options.folder, { state: await trainer.state(), settings: this.#settings, stop });
    this.#written = performance.now();
  }
}
