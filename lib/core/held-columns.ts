/**
 * Columns that the penalty holds rather than the data.
 *
 * In the frame every column has spread 1 and the loss a curvature of about 1 along its weights, but the penalty p_j = l2 /
 * scale_j^2 of a column of small spread may be anything up to 1e300: directions without a metric could not move at all. Such
 * a column is therefore presented at its scale in units of least = sqrt(min(1, l2)), x''_j = (scale_j / least) x'_j, so that its
 * penalty is max(1, l2): the frame with max(scale_j, least) for scale_j. No p_j is formed for that, which could overflow.
 * The matrix stays as it is: what goes in and comes out is scaled here.
 *
 * Where rows are short or wide, data is presented as the penalty sees it: columns in units of least^2 = min(T / 2, 10^4 l2), for linear
 * models the longer ones too, but those of another unit. T is the mean square of a row about the center, without these. The Hessian of a linear model in
 * the caller's units lies between l2 and about T + l2: with T / l2 small it is well conditioned there, and at spread 1 it need not be,
 * because the columns of words, or of an embedding, share their curvature with the others of the same row. `least` is what the
 * columns are long beside the bias: shorter and it comes last, longer and it comes first, at the expense of the others. (news20: 139
 * iterations of L-BFGS to 1e-3 and 184 to 1e-4 so; 173 and 355 with spread 1 for the 82 columns that are longer than `least`; 100
 * iterations reach 0.204 instead of 0.171 with spread 1 for all. 20000 embeddings of 1536 numbers: 16 iterations to 1e-4 instead of 34.)
 */
import type { VectorAlgebra } from '../backends/backend.js';
import type { Frame } from '../backends/frame.js';
import { blockOf, weightBlock, type ParameterLayout } from './parameters.js';
import type { Penalized } from './penalty.js';

/**
 * Most columns of data, and most numbers into a layer, of which a metric forms all second moments: their Cholesky factorization takes
 * about 0.1 s there.
 */
export const MOMENTS_COLUMNS = 2048;

/** With fewer columns than this the metric costs next to nothing. */
const CHEAP_COLUMNS = 256;

/** Largest T / l2 with which plain directions do as well as a metric. */
const WELL_CONDITIONED = 1e5;

/** least^2 / l2, at most. */
const LONGEST = 1e4;

/** T / least^2, at most, where a linear model has its long columns as they are given, too. */
const LONGEST_ROW = 1e4;

/** A column whose square of the spread is more than this many times those of all shorter columns together is of another unit. */
const MUCH_LONGER = 10;

/** Whether the penalty alone makes a linear model over this many columns well conditioned in the caller's units. */
export function conditionedByPenalty({ scale, constant }: Frame, l2: number, penalize: Penalized): boolean {
  if (penalize !== 'given' || scale.length < CHEAP_COLUMNS) return false;
  const { row } = lengthsOf(scale, constant);
  return row > 0 && row <= WELL_CONDITIONED * l2;
}

export interface Lengths {
  /** T; 0 for columns that are as they are, whose spreads nobody has measured. */
  readonly row: number;
  /** The largest spread that is not of another unit. */
  readonly most: number;
}

export function lengthsOf(scale: Float64Array, constant: Uint8Array): Lengths {
  if (scale.every((s) => s === 1)) return { row: 0, most: Infinity };
  const spreads = scale.filter((_, j) => constant[j] === 0).sort();
  let row = 0;
  for (let j = 0; j < spreads.length; j++) {
    const square = spreads[j]! ** 2;
    if (j > spreads.length / 2 && square > MUCH_LONGER * row) return { row, most: spreads[j - 1]! };
    row += square;
  }
  return { row, most: Infinity };
}

export class HeldColumns {
  /** Null when the penalty holds no column: then everything here is the identity. */
  readonly #factors: Float64Array | null;
  /** Room for what is lent out; memory of this size is dear to get. */
  readonly #lent: Float64Array[] = [];

  /** p_j of a held column as it is presented. */
  readonly #longest: number;

  /** @param penalty p_j in the frame of the matrix */
  constructor(
    readonly layout: ParameterLayout,
    readonly vectors: VectorAlgebra,
    readonly penalty: Float64Array,
    frame: Frame,
    l2: number,
    penalize: Penalized,
  ) {
    const { scale, constant } = frame;
    const linear = layout.layers.length === 1;
    const asGiven = scale.length > MOMENTS_COLUMNS || (linear && conditionedByPenalty(frame, l2, penalize));
    const { row, most } = asGiven ? lengthsOf(scale, constant) : { row: 0, most: 0 };
    const square = Math.max(Math.min(1, l2), Math.min(LONGEST * l2, row / 2));
    const least = penalize === 'given' ? Math.sqrt(square) : 0;
    this.#longest = square > 0 ? l2 / square : 1;
    // Of columns in no frame nobody has measured the spreads.
    const longToo = linear && least > 0 && row > 0 && row <= LONGEST_ROW * square;
    const limit = longToo ? Math.max(least, most) : least;
    this.#factors = scale.some((s) => s < limit) ? scale.map((s) => (s <= limit ? s / least : 1)) : null;
  }

  /** rho_j of every column, 1 where the penalty does not hold it. */
  get factors(): Float64Array {
    return this.#factors ?? new Float64Array(this.penalty.length).fill(1);
  }

  /** The frame with the held columns at their longer scale. */
  frame(frame: Frame): Frame {
    const factors = this.#factors;
    return factors ? { ...frame, scale: frame.scale.map((s, j) => s / factors[j]!) } : frame;
  }

  /** p_j for the weights of the longer columns. */
  inputPenalty(): Float64Array {
    const factors = this.#factors;
    return factors ? this.penalty.map((p, j) => (factors[j] === 1 ? p : this.#longest)) : this.penalty;
  }

  /** Parameters or directions for the matrix; the same array when no column is held. */
  toMatrix(vector: Float64Array): Float64Array {
    return this.#scaled(vector, 1);
  }

  /** As {@link toMatrix}, in memory that is used again by the next call. */
  lentToMatrix(vectors: readonly Float64Array[]): Float64Array[] {
    if (!this.#factors) return [...vectors];
    while (this.#lent.length < vectors.length) this.#lent.push(new Float64Array(this.layout.size));
    return vectors.map((vector, j) => this.#scaledInto(this.#lent[j]!, vector));
  }

  /** The squares of what the columns' spreads are in the frame, 0 for constant ones, and 1 for the constant input. */
  spreads(constant: Uint8Array): Float64Array {
    const { factors } = this;
    return Float64Array.from({ length: factors.length + 1 }, (_, j) =>
      j === factors.length ? 1 : constant[j] === 1 ? 0 : factors[j]! ** 2,
    );
  }

  fromMatrix(vector: Float64Array): Float64Array {
    return this.#scaled(vector, -1);
  }

  /** A network's own starting point with the row of each held column scaled by 1 / sqrt(1 + p_j), that of a constant one by 0. */
  heldNear(values: Float64Array, constant: Uint8Array, l2: number): Float64Array {
    const point = values.slice();
    const block = weightBlock(this.layout, 0);
    const weights = blockOf(point, block);
    for (let e = 0; e < weights.length; e++) {
      const j = Math.floor(e / block.columns);
      weights[e] = constant[j] === 1 ? 0 : l2 === 0 ? weights[e]! : weights[e]! / Math.sqrt(1 + this.penalty[j]!);
    }
    return point;
  }

  /** A gradient goes the other way, in place. */
  gradientFromMatrix(gradient: Float64Array): void {
    const factors = this.#factors;
    const weights = blockOf(gradient, weightBlock(this.layout, 0));
    if (factors) this.vectors.scaleRows(factors, weights, weights);
  }

  gradientToMatrix(gradient: Float64Array): Float64Array {
    return this.#scaled(gradient, -1);
  }

  /** The input factor of a metric, (columns + 1) x (columns + 1), in place. */
  secondMomentsFromMatrix(moments: Float64Array): void {
    const factors = this.#factors;
    if (!factors) return;
    const size = factors.length + 1;
    const of = (j: number): number => (j < factors.length ? factors[j]! : 1);
    for (let j = 0; j < size; j++)
      for (let m = 0; m < size; m++) moments[j * size + m] = moments[j * size + m]! * of(j) * of(m);
  }

  /** Rows of a columns x `width` matrix, scaled likewise; the same array when no column is held. */
  rowsScaled(rows: Float64Array, width: number): Float64Array {
    if (!this.#factors) return rows;
    const out = new Float64Array(this.#factors.length * width);
    this.vectors.scaleRows(this.#factors, rows, out);
    return out;
  }

  #scaled(vector: Float64Array, power: 1 | -1): Float64Array {
    if (!this.#factors) return vector;
    if (power === 1) return this.#scaledInto(new Float64Array(vector.length), vector);
    const out = vector.slice();
    const block = weightBlock(this.layout, 0);
    divideRows(blockOf(out, block), this.#factors, block.columns);
    return out;
  }

  #scaledInto(out: Float64Array, vector: Float64Array): Float64Array {
    const { offset, size } = weightBlock(this.layout, 0);
    const end = offset + size;
    this.vectors.scaleRows(this.#factors!, vector.subarray(offset, end), out.subarray(offset, end));
    out.set(vector.subarray(0, offset));
    out.set(vector.subarray(end), end);
    return out;
  }
}

function divideRows(rows: Float64Array, factors: Float64Array, width: number): void {
  for (let j = 0; j < factors.length; j++) {
    const factor = factors[j]!;
    if (factor === 1) continue;
    for (let e = j * width; e < (j + 1) * width; e++) rows[e] = rows[e]! / factor;
  }
}
