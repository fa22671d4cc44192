import { meanOf, weigh, type MetricOptions } from './rows.js';

/** Mean absolute error, mean |y - p|. */
export function mae(truth: ArrayLike<number>, predicted: ArrayLike<number>, { sampleWeights }: MetricOptions = {}): number {
  const weightOf = weigh(truth, predicted, sampleWeights);
  return meanOf(truth.length, weightOf, (row) => Math.abs(truth[row]! - predicted[row]!));
}

/** Root mean squared error, sqrt(mean (y - p)^2): the length of a typical error, in the unit of y. */
export function rmse(truth: ArrayLike<number>, predicted: ArrayLike<number>, { sampleWeights }: MetricOptions = {}): number {
  const weightOf = weigh(truth, predicted, sampleWeights);
  return Math.sqrt(meanOf(truth.length, weightOf, (row) => (truth[row]! - predicted[row]!) ** 2));
}
