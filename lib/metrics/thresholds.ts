/**
 * True and false positives as the threshold falls from above the largest score to the smallest: one entry for every different score, so
 * that rows with the same score pass together, whatever their order.
 */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { orderSteps, sortedSteps } from '../core/order.js';
import { atOnce, endsStride, type Steps } from '../core/pace.js';
import { labelsOf, weigh, type Labels, type MetricOptions, type WeightOf } from './rows.js';

export interface ScoreOptions extends MetricOptions {
  /** The class whose scores are large. Default: the larger of the two labels. */
  readonly positive?: string | number | undefined;
}

export interface Thresholds {
  /** Descending. */
  readonly scores: Float64Array;
  /** Sum of the weights of the positive rows with at least that score. */
  readonly hits: Float64Array;
  /** The same of the negative rows. */
  readonly misses: Float64Array;
}

/** @throws PlanesearchError INVALID_DATA unless there are positive and negative rows */
export function thresholdsOf(truth: Labels, scores: ArrayLike<number>, options: ScoreOptions): Thresholds {
  return atOnce(thresholdsSteps(truth, scores, options));
}

export function* thresholdsSteps(truth: Labels, scores: ArrayLike<number>, options: ScoreOptions): Steps<Thresholds> {
  const weightOf = weigh(truth, scores, options.sampleWeights);
  const positive = options.positive ?? labelsOf(truth).at(-1)!;
  for (let row = 0; row < scores.length; row++)
    if (Number.isNaN(scores[row])) reject('INVALID_DATA', `Score ${row}`, 'a number', scores[row]);
  const found = options.sampleWeights
    ? yield* weighted(truth, scores, positive, weightOf)
    : yield* unweighted(truth, scores, positive);
  const [hits, misses] = [found.hits.at(-1)!, found.misses.at(-1)!];
  if (hits > 0 && misses > 0) return found;
  const lacking = hits > 0 ? 'others' : `rows of the class ${describe(positive)}`;
  throw new PlanesearchError('INVALID_DATA', `The truth must have rows of two classes, but there are no ${lacking}.`);
}

function* weighted(
  truth: Labels,
  scores: ArrayLike<number>,
  positive: string | number,
  weightOf: WeightOf,
): Steps<Thresholds> {
  const order = yield* orderSteps(truth.length, (a, b) => scores[b]! - scores[a]!);
  const found = new Collected(truth.length);
  let [hits, misses] = [0, 0];
  for (let at = 0; at < order.length; at++) {
    const row = order[at]!;
    if (truth[row] === positive) hits += weightOf(row);
    else misses += weightOf(row);
    if (endsStride(at)) yield;
    const next = order[at + 1];
    if (next === undefined || scores[next] !== scores[row]) found.add(scores[row]!, hits, misses);
  }
  return found.thresholds;
}

/** Rows that count the same need no order: the scores of the positive ones and of the others are sorted as numbers, ten times as fast. */
function* unweighted(truth: Labels, scores: ArrayLike<number>, positive: string | number): Steps<Thresholds> {
  const { length } = truth;
  const room = new Float64Array(length);
  let hits = 0;
  for (let row = 0, misses = 0; row < length; row++) {
    if (truth[row] === positive) room[hits++] = scores[row]!;
    else room[length - ++misses] = scores[row]!;
    if (endsStride(row)) yield;
  }
  const own = yield* sortedSteps(room.subarray(0, hits));
  const others = yield* sortedSteps(room.subarray(hits));
  const found = new Collected(length);
  for (let a = own.length, b = others.length, k = 0; a + b > 0; k++) {
    const score = a > 0 && !(b > 0 && others[b - 1]! > own[a - 1]!) ? own[a - 1]! : others[b - 1]!;
    while (a > 0 && own[a - 1] === score) a--;
    while (b > 0 && others[b - 1] === score) b--;
    found.add(score, own.length - a, others.length - b);
    if (endsStride(k)) yield;
  }
  return found.thresholds;
}

/** At most one entry for every row. */
class Collected {
  readonly #scores: Float64Array;
  readonly #hits: Float64Array;
  readonly #misses: Float64Array;
  #count = 0;

  constructor(most: number) {
    [this.#scores, this.#hits, this.#misses] = [new Float64Array(most), new Float64Array(most), new Float64Array(most)];
  }

  add(score: number, hits: number, misses: number): void {
    const at = this.#count++;
    this.#scores[at] = score;
    this.#hits[at] = hits;
    this.#misses[at] = misses;
  }

  get thresholds(): Thresholds {
    const [scores, hits, misses] = [this.#scores, this.#hits, this.#misses].map((all) => all.subarray(0, this.#count));
    return { scores: scores!, hits: hits!, misses: misses! };
  }
}
