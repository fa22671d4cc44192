/** How sure a classifier was of something in every row, and whether it came true: what calibration is judged by. */
import { endsStride, type Steps } from '../core/pace.js';
import type { ClassLabel } from '../losses/coding.js';

export interface Confidence {
  /** 1 where it came true. */
  readonly cameTrue: Uint8Array;
  readonly probabilities: Float64Array;
}

/** Of two classes that of the second; of several that of the predicted one. @param probabilities rows x classes */
export function* confidenceSteps(
  truth: readonly ClassLabel[],
  predicted: readonly ClassLabel[],
  probabilities: Float64Array,
  classes: readonly ClassLabel[],
): Steps<Confidence> {
  const width = classes.length;
  const indices = new Map(classes.map((label, a) => [label, a]));
  const found = { cameTrue: new Uint8Array(truth.length), probabilities: new Float64Array(truth.length) };
  for (let row = 0; row < truth.length; row++) {
    const event = width === 2 ? classes[1]! : predicted[row]!;
    found.cameTrue[row] = truth[row] === event ? 1 : 0;
    found.probabilities[row] = probabilities[row * width + (width === 2 ? 1 : indices.get(event)!)]!;
    if (endsStride(row)) yield;
  }
  return found;
}
