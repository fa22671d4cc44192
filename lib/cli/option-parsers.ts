/** How the text behind an option becomes its value, or is refused by the name of the option. */
import { Option } from 'commander';
import { reject, requireInteger, requireNumber } from '../core/errors.js';
import { parseDirectionOption, type DirectionOptions } from '../directions/by-name.js';
import { l1Choices, type L1Choice } from '../l1/options.js';
import { penaltyWords, type PenaltyWord } from '../selection/choose-penalty.js';
import type { ClassWeight } from '../estimators/class-weights.js';

/** @param before what the same option has given so far, where it comes again */
export type Parser = (value: string, name: string, before: unknown) => unknown;

/**
 * An option with a value. One that looks like an option is refused: `--out --json` would write a model named --json. (A file of that name
 * is ./--json.)
 */
export function option(flags: string, description: string, parse: Parser): Option {
  const made = new Option(flags, description);
  const name = made.long!;
  return made.argParser((value, before) => {
    if (/^--[a-z]/.test(value)) reject('INVALID_OPTION', name, 'followed by its value', value);
    return parse(value, name, before);
  });
}

/** As it stands. */
export function text(value: string): string {
  return value;
}

/** The values of the options that have a fixed set of them. */
export const valuesOf = new WeakMap<Option, readonly string[]>();

/** An option with a fixed set of values. The default is only told: the library has it. */
export function choice(flags: string, names: readonly string[], description: string, byDefault?: string): Option {
  const note = byDefault === undefined ? '' : ` (default: ${byDefault})`;
  const text = `${names.join(', ')}${description && `; ${description}`}${note}`;
  const made = option(flags, text, (value, name) => {
    return names.includes(value) ? value : reject('INVALID_OPTION', name, `one of ${names.join(', ')}`, value);
  });
  valuesOf.set(made, names);
  return made;
}

/** The number, or the text itself, which the checks behind this then refuse by its name. */
export function decimal(text: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

export function atLeast(minimum: number, maximum?: number): Parser {
  return (value, name) => requireNumber(name, decimal(value), minimum, maximum);
}

export function integer(minimum: number, maximum?: number): Parser {
  return (value, name) => requireInteger(name, decimal(value), minimum, maximum);
}

/** `pairs=5,damping=0.1` */
export function directionOptions(value: string): DirectionOptions {
  return Object.assign({}, ...value.split(',').map(parseDirectionOption)) as DirectionOptions;
}

/** A number of at least 0, or how to find one. */
export function penaltyWeight(value: string, name: string): number | PenaltyWord {
  const word = penaltyWords.find((choice) => choice === value);
  return word ?? requireNumber(name, decimal(value), 0);
}

/** The same of l1. */
export function l1Weight(value: string, name: string): number | L1Choice {
  const word = l1Choices.find((choice) => choice === value);
  return word ?? requireNumber(name, decimal(value), 0);
}

export function sample(value: string, name: string): number | 'auto' | 'all' {
  if (value === 'auto' || value === 'all') return value;
  const rows = decimal(value);
  if (typeof rows === 'number' && Number.isInteger(rows) && rows >= 1) return rows;
  return reject('INVALID_OPTION', name, 'auto, all or an integer of at least 1', rows);
}

export function aboveZero(value: string, name: string): number {
  return requireNumber(name, decimal(value), Number.MIN_VALUE);
}

export function sizes(value: string, name: string): number[] {
  const list = value.split(',').map((size) => decimal(size.trim()));
  if (!list.every((size): size is number => Number.isInteger(size) && Number(size) > 0)) {
    reject('INVALID_OPTION', name, 'layer sizes of at least 1 separated by commas', value);
  }
  return list;
}

/** `1,0.1`: what the penalty of each layer is multiplied by. */
export function factors(value: string, name: string): number[] {
  return value.split(',').map((one) => requireNumber(`Every number of ${name}`, decimal(one.trim()), 0));
}

export function imageShape(value: string, name: string): [number, number] {
  const found = /^(\d{1,6})[,x](\d{1,6})$/.exec(value);
  if (!found) return reject('INVALID_OPTION', name, 'a height and a width, such as 28,28', value);
  return [Number(found[1]), Number(found[2])];
}

/** Weights by class, `spam=5,ham=1`, or `balanced`. */
export function classWeights(value: string, name: string): ClassWeight {
  if (value === 'balanced') return value;
  const pairs = value.split(',').map((pair) => {
    const at = pair.lastIndexOf('=');
    return [pair.slice(0, at), decimal(pair.slice(at + 1)), at] as const;
  });
  if (pairs.every(([, weight, at]) => at > 0 && typeof weight === 'number'))
    return Object.fromEntries(pairs.map(([label, weight]) => [label, Number(weight)]));
  return reject('INVALID_OPTION', name, 'balanced, or a list of class=weight separated by commas', value);
}

/** A path. A file whose name begins with - is `./-name`: `-` alone is standard input, where that is read. */
export function outputPath(value: string, name: string): string {
  if (value !== '' && !value.startsWith('-')) return value;
  return reject('INVALID_OPTION', name, 'the path of a file (./-name for a name that begins with -)', value);
}

/** A share above 0 and below 1, or a path: a file whose name is a number is `./0.2`. */
export function shareOrPath(value: string, name: string): string | number {
  const number = decimal(value);
  if (typeof number === 'string') return inputPath(value, name);
  if (number > 0 && number < 1) return number;
  return reject('INVALID_OPTION', name, 'a share above 0 and below 1, or the path of a file', number);
}

/** As {@link outputPath}, or `-` for standard input. */
export function inputPath(value: string, name: string): string {
  return value === '-' ? value : outputPath(value, name);
}
