/** The options that networks share by name; each network says which of them it understands and what they mean to it. */
import type { ActivationName } from '../activations/index.js';
import { activations } from '../activations/index.js';
import { lookUp, reject, requireInteger, requireNumber } from '../core/errors.js';
import type { Configurable, OptionDescription } from '../core/option.js';
import type { Network } from './network.js';

export interface NetworkOptions {
  /** Sizes of the hidden layers, first to last; at least one, each at least 1. */
  readonly hidden?: readonly number[] | undefined;
  /** Activation of the hidden units. */
  readonly activation?: ActivationName | undefined;
  /** beta in the gates sigmoid(beta g), above 0. */
  readonly sharpness?: number | undefined;
  /** kappa, above 0: how many times as large the outputs begin, offsets aside; the factor is on the output layer's weights. */
  readonly initialScale?: number | undefined;
  /** Where the gates of a linearly gated network come from. */
  readonly gates?: 'layers' | 'inputs' | undefined;
}

export interface NetworkFactory extends Configurable {
  (options?: NetworkOptions): Network;
  readonly options: Readonly<{ [Name in keyof NetworkOptions]?: OptionDescription }> &
    Readonly<Record<string, OptionDescription>>;
}

export function checkHidden(hidden: readonly number[]): readonly number[] {
  if (!Array.isArray(hidden) || hidden.length === 0)
    reject('INVALID_OPTION', 'hidden', 'a list of at least one layer size', hidden);
  // Unlike forEach, find stops at the first of the holes of `new Array(4e9)`.
  const bad = hidden.findIndex((size) => !Number.isInteger(size) || size < 1);
  if (bad >= 0) requireInteger('A hidden layer size', hidden[bad]!, 1);
  return [...hidden];
}

/** What `activation` may be, in words. */
export const ACTIVATION_RANGE = Object.keys(activations)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1');

export function checkActivation(activation: ActivationName): ActivationName {
  lookUp(activations, 'activation', activation);
  return activation;
}

/** What every network with hidden units says of `initialScale`. */
export const INITIAL_SCALE: OptionDescription = {
  what: 'factor on the output layer at the start, of lazy training',
  range: 'above 0',
  default: 1,
};

export function checkInitialScale(scale = 1): number {
  return requireNumber('initialScale', scale, Number.MIN_VALUE);
}

/** 'hidden' alone, or 'hidden1', 'hidden2', ... */
export function hiddenName(layer: number, layers: number): string {
  return layers === 1 ? 'hidden' : `hidden${layer + 1}`;
}

/** Variance of starting weights, times the number of inputs: 2 in front of relu (He et al. 2015, arXiv 1502.01852). */
export function gainOf(activation: ActivationName): number {
  return activation === 'relu' ? 2 : 1;
}
