/** A run kept in a folder. */
import type { Callback } from '../core/trainer.js';
import { checkCheckpointOptions, type CheckpointOptions } from './keeper.js';

export { checkCheckpointOptions, type CheckpointOptions } from './keeper.js';
export { minimizeKept } from './minimize-kept.js';

/** A callback that stands for a checkpoint: what {@link BackupAndRestore} makes. */
export interface CheckpointCallback extends Callback {
  readonly checkpoint: CheckpointOptions;
}

/** Of the options of a run, or of a callback that stands for it; null without either. */
export function checkpointOf(options: {
  readonly checkpoint?: CheckpointOptions | undefined;
  readonly callbacks?: readonly object[];
}): CheckpointOptions | null {
  const standing = options.callbacks?.find((callback): callback is CheckpointCallback => 'checkpoint' in callback);
  const chosen = options.checkpoint ?? standing?.checkpoint ?? null;
  if (chosen) checkCheckpointOptions(chosen);
  return chosen;
}
