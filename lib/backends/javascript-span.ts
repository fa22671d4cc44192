/** The search subspace of the javascript tracked loss: what each variable moves, and what a row adds to slopes and curvature. */
import { layerRange } from '../core/parameters.js';
import type { VectorAlgebra } from './backend.js';
import type { Program } from '../networks/program.js';

export interface Span {
  readonly k: number;
  /** Products of the first layer that variable v scales. */
  readonly products: readonly (readonly Float64Array[])[];
  /** Parameter-sized direction of variable v; of the first layer nothing but its product is needed. */
  readonly directions: readonly Float64Array[];
}

/** Gives every direction, layer by layer, to its variable; `owners[v]` are the directions whose first-layer product v scales. */
export function assign(
  { layers, layout }: Program,
  all: readonly Float64Array[],
  variables: Int32Array,
  k: number,
): Omit<Span, 'products'> & { readonly owners: readonly (readonly number[])[] } {
  const directions = Array.from({ length: k }, () => new Float64Array(layout.size));
  const owners: number[][] = Array.from({ length: k }, () => []);
  all.forEach((direction, j) => {
    layers.forEach((_, l) => {
      const v = variables[j * layers.length + l]!;
      if (v < 0) return;
      if (l === 0) {
        owners[v]!.push(j);
        return;
      }
      const target = directions[v]!;
      const [from, to] = layerRange(layout, l);
      for (let e = from; e < to; e++) target[e] = target[e]! + direction[e]!;
    });
  });
  return { k, directions, owners };
}

/** parameters += sum_v t_v directions_v, in this order: the caller's own copy, moved by the same `axpy`, has equal bits. */
export function addDirections(
  { directions }: Span,
  t: Float64Array,
  parameters: Float64Array,
  vectors: VectorAlgebra,
): void {
  directions.forEach((direction, v) => vectors.axpy(t[v]!, direction, parameters));
}

/** out += scale * sum of the products' rows that start at element `from`. */
export function addProducts(
  products: readonly Float64Array[],
  scale: number,
  from: number,
  length: number,
  out: Float64Array,
): void {
  for (const P of products) for (let e = 0; e < length; e++) out[e] = out[e]! + scale * P[from + e]!;
}

/** Adds one row's part to the slopes <loss', T_v> and the Gauss-Newton matrix T_u' Hess T_v. */
export function accumulate(
  tangents: readonly Float64Array[],
  at: number,
  width: number,
  weight: number,
  slope: Float64Array,
  hessian: Float64Array,
  slopes: Float64Array,
  curvature: Float64Array,
): void {
  const k = tangents.length;
  for (let u = 0; u < k; u++) {
    const T = tangents[u]!;
    for (let a = 0; a < width; a++) slopes[u] = slopes[u]! + weight * slope[a]! * T[at + a]!;
    for (let v = 0; v <= u; v++) {
      const S = tangents[v]!;
      let sum = 0;
      for (let a = 0; a < width; a++) {
        for (let b = 0; b < width; b++) sum += T[at + a]! * hessian[a * width + b]! * S[at + b]!;
      }
      curvature[u * k + v] = curvature[u * k + v]! + weight * sum;
      if (u !== v) curvature[v * k + u] = curvature[u * k + v]!;
    }
  }
}
