/** How well outputs fit known targets. */
import { r2 } from '../core/metrics.js';
import { Pace } from '../core/pace.js';
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

/** Rows scored between two looks at the clock. */
const STRIDE = 1024;

/** The mean loss of rows that all count the same; `targets` in the encoding of the loss. */
export async function meanLoss(outputs: Float64Array, targets: Float64Array, width: number, loss: Loss): Promise<number> {
  const rows = outputs.length / width;
  const targetWidth = loss.targetWidth(width);
  const pace = new Pace();
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    sum += loss.row(outputs, i * width, width, targets, i * targetWidth, null, null);
    if (i % STRIDE === STRIDE - 1 && pace.due) await pace.yield();
  }
  return sum / rows;
}

/** What goes with the loss in the scores: accuracy or r2, every row counting the same. */
export async function agreement(
  outputs: Float64Array,
  targets: Float64Array,
  { coding, outputs: width }: Task,
  loss: Loss,
): Promise<Omit<Scores, 'loss'>> {
  const rows = outputs.length / width;
  const { hits } = codings[coding];
  if (!hits) return { r2: meanR2(loss.prediction ? outputs.map((o) => loss.prediction!(o)) : outputs, targets, width) };
  const pace = new Pace();
  let right = 0;
  for (let from = 0; from < rows; from += STRIDE) {
    right += hits(outputs, width, targets, from, Math.min(rows, from + STRIDE));
    if (pace.due) await pace.yield();
  }
  return { accuracy: right / rows };
}

/** r2 of every column, and their mean. */
function meanR2(predicted: Float64Array, truth: Float64Array, width: number): number {
  if (width === 1) return r2(predicted, truth);
  let sum = 0;
  for (let a = 0; a < width; a++) {
    const column = (values: Float64Array): Float64Array => values.filter((_, e) => e % width === a);
    sum += r2(column(predicted), column(truth));
  }
  return sum / width;
}
