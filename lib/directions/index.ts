/** Every built-in direction, one line each. */
import { gradient } from './gradient.js';
import { kroneckerLbfgs, type KroneckerLbfgsOptions } from './kronecker-lbfgs.js';
import { kronecker, type KroneckerOptions } from './kronecker.js';
import { lbfgs, type LbfgsOptions } from './lbfgs.js';
import type { Direction } from './direction.js';

export const directions = { gradient, lbfgs, kronecker, 'kronecker-lbfgs': kroneckerLbfgs } as const;
export type DirectionName = keyof typeof directions;
export { gradient, kronecker, kroneckerLbfgs, lbfgs };
export type { Direction, KroneckerLbfgsOptions, KroneckerOptions, LbfgsOptions };
