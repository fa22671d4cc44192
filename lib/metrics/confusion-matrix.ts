import { describe, PlanesearchError } from '../core/errors.js';
import { atOnce, endsStride, type Steps } from '../core/pace.js';
import { labelsOf, weigh, type Labels, type MetricOptions } from './rows.js';

export interface ConfusionMatrix {
  /** In the order of rows and columns. */
  readonly labels: readonly (string | number)[];
  /** `counts[a][b]`: rows (or the sum of their weights) of the true label a that were predicted as b. */
  readonly counts: readonly (readonly number[])[];
}

export interface ConfusionOptions extends MetricOptions {
  /** Default: every label that occurs, in ascending order. */
  readonly labels?: readonly (string | number)[] | undefined;
}

/** How often each true label was predicted as which: true labels are rows, predicted ones columns. */
export function confusionMatrix(truth: Labels, predicted: Labels, options: ConfusionOptions = {}): ConfusionMatrix {
  return atOnce(confusionSteps(truth, predicted, options));
}

export function* confusionSteps(truth: Labels, predicted: Labels, options: ConfusionOptions): Steps<ConfusionMatrix> {
  const weightOf = weigh(truth, predicted, options.sampleWeights);
  const labels = options.labels ?? labelsOf(truth, predicted);
  const indices = new Map(labels.map((label, a) => [label, a]));
  const at = (label: string | number): number => {
    const index = indices.get(label);
    if (index !== undefined) return index;
    throw new PlanesearchError('INVALID_DATA', `Every label must be among the labels given, but ${describe(label)} is not.`);
  };
  const counts = labels.map(() => new Array<number>(labels.length).fill(0));
  for (let row = 0; row < truth.length; row++) {
    const [a, b] = [at(truth[row]!), at(predicted[row]!)];
    counts[a]![b] = counts[a]![b]! + weightOf(row);
    if (endsStride(row)) yield;
  }
  return { labels, counts };
}

/** Without the labels that neither occur nor are predicted. */
export function occurring({ labels, counts }: ConfusionMatrix): ConfusionMatrix {
  const kept = [...labels.keys()].filter((a) => counts[a]!.some((count) => count > 0) || counts.some((row) => row[a]! > 0));
  return { labels: kept.map((a) => labels[a]!), counts: kept.map((a) => kept.map((b) => counts[a]![b]!)) };
}
