/** Every built-in network, one line each. */
import { linear } from './linear.js';
import { mlp, type MlpOptions } from './mlp.js';
import type { Network } from './network.js';

export const networks = { linear, mlp } as const;
export type NetworkName = keyof typeof networks;
export { linear, mlp };
export type { MlpOptions, Network };
