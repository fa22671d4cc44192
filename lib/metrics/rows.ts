/** What every metric is given: the truth, what was predicted, and what a row counts. */
import { PlanesearchError, reject } from '../core/errors.js';
import { atOnce, endsStride, type Steps } from '../core/pace.js';

export interface MetricOptions {
  /** What a row counts, at least 0; all equal when absent. A weight of 2 is the same as the row twice. */
  readonly sampleWeights?: ArrayLike<number> | undefined;
}

export type Labels = ArrayLike<string | number>;

/** The weight of a row; all are 1 where none are given. */
export type WeightOf = (row: number) => number;

/**
 * @param width numbers of `predicted` for one of `truth`
 * @throws PlanesearchError DIMENSION_MISMATCH for other lengths, INVALID_DATA for no rows or weights that are none
 */
export function weigh(
  truth: ArrayLike<unknown>,
  predicted: ArrayLike<unknown>,
  weights: ArrayLike<number> | undefined,
  width = 1,
): WeightOf {
  const rows = truth.length;
  if (rows === 0) throw new PlanesearchError('INVALID_DATA', 'A metric must have at least one row, but there is none.');
  if (predicted.length !== rows * width)
    reject('DIMENSION_MISMATCH', 'What was predicted', `of length ${rows * width}, as the truth asks for`, predicted);
  if (weights === undefined) return () => 1;
  if (weights.length !== rows) reject('DIMENSION_MISMATCH', 'The sample weights', `${rows} numbers, one a row`, weights);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!(weight >= 0 && weight < Infinity))
      reject('INVALID_DATA', `Sample weight ${row}`, 'a finite number of at least 0', weight);
    sum += weight;
  }
  if (sum === 0) reject('INVALID_DATA', 'The sum of the sample weights', 'positive', sum);
  return (row) => weights[row]!;
}

/** Weighted mean over the rows. */
export function meanOf(rows: number, weightOf: WeightOf, value: (row: number) => number): number {
  return atOnce(meanSteps(rows, weightOf, value));
}

export function* meanSteps(rows: number, weightOf: WeightOf, value: (row: number) => number): Steps<number> {
  let sum = 0;
  let mass = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weightOf(row);
    if (endsStride(row)) yield;
    if (weight === 0) continue;
    sum += weight * value(row);
    mass += weight;
  }
  return sum / mass;
}

/** Every label that occurs in either, in ascending order: numbers by value, before texts. */
export function labelsOf(...lists: readonly Labels[]): (string | number)[] {
  const found = new Set<string | number>();
  for (const list of lists) for (let row = 0; row < list.length; row++) found.add(list[row]!);
  return [...found].sort((a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
    return a < b ? -1 : 1;
  });
}
