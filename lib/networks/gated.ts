/**
 * Gated linear units: O = (h(X A + a) * (X B + b)) V + c, one half of the tracked product opening or closing the other.
 *
 * With h = sigmoid the gated linear unit of Dauphin et al. (arXiv 1612.08083), with h = identity the bilinear one, whose
 * products of two columns of X make quadratic features (arXiv 2501.18187). SO-friendly: both halves are one product with X.
 */
import type { ActivationName } from '../activations/index.js';
import { reject } from '../core/errors.js';
import type { Network } from './network.js';
import { ACTIVATION_RANGE, INITIAL_SCALE, checkActivation, checkHidden, checkInitialScale, gainOf } from './options.js';
import { drawStart } from './start.js';

export interface GatedOptions {
  /** Number of gated units, at least 1: [m]. Default [50], as many parameters as an mlp with 100 units. */
  readonly hidden?: readonly number[] | undefined;
  /** h, the activation of the gates. Default 'sigmoid'. */
  readonly activation?: ActivationName | undefined;
  /** kappa, above 0: how many times as large the outputs begin; on the output layer's weights. Default 1. */
  readonly initialScale?: number | undefined;
}

export function gated(options: GatedOptions = {}): Network {
  const hidden = checkHidden(options.hidden ?? [50]);
  if (hidden.length > 1) reject('INVALID_OPTION', "hidden of the network 'gated'", 'a list of one layer size', hidden);
  const activation = checkActivation(options.activation ?? 'sigmoid');
  const units = hidden[0]!;
  const initialScale = checkInitialScale(options.initialScale);
  return {
    name: 'gated',
    architecture: (inputs, outputs) => ({
      inputs,
      tracked: { layer: 'hidden', outputs: 2 * units },
      steps: [
        { value: 'gate.sum', step: 'slice', of: 'tracked', from: 0, width: units },
        { value: 'gate', step: 'activation', of: 'gate.sum', activation },
        { value: 'content', step: 'slice', of: 'tracked', from: units, width: units },
        { value: 'hidden', step: 'product', of: ['gate', 'content'] },
        { value: 'output', step: 'affine', of: 'hidden', layer: 'output', outputs },
      ],
    }),
    initialize: (architecture, random) =>
      drawStart(architecture, random, (layer, unit) => (layer === 0 && unit < units ? gainOf(activation) : 1), initialScale),
  };
}
gated.options = {
  hidden: { what: 'number of gated units', range: 'one size, at least 1', default: [50] },
  activation: { what: 'activation of the gates', range: ACTIVATION_RANGE, default: 'sigmoid' },
  initialScale: INITIAL_SCALE,
};
