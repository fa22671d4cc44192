import { layoutOf } from '../core/parameters.js';
import type { Network } from './network.js';

/** Outputs = X W + b: linear and logistic regression, softmax regression. A linear composition problem; starts at 0. */
export function linear(): Network {
  return {
    name: 'linear',
    layers: (inputs, outputs) => [{ name: 'output', inputs, outputs, activation: 'identity' }],
    initialize: (layers) => new Float64Array(layoutOf(layers).size),
  };
}
