import type { Identity } from '../core/identity.js';
import type { Objective } from '../core/objective.js';
import { createTrainer, minimize, type TrainerOptions, type TrainerStart, type TrainingResult } from '../core/trainer.js';
import { openCheckpoint, type CheckpointOptions } from './keeper.js';

/** `minimize`, kept in the folder of `checkpoint` as it goes, or gone on with from there; `minimize` itself without one. */
export async function minimizeKept(
  objective: Objective,
  start: TrainerStart,
  options: TrainerOptions,
  checkpoint: CheckpointOptions | null,
  settings: Identity,
): Promise<TrainingResult> {
  if (!checkpoint) return minimize(objective, start, options);
  const keeper = await openCheckpoint(checkpoint, settings, options.signal);
  try {
    const trainer = await createTrainer(objective, keeper.state ? { state: keeper.state } : start, {
      ...options,
      stop: keeper.stop(options.stop),
      callbacks: [...(options.callbacks ?? []), keeper.callback],
      signal: keeper.signal,
    });
    while (!trainer.stop) await trainer.step();
    await keeper.finish(trainer, trainer.stop);
    return await trainer.finish();
  } finally {
    keeper.close();
  }
}
