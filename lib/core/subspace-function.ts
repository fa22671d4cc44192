/**
 * phi(t) = f(theta + sum_v t_v D_v): the objective over the current search subspace, a function of a few step variables.
 *
 * The mean loss comes from the tracked products. The penalty is a quadratic whose coefficients are Gram products of the
 * weights and the directions in the inner product P of the penalty (`penalty.ts`), formed once here:
 *
 *     (1/2) || w + sum_v t_v D_v ||_P^2  =  (1/2) ( w'P w + 2 sum_v t_v w'P D_v + sum_uv t_u t_v D_u'P D_v )
 */
import type { Evaluation, MaybePromise, Precision, TrackedLoss, VectorAlgebra } from '../backends/backend.js';
import { norm } from './norm.js';
import { blockOf, layerRange, weightBlock, type ParameterLayout } from './parameters.js';
import type { Penalty } from './penalty.js';

/** The mean loss at a step, over rows whose columns are at hand. */
export type Trials = Pick<TrackedLoss, 'value' | 'evaluate'>;

/** What differs from one subspace of an objective to the next. */
export interface SubspaceColumns {
  readonly tracked: Trials;
  /** The objective at the accepted point. */
  readonly value: number;
  /** Its gradient there, in the frame as are the directions; or the slopes of the mean loss by the variables. */
  readonly gradient?: Float64Array;
  readonly lossSlopes?: Float64Array;
  /** Whether these slopes were measured along random columns, by two evaluations each: descent is minus what they say. */
  readonly measured?: boolean;
  /** Fresh directions first, then past steps. */
  readonly directions: readonly Float64Array[];
  /** How many of them have products that were formed for this subspace, and which one is the newest past step: `freshCount` when absent. */
  readonly freshCount: number;
  readonly newest?: number;
  /** Variable that scales direction j in layer l, at `j * layers + l`. */
  readonly variables: Int32Array;
  readonly k: number;
}

/** How step sizes are shared: one per direction for the whole network, or one per direction and layer. */
export type Split = 'joint' | 'layers';

/**
 * For `count` directions in `layers` layers, of which the first `moving` move, which of the `k` variables scales which: direction j in layer
 * l at `j * layers + l`, -1 in a layer that is held.
 */
export function variablesOf(
  count: number,
  layers: number,
  split: Split,
  moving = layers,
): { variables: Int32Array; k: number } {
  const variables = new Int32Array(count * layers).fill(-1);
  for (let j = 0; j < count; j++) {
    for (let l = 0; l < moving; l++) variables[j * layers + l] = split === 'layers' ? j * moving + l : j;
  }
  return { variables, k: split === 'layers' ? count * moving : count };
}

export interface SubspaceSpec extends SubspaceColumns {
  /** Awaited before every call of the tracked loss. */
  readonly turn: () => MaybePromise<void>;
  readonly vectors: VectorAlgebra;
  readonly layout: ParameterLayout;
  readonly penalty: Penalty;
  /** The accepted point, in the frame. */
  readonly parameters: Float64Array;
  readonly precision: Precision;
}

/** The part of a parameter-sized vector that belongs to layer `l`, its bias included. */
const partOf = (layout: ParameterLayout, l: number): ((vector: Float64Array) => Float64Array) => {
  const [from, to] = layerRange(layout, l);
  return (vector) => vector.subarray(from, to);
};

/** Norm of a layer's weights, relative to the largest layer, below which it has not been put to use yet. */
const NEXT_TO_NOTHING = 1e-8;

export class SubspaceFunction {
  /** Number of step variables. */
  readonly dimension: number;
  /** phi(0), the objective at the accepted point. */
  readonly value0: number;
  /** Slopes at 0, from the gradient (no evaluation needed) or from those of the loss. */
  readonly slopes0: Float64Array;
  /** Euclidean length of each column. */
  readonly norms: Float64Array;
  /**
   * The first fresh direction in terms of the variables: 1 where a variable scales it, 0 elsewhere; lengthened by `lengthen`. Of random columns the
   * direction of descent that they give together: minus the slope of each of the q fresh ones, over q.
   */
  main: Float64Array;
  /** The newest past step likewise; all 0 when there is none. */
  readonly momentum: Float64Array;
  /** In which the products with X were formed: how well the columns of phi are known. */
  readonly precision: Precision;
  readonly #spec: SubspaceSpec;
  /** (k+1) x (k+1) Gram matrix of [w, D_1, ..., D_k] in the inner product of the penalty. */
  readonly #gram: Float64Array;
  /** Length of each direction in the first layer, the tracked one. */
  readonly #trackedNorms: Float64Array;
  #evaluations = 0;

  constructor(spec: SubspaceSpec) {
    this.#spec = spec;
    this.dimension = spec.k;
    this.precision = spec.precision;
    this.value0 = spec.value;
    this.slopes0 = new Float64Array(spec.k);
    this.norms = new Float64Array(spec.k);
    this.main = this.#indicator(0);
    this.momentum = this.#indicator(spec.newest ?? spec.freshCount);
    this.#gram = new Float64Array((spec.k + 1) ** 2);
    this.#trackedNorms = new Float64Array(spec.directions.length);
    this.#formProducts();
    if (spec.measured) this.#descend();
  }

  /** Evaluations of phi so far. */
  get evaluations(): number {
    return this.#evaluations;
  }

  async value(t: Float64Array): Promise<number> {
    await this.#spec.turn();
    this.#evaluations++;
    return (await this.#spec.tracked.value(t)) + this.#penalty(t);
  }

  async evaluate(t: Float64Array): Promise<Evaluation> {
    await this.#spec.turn();
    this.#evaluations++;
    const { k } = this.#spec;
    const { value, slopes, curvature } = await this.#spec.tracked.evaluate(t);
    for (let u = 0; u < k; u++) {
      slopes[u] = slopes[u]! + this.#gramSlope(t, u);
      for (let v = 0; v < k; v++) curvature[u * k + v] = curvature[u * k + v]! + this.#gram[(u + 1) * (k + 1) + v + 1]!;
    }
    return { value: value + this.#penalty(t), slopes, curvature };
  }

  /**
   * d'G d for d = sum_v t_v D_v and the Gauss-Newton matrix G of f at the accepted point, the Hessian matrix for a linear network; or with
   * `hessian` d'H d for the Hessian matrix itself, by central differences of the slopes along d. The tracked products hold X d already: an
   * evaluation or two, and no product with X.
   */
  async curvatureAlong(t: Float64Array, hessian = false): Promise<number> {
    if (!hessian) {
      const { curvature } = await this.evaluate(new Float64Array(t.length));
      return quadraticForm(curvature, t);
    }
    const length = t.reduce((sum, step, v) => sum + (step * this.norms[v]!) ** 2, 0) ** 0.5;
    if (length === 0) return 0;
    // The step whose error in the third derivative is as small as that of rounding in the slopes.
    const h = (Math.cbrt(Number.EPSILON) * Math.max(1, norm(this.#spec.vectors, this.#spec.parameters))) / length;
    const slopeAt = async (scale: number): Promise<number> => {
      const { slopes } = await this.evaluate(t.map((step) => scale * step));
      return slopes.reduce((sum, slope, v) => sum + slope * t[v]!, 0);
    };
    return ((await slopeAt(h)) - (await slopeAt(-h))) / (2 * h);
  }

  /** From here on the first direction counts as so many times as long: what a step rule takes for its step 1. */
  lengthen(factor: number): void {
    this.main = this.main.map((one) => factor * one);
  }

  /** sum_v t_v D_v as a parameter-sized vector, in `out` when given. */
  stepVector(t: Float64Array, out?: Float64Array): Float64Array {
    return this.#moved(null, t, out);
  }

  /** The accepted point moved by t: each number as p + t_1 d_1 + t_2 d_2 ..., just as a `TrackedLoss` moves its own. */
  movedPoint(t: Float64Array, out?: Float64Array): Float64Array {
    return this.#moved(this.#spec.parameters, t, out);
  }

  #moved(from: Float64Array | null, t: Float64Array, given?: Float64Array): Float64Array {
    const { vectors, directions, layout, variables } = this.#spec;
    const out = given ?? new Float64Array(layout.size);
    const layers = layout.layers.length;
    for (let l = 0; l < layers; l++) {
      const part = partOf(layout, l);
      const scales = Float64Array.from(directions, (_, j) => t[variables[j * layers + l]!] ?? 0);
      vectors.combine(from && part(from), scales, directions.map(part), part(out));
    }
    return out;
  }

  /** Columns whose products were formed for this subspace; they come first. */
  get freshCount(): number {
    return this.#spec.freshCount;
  }

  /** What each column contributes to the length of a step in the tracked layer: |t_j| times the norm of the column there. */
  trackedLengths(t: Float64Array): number[] {
    const { directions, variables, layout } = this.#spec;
    return directions.map((_, j) => Math.abs(t[variables[j * layout.layers.length]!] ?? 0) * this.#trackedNorms[j]!);
  }

  /** Number of layers of the network. */
  get layers(): number {
    return this.#spec.layout.layers.length;
  }

  /**
   * For every layer, how far a step moves its weights relative to their norm; 0 where that is next to nothing, which may
   * move at will.
   */
  layerMoves(t: Float64Array): number[] {
    const { layout, vectors, parameters } = this.#spec;
    const step = this.stepVector(t);
    const blocks = layout.layers.map((_, l) => weightBlock(layout, l));
    const squares = (vector: Float64Array): number[] =>
      blocks.map((block) => vectors.dot(blockOf(vector, block), blockOf(vector, block)));
    const [moved, sizes] = [squares(step), squares(parameters)];
    const nothing = NEXT_TO_NOTHING ** 2 * Math.max(...sizes);
    return blocks.map((_, l) => (sizes[l]! <= nothing ? 0 : Math.sqrt(moved[l]! / sizes[l]!)));
  }

  /** t with each variable multiplied by the smallest factor among the layers that it moves. */
  scaledByLayer(t: Float64Array, factors: readonly number[]): Float64Array {
    const { variables } = this.#spec;
    const scales = new Float64Array(t.length).fill(1);
    variables.forEach((v, index) => {
      if (v >= 0) scales[v] = Math.min(scales[v]!, factors[index % factors.length]!);
    });
    return t.map((step, v) => step * scales[v]!);
  }

  /** The step sizes by layer and direction, for records: `steps[layer][direction]`. */
  stepsByLayer(t: Float64Array): number[][] {
    const { layout, directions, variables } = this.#spec;
    const layers = layout.layers.length;
    return layout.layers.map((_, l) => directions.map((_direction, j) => t[variables[j * layers + l]!] ?? 0));
  }

  #descend(): void {
    const { freshCount, k } = this.#spec;
    this.#evaluations = 2 * k;
    this.main.fill(0);
    for (let j = 0; j < freshCount; j++)
      this.#indicator(j).forEach((one, v) => (this.main[v] = this.main[v]! - (one * this.slopes0[v]!) / freshCount));
  }

  #indicator(direction: number): Float64Array {
    const { variables, layout, k, directions } = this.#spec;
    const layers = layout.layers.length;
    const out = new Float64Array(k);
    if (direction === directions.length) return out;
    for (const v of variables.subarray(direction * layers, (direction + 1) * layers)) if (v >= 0) out[v] = 1;
    return out;
  }

  #formProducts(): void {
    const { vectors, layout, directions, variables, gradient, lossSlopes, parameters, penalty, k } = this.#spec;
    const layers = layout.layers.length;
    const width = directions.length + (gradient ? 1 : 0);
    for (let l = 0; l < layers; l++) {
      const parts = directions.map(partOf(layout, l));
      const products = vectors.dots(parts, gradient ? [...parts, partOf(layout, l)(gradient)] : parts);
      parts.forEach((_, j) => {
        const v = variables[j * layers + l]!;
        if (v < 0) return;
        const square = products[j * width + j]!;
        if (gradient) this.slopes0[v] = this.slopes0[v]! + products[j * width + width - 1]!;
        this.norms[v] = this.norms[v]! + square;
        if (l === 0) this.#trackedNorms[j] = Math.sqrt(square);
      });
    }
    for (let v = 0; v < k; v++) this.norms[v] = Math.sqrt(this.norms[v]!);
    if (lossSlopes) this.slopes0.set(lossSlopes);
    if (penalty.none) return;
    const members = [parameters, ...directions];
    for (let l = 0; l < layers; l++) {
      const row = (member: number): number => (member === 0 ? 0 : variables[(member - 1) * layers + l]! + 1);
      const used = (member: number): boolean => member === 0 || row(member) > 0;
      const products = penalty.products(l, members);
      for (let i = 0; i < members.length; i++) {
        for (let j = 0; j < members.length; j++)
          if (used(i) && used(j)) this.#gram[row(i) * (k + 1) + row(j)]! += products[i * members.length + j]!;
      }
    }
    if (lossSlopes) for (let v = 0; v < k; v++) this.slopes0[v] = this.slopes0[v]! + this.#gram[(v + 1) * (k + 1)]!;
  }

  /** w'P D_u + sum_v t_v D_u'P D_v */
  #gramSlope(t: Float64Array, u: number): number {
    const size = this.dimension + 1;
    let sum = this.#gram[(u + 1) * size]!;
    for (let v = 0; v < this.dimension; v++) sum += t[v]! * this.#gram[(u + 1) * size + v + 1]!;
    return sum;
  }

  #penalty(t: Float64Array): number {
    let sum = this.#gram[0]!;
    for (let u = 0; u < this.dimension; u++) sum += t[u]! * (this.#gram[u + 1]! + this.#gramSlope(t, u));
    return 0.5 * sum;
  }
}

/** t'C t */
function quadraticForm(C: Float64Array, t: Float64Array): number {
  const k = t.length;
  return C.reduce((sum, c, e) => sum + c * t[Math.floor(e / k)]! * t[e % k]!, 0);
}
