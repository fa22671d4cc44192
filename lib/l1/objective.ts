/**
 * A linear model's objective with an absolute-value penalty, F = f + l1 ||weights||_1 (biases are never penalized):
 *
 *     F(W, b) = (1/sum s) sum_i s_i loss(x_i W + b, y_i)  +  l1 sum |W_ja|  +  (l2/2) sum W_ja^2
 *
 * The smooth part f is the objective's own; in the frame, whose weights are W'_j = scale_j W_j, column j weighs lambda_j = l1 / scale_j
 * ('standardized': l1). Optimal is a point of which 0 is a subgradient; the one of least norm is
 *
 *     s_ja = g_ja + lambda_j sign W'_ja            where W'_ja is not 0
 *     s_ja = sign(g_ja) max(0, |g_ja| - lambda_j)  where it is 0
 *     s    = g                                     of the biases
 *
 * with g the gradient of f. Its norm is what `gradientNorm` is here, so that records and stopping tests mean the same as without l1.
 */
import type { Backend } from '../backends/backend.js';
import type { Frame } from '../backends/frame.js';
import { PlanesearchError, reject, requireNumber } from '../core/errors.js';
import { Objective } from '../core/objective.js';
import type { ObjectiveSpec } from '../core/objective-spec.js';
import { blockOf, weightBlock } from '../core/parameters.js';
import type { Penalized } from '../core/penalty.js';
import { VALUE_ROUNDING } from '../core/rounding.js';

export interface L1ObjectiveSpec extends ObjectiveSpec {
  /** Weight of the sum of absolute values, above 0. */
  readonly l1: number;
}

/** Largest lambda_j: its product with a moderate number must be finite. */
const MOST_PENALTY = 1e300;

/** Of a linear network. */
export class L1Objective extends Objective {
  readonly l1: number;
  /** lambda_j, one a column. */
  readonly lambda: Float64Array;
  #known: { readonly point: Float64Array; readonly value: number } | null = null;
  #least: { readonly gradient: Float64Array; readonly point: Float64Array; readonly subgradient: Float64Array } | null =
    null;

  /** @throws PlanesearchError INCOMPATIBLE for another network; INVALID_DATA for a column so short that its penalty is no number */
  constructor(spec: L1ObjectiveSpec, backend: Backend) {
    requireNumber('l1', spec.l1, Number.MIN_VALUE);
    if (spec.architecture.steps.length > 0) {
      const name = spec.network?.name ?? 'network';
      throw new PlanesearchError('INCOMPATIBLE', `l1 is for the network 'linear', but '${name}' was given.`);
    }
    super(spec, backend);
    this.l1 = spec.l1;
    this.lambda = inputL1(this.frame, spec.l1, spec.penalize ?? 'given');
    const bad = this.lambda.findIndex((lambda) => !(lambda <= MOST_PENALTY));
    if (bad >= 0) {
      this.dispose();
      const what = `The penalty l1 = ${spec.l1} on the weight of column ${bad} (from 0), in units of its standard deviation,`;
      reject(
        'INVALID_DATA',
        what,
        `at most ${MOST_PENALTY}: write the column in another unit, or standardize`,
        this.lambda[bad],
      );
    }
  }

  /** What is known of a point is known by its array: none is written anew. */
  override release(): void {}

  /** F at the accepted point. */
  override get value(): number {
    return super.value + this.#l1Here();
  }

  /** Euclidean norm of the subgradient of least norm. */
  override get gradientNorm(): number {
    const { subgradient } = this;
    return Math.sqrt(this.vectors.dot(subgradient, subgradient));
  }

  override get rounding(): number {
    return super.rounding + VALUE_ROUNDING * this.#l1Here();
  }

  override penaltyAt(point: Float64Array): number {
    return super.penaltyAt(point) + this.l1At(point);
  }

  override async valueAnew(point: Float64Array): Promise<number> {
    return (await super.valueAnew(point)) + this.l1At(point);
  }

  /** Of least norm at the accepted point, in the frame. */
  get subgradient(): Float64Array {
    const { gradient, point } = this;
    if (this.#least?.gradient !== gradient || this.#least.point !== point)
      this.#least = { gradient, point, subgradient: this.#leastSubgradient(gradient, point) };
    return this.#least.subgradient;
  }

  /** l1 times the sum of absolute values, of a point in the frame. */
  l1At(point: Float64Array): number {
    const block = weightBlock(this.layout, 0);
    const weights = blockOf(point, block);
    let sum = 0;
    for (let e = 0, j = 0; j < block.rows; j++) {
      let row = 0;
      for (let a = 0; a < block.columns; a++, e++) row += Math.abs(weights[e]!);
      sum += this.lambda[j]! * row;
    }
    return sum;
  }

  #l1Here(): number {
    const { point } = this;
    if (this.#known?.point !== point) this.#known = { point, value: this.l1At(point) };
    return this.#known.value;
  }

  #leastSubgradient(gradient: Float64Array, point: Float64Array): Float64Array {
    const subgradient = gradient.slice();
    const { rows, columns, offset } = weightBlock(this.layout, 0);
    for (let j = 0, e = offset; j < rows; j++) {
      for (let a = 0; a < columns; a++, e++) subgradient[e] = leastSlope(gradient[e]!, point[e]!, this.lambda[j]!);
    }
    return subgradient;
  }
}

/** lambda_j for every column of X. */
export function inputL1({ scale }: Frame, l1: number, penalize: Penalized): Float64Array {
  return scale.map((s) => (penalize === 'given' ? l1 / s : l1));
}

/** The slope of least size of f + lambda |w| where f has slope g. */
export function leastSlope(g: number, w: number, lambda: number): number {
  if (w !== 0) return g + Math.sign(w) * lambda;
  return Math.sign(g) * Math.max(0, Math.abs(g) - lambda);
}
