/**
 * The penalties by their names: with l1Ratio = r, as in scikit-learn,
 *
 *     alpha (r |w|_1 + (1 - r)/2 |w|^2)   is   l1 = alpha r,  l2 = alpha (1 - r)
 *
 * so that of l1, l2 and r any two are enough, and with none the strength is chosen by held-out rows.
 */
import { PlanesearchError, reject, requireNumber } from '../core/errors.js';
import { checkPenalty, type PenaltyWord } from '../selection/choose-penalty.js';
import type { TrainOptions } from '../train.js';

export const penaltyNames = ['l2', 'l1', 'elastic-net'] as const;
export type PenaltyName = (typeof penaltyNames)[number];

/** What can stand where a number for l1 could: along a path, along the derivative of what is judged by, 'auto' for what suits the problem. */
export const l1Choices = ['auto', 'path', 'gradient'] as const;
export type L1Choice = (typeof l1Choices)[number];

export interface WantedPenalties {
  /** A number or how it is found; undefined: the default. */
  readonly l2: number | PenaltyWord | undefined;
  /** 0 for none. */
  readonly l1: number | L1Choice;
  /** With a word for l1: l1 / (l1 + l2). */
  readonly ratio: number;
}

const DEFAULT_RATIO = 0.5;

/** Relative to the start's subgradient: Newton steps make the last digits cheap. */
export const TOLERANCE = 1e-8;

type PenaltyOptions = Pick<TrainOptions, 'penalty' | 'l1Ratio' | 'l1' | 'l2'>;

/** @throws PlanesearchError INVALID_OPTION, or INCOMPATIBLE for what contradicts itself */
export function wantedPenalties({ penalty, l1Ratio, l1: given, l2: squares }: PenaltyOptions): WantedPenalties {
  if (penalty !== undefined && !penaltyNames.includes(penalty))
    reject('INVALID_OPTION', 'penalty', `one of ${penaltyNames.join(', ')}`, penalty);
  const l2 = checkPenalty(squares);
  const l1 = checkL1(given);
  if (l1Ratio !== undefined && penalty !== 'elastic-net') refuse("l1Ratio is for penalty: 'elastic-net'");
  if (penalty === 'l2' && (l1 ?? 0) !== 0) refuse("With penalty: 'l2' there is no l1");
  if (penalty === 'l1' && (l2 ?? 0) !== 0) refuse("With penalty: 'l1' there is no l2; penalty: 'elastic-net' has both");
  const wanted = penalty === 'elastic-net' ? elasticNet(l1Ratio, l1, l2) : { l1: l1 ?? (penalty === 'l1' ? 'auto' : 0), l2 };
  if (wanted.l1 === 0) return { ...wanted, ...(penalty === 'l1' && { l2: 0 }), ratio: 0 };
  if (typeof wanted.l2 === 'string') refuse('With l1, l2 must be a number, and is not chosen');
  if (typeof wanted.l1 === 'string' && (wanted.l2 ?? 0) !== 0)
    refuse(`With l1: '${wanted.l1}' l2 follows from l1Ratio (penalty: 'elastic-net')`);
  return { ...wanted, l2: wanted.l2 ?? 0, ratio: penalty === 'elastic-net' ? (l1Ratio ?? DEFAULT_RATIO) : 1 };
}

/** @throws PlanesearchError INVALID_OPTION where the ratio is so small that there is no such number */
export function l2Beside(l1: number, ratio: number): number {
  const l2 = (l1 * (1 - ratio)) / ratio;
  if (l2 < Infinity) return l2;
  const sentence = `l1Ratio must be large enough for l2 = l1 (1 - l1Ratio) / l1Ratio to be finite, but ${ratio} was given with l1 ${l1}.`;
  throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'a larger ratio', received: String(ratio) });
}

/** @throws PlanesearchError INVALID_OPTION for another word and for what is no number of at least 0 */
function checkL1(l1: unknown): number | L1Choice | undefined {
  if (l1 === undefined || l1Choices.some((choice) => choice === l1)) return l1 as L1Choice | undefined;
  if (typeof l1 !== 'string') return requireNumber("l1, 'auto' or a number,", l1, 0);
  return reject('INVALID_OPTION', 'l1', `one of ${l1Choices.join(', ')} or a finite number of at least 0`, l1);
}

function elasticNet(
  given: number | undefined,
  l1: number | L1Choice | undefined,
  l2: number | PenaltyWord | undefined,
): Omit<WantedPenalties, 'ratio'> {
  const ratio = requireNumber('l1Ratio', given ?? DEFAULT_RATIO, Number.MIN_VALUE, 1);
  if (typeof l2 === 'string') refuse('With an elastic net l1 and l2 are chosen together: leave out l2');
  if (given !== undefined && l1 !== undefined && l2 !== undefined)
    refuse('l1Ratio follows from l1 and l2: leave out one of them');
  if (typeof l1 === 'number') return { l1, l2: l2 ?? l2Beside(l1, ratio) };
  if (l1 !== undefined || l2 === undefined) return { l1: l1 ?? 'auto', l2: undefined };
  if (ratio === 1) refuse('With l1Ratio 1 there is no l2');
  return { l1: (l2 * ratio) / (1 - ratio), l2 };
}

function refuse(sentence: string): never {
  throw new PlanesearchError('INCOMPATIBLE', `${sentence}.`);
}

/** What the search of an l1 solution decides itself. */
const decided = [
  'direction',
  'directionOptions',
  'steps',
  'solver',
  'memory',
  'rate',
  'schedule',
  'restarts',
  'batch',
  'solveOn',
  'layers',
] as const;

/** The options of a run with l1: what it cannot use is refused, all rows are looked at, and the tolerance is its own. */
export function withL1Defaults(options: TrainOptions): TrainOptions {
  if (wantedPenalties(options).l1 === 0) return options;
  const bad = decided.find(
    (name) => options[name] !== undefined && options[name] !== 'auto' && options[name] !== 'together',
  );
  if (bad !== undefined) refuse(`With l1 every iteration is a proximal Newton step of all weights: ${bad} must be left out`);
  if (options.layerPenalties !== undefined)
    refuse('With l1 the network has one layer, whose l2 says all: layerPenalties must be left out');
  if (options.sample !== undefined && options.sample !== 'auto' && options.sample !== 'all')
    refuse('With l1 all rows are looked at from the start: sample must be left out');
  return { tolerance: TOLERANCE, ...withoutUndefined(options), sample: 'all' };
}

function withoutUndefined(options: TrainOptions): TrainOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
