/** What a coordinate sweep is asked for and what it answers. The formulas are in `lib/directions/coordinate.ts`. */

/** How a weight looks for its own best value. */
export type CoordinateSearch = 'doubling' | 'newton' | 'exact';

export interface CoordinateRequest {
  /** Gradient at the accepted point, penalty included, in the frame. */
  readonly gradient: Float64Array;
  /** In the frame. */
  readonly parameters: Float64Array;
  /** Weight of the penalty on each row of the first layer's weights, in the frame: l2 / scale_j^2, one per column of X. */
  readonly inputPenalty: Float64Array;
  /** Weight of the penalty on the weights of each layer; of the first one `inputPenalty` is taken. */
  readonly layerL2: Float64Array;
  /**
   * One per column of X: threshold and gradient rate are meant for weights that are this much shorter and gradients that are this much
   * longer (1 but for columns that the penalty holds, see `lib/core/held-columns.ts`).
   */
  readonly inputScale: Float64Array;
  /** A weight is searched when |gradient| <= threshold and threshold > 0; otherwise it moves by -gradientRate * gradient. */
  readonly threshold: number;
  readonly gradientRate: number;
  readonly search: CoordinateSearch;
  /** First step of 'doubling', above 0. */
  readonly firstStep: number;
  /** Most evaluations of one weight's own objective, at least 1; 'exact' does not count. */
  readonly maxTrials: number;
  /** One number per parameter block: 1 where its weights move, 0 where they stay. */
  readonly moving: Int32Array;
}

/** What is not known to the objective. */
export type SweepOptions = Omit<CoordinateRequest, 'gradient' | 'parameters' | 'inputPenalty' | 'inputScale' | 'layerL2'>;

export interface CoordinateSweep {
  /** w* - w of every weight, all found from the accepted point. */
  readonly proposal: Float64Array;
  /** Weights that were searched. */
  readonly searched: number;
  /** Evaluations of a weight's own objective, over all weights. */
  readonly evaluations: number;
}

/** The constants of the searches, here for both languages: the native sweep is handed them with every request. */
export const SEARCH_CONSTANTS = {
  /** Share of the decrease that the slope promises which a step has to bring. */
  sufficient: 1e-4,
  /** A refused step shrinks to the minimizer of the parabola through what is known, but by these factors at least and at most. */
  leastShrink: 0.5,
  mostShrink: 0.1,
  /** Doubling ends where it brings less than this share of the decrease so far: saturated units fall by rounding only, without end. */
  worthwhile: 1e-9,
  /**
   * Change of the outputs, times the growth of the loss, up to which the bound is trusted; there the second derivative has grown by
   * at most e, and loss(o + t v) <= loss + s t + (e - 2) c t^2 replaces 1/2 c t^2.
   */
  trust: 1,
  /** 2 (e - 2), the factor on c that this means. */
  inflation: 2 * (Math.E - 2),
} as const;
