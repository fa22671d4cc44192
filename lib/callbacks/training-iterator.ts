import type { IterationRecord } from '../core/iteration-record.js';
import { train, type Training, type TrainingData, type TrainOptions } from '../train.js';

export interface TrainingIterator extends AsyncIterableIterator<IterationRecord, undefined>, AsyncDisposable {
  /** The result, when the run is over; rejects as `train` does. */
  readonly training: Promise<Training>;
}

/**
 * A run as its records: `for await (const record of trainingIterator(data, options))`. An iteration is taken when its record is asked
 * for; leaving the loop ends the run, and `training` is its result all the same. `await using` ends a run that no loop has ended.
 */
export function trainingIterator(data: TrainingData, options: TrainOptions = {}): TrainingIterator {
  let ended = false;
  let over = false;
  const given: IterationRecord[] = [];
  const noop = (): void => undefined;
  /** Wakes whoever waits for a record, and the run that waits for somebody to ask for one. */
  let arrived = noop;
  let goOn: ((proceed: boolean) => void) | null = null;
  const hand = (record: IterationRecord): Promise<boolean> => {
    if (ended) return Promise.resolve(false);
    given.push(record);
    arrived();
    return new Promise((resolve) => {
      goOn = resolve;
    });
  };
  const training = train(data, { ...options, callbacks: [...(options.callbacks ?? []), hand] });
  training.then(settle, settle);

  function settle(): void {
    over = true;
    arrived();
  }

  function proceed(further: boolean): void {
    goOn?.(further);
    goOn = null;
  }

  async function end(): Promise<void> {
    ended = true;
    given.length = 0;
    proceed(false);
    await training;
  }

  return {
    training,
    async next() {
      if (given.length === 0) proceed(true);
      while (given.length === 0 && !over) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      const record = given.shift();
      if (record) return { done: false, value: record };
      await training;
      return { done: true, value: undefined };
    },
    async return() {
      await end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: end,
  };
}
