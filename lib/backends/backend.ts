/**
 * The seam between the algorithms (TypeScript, written once) and the arithmetic (native or javascript).
 *
 * A backend supplies three things: the data matrix with its two products, the *tracked loss* - everything of an
 * objective that is as long as the data - and the vector algebra on parameter-sized arrays. What is parameter-sized
 * (l2, Gram matrices, directions, searches) lives above the seam, in `lib/core`.
 */
import type { LayerShape } from '../core/parameters.js';
import type { Loss } from '../losses/loss.js';

export type BackendName = 'native' | 'javascript';

/** Short work returns its value, long work (over about 2 ms) a promise; `await` takes both. */
export type MaybePromise<T> = T | Promise<T>;

/** Products with X so far; the currency in which optimizers are compared. */
export interface ProductCounts {
  /** X times a matrix, whatever its number of columns. */
  readonly multiply: number;
  /** X' times a matrix. */
  readonly multiplyTransposed: number;
  /** X' diag(s) X, the input factor of a Kronecker metric: work with X too, counted apart. */
  readonly gram: number;
}

/** X, `rows` x `columns`, float64, copied once from the caller's row-major array; counts its own products. */
export interface DataMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly counts: ProductCounts;
  /** X W for a row-major `columns` x `width` matrix W; the result is row-major `rows` x `width`. */
  multiply(W: Float64Array, width: number): MaybePromise<Float64Array>;
  /** X' R for a row-major `rows` x `width` matrix R; the result is row-major `columns` x `width`. */
  multiplyTransposed(R: Float64Array, width: number): MaybePromise<Float64Array>;
  /** sum_i scale_i [x; 1] [x; 1]' over every `stride`-th row x from row 0, (columns+1) x (columns+1); one `gram`. */
  gram(scale: Float64Array, stride: number): MaybePromise<Float64Array>;
  /** X itself, row-major, where it lies in the memory of JavaScript; not to be changed. */
  entries?(): Float64Array;
  /** Frees the memory now; any later call throws `DISPOSED`. Calling it twice is harmless. */
  dispose(): void;
}

export interface TrackedLossSpec {
  readonly matrix: DataMatrix;
  /** First layer reads X; its product is the tracked one. */
  readonly layers: readonly LayerShape[];
  readonly loss: Loss;
  /** `rows` x `loss.targetWidth(outputs)`, row-major, in the encoding of the loss. */
  readonly targets: Float64Array;
  /** Non-negative, one per row, any positive sum; every row counts the same when absent. */
  readonly sampleWeights?: Float64Array | undefined;
  /** How many past steps are kept as columns with known products. */
  readonly memory: number;
}

/** The mean loss at a trial point; slopes and curvature with respect to the `k` variables when asked for. */
export interface Evaluation {
  readonly value: number;
  /** k first derivatives. */
  readonly slopes: Float64Array;
  /** k x k Gauss-Newton matrix, row-major, symmetric, positive semidefinite; exact for the linear network. */
  readonly curvature: Float64Array;
}

/** Which rows take part in a curvature factor: every `stride`-th with stride = ceil(rows / maxRows), from row 0. */
export interface FactorRequest {
  /** At least 1. */
  readonly maxRows: number;
  /** Seed of the random signs, a 32-bit unsigned integer; see `CurvatureFactors`. */
  readonly seed: number;
}

/**
 * Second moments behind a Kronecker-factored Gauss-Newton matrix at the accepted point, one pair per layer:
 *
 *     e_i = C_i^(1/2) xi_i,  C_i the loss curvature of row i, xi_i random signs: E[e_i e_i'] = C_i
 *     q_il = e_i carried back to the pre-activation of layer l
 *     outputs[l] = sum_i w_i q_il q_il'                   (outputs x outputs; w_i normalized over the rows taken)
 *     inputs[l]  = sum_i s_il [h_i; 1] [h_i; 1]'           ((inputs+1) x (inputs+1); s_il = w_i |q_il|^2, normalized)
 *
 * `inputs[0]`, of size columns + 1, is the input factor: null unless asked for, because it is work with X. Square roots:
 * squared xi, logistic sqrt(p(1-p)) xi, softmax sqrt(p) xi - p (sqrt(p)'xi). Signs by `lib/backends/random-sign.ts`.
 */
export interface CurvatureFactors {
  readonly outputs: readonly Float64Array[];
  readonly inputs: readonly (Float64Array | null)[];
}

/** How a weight looks for its own best value; the formulas are in `lib/directions/coordinate.ts`. */
export type CoordinateSearch = 'doubling' | 'newton' | 'exact';

export interface CoordinateRequest {
  /** Gradient at the accepted point, penalty included. */
  readonly gradient: Float64Array;
  readonly parameters: Float64Array;
  readonly l2: number;
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

export interface CoordinateSweep {
  /** w* - w of every weight, all found from the accepted point. */
  readonly proposal: Float64Array;
  /** Weights that were searched. */
  readonly searched: number;
  /** Evaluations of a weight's own objective, over all weights. */
  readonly evaluations: number;
}

/**
 * Mean loss over the data as a function of a few step variables.
 *
 * It owns the accepted parameters, the tracked product Z = X W + b (n x r, r = outputs of the first layer), the
 * products P_j = X D_j + d_j of the current directions and those of the last `memory` steps. With steps s_jl (direction
 * j, layer l) the trial point has first-layer product Z + sum_j s_j0 P_j: no product with X.
 *
 * All vectors passed in are parameter-sized, laid out as `layoutOf(layers)`, and copied before the call returns.
 * One call at a time: awaiting a promise before the next call is the caller's duty.
 */
export interface TrackedLoss {
  /** Accepts `parameters` and forms Z from scratch: one `multiply`. Returns ||Z_new - Z_old||_F / ||Z_new||_F if the
   *  first layer was tracked before (the rounding drift when the parameters are unchanged), 0 the first time. */
  restart(parameters: Float64Array): MaybePromise<number>;
  /**
   * Spans the search subspace: the `fresh` directions cost one `multiply` each; `memory[i]` is the i-th last step,
   * whose product is known. `variables[j * layers.length + l]` names the variable (0..k-1) that scales direction j
   * (fresh first) in layer l, or -1 where the direction is not used.
   */
  span(fresh: readonly Float64Array[], memory: readonly Float64Array[], variables: Int32Array, k: number): MaybePromise<void>;
  /** Loss at `t` alone. */
  value(t: Float64Array): MaybePromise<number>;
  /** Loss, slopes and curvature at `t`. */
  evaluate(t: Float64Array): MaybePromise<Evaluation>;
  /** Moves the accepted point by `t` (stays when null; the span is used up by a move) and returns the loss there;
   *  fills `gradient`: one `multiplyTransposed`. The move becomes the newest memory column. */
  advance(t: Float64Array | null, gradient: Float64Array): MaybePromise<number>;
  /** Curvature factors at the accepted point; with `inputFactor` the first layer's, one `gram`, as well. */
  factors(request: FactorRequest, inputFactor: boolean): MaybePromise<CurvatureFactors>;
  /** Every weight's own search from the accepted point, which stays: work with X, but no product. */
  coordinateSweep(request: CoordinateRequest): MaybePromise<CoordinateSweep>;
  /** Asks a running call to stop soon; it then rejects with an error of name `AbortError`. The object must be restarted afterwards. */
  cancel(): void;
  dispose(): void;
}

/** Algebra on parameter-sized vectors; synchronous. */
export interface VectorAlgebra {
  dot(a: Float64Array, b: Float64Array): number;
  /** y += alpha x */
  axpy(alpha: number, x: Float64Array, y: Float64Array): void;
  /** y = alpha x + beta y */
  axpby(alpha: number, x: Float64Array, beta: number, y: Float64Array): void;
}

/** Algebra on small dense symmetric matrices, row-major, in place. */
export interface MatrixAlgebra {
  /** Overwrites the lower triangle of the n x n matrix A with L, A = L L'; false when A is not positive definite. */
  cholesky(A: Float64Array, n: number): MaybePromise<boolean>;
  /** B <- (L L')^-1 B for an n x width matrix B. */
  solveLeft(L: Float64Array, n: number, B: Float64Array, width: number): MaybePromise<void>;
  /** B <- B (L L')^-1 for a height x n matrix B. */
  solveRight(L: Float64Array, n: number, B: Float64Array, height: number): MaybePromise<void>;
}

export interface Backend {
  readonly name: BackendName;
  readonly threads: number;
  readonly vectors: VectorAlgebra;
  readonly matrices: MatrixAlgebra;
  /** Copies `values` (row-major, `rows` x `columns`). NaN or Infinity is refused with row and column. */
  matrix(values: Float64Array, rows: number, columns: number): DataMatrix;
  trackedLoss(spec: TrackedLossSpec): TrackedLoss;
}
