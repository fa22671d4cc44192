/** Targets as callers hand them in: typed arrays, or lists of numbers, of strings, of rows of numbers, of sets of labels. */
import { typedArrayName } from '../backends/arguments.js';
import { checkAttached } from '../core/attached.js';
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { atOnce, paced } from '../core/pace.js';
import { indexSteps } from './label-index.js';
import type { RawTarget } from './table.js';

type Steps<T> = Generator<void, T, undefined>;

/** Rows looked at between two yields. */
const STRIDE = 4096;

/**
 * What a caller may give for y: one label or number a row, k numbers a row (row-major with `width`), or any number of labels
 * a row.
 */
export type GivenTarget =
  | RawTarget
  | Float64Array
  | readonly number[]
  | readonly string[]
  | readonly (readonly number[])[]
  | readonly (readonly string[])[]
  | { readonly values: Float64Array; readonly width: number };

/**
 * The first entry says what the target is made of, and every other has to be of its kind.
 *
 * @throws INVALID_DATA for an entry of another kind, with its row from 0; INVALID_ARGUMENT for what is no list
 */
export function rawTarget(y: unknown): RawTarget {
  return atOnce(targetSteps(y));
}

/** As {@link rawTarget}, sharing the event loop; which label every row has is found on the way. */
export function readTarget(y: unknown): Promise<RawTarget> {
  return paced(readSteps(y));
}

function* readSteps(y: unknown): Steps<RawTarget> {
  const raw = yield* targetSteps(y);
  yield* indexSteps(raw);
  return raw;
}

function* targetSteps(y: unknown): Steps<RawTarget> {
  if (typedArrayName(y) === 'Float64Array') return numbers(y as Float64Array);
  if (Array.isArray(y)) return yield* fromList(y as readonly unknown[]);
  const given = y as { kind?: unknown; values?: unknown; width?: number; texts?: unknown } | null | undefined;
  if ((given?.kind === undefined || given.kind === 'numbers') && typedArrayName(given?.values) === 'Float64Array') {
    const target = numbers(given!.values as Float64Array, given!.width);
    const { texts } = given!;
    return texts === undefined ? target : { ...target, texts: checkTexts(texts, target.values.length) };
  }
  if ((given?.kind === 'strings' || given?.kind === 'label-sets') && Array.isArray(given.values))
    return yield* fromList(given.values);
  return reject('INVALID_ARGUMENT', 'The target y', 'a Float64Array, a list of numbers or a list of strings', y);
}

function numbers(values: Float64Array, width?: number): Extract<RawTarget, { kind: 'numbers' }> {
  checkAttached('The target y', values);
  if (width === undefined) return { kind: 'numbers', values };
  requireInteger('The width of the target y', width, 1);
  if (values.length % width !== 0) reject('DIMENSION_MISMATCH', 'The target y', `of a length that ${width} divides`, values);
  return { kind: 'numbers', values, width };
}

function checkTexts(texts: unknown, rows: number): readonly string[] | null {
  if (texts === null || (Array.isArray(texts) && texts.length === rows && texts.every((text) => typeof text === 'string')))
    return texts;
  return reject('INVALID_ARGUMENT', 'The texts of the target y', `null or a list of ${rows} strings`, texts);
}

function* fromList(list: readonly unknown[]): Steps<RawTarget> {
  if (Array.isArray(list[0])) return yield* fromRows(list);
  const type = typeof list[0] === 'string' ? 'string' : 'number';
  for (let row = 0; row < list.length; row++) {
    if (typeof list[row] !== type) refuse(row, row === 0 ? 'a number or a string' : `a ${type}, as in row 0`, list[row]);
    if (row % STRIDE === STRIDE - 1) yield;
  }
  if (type === 'string') return { kind: 'strings', values: list.slice() as string[] };
  return { kind: 'numbers', values: new Float64Array(list as readonly number[]) };
}

/** Lists of numbers, all of one length, or lists of strings, of any length. */
function* fromRows(list: readonly unknown[]): Steps<RawTarget> {
  const odd = list.findIndex((row) => !Array.isArray(row));
  if (odd >= 0) refuse(odd, 'a list, as in row 0', list[odd]);
  const rows = list as readonly (readonly unknown[])[];
  const first = rows.find((row) => row.length > 0)?.[0];
  const type = typeof first === 'number' ? 'number' : 'string';
  const width = rows[0]!.length;
  const copies: unknown[][] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const entry = row.find((value) => typeof value !== type);
    if (entry !== undefined) refuse(i, `a list of ${type}s`, entry);
    if (type === 'number' && row.length !== width) refuse(i, `a list of ${width} numbers, as in row 0`, row);
    if (type === 'string') copies.push(row.slice());
    if (i % STRIDE === STRIDE - 1) yield;
  }
  if (type === 'string') return { kind: 'label-sets', values: copies as string[][] };
  return numbers(Float64Array.from(rows.flat() as number[]), width);
}

function refuse(row: number, expected: string, entry: unknown): never {
  const sentence = `The target of row ${row} (from 0) must be ${expected}, but ${describe(entry)} was given.`;
  throw new PlanesearchError('INVALID_DATA', sentence, { expected, received: describe(entry) });
}
