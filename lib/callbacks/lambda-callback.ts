import { refuseUnknown } from '../core/option-names.js';
import type { TrainingCallback } from '../train.js';

export interface LambdaCallbackOptions {
  /** Before the first iteration of this process. */
  readonly onTrainBegin?: TrainingCallback;
  /** After every iteration, the starting point included. Returning `false` ends the run. */
  readonly onIterationEnd?: TrainingCallback;
  /** When the run is over, however it ended. */
  readonly onTrainEnd?: () => void | Promise<void>;
}

/** A callback of functions for the moments of a run. */
export function LambdaCallback(options: LambdaCallbackOptions): TrainingCallback {
  refuseUnknown(options, ['onTrainBegin', 'onIterationEnd', 'onTrainEnd'], { what: 'The options of LambdaCallback' });
  const { onTrainBegin, onIterationEnd, onTrainEnd } = options;
  let begun = false;
  const callback: TrainingCallback = async (record, training) => {
    if (!begun && (await onTrainBegin?.(record, training)) === false) return false;
    begun = true;
    return onIterationEnd?.(record, training);
  };
  return Object.assign(callback, {
    end() {
      begun = false;
      return onTrainEnd?.();
    },
  });
}
