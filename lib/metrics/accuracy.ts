import { confusionMatrix, type ConfusionMatrix } from './confusion-matrix.js';
import { meanOf, weigh, type Labels, type MetricOptions } from './rows.js';

/** Share of the rows whose label is predicted right, sum_i s_i [p_i = y_i] / sum_i s_i. */
export function accuracy(truth: Labels, predicted: Labels, { sampleWeights }: MetricOptions = {}): number {
  const weightOf = weigh(truth, predicted, sampleWeights);
  return meanOf(truth.length, weightOf, (row) => (predicted[row] === truth[row] ? 1 : 0));
}

/** Mean over the classes of the share of their rows that is predicted right; classes without rows are left out. */
export function balancedAccuracy(truth: Labels, predicted: Labels, options: MetricOptions = {}): number {
  return balancedOf(confusionMatrix(truth, predicted, options));
}

export function balancedOf({ labels, counts }: ConfusionMatrix): number {
  const recalls = labels.flatMap((_, a) => {
    const total = counts[a]!.reduce((sum, count) => sum + count, 0);
    return total > 0 ? [counts[a]![a]! / total] : [];
  });
  return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
}
