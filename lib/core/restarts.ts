/**
 * Restarts: where a run has ended (converged, slow or stalled, not out of time) the accepted point is moved away and the run goes on, in one
 * history; the best point of all rounds is the result.
 */
import type { Loss } from '../losses/loss.js';
import { nativeNameOf } from '../losses/vectorized.js';
import { PlanesearchError } from './errors.js';
import type { Settings } from './identity.js';
import type { IterationRecord } from './iteration-record.js';
import type { Objective } from './objective.js';
import { doneWithSample, type Stop, type StopCriterion } from './stopping.js';
import type { TrainerOptions } from './trainer-options.js';

/** A strategy without data, as a direction is one: what evolves is in its state. */
export interface Restarts<State = unknown> {
  readonly name: string;
  /** What it was made with, as plain JSON. */
  readonly settings?: Settings | undefined;
  /** Iterations after which a round ends as it is; none when absent. */
  readonly iterations?: number | undefined;
  start(): State;
  /** Whether there is one more. */
  left(state: State): boolean;
  /**
   * Moves the accepted point, as a function of the best one of the run, in the frame; tells how many evaluations of phi that took, and what was done.
   * It may rise.
   */
  run(
    state: State,
    objective: Objective,
    best: Float64Array,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly evaluations: number; readonly reason: string }>;
}

/** @throws PlanesearchError INCOMPATIBLE for a run that has one minimum, that never knows its end, or whose end is another one */
export function checkRestarts(
  loss: Loss,
  layers: number,
  { restarts, sweep, earlyStopping, direction }: Pick<TrainerOptions, 'restarts' | 'sweep' | 'earlyStopping' | 'direction'>,
): void {
  if (!restarts) return;
  const refuse = (why: string): never => {
    throw new PlanesearchError('INCOMPATIBLE', `Restarts ('${restarts.name}') ${why}.`);
  };
  if (layers === 1 && isBuiltIn(loss)) refuse('are for networks with several minima, but a linear one has one alone');
  if (sweep) refuse(`move all layers together, but the run goes '${sweep.name}'`);
  if (earlyStopping)
    refuse('and early stopping exclude each other: a run that ends by other rows does not go on by its own');
  if (direction.difference !== undefined)
    refuse(`come where a run has ended, which the direction '${direction.name}' never knows`);
}

/** All of these are convex in the outputs. */
function isBuiltIn(loss: Loss): boolean {
  return loss.tasks ? loss.tasks.every((task) => isBuiltIn(task.loss)) : nativeNameOf(loss) !== null;
}

/** Whether a round has ended with the last record. */
export function roundEnded(
  history: readonly IterationRecord[],
  stop: StopCriterion,
  iterations: number | undefined,
): boolean {
  if (history.at(-1)!.status === 'stalled' || stop(history) !== null) return true;
  const since = history.findLastIndex(({ status }) => status === 'restart' || status === 'start');
  return iterations !== undefined && history.length - 1 - since >= iterations;
}

/** `stop` as it is of the point returned, where that is one of an earlier round; null where it is of the last one. */
export function stopOfBestRound(
  stop: Stop,
  history: readonly IterationRecord[],
  lowest: number,
  criterion: StopCriterion,
): Stop | null {
  const at = history.findLastIndex(({ objective }) => objective <= lowest);
  const end = history.findIndex(({ status }, i) => i > at && status === 'restart');
  if (end < 0) return null;
  const ended = criterion(history.slice(0, end));
  const later = history.slice(end).filter(({ status }) => status === 'restart').length;
  const detail = `no lower point was found in ${later} restart${later === 1 ? '' : 's'} after the one returned`;
  if (!doneWithSample(stop) || !ended)
    return { ...stop, detail: `${stop.detail}; ${detail}`, converged: ended?.converged ?? false };
  return { ...ended, detail: `${ended.detail}; ${detail}` };
}
