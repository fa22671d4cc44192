/**
 * The seam between the algorithms (TypeScript, written once) and the arithmetic (native, wasm or javascript).
 *
 * A backend supplies three things: the data matrix with its two products, the *tracked loss* - everything of an
 * objective that is as long as the data - and the vector algebra on parameter-sized arrays. What is parameter-sized
 * (l2, Gram matrices, directions, searches) lives above the seam, in `lib/core`.
 */
import type { Need } from '../core/needs.js';
import type { CoordinateRequest, CoordinateSweep } from '../coordinate/request.js';
import type { Loss } from '../losses/loss.js';
import type { Architecture } from '../networks/network.js';
import type { Frame } from './frame.js';

/** Of X and its products; sums, losses, slopes and curvature are float64 always. */
export type Precision = 'float64' | 'float32';

export type BackendName = 'native' | 'wasm' | 'javascript';

/** Short work returns its value, long work (over about 2 ms) a promise; `await` takes both. */
export type MaybePromise<T> = T | Promise<T>;

/** Products with X so far; the currency in which optimizers are compared. A product with a part of the rows is that part of one. */
export interface ProductCounts {
  /** X times a matrix, whatever its number of columns. */
  readonly multiply: number;
  /** X' times a matrix. */
  readonly multiplyTransposed: number;
  /** X' diag(s) X, the input factor of a Kronecker metric: work with X too, counted apart. */
  readonly gram: number;
}

/** X as the caller holds it. Further kinds join this list and nothing above the seam changes. */
export type MatrixSource = DenseSource | SparseSource | FileSource;

/** Row-major `rows` x `columns`. float32 values are stored and multiplied in float32. */
export interface DenseSource {
  readonly kind: 'dense';
  readonly values: Float64Array | Float32Array;
  /** Where the rows are when they are not in `values`. */
  readonly ranks?: RankedRows | undefined;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Compressed sparse rows: row i has the numbers `values[e]` in the columns `indices[e]`, e from `indptr[i]` to below `indptr[i + 1]`,
 * in any order, each column at most once; every other number is 0. Stored and multiplied as such, in the precision of the values.
 */
export interface SparseSource {
  readonly kind: 'csr';
  /** `rows` + 1 offsets, from 0 to the number of entries, never falling. */
  readonly indptr: ArrayLike<number>;
  readonly indices: Uint32Array | Int32Array;
  /** All 1 when absent: data of yes and no needs none. */
  readonly values?: Float64Array | Float32Array | undefined;
  /** Where the rows are when they are not here. */
  readonly ranks?: RankedRows | undefined;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Rows that the ranks of a distributed backend have read themselves, in parts: only that backend makes a matrix of them, and the arrays
 * beside this are empty.
 */
export interface RankedRows {
  /** By which the ranks know them. */
  readonly source: number;
  readonly precision: Precision;
  /** How many numbers of X are kept. */
  readonly numbers: number;
  /** Rows before each part, and of all. */
  readonly cuts: readonly number[];
  /** The rank that holds it, of every part. */
  readonly owners: readonly number[];
  /** Whether the parts are the chunks of X. */
  readonly chunked?: boolean | undefined;
  /** Row i is this one of all that were read; every one as it comes when absent. */
  readonly taken?: Uint32Array | undefined;
}

/**
 * X in a file: row-major `rows` x `columns`, little-endian, without gaps, or compressed rows; `npyFile` and `npzFile` describe those of NumPy and SciPy.
 * Native backend only.
 *
 * It is read for every product, once, in pieces and ahead of the arithmetic, and never copied as a whole: what fits into `memory` is kept.
 * Results have the bits of the same numbers in memory. The file has to stay as it is: one that is truncated, changed (size or time
 * of the last change) or unreadable in the middle of a run is an error `UNREADABLE_FILE` with its name. `docs/out-of-core.md`.
 */
export interface FileSource {
  readonly kind: 'file';
  readonly path: string;
  readonly rows: number;
  /** Of X. */
  readonly columns: number;
  readonly type: 'float64' | 'float32';
  /** Bytes before the first number; of compressed rows before the first value. Default 0. */
  readonly offset?: number | undefined;
  /** Of compressed rows, as `SparseSource`: where the other two arrays lie in the file. Absent when every number of X is there. */
  readonly entries?: FileEntries | undefined;
  /** Number, from 0, of one more column that is in the file and no part of X, such as a target. Default none. */
  readonly leftOut?: number | undefined;
  /** Bytes of X that are kept in memory, 0 for none. Default: half of what is free. */
  readonly memory?: number | undefined;
  readonly ranks?: undefined;
  readonly columnNames?: readonly string[] | undefined;
}

/** The entries of compressed rows in a file: three arrays, of which the values are as the file says, little-endian and without gaps. */
export interface FileEntries {
  /** How many there are. */
  readonly count: number;
  /** `rows` + 1 offsets, from 0 to `count`, never falling. */
  readonly indptr: FileIntegers;
  /** The column of every entry, in any order within a row, each at most once. */
  readonly indices: FileIntegers;
  /** Every entry is 1, and there are no values. Default false. */
  readonly ones?: boolean | undefined;
}

/** Integers in a file, of which none is negative. */
export interface FileIntegers {
  /** Bytes before the first one. */
  readonly offset: number;
  readonly type: 'int32' | 'int64';
}

export interface MatrixOptions {
  /**
   * The columns in which the matrix presents X: 'standard' (default) measures their centers and scales; 'none' leaves them as they
   * are (a matrix that is multiplied once, for predictions, is not worth measuring); a `Frame` is taken as given.
   */
  readonly frame?: 'standard' | 'none' | Frame;
  /** In which X is stored and multiplied; 'auto' (default): as its values come, float64 without any. */
  readonly precision?: Precision | 'auto' | undefined;
  /** For messages: what the columns are called. */
  readonly columnNames?: readonly string[] | undefined;
  /** Row i of the matrix is row `order[i]` of the source: every row number once. As they come when absent, and in a file. */
  readonly order?: Uint32Array | undefined;
  /** The rows are one of the chunks of a larger X (`Backend.chunks`); where the backend has chunks. */
  readonly chunkOf?: Chunked | undefined;
}

/** A dense X whose chunks are matrices of their own. */
export interface Chunked {
  readonly rows: number;
  readonly chunks: number;
}

/** Of the rows of a chunk, a number a column. */
export interface ChunkMoments {
  /** Sums of the distances from an origin, or of ((distance - mean) inverseUnit)^2. */
  readonly sums: Float64Array;
  /** The longest distances. */
  readonly longest: Float64Array;
}

/** Rows [from, from + count) of a matrix. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/**
 * X, `rows` x `columns`, copied once from the caller's memory; counts its own products. What it multiplies with is X in its
 * *frame*: column j as (x_ij - center_j) / scale_j.
 */
export interface DataMatrix extends Disposable {
  readonly rows: number;
  readonly columns: number;
  readonly precision: Precision;
  readonly frame: Frame;
  readonly counts: ProductCounts;
  /** What it can do beyond the two products: 'gram', 'columns'. */
  readonly offers: readonly Need[];
  /** X W for a row-major `columns` x `width` matrix W; the result is row-major `rows` x `width`. Of a range of rows when given. */
  multiply(W: Float64Array, width: number, range?: RowRange): MaybePromise<Float64Array>;
  /** X' R for a row-major `rows` x `width` matrix R; the result is row-major `columns` x `width`. Of a range of rows when given. */
  multiplyTransposed(R: Float64Array, width: number, range?: RowRange): MaybePromise<Float64Array>;
  /**
   * sum_i scale_i [x; 1] [x; 1]' over every `stride`-th of the first `rows` rows (default: all) x, (columns+1) x (columns+1); one `gram`.
   */
  gram(scale: Float64Array, stride: number, rows?: number): MaybePromise<Float64Array>;
  /**
   * The gram of these columns alone, ascending and at least one, over all rows: (columns.length + 1) squared, the constant 1 last. Counted
   * as its share of a `gram`.
   */
  gramOf(columns: Uint32Array, scale: Float64Array): MaybePromise<Float64Array>;
  /**
   * Coordinate descent on a model over some columns, without second moments: work with X, but no product. Where columns lie in memory one by
   * one, natively and sparse. Returns z.
   */
  descend?(descent: ColumnDescent): MaybePromise<Float64Array>;
  /** Columns [from, from + count) as doubles, each `rows` long, one after the other; work with X, but no product. */
  columnBlock(from: number, count: number): MaybePromise<Float64Array>;
  /** Of a chunk, before it is in a frame: what centers and spreads of all chunks are made of, in two passes. */
  moments?(origin: Float64Array, mean?: Float64Array, inverseUnit?: Float64Array): MaybePromise<ChunkMoments>;
  /** Of X in a file: bytes that the pieces being read take at most, besides those kept. */
  bytesUnderWay?(): MaybePromise<number>;
  /** Frees the memory now; any later call throws `DISPOSED`. Calling it twice is harmless; `using` calls it at the end of its block. */
  dispose(): void;
}

/**
 * min over z of  g'(z - w) + (1/2) sum_i h_i ([x_i; 1]'(z - w))^2 + (1/2) sum_k p_k (z_k - w_k)^2 + sum_k lambda_k |z_k|  over some columns
 * and the bias, which comes last in every list.
 */
export interface ColumnDescent {
  /** Ascending, at least one. */
  readonly columns: Uint32Array;
  /** h, one a row, at least 0. */
  readonly curvature: Float64Array;
  /** g. */
  readonly slopes: Float64Array;
  readonly w: Float64Array;
  readonly lambda: Float64Array;
  /** p, above 0. */
  readonly added: Float64Array;
  /** Through the weights, at most. */
  readonly rounds: number;
  /** On the largest slope of least size. */
  readonly tolerance: number;
}

export interface TrackedLossSpec {
  readonly matrix: DataMatrix;
  /**
   * The rows of X that it is over, all of them when absent. `rows` below are theirs, row 0 is the first of them, and weights are of the
   * mean over them. `factors` with the input factor and `coordinateSweep` need all rows.
   */
  readonly range?: RowRange | undefined;
  /** Its first layer reads X; that product is the tracked one. */
  readonly architecture: Architecture;
  readonly loss: Loss;
  /** `rows` x `loss.targetWidth(outputs)`, row-major, in the encoding of the loss. */
  readonly targets: Float64Array;
  /** Added to the outputs, `rows` x outputs, row-major: a fixed column with weight 1 (exposure of a count model); 0 when absent. */
  readonly offsets?: Float64Array | undefined;
  /** Non-negative, one per row, any positive sum; every row counts the same when absent. */
  readonly sampleWeights?: Float64Array | undefined;
  /** Of these rows and others that the mean is over too: what it gives is their share of it. Default: the weight of these rows. */
  readonly totalWeight?: number | undefined;
  /** How many past steps are kept as columns with known products. */
  readonly memory: number;
  /** The first of these rows that it looks at in the beginning, 1 to all of them (default). */
  readonly sample?: number | undefined;
}

/** The mean loss at the accepted point. */
export interface Accepted {
  readonly value: number;
  /** sum_i w_i |slope_i|_2, slope_i the derivative of row i's loss by its outputs: what the gradient would be if nothing cancelled. */
  readonly slopeMass: number;
  /** max_i |slope_i|_2 over the rows with w_i > 0. */
  readonly largestSlope: number;
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
  /** Whether the shares are wanted, one number a row that other processes may have to send. Default true. */
  readonly shares?: boolean;
}

/**
 * Second moments behind a Kronecker-factored Gauss-Newton matrix at the accepted point, one pair per layer:
 *
 *     e_i = C_i^(1/2) xi_i,  C_i the loss curvature of row i, xi_i random signs: E[e_i e_i'] = C_i
 *     q_il = e_i carried back to the pre-activation of layer l
 *     outputs[l] = sum_i w_i q_il q_il'                   (outputs x outputs; w_i normalized over the rows taken)
 *     inputs[l]  = sum_i s_il [h_i; 1] [h_i; 1]'           ((inputs+1) x (inputs+1); s_il = w_i |q_il|^2, normalized)
 *
 * `inputs[0]`, of size columns + 1, is the input factor: null unless asked for, because it is work with X. Roots by
 * `Loss.curvatureRoot`. Signs by `lib/backends/random-sign.ts`.
 */
export interface CurvatureFactors {
  readonly outputs: readonly Float64Array[];
  readonly inputs: readonly (Float64Array | null)[];
  /** s_i0 of the rows taken: what a low-rank form of `inputs[0]` is made of. */
  readonly shares: Float64Array;
  /** Of the rows of `shares`, where it is not that of the rows taken: 1 for one of every row, 0 where a row was not taken. */
  readonly stride?: number;
}

/**
 * Mean loss over the data, or over a sample of it, as a function of a few step variables. A *sample* is the first rows of X.
 *
 * It owns the accepted parameters, the tracked product Z = X W + b (n x r, r = outputs of the first layer), the
 * products P_j = X D_j + d_j of the current directions and those of the last `memory` steps. With steps s_jl (direction
 * j, layer l) the trial point has first-layer product Z + sum_j s_j0 P_j: no product with X.
 *
 * All vectors passed in are parameter-sized, in the frame of the matrix, laid out as `programOf(architecture).layout`, and copied before
 * the call returns.
 * One call at a time: awaiting a promise before the next call is the caller's duty.
 */
export interface TrackedLoss {
  /** Accepts `parameters` and forms Z from scratch: one `multiply`. Returns ||Z_new - Z_old||_F / ||Z_new||_F if the
   *  first layer was tracked before (the rounding drift when the parameters are unchanged), 0 the first time. */
  restart(parameters: Float64Array): MaybePromise<number>;
  /**
   * Spans the search subspace: the `fresh` directions cost one `multiply` each; `memory[i]` is the i-th last step, whose product is
   * known: what it holds of the first layer is not read. `variables[j * layers.length + l]` names the variable (0..k-1) that scales direction j
   * (fresh first) in layer l, or -1 where the direction is not used: in the first layer it then costs no product.
   */
  span(
    fresh: readonly Float64Array[],
    memory: readonly Float64Array[],
    variables: Int32Array,
    k: number,
  ): MaybePromise<void>;
  /** Loss at `t` alone. */
  value(t: Float64Array): MaybePromise<number>;
  /** Loss, slopes and curvature at `t`. */
  evaluate(t: Float64Array): MaybePromise<Evaluation>;
  /** Moves the accepted point by `t` (stays when null; the span is used up by a move) and returns the loss there;
   *  fills `gradient`: one `multiplyTransposed`. The move becomes the newest memory column. Every parameter behind the first layer
   *  moves as p + t_1 d_1 + t_2 d_2 ... in that order with the arithmetic of `vectors.axpy`: the caller's own copy has equal bits. */
  advance(t: Float64Array | null, gradient: Float64Array): MaybePromise<Accepted>;
  /** Moves by `t` as `advance` does, but forms no gradient: no product. Returns the mean loss there. */
  move(t: Float64Array): MaybePromise<number>;
  /**
   * From here on over the first `rows` rows, more than before. `parameters` are those of the accepted point, `memory` the past steps,
   * newest first: of the rows that join their products are formed, one `multiply` each; what is known of the others stays.
   */
  grow(parameters: Float64Array, memory: readonly Float64Array[], rows: number): MaybePromise<void>;
  /** Mean loss at the accepted point, of which these are the `parameters`, over the next `count` rows behind the sample: one `multiply`. */
  preview(parameters: Float64Array, count: number): MaybePromise<number>;
  /** Curvature factors at the accepted point; with `inputFactor` the first layer's, one `gram`, as well. */
  factors(request: FactorRequest, inputFactor: boolean): MaybePromise<CurvatureFactors>;
  /** Every weight's own search from the accepted point, which stays: work with X, but no product. Where the backend offers it. */
  coordinateSweep?(request: CoordinateRequest): MaybePromise<CoordinateSweep>;
  /**
   * Of a loss of tasks: the gradient, by all parameters, of the mean loss of each of these tasks alone at the accepted point. One
   * `multiplyTransposed` each. Where the backend offers it.
   */
  taskGradients?(tasks: readonly number[]): MaybePromise<Float64Array[]>;
  /** The outputs at the accepted point, offsets included, row-major, rows of the sample x outputs; no product with X. */
  outputs(): MaybePromise<Float64Array>;
  /** The tracked product, then those of the past steps, newest first, each row-major rows of the sample x width: what `resume` needs. */
  products(): MaybePromise<Float64Array[]>;
  /**
   * Accepts `parameters` with the products that `products()` gave for them over a sample of `rows` (default: all): equal bits from
   * here on, and no product with X.
   */
  resume(parameters: Float64Array, products: readonly Float64Array[], rows?: number): MaybePromise<void>;
  /** The value of node `at` of the program at the accepted point, row-major `rows` x width of the node. */
  nodeValue(at: number): MaybePromise<Float64Array>;
  /** Accepts parameters that differ behind the first layer only: the tracked products stay, the span is used up. No product with X. */
  replaceBehind(parameters: Float64Array): void;
  /** Asks a running call to stop soon; it then rejects with an error of name `AbortError`. The object must be restarted afterwards. */
  cancel(): void;
  dispose(): void;
}

/** What need not be known to the last digit may be kept in float32, and is read in half of the time. */
export type AnyVector = Float64Array | Float32Array;

/** Algebra on parameter-sized vectors, all in float64 whatever they are kept in; synchronous. */
export interface VectorAlgebra {
  dot(a: Float64Array, b: Float64Array): number;
  /** y += alpha x */
  axpy(alpha: number, x: Float64Array, y: Float64Array): void;
  /** y = alpha x + beta y */
  axpby(alpha: number, x: Float64Array, beta: number, y: Float64Array): void;
  /**
   * Every dot product of one of `left` with one of `right`, `left.length` x `right.length`, row-major, for one reading of each vector.
   * With `weights` the vectors are row-major matrices of `weights.length` rows, and the product is sum_j weights_j sum_a A_ja B_ja.
   */
  dots(left: readonly AnyVector[], right: readonly AnyVector[], weights?: Float64Array | null): Float64Array;
  /**
   * out = base + sum_k scales_k vectors_k, or without base, for one reading of each vector: with the bits of as many calls of `axpy` in
   * this order. `out` may be one of the others.
   */
  combine(base: Float64Array | null, scales: Float64Array, vectors: readonly AnyVector[], out: AnyVector): void;
  /** Y_ja += weights_j X_ja for row-major matrices X, Y of `weights.length` rows. */
  axpyByRow(weights: Float64Array, X: Float64Array, Y: Float64Array): void;
  /** out_ja = weights_j X_ja, likewise; `out` may be X. */
  scaleRows(weights: Float64Array, X: Float64Array, out: Float64Array): void;
  /**
   * X W + b for the first `rows` rows of X, row-major, into the beginning of `out`, where `layer` = [W; b] is (inputs + 1) x `width`, as a
   * layer lies in the parameters. X and `layer` both of float64 or both of float32, `out` with 8 numbers (`AFFINE_SPARE`) more than rows x
   * `width`. On the calling thread, nothing is allocated and nothing made ready for another call: for many rows a `DataMatrix` is faster.
   * For whoever has checked its operands.
   */
  affineInto(
    X: Float64Array | Float32Array,
    rows: number,
    layer: Float64Array | Float32Array,
    width: number,
    out: Float64Array,
  ): void;
}

/** Numbers behind the result of `affineInto` that may be written too. */
export const AFFINE_SPARE = 8;

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
  /** Of a backend whose rows are with several processes: the one at hand, for matrices that are none of rows of data. */
  readonly here?: Backend;
  /** Likewise how the rows are cut and sums formed, which decides about bits. */
  readonly ranks?: string;
  readonly threads: number;
  /** What it can do beyond the interface: 'coordinate-search', 'task-gradients'. */
  readonly offers: readonly Need[];
  readonly vectors: VectorAlgebra;
  readonly matrices: MatrixAlgebra;
  /**
   * Copies the source before it returns. NaN or Infinity is refused with row and column; a column whose spread is beyond what
   * float64 arithmetic carries with its number or name.
   */
  matrix(source: MatrixSource, options?: MatrixOptions): MaybePromise<DataMatrix>;
  /**
   * The first row of every chunk of a dense X of that shape, and its rows: sums over rows are formed chunk by chunk, and those of the chunks
   * added from the last one to the first. Matrices of one chunk each (`chunkOf`) give the same sums. Where the backend has chunks.
   */
  chunks?(rows: number, columns: number): readonly number[];
  trackedLoss(spec: TrackedLossSpec): TrackedLoss;
}
