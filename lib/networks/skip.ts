/**
 * An mlp plus a linear path from X to the outputs: O = mlp(X) + X S + s, the linear model with hidden units for what it
 * misses (a residual connection around the stack: He et al. 2015, arXiv 1512.03385).
 *
 * The tracked product is [X W_1 + b_1 | X S + s], a slice each, so that both paths are one product with X. The linear path
 * starts at 0.
 */
import type { Network } from './network.js';
import { stackSteps, type MlpOptions } from './mlp.js';
import { ACTIVATION_RANGE, INITIAL_SCALE, gainOf, hiddenName } from './options.js';
import { checkActivation, checkHidden, checkInitialScale } from './options.js';
import { drawStart } from './start.js';

/** Those of the stack of hidden layers. */
export type SkipOptions = MlpOptions;

export function skip(options: SkipOptions = {}): Network {
  const hidden = checkHidden(options.hidden ?? [100]);
  const activation = checkActivation(options.activation ?? 'tanh');
  const units = hidden[0]!;
  const initialScale = checkInitialScale(options.initialScale);
  return {
    name: 'skip',
    architecture: (inputs, outputs) => ({
      inputs,
      tracked: { layer: hiddenName(0, hidden.length), outputs: units + outputs },
      steps: [
        { value: 'first', step: 'slice', of: 'tracked', from: 0, width: units },
        ...stackSteps('first', hidden, activation, outputs),
        { value: 'straight', step: 'slice', of: 'tracked', from: units, width: outputs },
        { value: 'both', step: 'sum', of: ['output', 'straight'] },
      ],
    }),
    initialize: (architecture, random) =>
      drawStart(
        architecture,
        random,
        (layer, unit) => {
          if (layer === 0 && unit >= units) return 0;
          return layer < hidden.length ? gainOf(activation) : 1;
        },
        initialScale,
      ),
  };
}
skip.options = {
  hidden: { what: 'sizes of the hidden layers', range: 'at least one, each at least 1', default: [100] },
  activation: { what: 'activation of every hidden layer', range: ACTIVATION_RANGE, default: 'tanh' },
  initialScale: INITIAL_SCALE,
};
