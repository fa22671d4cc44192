/**
 * Measures the frame of a dense source: centers and spreads of its columns in two passes over the rows.
 *
 * Distances to the first row are summed, not the values themselves: a constant column then has exactly spread 0, where the
 * sum of n times 0.1 rounds to a spread of 1e-17 by which to divide. Squares are taken of distances relative to the longest
 * one, so that they neither overflow nor vanish.
 */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import type { DenseSource } from './backend.js';
import { checkArray, typedArrayName } from './arguments.js';
import { CONSTANT_ULPS, noFrame, SPREAD_RANGE, type Frame } from './frame.js';

/** Distance of 1 to the next number. */
export const EPSILON = { Float64Array: 2 ** -52, Float32Array: 2 ** -23 } as const;

/** Longest distance below which no spread is measured. */
const TOO_SMALL = 1e-300;

/** @throws PlanesearchError INVALID_DATA for a column whose spread is outside `SPREAD_RANGE`, with its number or name */
export async function measureFrame({ values, rows, columns }: DenseSource, names?: readonly string[]): Promise<Frame> {
  const frame = noFrame(columns);
  const { origin, distance } = frame;
  for (let j = 0; j < columns; j++) origin[j] = values[j]!;
  const longest = new Float64Array(columns);
  const largest = new Float64Array(columns);
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const x = values[i * columns + j]!;
      const away = x - origin[j]!;
      distance[j]! += away / rows;
      if (Math.abs(away) > longest[j]!) longest[j] = Math.abs(away);
      if (Math.abs(x) > largest[j]!) largest[j] = Math.abs(x);
    }
    if (pace.due) await pace.yield();
  }
  const squares = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const relative = (values[i * columns + j]! - origin[j]! - distance[j]!) / longest[j]!;
      squares[j]! += (relative * relative) / rows;
    }
    if (pace.due) await pace.yield();
  }
  const unit = CONSTANT_ULPS * EPSILON[typedArrayName(values) as keyof typeof EPSILON];
  for (let j = 0; j < columns; j++) {
    setColumn(frame, j, { longest: longest[j]!, squares: squares[j]!, rounding: unit * largest[j]! });
  }
  checkSpreads(frame, names);
  return frame;
}

/**
 * Scale and constancy of a column whose distances from the origin are at most `longest`, `squares` the mean of their squares about the
 * mean distance, relative to `longest`. A spread of at most `rounding` is none.
 */
export function setColumn(
  { distance, scale, constant }: Frame,
  j: number,
  { longest, squares, rounding }: { readonly longest: number; readonly squares: number; readonly rounding: number },
): void {
  // Squares of the smallest numbers are lost: then the longest distance stands for the spread, and is refused by its size.
  const spread = longest >= TOO_SMALL && longest < Infinity ? longest * Math.sqrt(squares) : longest;
  if (spread <= rounding) {
    constant[j] = 1;
    distance[j] = 0;
  } else scale[j] = spread;
}

/** @throws PlanesearchError INVALID_DATA for a column whose spread is outside `SPREAD_RANGE`, with its number or name */
export function checkSpreads({ scale }: Frame, names?: readonly string[]): void {
  scale.forEach((spread, column) => requireSpread(spread, column, names));
}

function requireSpread(spread: number, column: number, names: readonly string[] | undefined): number {
  const { least, most } = SPREAD_RANGE;
  if (spread >= least && spread <= most) return spread;
  const name = names?.[column] === undefined ? `column ${column} (from 0)` : `column ${describe(names[column])}`;
  const expected = `from ${least} to ${most}`;
  const sentence = `The standard deviation of ${name} must be ${expected}, but is ${spread}: use another unit.`;
  throw new PlanesearchError('INVALID_DATA', sentence, { expected, received: String(spread) });
}

/**
 * A frame that a caller brings along.
 *
 * @throws PlanesearchError INVALID_DATA for a column whose spread is outside `SPREAD_RANGE`, with its number or name
 */
export function checkFrame(frame: Frame, columns: number, names?: readonly string[]): Frame {
  for (const part of ['origin', 'distance', 'scale'] as const) {
    checkArray(`The ${part} of a frame`, frame[part], columns, 'one per column');
    const bad = frame[part].findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) reject('INVALID_ARGUMENT', `The ${part} of column ${bad} (from 0)`, 'a finite number', frame[part][bad]);
  }
  const { constant } = frame;
  if (typedArrayName(constant) !== 'Uint8Array' || constant.length !== columns) {
    reject('INVALID_ARGUMENT', 'The constant of a frame', `a Uint8Array of length ${columns}, one per column`, constant);
  }
  checkSpreads(frame, names);
  return frame;
}
