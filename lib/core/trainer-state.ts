/** What evolves in a run, as a value, and what is left of it. */
import type { Scores } from '../metrics/scores.js';
import type { Identity } from './identity.js';
import type { IterationRecord } from './iteration-record.js';
import type { ObjectiveState } from './objective-state.js';
import type { Stop } from './stopping.js';

/** The lowest accepted point of a run so far. */
export interface BestPoint {
  /** In the frame. */
  readonly point: Float64Array;
  readonly objective: number;
  readonly gradientNorm: number;
  /** Those that both are over. */
  readonly rows: number;
  /** With validation. */
  readonly validation?: Scores | undefined;
}

/** Plain objects of numbers, strings and typed arrays (`structuredClone` copies them), for an equal objective and equal options. */
export interface TrainerState {
  readonly objective: ObjectiveState;
  /** Names and options of the direction and the step rule whose states follow. */
  readonly parts: Identity;
  readonly direction: unknown;
  readonly stepRule: unknown;
  readonly sample: unknown;
  readonly restarts?: unknown;
  readonly best: BestPoint;
  /** With early stopping: the point that fits the rows held out best. */
  readonly validated?: BestPoint | null;
  readonly history: readonly IterationRecord[];
  /** Wall time so far. */
  readonly seconds: number;
}

export interface TrainingResult {
  /** The best accepted point, in the caller's units: the lowest, or with early stopping the one with the best validation. */
  readonly parameters: Float64Array;
  /** f there: of these parameters to rounding, formed anew when the tracked value is in doubt. */
  readonly objective: number;
  /** The part of it that is the penalty. */
  readonly penalty: number;
  /** Gradient norm there, in the frame. */
  readonly gradientNorm: number;
  /** With validation: the scores there of the rows held out; null without. */
  readonly validation: Scores | null;
  readonly stop: Stop;
  /** One record per iteration; `history[0]` is the starting point. */
  readonly history: readonly IterationRecord[];
  /** Evaluations of phi in all. */
  readonly innerEvaluations: number;
}
