import { lookUp, reject, requireBoolean } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import type { TrainingCallback } from '../train.js';
import { Best, monitors, type MonitoredNumber } from './monitor.js';

export interface ModelCheckpointOptions {
  /** Of the model file; `{iteration}` in it becomes the number of the iteration. Written whole or not at all. */
  readonly path: string;
  /** Default 'objective'. */
  readonly monitor?: MonitoredNumber;
  /** Whether only models that are better than all before are written. Default true. */
  readonly saveBestOnly?: boolean;
}

/** Writes the model of an iteration to a file when it is the best so far. To go on with a run takes more: `BackupAndRestore`. */
export function ModelCheckpoint(options: ModelCheckpointOptions): TrainingCallback {
  refuseUnknown(options, ['path', 'monitor', 'saveBestOnly'], { what: 'The options of ModelCheckpoint' });
  const { path, saveBestOnly = true } = options;
  if (typeof path !== 'string' || path === '')
    reject('INVALID_OPTION', 'The path of ModelCheckpoint', 'the path of a file', path);
  requireBoolean('saveBestOnly', saveBestOnly);
  const monitor = lookUp(
    Object.fromEntries(monitors.map((name) => [name, name])),
    'monitor',
    options.monitor ?? 'objective',
  );
  const best = new Best(monitor as MonitoredNumber, 0);
  return async ({ iteration }, training) => {
    if (best.update(training.history) || !saveBestOnly)
      await training.model().save(path.replaceAll('{iteration}', String(iteration)));
  };
}
