/** Coefficient of determination, 1 - sum s (y - p)^2 / sum s (y - mean y)^2; NaN when the truth is constant. */
import { atOnce, endsStride, type Steps } from '../core/pace.js';
import { weigh, type MetricOptions, type WeightOf } from './rows.js';

/** 1 for the truth, 0 for its mean, negative for worse; NaN when the truth is constant. */
export function r2(truth: ArrayLike<number>, predicted: ArrayLike<number>, { sampleWeights }: MetricOptions = {}): number {
  return atOnce(r2Steps(predicted, truth, 0, 1, weigh(truth, predicted, sampleWeights)));
}

/** The same of every `width`-th number from `from` on. */
export function* r2Steps(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  from = 0,
  width = 1,
  weightOf: WeightOf = () => 1,
): Steps<number> {
  const count = truth.length / width;
  let mass = 0;
  let first = NaN;
  // The rounded mean of equal numbers may differ from them, so that a total of 0 alone would not tell.
  let constant = true;
  let mean = 0;
  for (let i = 0; i < count; i++) {
    const weight = weightOf(i);
    if (weight > 0) {
      const y = truth[i * width + from]!;
      mass += weight;
      mean += (weight / mass) * (y - mean);
      if (Number.isNaN(first)) first = y;
      constant &&= y === first;
    }
    if (endsStride(i)) yield;
  }
  let residual = 0;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const y = truth[i * width + from]!;
    residual += weightOf(i) * (y - predicted[i * width + from]!) ** 2;
    total += weightOf(i) * (y - mean) ** 2;
    if (endsStride(i)) yield;
  }
  return constant || total === 0 ? NaN : 1 - residual / total;
}
