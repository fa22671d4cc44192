/** A direction by its name and options in words and numbers, as a file of settings or a command line has them. */
import { lookUp, reject } from '../core/errors.js';
import { checkOptions, type Configurable, type OptionDescription } from '../core/option.js';
import type { Direction } from './direction.js';
import { directions } from './index.js';

/** Numbers, words and lists of names, by the names of the options of the function that makes the direction. */
export type DirectionOptions = Readonly<Record<string, number | string | readonly string[] | undefined>>;

/** Every direction with what it can be told. */
const described: Readonly<Record<string, Configurable>> = Object.fromEntries(
  Object.entries(directions).map(([name, make]) => [name, { options: (make as Partial<Configurable>).options ?? {} }]),
);

/**
 * In words a list of names is joined by `+` (`hidden+output`), and a hyphen may stand for a space (`in-turn`).
 *
 * @throws PlanesearchError INVALID_OPTION for an unknown name or value; INCOMPATIBLE for an option that the direction does not have
 */
export function directionByName(name: string, options: DirectionOptions = {}): Direction {
  const make = lookUp<(options: never) => Direction>(directions, 'direction', name);
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    reject('INVALID_OPTION', 'directionOptions', 'an object of options by name', options);
  checkOptions('direction', described, name, options);
  const known = described[name]!.options;
  return make(
    Object.fromEntries(Object.entries(options).map(([option, value]) => [option, meant(value, known[option])])) as never,
  );
}

function meant(value: DirectionOptions[string], option: OptionDescription | undefined): DirectionOptions[string] {
  if (typeof value !== 'string' || !option?.names) return value;
  return option.names.find((word) => word === value || word.replaceAll(' ', '-') === value) ?? value.split('+');
}

/** `pairs=5`, `block=in-turn`. */
export function parseDirectionOption(text: string): DirectionOptions {
  const [, name, value] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    return reject('INVALID_OPTION', 'An option of a direction', 'name=value, such as pairs=5', text);
  return { [name]: Number.isFinite(Number(value)) ? Number(value) : value };
}
