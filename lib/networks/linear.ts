import { programOf } from './program.js';
import type { Network } from './network.js';

/** Outputs = X W + b: linear and logistic regression, softmax regression. A linear composition problem; starts at 0. */
export function linear(): Network {
  return {
    name: 'linear',
    architecture: (inputs, outputs) => ({ inputs, tracked: { layer: 'output', outputs }, steps: [] }),
    initialize: (architecture) => new Float64Array(programOf(architecture).layout.size),
  };
}
linear.options = {};
