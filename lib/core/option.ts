/**
 * What a part of a run can be told, in words: for tables of options and for the sentence that refuses an option of another
 * part.
 */
import { PlanesearchError } from './errors.js';

export interface OptionDescription {
  readonly what: string;
  readonly range: string;
  readonly default: number | string | readonly number[];
  /** Of an option that takes a list of names: the words that may stand in its place. */
  readonly names?: readonly string[];
}

/** A registry entry: a function of one options object that says which options it understands. */
export interface Configurable {
  readonly options: Readonly<Record<string, OptionDescription>>;
}

/**
 * @throws PlanesearchError INCOMPATIBLE for an option that was given, is not undefined and is not understood by
 * `registry[name]`
 */
export function checkOptions(
  what: string,
  registry: Readonly<Record<string, Configurable>>,
  name: string,
  given: object,
): void {
  const known = registry[name]!.options;
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(known, option)) continue;
    const owners = Object.keys(registry).filter((other) => Object.hasOwn(registry[other]!.options, option));
    const names = owners.map((owner) => `'${owner}'`).join(', ');
    const who = owners.length === 0 ? `no ${what} has` : owners.length === 1 ? `the ${what} ${names} has` : `${names} have`;
    throw new PlanesearchError('INCOMPATIBLE', `The ${what} '${name}' has no option '${option}'; ${who} it.`, {
      expected: Object.keys(known).join(', '),
      received: option,
    });
  }
}
