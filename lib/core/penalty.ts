/**
 * The penalty on the weights, in the frame of the objective:
 *
 *     (1/2) ( sum_j p_j |row j of the first layer's weights|^2  +  l2 sum over the weights of all other layers )
 *
 * Biases are never penalized. With `penalize: 'given'` it is (l2/2)||weights||^2 in the caller's units: the frame's weights
 * are W'_j = scale_j W_j, hence p_j = l2 / scale_j^2. With 'standardized' it is l2 on the frame's weights themselves.
 */
import type { VectorAlgebra } from '../backends/backend.js';
import type { Frame } from '../backends/frame.js';
import { reject } from './errors.js';
import { blockOf, weightBlock, type ParameterBlock, type ParameterLayout } from './parameters.js';

/** What the penalty sees: the weights of the columns as given, or of the centered and scaled ones. */
export type Penalized = 'given' | 'standardized';

/** Largest p_j: its product with the square of a moderate number must be finite. */
const MOST_PENALTY = 1e306;

/**
 * p_j for every column of X.
 *
 * @throws PlanesearchError INVALID_DATA with the column for which it is beyond the range of float64
 */
export function inputPenalty({ scale }: Frame, l2: number, penalize: Penalized): Float64Array {
  if (l2 === 0 || penalize === 'standardized') return new Float64Array(scale.length).fill(l2);
  const penalty = scale.map((s) => l2 / s / s);
  const j = penalty.findIndex((p) => !(p <= MOST_PENALTY));
  if (j >= 0) {
    const what = `The penalty l2 = ${l2} on the weight of column ${j} (from 0), in units of its standard deviation ${scale[j]},`;
    reject('INVALID_DATA', what, `at most ${MOST_PENALTY}: write the column in another unit, or standardize`, penalty[j]);
  }
  return penalty;
}

/** The weights p_j so many times as strong, within the range of {@link inputPenalty}. */
export function strengthened(inputs: Float64Array, factor: number): Float64Array {
  return factor === 1 ? inputs : inputs.map((p) => Math.min(MOST_PENALTY, factor * p));
}

export class Penalty {
  /** Whether there is none. */
  readonly none: boolean;
  readonly #uniform: boolean;
  readonly #weightBlocks: readonly ParameterBlock[];
  readonly #layout: ParameterLayout;
  readonly #vectors: VectorAlgebra;

  /** @param inputs p_j, one per row of the first layer's weights */
  constructor(
    layout: ParameterLayout,
    vectors: VectorAlgebra,
    readonly l2: number,
    readonly inputs: Float64Array,
    /** How many times as strong as the objective's over all rows. */
    readonly strength = 1,
  ) {
    this.none = l2 === 0;
    this.#uniform = inputs.every((p) => p === l2);
    this.#weightBlocks = layout.layers.map((_, l) => weightBlock(layout, l));
    this.#layout = layout;
    this.#vectors = vectors;
  }

  /** The same so many times as strong. */
  times(factor: number): Penalty {
    if (factor === 1) return this;
    return new Penalty(this.#layout, this.#vectors, factor * this.l2, strengthened(this.inputs, factor), factor);
  }

  value(parameters: Float64Array): number {
    let sum = 0;
    if (!this.none) this.#weightBlocks.forEach((_, l) => (sum += 0.5 * this.products(l, [parameters])[0]!));
    return sum;
  }

  /** Adds the gradient at `parameters` to `gradient`. */
  addGradient(parameters: Float64Array, gradient: Float64Array): void {
    if (this.none) return;
    this.#weightBlocks.forEach((block, l) => {
      const [weights, target] = [blockOf(parameters, block), blockOf(gradient, block)];
      if (l === 0 && !this.#uniform) this.#vectors.axpyByRow(this.inputs, weights, target);
      else this.#vectors.axpy(this.l2, weights, target);
    });
  }

  /** a' P b over the weights of layer `l` for all pairs of parameter-sized vectors, P the diagonal matrix of the penalty. */
  products(l: number, vectors: readonly Float64Array[]): Float64Array {
    const weights = vectors.map((vector) => blockOf(vector, this.#weightBlocks[l]!));
    if (l === 0 && !this.#uniform) return this.#vectors.dots(weights, weights, this.inputs);
    return this.#vectors.dots(weights, weights).map((product) => this.l2 * product);
  }
}
