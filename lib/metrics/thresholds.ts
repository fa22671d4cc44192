/**
 * True and false positives as the threshold falls from above the largest score to the smallest: one entry for every different score, so
 * that rows with the same score pass together, whatever their order.
 */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { labelsOf, weigh, type Labels, type MetricOptions } from './rows.js';

export interface ScoreOptions extends MetricOptions {
  /** The class whose scores are large. Default: the larger of the two labels. */
  readonly positive?: string | number | undefined;
}

export interface Thresholds {
  /** Descending. */
  readonly scores: readonly number[];
  /** Sum of the weights of the positive rows with at least that score. */
  readonly hits: readonly number[];
  /** The same of the negative rows. */
  readonly misses: readonly number[];
}

/** @throws PlanesearchError INVALID_DATA unless there are positive and negative rows */
export function thresholdsOf(truth: Labels, scores: ArrayLike<number>, options: ScoreOptions): Thresholds {
  const weightOf = weigh(truth, scores, options.sampleWeights);
  const positive = options.positive ?? labelsOf(truth).at(-1)!;
  const order = Uint32Array.from({ length: truth.length }, (_, row) => row);
  for (let row = 0; row < scores.length; row++)
    if (Number.isNaN(scores[row])) reject('INVALID_DATA', `Score ${row}`, 'a number', scores[row]);
  order.sort((a, b) => scores[b]! - scores[a]!);
  const found: { scores: number[]; hits: number[]; misses: number[] } = { scores: [], hits: [], misses: [] };
  let [hits, misses] = [0, 0];
  order.forEach((row, at) => {
    if (truth[row] === positive) hits += weightOf(row);
    else misses += weightOf(row);
    const next = order[at + 1];
    if (next !== undefined && scores[next] === scores[row]) return;
    found.scores.push(scores[row]!);
    found.hits.push(hits);
    found.misses.push(misses);
  });
  if (hits > 0 && misses > 0) return found;
  const lacking = hits > 0 ? 'others' : `rows of the class ${describe(positive)}`;
  throw new PlanesearchError('INVALID_DATA', `The truth must have rows of two classes, but there are no ${lacking}.`);
}
