import type { VectorAlgebra } from '../backends/backend.js';
import { blockOf, layerRange, weightBlock, type ParameterLayout } from './parameters.js';

/** Euclidean. */
export function norm(vectors: VectorAlgebra, v: Float64Array): number {
  return Math.sqrt(vectors.dot(v, v));
}

/** Of what belongs to the first layer, its biases included. */
export function firstLayerNorm(vectors: VectorAlgebra, layout: ParameterLayout, v: Float64Array): number {
  return norm(vectors, v.subarray(...layerRange(layout, 0)));
}

/** At most how much the layers behind the first enlarge a change of the tracked product, where activations are no steeper than 1. */
export function enlargement(vectors: VectorAlgebra, layout: ParameterLayout, point: Float64Array): number {
  return layout.layers.slice(1).reduce((product, _, l) => {
    return product * Math.max(1, norm(vectors, blockOf(point, weightBlock(layout, l + 1))));
  }, 1);
}
