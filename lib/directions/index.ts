/** Every built-in direction, one line each. */
import { adam, adamPair, type AdamOptions } from './adam.js';
import { conic, type ConicOptions } from './conic.js';
import { conjugateGradient, type ConjugateGradientOptions } from './conjugate-gradient.js';
import { coordinate, type CoordinateOptions } from './coordinate.js';
import { gradient } from './gradient.js';
import { kroneckerLbfgs, type KroneckerLbfgsOptions } from './kronecker-lbfgs.js';
import { kronecker, type KroneckerOptions } from './kronecker.js';
import { lbfgs, type LbfgsOptions } from './lbfgs.js';
import { nesterov } from './nesterov.js';
import { zerothOrder, type ZerothOrderOptions } from './zeroth-order.js';
import { scaledConjugateGradient, type ScaledConjugateGradientOptions } from './scaled-conjugate-gradient.js';
import { taskGradients } from './task-gradients.js';
import type { Direction } from './direction.js';

export const directions = {
  gradient,
  'conjugate-gradient': conjugateGradient,
  'scaled-conjugate-gradient': scaledConjugateGradient,
  nesterov,
  lbfgs,
  adam,
  'adam-pair': adamPair,
  kronecker,
  'kronecker-lbfgs': kroneckerLbfgs,
  coordinate,
  'zeroth-order': zerothOrder,
  conic,
  'task-gradients': taskGradients,
} as const;
export type DirectionName = keyof typeof directions;
export {
  adam,
  adamPair,
  conic,
  conjugateGradient,
  coordinate,
  gradient,
  kronecker,
  kroneckerLbfgs,
  lbfgs,
  nesterov,
  scaledConjugateGradient,
  taskGradients,
  zerothOrder,
};
export type {
  AdamOptions,
  ConicOptions,
  ConjugateGradientOptions,
  CoordinateOptions,
  Direction,
  KroneckerLbfgsOptions,
  KroneckerOptions,
  LbfgsOptions,
  ZerothOrderOptions,
  ScaledConjugateGradientOptions,
};
