/** Every built-in network, one line each. */
import { lookUp } from '../core/errors.js';
import { checkOptions } from '../core/option.js';
import { gated, type GatedOptions } from './gated.js';
import { linear } from './linear.js';
import { linearlyGated, type LinearlyGatedOptions } from './linearly-gated.js';
import { mlp, type MlpOptions } from './mlp.js';
import type { Architecture, Network, NetworkStep } from './network.js';
import type { NetworkFactory, NetworkOptions } from './options.js';
import { skip, type SkipOptions } from './skip.js';

export const networks = {
  linear,
  mlp,
  gated,
  'linearly-gated': linearlyGated,
  skip,
} as const satisfies Record<string, NetworkFactory>;
export type NetworkName = keyof typeof networks;

/**
 * @throws PlanesearchError INVALID_OPTION for an unknown name or value; INCOMPATIBLE for an option that the network does not
 * have
 */
export function networkByName(name: string, options: NetworkOptions = {}): Network {
  const make = lookUp<NetworkFactory>(networks, 'network', name);
  checkOptions('network', networks, name, options);
  return make(options);
}

export { gated, linear, linearlyGated, mlp, skip };
export type {
  Architecture,
  GatedOptions,
  LinearlyGatedOptions,
  MlpOptions,
  Network,
  NetworkFactory,
  NetworkOptions,
  NetworkStep,
  SkipOptions,
};
