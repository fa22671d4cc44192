/**
 * Multilayer perceptron: H_1 = h(X W + b), H_l = h(H_{l-1} V_l + b_l), linear outputs. SO-friendly (two products with X per
 * iteration whatever the search) while the inputs outnumber the hidden units; deeper layers are computed anew in every inner
 * evaluation.
 */
import type { ActivationName } from '../activations/index.js';
import type { Network, NetworkStep } from './network.js';
import {
  ACTIVATION_RANGE,
  INITIAL_SCALE,
  checkActivation,
  checkHidden,
  checkInitialScale,
  gainOf,
  hiddenName,
} from './options.js';
import { drawStart } from './start.js';

export interface MlpOptions {
  /** Sizes of the hidden layers, first to last; at least one, each at least 1. Default [100]. */
  readonly hidden?: readonly number[] | undefined;
  /** Activation of every hidden layer. Default 'tanh'. */
  readonly activation?: ActivationName | undefined;
  /** kappa, above 0: how many times as large the outputs begin; on the output layer's weights. Default 1. */
  readonly initialScale?: number | undefined;
}

/**
 * The hidden layers, from the value `of` (a part of the tracked product) on, and the affine value 'output' that reads the
 * last one.
 */
export function stackSteps(
  of: string,
  hidden: readonly number[],
  activation: ActivationName,
  outputs: number,
): NetworkStep[] {
  const steps: NetworkStep[] = [];
  let last = of;
  hidden.forEach((size, l) => {
    const name = hiddenName(l, hidden.length);
    if (l > 0) {
      steps.push({ value: `${name}.sum`, step: 'affine', of: last, layer: name, outputs: size });
      last = `${name}.sum`;
    }
    steps.push({ value: name, step: 'activation', of: last, activation });
    last = name;
  });
  steps.push({ value: 'output', step: 'affine', of: last, layer: 'output', outputs });
  return steps;
}

export function mlp(options: MlpOptions = {}): Network {
  const hidden = checkHidden(options.hidden ?? [100]);
  const activation = checkActivation(options.activation ?? 'tanh');
  const initialScale = checkInitialScale(options.initialScale);
  return {
    name: 'mlp',
    architecture: (inputs, outputs) => ({
      inputs,
      tracked: { layer: hiddenName(0, hidden.length), outputs: hidden[0]! },
      steps: stackSteps('tracked', hidden, activation, outputs),
    }),
    initialize: (architecture, random) =>
      drawStart(architecture, random, (layer) => (layer < hidden.length ? gainOf(activation) : 1), initialScale),
  };
}
mlp.options = {
  hidden: { what: 'sizes of the hidden layers', range: 'at least one, each at least 1', default: [100] },
  activation: { what: 'activation of every hidden layer', range: ACTIVATION_RANGE, default: 'tanh' },
  initialScale: INITIAL_SCALE,
};
