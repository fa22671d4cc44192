import { activations, type ActivationName } from '../activations/index.js';
import { lookUp, reject, requireInteger } from '../core/errors.js';
import { blockOf, layoutOf } from '../core/parameters.js';
import type { Network } from './network.js';

export interface MlpOptions {
  /** Sizes of the hidden layers, first to last; at least one, each at least 1. Default [100]. */
  readonly hidden?: readonly number[];
  /** Activation of every hidden layer. Default 'tanh'. */
  readonly activation?: ActivationName;
}

/**
 * Multilayer perceptron: H_l = h(H_{l-1} V_l + b_l), linear outputs. SO-friendly (two products with X per iteration whatever
 * the search) while the inputs outnumber the hidden units; deeper layers are computed anew in every inner evaluation.
 *
 * Starting weights are normal with variance 1 / inputs (2 / inputs for relu: He et al. 2015, arXiv 1502.01852), biases 0. A
 * zero start would be a saddle point.
 */
export function mlp(options: MlpOptions = {}): Network {
  const hidden = options.hidden ?? [100];
  const activation = options.activation ?? 'tanh';
  lookUp(activations, 'activation', activation);
  if (hidden.length === 0) reject('INVALID_OPTION', 'hidden', 'a list of at least one layer size', hidden);
  hidden.forEach((size) => requireInteger('A hidden layer size', size, 1));
  return {
    name: 'mlp',
    layers(inputs, outputs) {
      const sizes = [inputs, ...hidden, outputs];
      return sizes.slice(1).map((size, l) => {
        const last = l === hidden.length;
        const name = last ? 'output' : hidden.length === 1 ? 'hidden' : `hidden${l + 1}`;
        return { name, inputs: sizes[l]!, outputs: size, activation: last ? 'identity' : activation };
      });
    },
    initialize(layers, random) {
      const layout = layoutOf(layers);
      const parameters = new Float64Array(layout.size);
      for (const block of layout.blocks) {
        if (!block.penalized) continue;
        const gain = layers[block.layer]!.activation === 'relu' ? 2 : 1;
        const scale = Math.sqrt(gain / block.rows);
        const weights = blockOf(parameters, block);
        for (let e = 0; e < weights.length; e++) weights[e] = scale * random.normal();
      }
      return parameters;
    },
  };
}
