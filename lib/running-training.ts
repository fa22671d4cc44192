/** A run as the callbacks of `train` see it: with models of the columns that were given. */
import type { Callback, RunningTrainer } from './core/trainer.js';
import { Model, type ModelSpec } from './io/model.js';
import type { Loss } from './losses/loss.js';
import { widenedModel, widenedParameters, type PresentColumns } from './present-columns.js';

/**
 * What a callback of `train` may ask of the run that calls it. With `pca` models are of the columns that were given, parameters and states of the
 * components.
 */
export interface RunningTraining extends RunningTrainer {
  /** The model at the accepted point of this iteration. */
  model(): Model;
  /** The model at the best point so far; also when the run is over, however it ended. */
  best(): Model;
}

export type TrainingCallback = Callback<RunningTraining>;

/** Callbacks that can ask for the model, too. */
export function withModels(
  callbacks: readonly TrainingCallback[] = [],
  spec: Omit<ModelSpec, 'parameters'>,
  loss: Loss,
  present: PresentColumns | null,
  columns: number,
): readonly Callback[] {
  const widened = (own: Float64Array) => (present ? widenedParameters(own, present, columns) : own);
  const modelOf = (own: Float64Array) =>
    widenedModel(new Model({ ...spec, parameters: own.slice() }, loss), present, columns);
  const withModel = (running: RunningTrainer): RunningTraining => ({
    history: running.history,
    state: () => running.state(),
    get parameters() {
      return widened(running.parameters);
    },
    get bestParameters() {
      return widened(running.bestParameters);
    },
    model: () => modelOf(running.parameters),
    best: () => modelOf(running.bestParameters),
  });
  return callbacks.map((callback) => (record, running) => callback(record, withModel(running)));
}
