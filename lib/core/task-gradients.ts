/**
 * The gradient of every task of a loss of several. The whole gradient is their mean with the shares of the tasks,
 *
 *     g = sum_k s_k g_k        g_k = (g - sum_{j != k} s_j g_j) / s_k
 *
 * so that one of them follows from the others: T tasks take T products X' Q in all, where one gradient takes one. It is the one with the largest
 * share, whose division enlarges rounding least.
 */
import type { VectorAlgebra } from '../backends/backend.js';
import { PlanesearchError } from './errors.js';
import type { FramedLoss } from './framed-loss.js';
import type { ObjectiveSpec } from './objective-spec.js';

/**
 * @param whole g, penalty included
 * @param addPenalty adds that of the penalty to the gradient of a task's mean loss, in place
 */
export async function taskGradients(
  loss: Pick<FramedLoss, 'taskGradients'>,
  { loss: { name, tasks } }: ObjectiveSpec,
  vectors: VectorAlgebra,
  whole: Float64Array,
  addPenalty: (gradient: Float64Array) => void,
): Promise<Float64Array[]> {
  const refuse = (): never => {
    const sentence = `Gradients of tasks must be those of a loss of tasks, but '${name}' is none here.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  };
  const shares = (tasks ?? refuse()).map(({ share }) => share);
  const left = shares.indexOf(Math.max(...shares));
  const others = shares.map((_, k) => k).filter((k) => k !== left);
  const gradients = (await loss.taskGradients(others)) ?? refuse();
  gradients.forEach(addPenalty);
  const scales = [1, ...others.map((k) => -shares[k]!)].map((scale) => scale / shares[left]!);
  const last = new Float64Array(whole.length);
  vectors.combine(null, Float64Array.from(scales), [whole, ...gradients], last);
  return gradients.toSpliced(left, 0, last);
}
