/** Targets as callers hand them in: typed arrays, or lists of numbers, of strings, of rows of numbers, of sets of labels. */
import { ownNumbers, typedArrayName } from '../backends/arguments.js';
import { checkAttached } from '../core/attached.js';
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { atOnce, endsStride, findSteps, paced, type Steps } from '../core/pace.js';
import { rowsOfTarget } from '../losses/coding.js';
import { indexSteps } from './label-index.js';
import type { RawTarget } from './table.js';

/** Numbers or labels of one row; more are not copied, since nearly all of them must be holes. */
const MOST_IN_A_ROW = 2 ** 20;

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

/**
 * As {@link rawTarget} for `rows` rows, of a copy made before the first await and sharing the event loop after it: the caller may change `y` as soon as
 * the promise is returned. Which label every row has is found on the way.
 */
export async function readTarget(y: unknown, rows: number): Promise<RawTarget> {
  for (const list of [y, (y as { values?: unknown } | null | undefined)?.values]) {
    if (Array.isArray(list) && list.length !== rows) reject('DIMENSION_MISMATCH', 'The target y', rowsOfX(rows), list);
  }
  const raw = await paced(readSteps(ownTarget(y)));
  if (rowsOfTarget(raw) !== rows) reject('DIMENSION_MISMATCH', 'The target y', rowsOfX(rows), raw.values);
  return raw;
}

function rowsOfX(rows: number): string {
  return `of length ${rows}, one per row of x`;
}

/** A copy that the caller cannot reach; what is none of the forms of a target is left to be refused. */
function ownTarget(y: unknown): unknown {
  if (Array.isArray(y)) return ownList(y);
  if (typedArrayName(y) === 'Float64Array') return ownNumbers('The target y', y);
  const { values, texts } = Object(y) as { values?: unknown; texts?: unknown };
  // Whether each text is one is looked at later, in pieces; their number before anything is as long as it.
  if (Array.isArray(texts) && texts.length !== (values as Partial<Float64Array> | undefined)?.length) return y;
  const copies = {
    ...(typedArrayName(values) === 'Float64Array' && { values: ownNumbers('The target y', values) }),
    ...(Array.isArray(values) && { values: ownList(values) }),
    ...(Array.isArray(texts) && { texts: texts.slice() }),
  };
  return Object.keys(copies).length > 0 ? { ...(y as object), ...copies } : y;
}

function ownList(list: readonly unknown[]): unknown[] {
  if (!Array.isArray(list[0])) return list.slice();
  return list.map((row: unknown) => (Array.isArray(row) && row.length < MOST_IN_A_ROW ? row.slice() : row));
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
    return texts === undefined ? target : { ...target, texts: yield* checkTexts(texts, target.values.length) };
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

function* checkTexts(texts: unknown, rows: number): Steps<readonly string[] | null> {
  if (texts === null) return null;
  if (Array.isArray(texts) && texts.length === rows && (yield* findSteps(texts, (text) => typeof text !== 'string')) < 0)
    return texts;
  return reject('INVALID_ARGUMENT', 'The texts of the target y', `null or a list of ${rows} strings`, texts);
}

function* fromList(list: readonly unknown[]): Steps<RawTarget> {
  if (Array.isArray(list[0])) return yield* fromRows(list);
  const type = typeof list[0] === 'string' ? 'string' : 'number';
  const odd = yield* findSteps(list, (entry) => typeof entry !== type);
  if (odd >= 0) refuse(odd, odd === 0 ? 'a number or a string' : `a ${type}, as in row 0`, list[odd]);
  if (type === 'string') return { kind: 'strings', values: list as readonly string[] };
  const values = new Float64Array(list.length);
  for (let row = 0; row < values.length; row++) {
    values[row] = list[row] as number;
    if (endsStride(row)) yield;
  }
  return { kind: 'numbers', values };
}

/** Lists of numbers, all of one length, or lists of strings, of any length. */
function* fromRows(list: readonly unknown[]): Steps<RawTarget> {
  const odd = yield* findSteps(list, (row) => !Array.isArray(row));
  if (odd >= 0) refuse(odd, 'a list, as in row 0', list[odd]);
  const rows = list as readonly (readonly unknown[])[];
  const filled = yield* findSteps(rows, (row) => row.length > 0);
  const type = filled >= 0 && typeof rows[filled]![0] === 'number' ? 'number' : 'string';
  const width = rows[0]!.length;
  const values = new Float64Array(type === 'number' ? rows.length * width : 0);
  const copies: unknown[][] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    for (const entry of row) if (typeof entry !== type) refuse(i, `a list of ${type}s`, entry);
    if (type === 'string') copies.push(row.slice());
    else if (row.length !== width) refuse(i, `a list of ${width} numbers, as in row 0`, row);
    else for (let a = 0; a < width; a++) values[i * width + a] = row[a] as number;
    if (endsStride(i)) yield;
  }
  if (type === 'string') return { kind: 'label-sets', values: copies as string[][] };
  return numbers(values, width);
}

function refuse(row: number, expected: string, entry: unknown): never {
  const sentence = `The target of row ${row} (from 0) must be ${expected}, but ${describe(entry)} was given.`;
  throw new PlanesearchError('INVALID_DATA', sentence, { expected, received: describe(entry) });
}
