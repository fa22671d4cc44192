/** Every built-in loss, one line each. */
import { logistic } from './logistic.js';
import { softmax } from './softmax.js';
import { squared } from './squared.js';
import type { Loss } from './loss.js';

export const losses = { squared, logistic, softmax } as const satisfies Record<string, Loss>;
export type LossName = keyof typeof losses;
export type { Loss };
