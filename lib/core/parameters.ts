/**
 * How the parameters of a feed-forward network lie in one flat vector.
 *
 * Layer by layer, each a *weight* block (inputs x outputs, row-major) followed by a *bias* block (outputs). A layer is
 * the group of blocks that shares step sizes in a layerwise search. Weights are penalized by l2, biases never.
 */
import type { ActivationName } from '../activations/index.js';

/** One layer of a network: `outputs = activation(inputs * weight + bias)`. */
export interface LayerShape {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: ActivationName;
}

/** One named array of parameters inside the flat vector. */
export interface ParameterBlock {
  readonly name: string;
  /** Index of the layer the block belongs to. */
  readonly layer: number;
  readonly rows: number;
  readonly columns: number;
  readonly offset: number;
  readonly size: number;
  /** Whether (l2/2)||.||^2 applies. */
  readonly penalized: boolean;
}

export interface ParameterLayout {
  readonly layers: readonly LayerShape[];
  readonly blocks: readonly ParameterBlock[];
  /** Number of parameters in all. */
  readonly size: number;
}

export function layoutOf(layers: readonly LayerShape[]): ParameterLayout {
  const blocks: ParameterBlock[] = [];
  let offset = 0;
  const add = (name: string, layer: number, rows: number, columns: number, penalized: boolean): void => {
    const size = rows * columns;
    blocks.push({ name, layer, rows, columns, offset, size, penalized });
    offset += size;
  };
  layers.forEach((layer, index) => {
    add(`${layer.name}.weight`, index, layer.inputs, layer.outputs, true);
    add(`${layer.name}.bias`, index, 1, layer.outputs, false);
  });
  return { layers, blocks, size: offset };
}

/** The part of a parameter-sized vector that belongs to `block`; shares memory with `vector`. */
export function blockOf(vector: Float64Array, block: ParameterBlock): Float64Array {
  return vector.subarray(block.offset, block.offset + block.size);
}
