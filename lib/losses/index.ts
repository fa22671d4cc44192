/** Every built-in loss, one line each. */
import { lookUp } from '../core/errors.js';
import { checkOptions, type Configurable } from '../core/option.js';
import { gamma } from './gamma.js';
import { huber, type HuberOptions } from './huber.js';
import { logistic } from './logistic.js';
import type { Loss } from './loss.js';
import { poisson } from './poisson.js';
import { softmax } from './softmax.js';
import { squared } from './squared.js';
import { squaredHinge } from './squared-hinge.js';
import { tweedie, type TweedieOptions } from './tweedie.js';

/** The options that losses share by name; each loss says which of them it understands. */
export interface LossOptions extends HuberOptions, TweedieOptions {}

export interface LossFactory extends Configurable {
  (options?: LossOptions): Loss;
}

export const losses = {
  squared,
  logistic,
  softmax,
  huber,
  'squared-hinge': squaredHinge,
  poisson,
  gamma,
  tweedie,
} as const satisfies Record<string, LossFactory>;
export type LossName = keyof typeof losses;

/**
 * @throws PlanesearchError INVALID_OPTION for an unknown name or value; INCOMPATIBLE for an option that the loss does not
 * have
 */
export function lossByName(name: string, options: LossOptions | Readonly<Record<string, number>> = {}): Loss {
  const make = lookUp<LossFactory>(losses, 'loss', name);
  checkOptions('loss', losses, name, options);
  return make(options);
}

export { gamma, huber, logistic, poisson, softmax, squared, squaredHinge, tweedie };
export type { HuberOptions, Loss, TweedieOptions };
