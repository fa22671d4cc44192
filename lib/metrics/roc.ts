/**
 * The receiver operating characteristic: the share of positive rows with a score of at least t against that of negative rows, for every t; and
 * the area under it, which is P(score of a positive > score of a negative) + P(equal) / 2 (Fawcett 2006, doi 10.1016/j.patrec.2005.10.010).
 */
import { PlanesearchError } from '../core/errors.js';
import { atOnce, endsStride, type Steps } from '../core/pace.js';
import { meanOf, weigh, type Labels, type MetricOptions } from './rows.js';
import { thresholdsOf, thresholdsSteps, type ScoreOptions, type Thresholds } from './thresholds.js';

export interface RocCurve {
  readonly falsePositiveRate: readonly number[];
  readonly truePositiveRate: readonly number[];
  /** Descending; the first is Infinity, where nothing is positive. */
  readonly thresholds: readonly number[];
}

/** Every point of the curve, one for each different score; rows of equal scores are one point. */
export function rocCurve(truth: Labels, scores: ArrayLike<number>, options: ScoreOptions = {}): RocCurve {
  return rocOf(thresholdsOf(truth, scores, options));
}

function rocOf({ scores: thresholds, hits, misses }: Thresholds): RocCurve {
  const [allHits, allMisses] = [hits.at(-1)!, misses.at(-1)!];
  return {
    falsePositiveRate: [0, ...misses.map((count) => count / allMisses)],
    truePositiveRate: [0, ...hits.map((count) => count / allHits)],
    thresholds: [Infinity, ...thresholds],
  };
}

/** Area under the ROC curve of two classes, by trapezoids: ties count one half. */
export function rocAuc(truth: Labels, scores: ArrayLike<number>, options: ScoreOptions = {}): number {
  return areaUnderRoc(thresholdsOf(truth, scores, options));
}

/** The same of thresholds that are at hand. */
export function areaUnderRoc({ hits, misses }: Thresholds): number {
  const [allHits, allMisses] = [hits.at(-1)!, misses.at(-1)!];
  let [area, x, y] = [0, 0, 0];
  for (let k = 0; k < hits.length; k++) {
    const [nextX, nextY] = [misses[k]! / allMisses, hits[k]! / allHits];
    area += ((nextX - x) * (nextY + y)) / 2;
    [x, y] = [nextX, nextY];
  }
  return area;
}

/**
 * Mean of the areas of every class against all others, for several classes or sets of labels.
 *
 * @param scores rows x classes, row-major
 */
export function rocAucOneVsRest(
  truth: ArrayLike<string | number | readonly string[]>,
  scores: ArrayLike<number>,
  classes: readonly (string | number)[],
  options: MetricOptions = {},
): number {
  return atOnce(rocAucOneVsRestSteps(truth, scores, classes, options));
}

export function* rocAucOneVsRestSteps(
  truth: ArrayLike<string | number | readonly string[]>,
  scores: ArrayLike<number>,
  classes: readonly (string | number)[],
  { sampleWeights }: MetricOptions,
): Steps<number> {
  weigh(truth, scores, sampleWeights, classes.length);
  if (classes.length === 0)
    throw new PlanesearchError('INVALID_DATA', 'There must be at least one class, but there is none.');
  const has = (row: number, label: string | number): boolean => {
    const found = truth[row]!;
    return typeof found === 'object' ? found.some((one) => one === String(label)) : found === label;
  };
  const areas: number[] = [];
  for (const [a, label] of classes.entries()) {
    const [own, column] = [new Float64Array(truth.length), new Float64Array(truth.length)];
    for (let row = 0; row < truth.length; row++) {
      own[row] = has(row, label) ? 1 : 0;
      column[row] = scores[row * classes.length + a]!;
      if (endsStride(row)) yield;
    }
    areas.push(areaUnderRoc(yield* thresholdsSteps(own, column, { sampleWeights, positive: 1 })));
    yield;
  }
  return meanOf(
    areas.length,
    () => 1,
    (a) => areas[a]!,
  );
}
