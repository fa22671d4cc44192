/**
 * How the parameters of a network lie in one flat vector: the one owner of "weights, then bias".
 *
 * Layer by layer, the tracked one first, each a *weight* block (inputs x outputs, row-major) followed by a *bias* block (outputs). A
 * layer is the group of blocks that shares step sizes in a layerwise search. Weights are penalized by l2, biases never.
 */

/** One layer of a network: `inputs * weight + bias`. */
export interface LayerShape {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
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
  /** Whether (l2/2)||.||^2 applies: a weight block, not a bias. */
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

export function weightBlock(layout: ParameterLayout, layer: number): ParameterBlock {
  return layout.blocks[2 * layer]!;
}

export function biasBlock(layout: ParameterLayout, layer: number): ParameterBlock {
  return layout.blocks[2 * layer + 1]!;
}

/** First element of layer `layer` inside a parameter-sized vector, and the one behind its last. */
export function layerRange(layout: ParameterLayout, layer: number): [number, number] {
  const { offset } = weightBlock(layout, layer);
  const bias = biasBlock(layout, layer);
  return [offset, bias.offset + bias.size];
}

/** The part of a parameter-sized vector that belongs to `block`; shares memory with `vector`. */
export function blockOf(vector: Float64Array, block: ParameterBlock): Float64Array {
  return vector.subarray(block.offset, block.offset + block.size);
}

/** The vector with 0 in the layers from the `count`-th on; itself when there are none. */
export function firstLayers(layout: ParameterLayout, count: number, vector: Float64Array): Float64Array {
  if (count === layout.layers.length) return vector;
  const [from] = layerRange(layout, count);
  return vector.slice().fill(0, from);
}

/** The first layer of one vector and all others of another. */
export function joined(layout: ParameterLayout, first: Float64Array, others: Float64Array): Float64Array {
  const [, from] = layerRange(layout, 0);
  const out = others.slice();
  out.set(first.subarray(0, from));
  return out;
}
