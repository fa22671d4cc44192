/** From the outputs of a network to one probability a class, and to the labels that come first by them. */
import { PlanesearchError, requireInteger } from '../core/errors.js';
import { endsStride, type Steps } from '../core/pace.js';
import type { ClassLabel } from './coding.js';
import type { Loss } from './loss.js';
import type { Task } from './task.js';

/** A label and how sure of it the model is. */
export interface RankedLabel {
  readonly label: ClassLabel;
  /** The output of the network for it; with two classes that of the larger one, and minus that for the other. */
  readonly output: number;
  /** Null where the loss knows scores only (squared hinge). */
  readonly probability: number | null;
}

/**
 * Probabilities, rows x classes: they sum to 1 in a row of classes, and are independent of each other for sets of labels.
 *
 * @throws PlanesearchError INCOMPATIBLE for numbers, and for a loss whose outputs are scores only
 */
export function* probabilitySteps(outputs: Float64Array, task: Task, loss: Loss): Steps<Float64Array> {
  requireProbabilities(task, loss);
  const { outputs: width, coding } = task;
  const found = new Float64Array(outputs.length);
  for (let row = 0; row < outputs.length / width; row++) {
    loss.probabilities!(outputs, row * width, width, found, row * width);
    if (endsStride(row)) yield;
  }
  return coding === 'two-classes' ? yield* bothOf(found, outputs, loss) : found;
}

export function requireProbabilities({ coding }: Task, loss: Loss): void {
  if (coding === 'numbers') {
    const sentence = 'Probabilities must come from a model of classes, but this one predicts numbers.';
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'classes', received: 'numbers' });
  }
  if (loss.probabilities) return;
  const sentence = `Probabilities must come from a loss that has them, such as logistic, but the outputs of '${loss.name}' are scores: calibrate them.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'a loss with probabilities', received: loss.name });
}

/** Both classes of one output: that of the first is computed from -o, since 1 - p would lose its digits. */
function* bothOf(larger: Float64Array, outputs: Float64Array, loss: Loss): Steps<Float64Array> {
  const both = new Float64Array(2 * larger.length);
  const negative = new Float64Array(1);
  for (let row = 0; row < larger.length; row++) {
    negative[0] = -outputs[row]!;
    loss.probabilities!(negative, 0, 1, both, 2 * row);
    both[2 * row + 1] = larger[row]!;
    if (endsStride(row)) yield;
  }
  return both;
}

/**
 * For every row the `k` labels with the largest outputs, largest first; of equal ones the first class.
 *
 * @param k at least 1; with fewer classes all of them come
 */
export function* topLabelSteps(outputs: Float64Array, k: number, task: Task, loss: Loss): Steps<RankedLabel[][]> {
  requireInteger('k', k, 1);
  const { coding, classes } = task;
  if (coding === 'numbers' || !classes) {
    const sentence = 'The first labels must come from a model of classes, but this one predicts numbers.';
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'classes', received: 'numbers' });
  }
  const width = classes.length;
  const scores =
    coding === 'two-classes' ? Float64Array.from({ length: 2 * outputs.length }, (_, e) => signed(outputs, e)) : outputs;
  const probabilities = loss.probabilities ? yield* probabilitySteps(outputs, task, loss) : null;
  const ranked: RankedLabel[][] = [];
  for (let row = 0; row < scores.length / width; row++) {
    const at = row * width;
    const order = classes.map((_, a) => a).sort((a, b) => scores[at + b]! - scores[at + a]! || a - b);
    ranked.push(
      order.slice(0, k).map((a) => ({
        label: classes[a]!,
        output: scores[at + a]!,
        probability: probabilities ? probabilities[at + a]! : null,
      })),
    );
    if (endsStride(row * width)) yield;
  }
  return ranked;
}

function signed(outputs: Float64Array, e: number): number {
  const output = outputs[e >> 1]!;
  return e % 2 === 1 ? output : -output;
}
