/**
 * phi(t) = f(theta + sum_v t_v D_v): the objective over the current search subspace, a function of a few step variables.
 *
 * The mean loss comes from the tracked products. The penalty is a quadratic whose coefficients are Gram products of the
 * weights and the directions, formed once here:
 *
 *     (l2/2) || w + sum_v t_v D_v ||^2  =  (l2/2) ( w'w + 2 sum_v t_v w'D_v + sum_uv t_u t_v D_u'D_v )
 */
import type { Evaluation, TrackedLoss, VectorAlgebra } from '../backends/backend.js';
import { blockOf, type ParameterLayout } from './parameters.js';

export interface SubspaceSpec {
  readonly tracked: TrackedLoss;
  /** Awaited before every call of the tracked loss. */
  readonly turn: () => Promise<void>;
  readonly vectors: VectorAlgebra;
  readonly layout: ParameterLayout;
  readonly l2: number;
  readonly value: number;
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  /** Fresh directions first, then past steps. */
  readonly directions: readonly Float64Array[];
  readonly freshCount: number;
  /** Variable that scales direction j in layer l, at `j * layers + l`. */
  readonly variables: Int32Array;
  readonly k: number;
}

/** Fixes the first and last element of layer `l` inside a parameter-sized vector. */
function layerRange(layout: ParameterLayout, l: number): [number, number] {
  const own = layout.blocks.filter((block) => block.layer === l);
  return [own[0]!.offset, own.at(-1)!.offset + own.at(-1)!.size];
}

/** Norm of a layer's weights, relative to the largest layer, below which it has not been put to use yet. */
const NEXT_TO_NOTHING = 1e-8;

export class SubspaceFunction {
  /** Number of step variables. */
  readonly dimension: number;
  /** phi(0), the objective at the accepted point. */
  readonly value0: number;
  /** Slopes at 0, from the gradient: no evaluation needed. */
  readonly slopes0: Float64Array;
  /** Euclidean length of each column. */
  readonly norms: Float64Array;
  /** The first fresh direction in terms of the variables: 1 where a variable scales it, 0 elsewhere. */
  readonly main: Float64Array;
  /** The newest past step likewise; all 0 when there is none. */
  readonly momentum: Float64Array;
  readonly #spec: SubspaceSpec;
  /** (k+1) x (k+1) Gram matrix of [w, D_1, ..., D_k] over penalized blocks. */
  readonly #gram: Float64Array;
  #evaluations = 0;

  constructor(spec: SubspaceSpec) {
    this.#spec = spec;
    this.dimension = spec.k;
    this.value0 = spec.value;
    this.slopes0 = new Float64Array(spec.k);
    this.norms = new Float64Array(spec.k);
    this.main = this.#indicator(0);
    this.momentum = this.#indicator(spec.freshCount);
    this.#gram = new Float64Array((spec.k + 1) ** 2);
    this.#formProducts();
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
    const { k, l2 } = this.#spec;
    const { value, slopes, curvature } = await this.#spec.tracked.evaluate(t);
    for (let u = 0; u < k; u++) {
      slopes[u] = slopes[u]! + l2 * this.#gramSlope(t, u);
      for (let v = 0; v < k; v++) curvature[u * k + v] = curvature[u * k + v]! + l2 * this.#gram[(u + 1) * (k + 1) + v + 1]!;
    }
    return { value: value + this.#penalty(t), slopes, curvature };
  }

  /** sum_v t_v D_v as a parameter-sized vector. */
  stepVector(t: Float64Array): Float64Array {
    const { layout, vectors, directions } = this.#spec;
    const step = new Float64Array(layout.size);
    this.#eachPart((j, from, to, v) => vectors.axpy(t[v]!, directions[j]!.subarray(from, to), step.subarray(from, to)));
    return step;
  }

  /** Fresh directions among the columns; they come first. */
  get freshCount(): number {
    return this.#spec.freshCount;
  }

  /** What each column contributes to the length of a step: |t_j| times the norm of the column, summed over its variables. */
  lengths(t: Float64Array): number[] {
    const { directions, variables, layout } = this.#spec;
    const layers = layout.layers.length;
    return directions.map((_, j) => {
      const own = new Set(variables.subarray(j * layers, (j + 1) * layers));
      return Array.from(own, (v) => Math.abs(t[v]!) * this.norms[v]!).reduce((sum, length) => sum + length, 0);
    });
  }

  /** Number of layers of the network. */
  get layers(): number {
    return this.#spec.layout.layers.length;
  }

  /** For every layer, how far a step moves its weights relative to their norm; 0 where that is next to nothing, which may grow at will. */
  layerGrowth(t: Float64Array): number[] {
    const { layout, vectors, parameters } = this.#spec;
    const step = this.stepVector(t);
    const blocks = layout.blocks.filter((block) => block.penalized);
    const squares = (vector: Float64Array): number[] => blocks.map((block) => vectors.dot(blockOf(vector, block), blockOf(vector, block)));
    const [moved, sizes] = [squares(step), squares(parameters)];
    const nothing = NEXT_TO_NOTHING ** 2 * Math.max(...sizes);
    return blocks.map((_, l) => (sizes[l]! <= nothing ? 0 : Math.sqrt(moved[l]! / sizes[l]!)));
  }

  /** t with each variable multiplied by the smallest factor among the layers that it moves. */
  scaledByLayer(t: Float64Array, factors: readonly number[]): Float64Array {
    const { variables } = this.#spec;
    const scales = new Float64Array(t.length).fill(1);
    variables.forEach((v, index) => (scales[v] = Math.min(scales[v]!, factors[index % factors.length]!)));
    return t.map((step, v) => step * scales[v]!);
  }

  /** The step sizes by layer and direction, for records: `steps[layer][direction]`. */
  stepsByLayer(t: Float64Array): number[][] {
    const { layout, directions, variables } = this.#spec;
    const layers = layout.layers.length;
    return layout.layers.map((_, l) => directions.map((_direction, j) => t[variables[j * layers + l]!]!));
  }

  #eachPart(visit: (j: number, from: number, to: number, v: number) => void): void {
    const { layout, directions, variables } = this.#spec;
    const layers = layout.layers.length;
    directions.forEach((_, j) => {
      for (let l = 0; l < layers; l++) {
        const [from, to] = layerRange(layout, l);
        visit(j, from, to, variables[j * layers + l]!);
      }
    });
  }

  #indicator(direction: number): Float64Array {
    const { variables, layout, k, directions } = this.#spec;
    const layers = layout.layers.length;
    const out = new Float64Array(k);
    if (direction < directions.length) for (let l = 0; l < layers; l++) out[variables[direction * layers + l]!] = 1;
    return out;
  }

  #formProducts(): void {
    const { vectors, layout, directions, variables, gradient, parameters, l2, k } = this.#spec;
    const layers = layout.layers.length;
    this.#eachPart((j, from, to, v) => {
      const part = directions[j]!.subarray(from, to);
      this.slopes0[v] = this.slopes0[v]! + vectors.dot(gradient.subarray(from, to), part);
      this.norms[v] = this.norms[v]! + vectors.dot(part, part);
    });
    for (let v = 0; v < k; v++) this.norms[v] = Math.sqrt(this.norms[v]!);
    if (l2 === 0) return;
    const members = [parameters, ...directions];
    for (const block of layout.blocks) {
      if (!block.penalized) continue;
      const parts = members.map((vector) => vector.subarray(block.offset, block.offset + block.size));
      const row = (member: number): number => (member === 0 ? 0 : variables[(member - 1) * layers + block.layer]! + 1);
      parts.forEach((a, i) => {
        parts.forEach((b, j) => {
          if (j > i) return;
          const product = vectors.dot(a, b);
          this.#gram[row(i) * (k + 1) + row(j)]! += product;
          if (i !== j) this.#gram[row(j) * (k + 1) + row(i)]! += product;
        });
      });
    }
  }

  /** w'D_u + sum_v t_v D_u'D_v */
  #gramSlope(t: Float64Array, u: number): number {
    const stride = this.dimension + 1;
    let sum = this.#gram[(u + 1) * stride]!;
    for (let v = 0; v < this.dimension; v++) sum += t[v]! * this.#gram[(u + 1) * stride + v + 1]!;
    return sum;
  }

  #penalty(t: Float64Array): number {
    let sum = this.#gram[0]!;
    for (let u = 0; u < this.dimension; u++) sum += t[u]! * (this.#gram[u + 1]! + this.#gramSlope(t, u));
    return 0.5 * this.#spec.l2 * sum;
  }
}
