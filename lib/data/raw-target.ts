/** Targets as callers hand them in: typed arrays or lists of numbers or strings. */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { checkMemory } from '../core/memory.js';
import type { RawTarget } from './table.js';

/**
 * One label or number per row, as numbers or as strings; the first entry says which, and every other has to be of its kind.
 *
 * @throws INVALID_DATA for an entry of another kind, with its row from 0; INVALID_ARGUMENT for what is no list
 */
export function rawTarget(y: unknown): RawTarget {
  if (y instanceof Float64Array) return numbers(y);
  if (Array.isArray(y)) return fromList(y as readonly unknown[]);
  const given = y as Partial<RawTarget> | null | undefined;
  if (given?.kind === 'numbers' && given.values instanceof Float64Array) {
    const { texts } = given as Extract<RawTarget, { kind: 'numbers' }>;
    return texts === undefined ? numbers(given.values) : { ...numbers(given.values), texts: checkTexts(texts, given.values.length) };
  }
  if (given?.kind === 'strings' && Array.isArray(given.values)) return fromList(given.values);
  return reject('INVALID_ARGUMENT', 'The target y', 'a Float64Array, a list of numbers or a list of strings', y);
}

function numbers(values: Float64Array): Extract<RawTarget, { kind: 'numbers' }> {
  checkMemory('The target y', values);
  return { kind: 'numbers', values };
}

function checkTexts(texts: unknown, rows: number): readonly string[] | null {
  if (texts === null || (Array.isArray(texts) && texts.length === rows && texts.every((text) => typeof text === 'string'))) return texts;
  return reject('INVALID_ARGUMENT', 'The texts of the target y', `null or a list of ${rows} strings`, texts);
}

function fromList(list: readonly unknown[]): RawTarget {
  const type = typeof list[0] === 'string' ? 'string' : 'number';
  const other = list.findIndex((entry) => typeof entry !== type);
  if (other >= 0) {
    const expected = other === 0 ? 'a number or a string' : `a ${type}, as in row 0`;
    const sentence = `The target of row ${other} (from 0) must be ${expected}, but ${describe(list[other])} was given.`;
    throw new PlanesearchError('INVALID_DATA', sentence, { expected, received: describe(list[other]) });
  }
  if (type === 'string') return { kind: 'strings', values: list.slice() as string[] };
  return { kind: 'numbers', values: Float64Array.from(list as readonly number[]) };
}
