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
import { blockOf, weightBlock, type ParameterBlock, type ParameterLayout } from './parameters.js';

/** What the penalty sees: the weights of the columns as given, or of the centered and scaled ones. */
export type Penalized = 'given' | 'standardized';

/** Largest p_j that may be multiplied; a column of tiny spread would ask for more (and is presented longer: `held-columns.ts`). */
const MOST_PENALTY = 1e300;

/** p_j for every column of X. */
export function inputPenalty({ scale }: Frame, l2: number, penalize: Penalized): Float64Array {
  if (l2 === 0 || penalize === 'standardized') return new Float64Array(scale.length).fill(l2);
  return scale.map((s) => Math.min(MOST_PENALTY, l2 / s / s));
}

export class Penalty {
  /** Whether there is none. */
  readonly none: boolean;
  readonly #uniform: boolean;
  readonly #weightBlocks: readonly ParameterBlock[];
  readonly #vectors: VectorAlgebra;

  /** @param inputs p_j, one per row of the first layer's weights */
  constructor(
    layout: ParameterLayout,
    vectors: VectorAlgebra,
    readonly l2: number,
    readonly inputs: Float64Array,
  ) {
    this.none = l2 === 0;
    this.#uniform = inputs.every((p) => p === l2);
    this.#weightBlocks = layout.layers.map((_, l) => weightBlock(layout, l));
    this.#vectors = vectors;
  }

  value(parameters: Float64Array): number {
    let sum = 0;
    if (!this.none) this.#weightBlocks.forEach((_, l) => (sum += 0.5 * this.product(l, parameters, parameters)));
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

  /** a' P b over the weights of layer `l`, P the diagonal matrix of the penalty, for two parameter-sized vectors. */
  product(l: number, a: Float64Array, b: Float64Array): number {
    const block = this.#weightBlocks[l]!;
    const [A, B] = [blockOf(a, block), blockOf(b, block)];
    return l === 0 && !this.#uniform ? this.#vectors.dotByRow(this.inputs, A, B) : this.l2 * this.#vectors.dot(A, B);
  }
}
