/** Every built-in direction, one line each. */
import { gradient } from './gradient.js';
import { lbfgs, type LbfgsOptions } from './lbfgs.js';
import type { Direction } from './direction.js';

export const directions = { gradient, lbfgs } as const;
export type DirectionName = keyof typeof directions;
export { gradient, lbfgs };
export type { Direction, LbfgsOptions };
