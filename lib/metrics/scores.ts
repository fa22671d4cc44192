/** How well outputs fit known targets, every row counting the same. */
import { r2Steps } from './r2.js';
import { endsStride, STRIDE, type Steps } from '../core/pace.js';
import { codings } from '../losses/coding.js';
import type { Loss } from '../losses/loss.js';
import type { Task } from '../losses/task.js';

export interface Scores {
  /** Mean loss, without the penalty. */
  readonly loss: number;
  /** For classes: share of rows whose class, or whose whole set of labels, is right. */
  readonly accuracy?: number;
  /** For numbers; with several targets their mean. */
  readonly r2?: number;
}

/**
 * @param targets in the encoding of the loss
 * @param weights of the rows in the mean loss, any positive sum; all equal when absent
 */
export function* scores(
  outputs: Float64Array,
  targets: Float64Array,
  task: Task,
  loss: Loss,
  weights?: Float64Array,
): Steps<Scores> {
  const mean = yield* meanLoss(outputs, targets, task.outputs, loss, weights);
  return { loss: mean, ...(yield* agreement(outputs, targets, task, loss)) };
}

function* meanLoss(
  outputs: Float64Array,
  targets: Float64Array,
  width: number,
  loss: Loss,
  weights?: Float64Array,
): Steps<number> {
  const targetWidth = loss.targetWidth(width);
  const rows = outputs.length / width;
  const stretch = rowsAtATime(width);
  let sum = 0;
  let mass = 0;
  for (let from = 0; from < rows; from += stretch) {
    const to = Math.min(rows, from + stretch);
    for (let i = from; i < to; i++) {
      const weight = weights?.[i] ?? 1;
      mass += weight;
      sum += weight * loss.row(outputs, i * width, width, targets, i * targetWidth, null, null);
    }
    if (to < rows) yield;
  }
  return sum / mass;
}

/** What goes with the loss in the scores: accuracy or r2. */
export function* agreement(
  outputs: Float64Array,
  targets: Float64Array,
  { coding, outputs: width }: Task,
  loss: Loss,
): Steps<Omit<Scores, 'loss'>> {
  const { hits } = codings[coding];
  // Of tasks of different kinds neither says anything.
  if (coding === 'by-task') return {};
  if (!hits) return { r2: yield* meanR2(yield* predictions(outputs, loss), targets, width) };
  const rows = outputs.length / width;
  const stretch = rowsAtATime(width);
  let right = 0;
  for (let from = 0; from < rows; from += stretch) {
    const to = Math.min(rows, from + stretch);
    right += hits(outputs, width, targets, from, to);
    if (to < rows) yield;
  }
  return { accuracy: right / rows };
}

/** Rows scored between two yields: a row of many outputs takes as long as many rows of one. */
function rowsAtATime(width: number): number {
  return Math.max(1, Math.floor(STRIDE / width));
}

function* predictions(outputs: Float64Array, loss: Loss): Steps<Float64Array> {
  if (!loss.prediction) return outputs;
  const predicted = new Float64Array(outputs.length);
  for (let e = 0; e < predicted.length; e++) {
    predicted[e] = loss.prediction(outputs[e]!);
    if (endsStride(e)) yield;
  }
  return predicted;
}

/** r2 of every column, and their mean. */
function* meanR2(predicted: Float64Array, truth: Float64Array, width: number): Steps<number> {
  let sum = 0;
  for (let a = 0; a < width; a++) sum += yield* r2Steps(predicted, truth, a, width);
  return sum / width;
}
