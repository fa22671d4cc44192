/** The coding of a loss of several tasks: targets are what the tasks take, encoded already, one after the other. */
import { reject } from '../core/errors.js';
import { endsStride, type Steps } from '../core/pace.js';
import { dataError } from '../data/data-error.js';
import type { RawTarget } from '../data/table.js';
import type { Coding, Label } from './coding.js';
import type { Loss, LossTask } from './loss.js';

export const byTask: Coding = {
  kinds: ['numbers'],
  *problem(raw, loss) {
    yield;
    if (raw.kind === 'numbers') return null;
    const sentence = `The loss '${loss}' needs a row of numbers as target, those of one task after those of the other, but ${raw.kind} were given.`;
    return dataError(sentence, 'numbers', raw.kind);
  },
  *classes() {
    yield;
    return null;
  },
  outputs(raw, _classes, loss) {
    const outputs = tasksOf(loss).reduce((sum, part) => sum + part.outputs, 0);
    const [width, wanted] = [widthOf(raw), loss.targetWidth(outputs)];
    if (width !== wanted) reject('DIMENSION_MISMATCH', 'The target', `of ${wanted} numbers a row, as the tasks take`, width);
    return outputs;
  },
  *encode(raw) {
    yield;
    return raw.kind === 'numbers' ? raw.values.slice() : reject('INVALID_DATA', 'The target', 'numbers', raw.kind);
  },
  decode: (outputs, width, _classes, loss) =>
    rowsOf(outputs, width, (at) => tasksOf(loss).flatMap(predictionsAt(outputs, at))),
  decodeTargets(targets, outputs, _classes, loss) {
    tasksOf(loss);
    const width = loss!.targetWidth(outputs);
    return rowsOf(targets, width, (at) => [...targets.subarray(at, at + width)]);
  },
};

function tasksOf(loss: Pick<Loss, 'tasks'> | undefined): readonly LossTask[] {
  return loss?.tasks ?? reject('INCOMPATIBLE', 'A model of several tasks', 'read with its loss', 'none');
}

function widthOf(raw: RawTarget): number {
  return raw.kind === 'numbers' ? (raw.width ?? 1) : 1;
}

/** In the form of the targets: numbers, the index of the largest output where one number stands for several, otherwise +1 or -1. */
const predictionsAt =
  (o: Float64Array, row: number) =>
  ({ loss, outputs, targets, firstOutput }: LossTask): number[] => {
    const own = o.subarray(row + firstOutput, row + firstOutput + outputs);
    if (targets === 1 && outputs > 1) return [own.indexOf(Math.max(...own))];
    if (loss.codings.includes('numbers')) return Array.from(own, (output) => loss.prediction?.(output) ?? output);
    return Array.from(own, (output) => (output > 0 ? 1 : -1));
  };

function* rowsOf(values: Float64Array, width: number, labelAt: (at: number) => number[]): Steps<Label[]> {
  const labels: Label[] = [];
  for (let at = 0; at < values.length; at += width) {
    labels.push(labelAt(at));
    if (endsStride(at)) yield;
  }
  return labels;
}
