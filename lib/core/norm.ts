import type { VectorAlgebra } from '../backends/backend.js';
import { layerRange, type ParameterLayout } from './parameters.js';

/** Euclidean. */
export function norm(vectors: VectorAlgebra, v: Float64Array): number {
  return Math.sqrt(vectors.dot(v, v));
}

/** Of what belongs to the first layer, its biases included. */
export function firstLayerNorm(vectors: VectorAlgebra, layout: ParameterLayout, v: Float64Array): number {
  return norm(vectors, v.subarray(...layerRange(layout, 0)));
}
