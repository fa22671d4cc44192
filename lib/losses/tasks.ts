/**
 * Several losses on one network, each on outputs of its own: with tasks k = 1 .. T, their losses l_k and shares s_k that sum to 1,
 *
 *     loss(o, y) = sum_k s_k l_k(o of task k, y of task k)
 *
 * so that f is the weighted mean of the tasks, and its gradient the mean of theirs. The targets of a row lie one task after the other:
 * one number for every output of a regression or of labels that are there (+1) or not (-1), the index of the class for softmax.
 *
 * As a sum over disjoint outputs it has what all of its losses have: the curvature and its root are those of the tasks, side by side, and
 * along o + t v the second derivative c = sum_k s_k c_k grows as |c'| <= sum_k s_k M_k c_k <= (max_k M_k) c.
 */
import { PlanesearchError, reject, requireFunctions, requireInteger, requireNumber } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { lossByName, type LossName } from './index.js';
import type { Loss, LossTask } from './loss.js';

/** One task of {@link tasks}. */
export interface TaskOptions {
  /** Outputs of the network that are its own, at least 1. */
  readonly outputs: number;
  /** By name with its defaults, or as an object. */
  readonly loss: LossName | Loss;
  /** How much it counts in the mean, above 0. Default 1. */
  readonly weight?: number | undefined;
  /** Default: the name of the loss, with a number where several tasks have it. */
  readonly name?: string | undefined;
}

/**
 * One loss of several, for `direction: 'conic'` and for any other: pass it as `loss` to `train`, with y as rows of numbers.
 *
 * @throws PlanesearchError INVALID_OPTION for fewer than two tasks or two of the same name, INVALID_ARGUMENT for sizes and weights
 */
export function tasks(list: readonly TaskOptions[]): Loss {
  const parts = planned(list);
  const outputs = parts.reduce((sum, part) => sum + part.outputs, 0);
  const targets = parts.reduce((sum, part) => sum + part.targets, 0);
  const losses = parts.map(({ loss }) => loss);
  const slopes = parts.map((part) => new Float64Array(part.outputs));
  const curvatures = parts.map((part) => new Float64Array(part.outputs ** 2));
  const everyRoot = losses.every(({ curvatureRoot }) => curvatureRoot);
  return {
    name: parts.map((part) => `${part.name} of ${part.outputs}`).join(' + '),
    parameters: parametersOf(parts),
    codings: ['by-task'],
    tasks: parts,
    needs: [...new Set(losses.flatMap(({ needs = [] }) => needs))],
    ...(losses.some((loss) => loss.slopes === false) && { slopes: false as const }),
    leastSquares: losses.every(({ leastSquares = false }) => leastSquares),
    targetWidth: (width) =>
      width === outputs ? targets : reject('INCOMPATIBLE', 'The network', `${outputs} outputs wide, as the tasks`, width),
    targetProblem(y, _outputs, column = 0) {
      const part = parts.findLast(({ firstTarget }) => firstTarget <= column)!;
      const problem = part.loss.targetProblem(y, part.outputs, column - part.firstTarget);
      return problem && `${problem} of the task '${part.name}'`;
    },
    row(o, at, width, y, target, slope, curvature) {
      let sum = 0;
      curvature?.fill(0, 0, width * width);
      parts.forEach(({ loss, share, outputs: own, firstOutput: first, firstTarget }, k) => {
        const [s, C] = [slopes[k]!, curvatures[k]!];
        sum += share * loss.row(o, at + first, own, y, target + firstTarget, slope && s, curvature && C);
        for (let a = 0; a < own; a++) {
          if (slope) slope[first + a] = share * s[a]!;
          if (curvature) for (let b = 0; b < own; b++) curvature[(first + a) * width + first + b] = share * C[a * own + b]!;
        }
      });
      return sum;
    },
    ...(everyRoot && {
      curvatureRoot(o, at, _width, y, target, e) {
        parts.forEach(({ loss, share, outputs: own, firstOutput: first, firstTarget }, k) => {
          const xi = slopes[k]!;
          xi.set(e.subarray(first, first + own));
          loss.curvatureRoot!(o, at + first, own, y, target + firstTarget, xi);
          for (let a = 0; a < own; a++) e[first + a] = Math.sqrt(share) * xi[a]!;
        });
      },
    }),
    ...(losses.every(({ growth }) => growth) && {
      growth: (v, at) =>
        Math.max(...parts.map(({ loss, outputs: own, firstOutput }) => loss.growth!(v, at + firstOutput, own))),
    }),
  };
}

function planned(list: readonly TaskOptions[]): LossTask[] {
  if (!Array.isArray(list) || list.length < 2) reject('INVALID_OPTION', 'The tasks', 'a list of at least two', list);
  for (const given of list)
    refuseUnknown(given, ['outputs', 'loss', 'weight', 'name'], { what: 'A task', noun: 'option of a task' });
  const weights = list.map(({ weight = 1 }) => requireNumber('The weight of a task', weight, Number.MIN_VALUE));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let firstOutput = 0;
  let firstTarget = 0;
  const parts = list.map((given, k) => {
    const loss = typeof given.loss === 'string' ? lossByName(given.loss) : given.loss;
    requireFunctions('The loss of a task', 'the name of a loss or a loss', loss, ['row', 'targetWidth', 'targetProblem']);
    if (loss.tasks) reject('INVALID_OPTION', 'The loss of a task', 'a loss of its own, not of several tasks', loss.name);
    if (given.name !== undefined && typeof given.name !== 'string')
      reject('INVALID_OPTION', 'The name of a task', 'a text', given.name);
    const outputs = requireInteger('The outputs of a task', given.outputs, 1);
    const alone = list.filter(({ loss: other }) => other === given.loss).length === 1;
    const name = given.name ?? (alone ? loss.name : `${loss.name}-${k + 1}`);
    const targets = loss.targetWidth(outputs);
    const part = { name, loss, outputs, firstOutput, targets, firstTarget, share: weights[k]! / total };
    firstOutput += outputs;
    firstTarget += targets;
    return part;
  });
  parts.forEach(({ name }, k) => {
    if (parts.findIndex((other) => other.name === name) < k)
      throw new PlanesearchError('INVALID_OPTION', `Every task must have a name of its own, but '${name}' came twice.`);
  });
  return parts;
}

/** What tells one list of tasks from another: the numbers of the losses and the shares. */
function parametersOf(parts: readonly LossTask[]): Record<string, number> {
  return Object.fromEntries(
    parts.flatMap(({ name, loss, share }) => [
      [`${name}.share`, share],
      ...Object.entries(loss.parameters).map(([parameter, value]) => [`${name}.${parameter}`, value]),
    ]),
  );
}

/** The mean loss of each task, without shares and penalty, by its name: outputs are rows x outputs, targets rows x target numbers. */
export function taskLosses(loss: Loss, outputs: Float64Array, targets: Float64Array): Record<string, number> {
  const parts = loss.tasks ?? reject('INVALID_ARGUMENT', 'The loss', 'one that tasks() has made', loss.name);
  const width = parts.reduce((sum, part) => sum + part.outputs, 0);
  const rows = outputs.length / width;
  const targetWidth = loss.targetWidth(width);
  if (targets.length !== rows * targetWidth)
    reject('DIMENSION_MISMATCH', 'The targets', `of length ${rows * targetWidth} (${rows} rows x ${targetWidth})`, targets);
  return Object.fromEntries(
    parts.map(({ name, loss: own, outputs: count, firstOutput, firstTarget }) => {
      let sum = 0;
      for (let i = 0; i < rows; i++)
        sum += own.row(outputs, i * width + firstOutput, count, targets, i * targetWidth + firstTarget, null, null);
      return [name, sum / rows];
    }),
  );
}
