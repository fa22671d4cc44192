import { describe, PlanesearchError } from '../core/errors.js';
import { atOnce, type Steps } from '../core/pace.js';
import { meanSteps, weigh, type Labels, type MetricOptions } from './rows.js';

/** Probabilities below it count as it, so that a wrong certainty has a finite loss. */
const LEAST = Number.EPSILON;

/**
 * Mean of -log of the probability that was given to the true class.
 *
 * @param probabilities rows x classes, row-major, as `model.probabilities` gives them; a row that does not sum to 1 is divided by its sum
 * @param classes in the order of the columns
 */
export function logLoss(
  truth: Labels,
  probabilities: ArrayLike<number>,
  classes: readonly (string | number)[],
  options: MetricOptions = {},
): number {
  return atOnce(logLossSteps(truth, probabilities, classes, options));
}

export function logLossSteps(
  truth: Labels,
  probabilities: ArrayLike<number>,
  classes: readonly (string | number)[],
  { sampleWeights }: MetricOptions,
): Steps<number> {
  const width = classes.length;
  const weightOf = weigh(truth, probabilities, sampleWeights, width);
  const columns = new Map(classes.map((label, a) => [label, a]));
  return meanSteps(truth.length, weightOf, (row) => {
    const column = columns.get(truth[row]!);
    if (column === undefined) {
      const sentence = `Every label must be among the classes, but ${describe(truth[row])} in row ${row} (from 0) is not.`;
      throw new PlanesearchError('INVALID_DATA', sentence);
    }
    let sum = 0;
    for (let a = 0; a < width; a++) sum += clipped(probabilities[row * width + a]!);
    return Math.log(sum) - Math.log(clipped(probabilities[row * width + column]!));
  });
}

function clipped(probability: number): number {
  return Math.min(1 - LEAST, Math.max(LEAST, probability));
}
