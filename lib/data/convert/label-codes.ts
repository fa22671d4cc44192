/** A target as the numbers of an NPY file: class labels as whole numbers, by their place among the names. */
import { describe, reject } from '../../core/errors.js';
import { mapSteps, paced } from '../../core/pace.js';
import type { RawTarget } from '../table.js';

/** What the numbers of the file stand for. */
export interface StoredLabels {
  readonly kind: 'numbers' | 'strings';
  /** As written, in ascending order: the file holds their places. Without them it holds the numbers themselves. */
  readonly names?: readonly string[] | undefined;
  /** With `kind: 'numbers'`: the number that each name is. */
  readonly numbers?: readonly number[] | undefined;
  /** They are not written as a number prints, in too many ways to be kept. */
  readonly lost?: true | undefined;
}

export interface CodedLabels {
  readonly stored: StoredLabels;
  /** Int32 where they are places of names. */
  readonly values: Float64Array | Int32Array;
  readonly width: number;
}

export async function codeLabels(target: RawTarget): Promise<CodedLabels> {
  const { kind } = target;
  if (kind === 'label-sets') return reject('INCOMPATIBLE', 'The target', 'one label or number a row', 'sets of labels');
  const texts = kind === 'strings' ? target.values : target.texts;
  if (!texts) {
    const { values, width = 1 } = target as Extract<RawTarget, { kind: 'numbers' }>;
    return { stored: { kind: 'numbers', ...(texts === null ? { lost: true } : {}) }, values, width };
  }
  const first = new Map<string, number>();
  texts.forEach((text, row) => first.has(text) || first.set(text, row));
  const names = [...first.keys()].sort();
  const places = new Map(names.map((name, place) => [name, place]));
  const values = Int32Array.from(await paced(mapSteps(texts, (text) => places.get(text)!)));
  const numbers = kind === 'numbers' ? { numbers: names.map((name) => target.values[first.get(name)!]!) } : {};
  return { stored: { kind, names, ...numbers }, values, width: 1 };
}

/** @throws PlanesearchError INVALID_DATA for a number that is no place of a name */
export async function decodeLabels(path: string, target: RawTarget, stored: StoredLabels | null): Promise<RawTarget> {
  if (stored === null || target.kind !== 'numbers') return target;
  const { kind, names, numbers, lost } = stored;
  if (!names) return lost ? { ...target, texts: null } : target;
  const { values } = target;
  const texts = await paced(
    mapSteps(values, (place) => {
      const expected = `a whole number from 0 to ${names.length - 1}, the place of a label`;
      return names[place] ?? reject('INVALID_DATA', `Every number of ${describe(path)}`, expected, place);
    }),
  );
  if (kind === 'strings') return { kind, values: texts };
  return { kind, values: values.map((place) => numbers![place]!), texts };
}

export function areStoredLabels(value: unknown): value is StoredLabels {
  const { kind, names, numbers, lost } = Object(value) as Record<string, unknown>;
  if (lost !== undefined && lost !== true) return false;
  if (names === undefined) return kind === 'numbers' && numbers === undefined;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return false;
  if (kind === 'strings') return numbers === undefined;
  return kind === 'numbers' && Array.isArray(numbers) && numbers.length === names.length && numbers.every(Number.isFinite);
}
