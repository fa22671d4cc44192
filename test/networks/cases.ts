/** Small networks of every kind in the registry, and some lists of steps that no built-in network makes. */
import { activations, type ActivationName } from '../../lib/activations/index.js';
import { networks, type Network, type NetworkFactory, type NetworkOptions } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import type { Random } from '../../lib/core/random.js';

export interface NetworkCase {
  readonly label: string;
  readonly network: Network;
}

/** Values to try of each option, as far as a network understands it. */
const trials: { readonly [Name in keyof NetworkOptions]: readonly NetworkOptions[Name][] } = {
  hidden: [[3], [3, 2]],
  activation: Object.keys(activations) as ActivationName[],
  sharpness: [4, 0.7],
  gates: ['layers', 'inputs'],
  initialScale: [2],
};

/** The registry, with every combination of the trial values that the network accepts. */
export const networkCases: readonly NetworkCase[] = Object.entries<NetworkFactory>(networks).flatMap(([name, make]) => {
  let choices: NetworkOptions[] = [{}];
  for (const option of Object.keys(make.options) as (keyof NetworkOptions)[]) {
    choices = choices.flatMap((choice) => trials[option]!.map((value) => ({ ...choice, [option]: value })));
  }
  return choices.flatMap((options) => {
    try {
      return [{ label: `${name} ${Object.values(options).join(' ')}`.trim(), network: make(options) }];
    } catch {
      return [];
    }
  });
});

/** A value with several readers, a square, an activated output, an activation of its own node. */
export const oddNetwork: Network = {
  name: 'odd',
  architecture: (inputs, outputs) => ({
    inputs,
    tracked: { layer: 'first', outputs: 5 },
    steps: [
      { value: 'left', step: 'slice', of: 'tracked', from: 3, width: 2 },
      { value: 'right', step: 'slice', of: 'tracked', from: 0, width: 3 },
      { value: 'bent', step: 'activation', of: 'right', activation: 'tanh', sharpness: 2 },
      { value: 'map', step: 'affine', of: 'bent', layer: 'map', outputs: 2 },
      { value: 'square', step: 'product', of: ['left', 'left'] },
      { value: 'gate', step: 'activation', of: 'map', activation: 'sigmoid' },
      { value: 'open', step: 'product', of: ['gate', 'square'] },
      { value: 'all', step: 'sum', of: ['open', 'map'] },
      { value: 'down', step: 'affine', of: 'all', layer: 'down', outputs },
      { value: 'more', step: 'affine', of: 'right', layer: 'more', outputs },
      { value: 'both', step: 'sum', of: ['down', 'more'] },
      { value: 'output', step: 'activation', of: 'both', activation: 'tanh' },
    ],
  }),
  initialize: (architecture, random) => drawParameters(random, programOf(architecture).layout.size),
};

export const everyNetwork: readonly NetworkCase[] = [...networkCases, { label: 'odd', network: oddNetwork }];

export function drawParameters(random: Random, size: number, scale = 0.6): Float64Array {
  return Float64Array.from({ length: size }, () => scale * random.normal());
}
