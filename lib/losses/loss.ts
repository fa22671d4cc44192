/**
 * A loss compares the outputs of one row with its target, and answers every question about itself: value, slope, curvature, a root
 * of the curvature, how fast the curvature can grow, which labels it takes and how they are encoded, and how an output becomes a
 * prediction. Nothing else in the package knows a loss by its name.
 *
 * The javascript backend calls `row`; the native backend has vectorized code for the losses whose `native` names a file of
 * `native/losses`, and calls `row` over native products for any other loss, such as one written by a user.
 */
import type { Need } from '../core/needs.js';
import type { CodingName } from './coding.js';

export interface Loss {
  readonly name: string;
  /** Numbers that shape it, by name, such as `{ delta: 1.35 }`; kept in the model file, and passed to native code in this order. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Name of the same arithmetic in `native/losses`; absent for a loss that has none. Believed only of what the
   * factories here have made: a variation of one is a loss of its own. */
  readonly native?: string;
  /** What it asks of other parts of a run; compared before the run. */
  readonly needs?: readonly Need[] | undefined;
  /** How labels become targets, by preference: the first coding that fits the labels given is taken; see `lib/losses/coding.ts`. */
  readonly codings: readonly CodingName[];
  /** False for a loss that `row` knows the value of and no slopes: it can be minimized by values alone, in the direction 'zeroth-order'. */
  readonly slopes?: false;
  /** Whether it is quadratic: with a linear network a least-squares problem, which has no penalty unless one is asked for. */
  readonly leastSquares?: boolean;
  /** For classes: the least Euclidean length of the slope of a row that is predicted wrong. A run tells by it when no row is. */
  readonly wrongSlope?: number;
  /** Of a loss made of several (`tasks`): each with the outputs and targets that are its own. */
  readonly tasks?: readonly LossTask[];
  /** How many target numbers a row has when the network has `outputs` outputs. */
  targetWidth(outputs: number): number;
  /** What a target number has to be, for the error sentence, when `y` is none for this many outputs; null when it is one. `column`, from 0, is its
   * place in the row. */
  targetProblem(y: number, outputs: number, column?: number): string | null;
  /**
   * Loss of one row with outputs `o[at .. at + width)` and targets `y[target ...]`.
   * When `slope` is given it receives the `width` derivatives by the outputs; `curvature` likewise the `width` x `width`
   * second derivatives (or a positive semidefinite stand-in).
   */
  row(
    o: Float64Array,
    at: number,
    width: number,
    y: Float64Array,
    target: number,
    slope: Float64Array | null,
    curvature: Float64Array | null,
  ): number;
  /**
   * For Kronecker metrics and coordinate searches: turns the signs xi in `e[0 .. width)` into C^(1/2) xi, where
   * C = E[C^(1/2) xi xi' C^(1/2)'] is the curvature of one row with outputs `o[at .. at + width)` and targets `y[target ...]`.
   * A direction that declares the need `curvature-root` cannot be used with a loss that lacks it.
   */
  curvatureRoot?(o: Float64Array, at: number, width: number, y: Float64Array, target: number, e: Float64Array): void;
  /**
   * For coordinate searches: M such that along o + t v, v = `v[at .. at + width)`, the second derivative c(t) of the loss obeys
   * |c'(t)| <= M c(t), hence c(t) <= c(0) exp(M |t|); 0 where c(0) bounds every c(t) (Bach 2010, doi 10.1214/09-EJS521). A
   * direction that declares the need `growth-bound` cannot be used with a loss that lacks it.
   */
  growth?(v: Float64Array, at: number, width: number): number;
  /**
   * For losses that are minus the logarithm of a likelihood of classes: the probabilities that the outputs `o[at .. at + width)` of a row stand
   * for, into `p[to .. to + width)`: of each class, or of each label being there. Absent where the outputs are scores only.
   */
  probabilities?(o: Float64Array, at: number, width: number, p: Float64Array, to: number): void;
  /** The prediction that an output stands for, where it is not the output itself: exp(o) for a log link. */
  prediction?(output: number): number;
  /**
   * By name, for files that other programs read: 'exp' of an output is the prediction, 'sigmoid' of every output, or 'softmax' of a row,
   * are the probabilities of its labels. Absent where outputs are predictions, or there are no probabilities.
   */
  readonly inverseLink?: 'exp' | 'sigmoid' | 'softmax';
}

/** One loss of several on the outputs of one network. */
export interface LossTask {
  readonly name: string;
  readonly loss: Loss;
  /** How many outputs it has, and which is its first one. */
  readonly outputs: number;
  readonly firstOutput: number;
  /** How many target numbers it has in a row, and which is its first one. */
  readonly targets: number;
  readonly firstTarget: number;
  /** Of it in the mean of the tasks; those of all sum to 1. */
  readonly share: number;
}
