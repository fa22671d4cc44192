import type { ProductCounts } from '../backends/backend.js';
import type { Scores } from '../metrics/scores.js';

/** What one iteration did; frozen. Iteration 0 is the starting point. */
export interface IterationRecord {
  readonly iteration: number;
  /** Rows that it looked at: the sample. */
  readonly rows: number;
  /** Where the sample grew before this iteration: how many rows it had, and f at the point over the larger sample. */
  readonly grown?: { readonly from: number; readonly objective: number };
  /** f at the accepted point after this iteration, over these rows; over a sample that is to grow l2 is larger (`docs/sampling.md`). */
  readonly objective: number;
  /** With validation: the mean loss of the training rows there, the objective without its penalty, as `validation.loss` is of the others. */
  readonly loss?: number;
  /** With validation: the scores of the rows held out, there. */
  readonly validation?: Scores;
  /** Euclidean norm of the gradient there, in the frame; NaN where none is formed. */
  readonly gradientNorm: number;
  /**
   * What that norm would be about if the terms of the gradient did not cancel: sqrt(columns that vary + 1) sum_i w_i
   * |slope_i|. The gradient is small when it is small beside this, wherever the run began. NaN without a gradient.
   */
  readonly gradientMass: number;
  /** Whether every training row (that weighs anything) is predicted right there, as far as slopes tell; absent where not. */
  readonly allRight?: true;
  /** Step sizes taken, `steps[layer][column]`; columns are named after the direction and `memory-1`, `memory-2`, ... */
  readonly steps: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Euclidean norm of each layer's weights after this iteration, in the frame: where a rate runs away, it shows here. */
  readonly layerNorms: Readonly<Record<string, number>>;
  /** Evaluations of phi in this iteration. */
  readonly innerEvaluations: number;
  /** Products with X since the beginning. */
  readonly products: ProductCounts;
  /** Wall time since the beginning. */
  readonly seconds: number;
  /**
   * 'step' as chosen by the rule; 'fallback': steepest descent after the rule found no step; 'stalled': no step at all; 'stayed': no step along
   * random directions, of which the next iteration has others; 'restart': moved away from the best point to go on from there.
   */
  readonly status: 'start' | 'step' | 'fallback' | 'stalled' | 'stayed' | 'restart';
  /** The rule's sentence about its choice. */
  readonly reason: string;
  /** On the starting point of a warm start, from trained parameters. */
  readonly warm?: boolean;
  /** When stalled: the decrease that a parabola along steepest descent promises, and the rounding of the objective. */
  readonly limit?: { readonly promised: number; readonly rounding: number };
  /** Relative rounding drift of the tracked product that a refresh after this iteration mended; absent without one. */
  readonly drift?: number;
}

/** The part of a record that an iteration tells; the rest is asked of the objective. */
export type NewRecord = Pick<
  IterationRecord,
  'steps' | 'innerEvaluations' | 'status' | 'reason' | 'warm' | 'limit' | 'drift'
>;

/** Freezes a record and everything in it. */
export function freezeRecord(record: IterationRecord): IterationRecord {
  Object.values(record.steps).forEach(Object.freeze);
  Object.freeze(record.steps);
  Object.freeze(record.layerNorms);
  Object.freeze(record.products);
  Object.freeze(record.limit);
  Object.freeze(record.validation);
  Object.freeze(record.grown);
  return Object.freeze(record);
}
