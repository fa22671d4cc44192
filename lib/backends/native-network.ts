/** A program as the addon takes it: lists of numbers. */
import type { NodeKind, Program } from '../networks/program.js';

export interface NativeNetwork {
  /** Inputs and outputs of each layer. */
  readonly layers: Int32Array;
  /** Per node: kind, first and second input, width, activation, layer, first column. */
  readonly nodes: Int32Array;
  /** Per node. */
  readonly sharpness: Float64Array;
}

/** The numbers of native/objective/network.h. */
const kinds: Readonly<Record<NodeKind, number>> = { tracked: 0, affine: 1, activation: 2, product: 3, sum: 4 };

/** Null when an activation has no native code. */
export function nativeNetwork({ layers, nodes }: Program, activations: readonly string[]): NativeNetwork | null {
  if (!nodes.every(({ activation }) => activations.includes(activation))) return null;
  return {
    layers: Int32Array.from(layers.flatMap(({ inputs, outputs }) => [inputs, outputs])),
    nodes: Int32Array.from(
      nodes.flatMap(({ kind, inputs, width, activation, layer, from }) => [
        kinds[kind],
        inputs[0] ?? 0,
        inputs[1] ?? 0,
        width,
        activations.indexOf(activation),
        Math.max(layer, 0),
        from,
      ]),
    ),
    sharpness: Float64Array.from(nodes, ({ sharpness }) => sharpness),
  };
}
