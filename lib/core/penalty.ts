/**
 * The penalty on the weights, in the frame of the objective, with l2_l = l2 c_l of layer l (c_l = 1 unless `layerPenalties` says otherwise):
 *
 *     (1/2) ( sum_j p_j |row j of the first layer's weights|^2  +  sum_{l > 0} l2_l |weights of layer l|^2 )
 *
 * Biases are never penalized. With `penalize: 'given'` it is (1/2) sum_l l2_l ||weights||^2 in the caller's units: the frame's weights
 * are W'_j = scale_j W_j, hence p_j = l2_0 / scale_j^2. With 'standardized' it is l2_0 on the frame's weights themselves.
 */
import type { VectorAlgebra } from '../backends/backend.js';
import type { Frame } from '../backends/frame.js';
import { reject, requireNumber } from './errors.js';
import { blockOf, weightBlock, type ParameterBlock, type ParameterLayout } from './parameters.js';
import { penaltyFactor } from './sample-penalty.js';

/** What the penalty sees: the weights of the columns as given, or of the centered and scaled ones. */
export type Penalized = 'given' | 'standardized';

/** Largest p_j: its product with the square of a moderate number must be finite. */
const MOST_PENALTY = 1e306;

/** What an objective says of its penalty. */
export interface PenaltySpec {
  readonly l2: number;
  readonly layerPenalties?: readonly number[] | undefined;
}

/** l2_l for each of so many layers. */
export function layerL2({ l2, layerPenalties }: PenaltySpec, layers: number): Float64Array {
  return Float64Array.from({ length: layers }, (_, l) => l2 * (layerPenalties?.[l] ?? 1));
}

/**
 * @param layers of the network; absent where it is not known yet
 * @throws PlanesearchError INVALID_OPTION for what is no list of finite numbers of at least 0, one for each layer
 */
export function checkLayerPenalties(given: unknown, layers?: number): readonly number[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given))
    return reject('INVALID_OPTION', 'layerPenalties', 'a list of numbers, one for each layer', given);
  const penalties = Array.from(given, (c: unknown, l) => requireNumber(`Number ${l} (from 0) of layerPenalties`, c, 0));
  if (layers !== undefined && penalties.length !== layers) {
    const expected = `of length ${layers}, one number for each layer of the network`;
    return reject('INVALID_OPTION', 'layerPenalties', expected, given);
  }
  return penalties;
}

/** @throws PlanesearchError as `checkLayerPenalties`, and INVALID_OPTION where a product is beyond the range of float64 */
export function checkPenaltySpec(choice: PenaltySpec, layers: number): void {
  requireNumber('l2', choice.l2, 0);
  checkLayerPenalties(choice.layerPenalties, layers);
  const products = layerL2(choice, layers);
  const l = products.indexOf(Infinity);
  if (l >= 0)
    reject(
      'INVALID_OPTION',
      `The penalty l2 = ${choice.l2} times number ${l} (from 0) of layerPenalties`,
      'finite',
      products[l],
    );
}

/**
 * p_j for every column of X.
 *
 * @param l2 of the first layer
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
function strengthened(inputs: Float64Array, factor: number): Float64Array {
  return factor === 1 ? inputs : inputs.map((p) => Math.min(MOST_PENALTY, factor * p));
}

export class Penalty {
  /** Whether there is none. */
  readonly none: boolean;
  readonly #uniform: boolean;
  readonly #weightBlocks: readonly ParameterBlock[];
  readonly #layout: ParameterLayout;
  readonly #vectors: VectorAlgebra;

  /** How many times as strong that of the first layer is as the objective's over all rows. */
  readonly #strength: number;

  /**
   * @param layers l2_l, one per layer
   * @param inputs p_j, one per row of the first layer's weights
   */
  constructor(
    layout: ParameterLayout,
    vectors: VectorAlgebra,
    readonly layers: Float64Array,
    readonly inputs: Float64Array,
    strength = 1,
  ) {
    this.none = layers.every((l2) => l2 === 0);
    this.#uniform = inputs.every((p) => p === layers[0]);
    this.#strength = strength;
    this.#weightBlocks = layout.layers.map((_, l) => weightBlock(layout, l));
    this.#layout = layout;
    this.#vectors = vectors;
  }

  /** That of so many rows of a sample which is to grow: every layer's as much stronger as `penaltyFactor` has it. */
  onSample(rows: number, allRows: number): Penalty {
    const factors = this.layers.map((l2) => penaltyFactor(l2, rows, allRows));
    if (factors.every((factor) => factor === 1)) return this;
    const layers = this.layers.map((l2, l) => factors[l]! * l2);
    const [first] = factors as unknown as [number];
    return new Penalty(this.#layout, this.#vectors, layers, strengthened(this.inputs, first), first);
  }

  /** Weights p_j of all rows, in whatever scale, as strong as this penalty is. */
  asStrong(inputs: Float64Array): Float64Array {
    return strengthened(inputs, this.#strength);
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
      else this.#vectors.axpy(this.layers[l]!, weights, target);
    });
  }

  /** a' P b over the weights of layer `l` for all pairs of parameter-sized vectors, P the diagonal matrix of the penalty. */
  products(l: number, vectors: readonly Float64Array[]): Float64Array {
    const weights = vectors.map((vector) => blockOf(vector, this.#weightBlocks[l]!));
    if (l === 0 && !this.#uniform) return this.#vectors.dots(weights, weights, this.inputs);
    return this.#vectors.dots(weights, weights).map((product) => this.layers[l]! * product);
  }
}
