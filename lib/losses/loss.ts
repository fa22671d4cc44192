/**
 * A loss compares the outputs of one row with its target.
 *
 * The javascript backend calls `row`; the native backend has its own vectorized code for the built-in names and falls
 * back to `row` over native products for any other loss a user writes.
 */
export interface Loss {
  readonly name: string;
  /** How many target numbers a row has when the network has `outputs` outputs. */
  targetWidth(outputs: number): number;
  /** What a target number has to be, for the error sentence, when `y` is none for this many outputs; null when it is one. */
  targetProblem(y: number, outputs: number): string | null;
  /**
   * Loss of one row with outputs `o[at .. at + width)` and targets `y[target ...]`.
   * When `slope` is given it receives the `width` derivatives by the outputs; `curvature` likewise the `width` x `width`
   * second derivatives (or a positive semidefinite stand-in).
   */
  row(
    o: Float64Array, at: number, width: number, y: Float64Array, target: number,
    slope: Float64Array | null, curvature: Float64Array | null,
  ): number;
  /**
   * For Kronecker metrics: turns the signs xi in `e[0 .. width)` into C^(1/2) xi, where C = E[C^(1/2) xi xi' C^(1/2)'] is the
   * curvature of one row with outputs `o[at .. at + width)`. A loss without it cannot be used with such a metric.
   */
  curvatureRoot?(o: Float64Array, at: number, width: number, e: Float64Array): void;
  /**
   * For coordinate searches: M such that along o + t v, v = `v[at .. at + width)`, the second derivative c(t) of the loss obeys
   * |c'(t)| <= M c(t), hence c(t) <= c(0) exp(M |t|); 0 for a quadratic loss (Bach 2010, doi 10.1214/09-EJS521). A loss without it
   * cannot be searched by coordinates.
   */
  growth?(v: Float64Array, at: number, width: number): number;
}
