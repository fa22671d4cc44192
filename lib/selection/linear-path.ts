/**
 * The fits of a linear model that differ in l2 alone, along their path: one copy of X and its frame for all of them, and Newton's method from
 * the optimum of one penalty to that of the next (`newton-path.ts`). The last step to each promises at most the tolerance of the fits as a share
 * of the loss, and 3e-5 of it: fits that are only compared need no more.
 */
import { selectBackend } from '../backends/index.js';
import { offersOfLoss } from '../core/objective-spec.js';
import { paced } from '../core/pace.js';
import { createRandom, requireSeed } from '../core/random.js';
import { encodeSteps, isSparse, sourceOf } from '../data/index.js';
import { Estimator } from '../estimators/estimator.js';
import { Model } from '../io/model.js';
import { programOf } from '../networks/program.js';
import type { TrainOptions } from '../train.js';
import { chooseLoss, chooseNetwork, partsOf } from '../train-parts.js';
import type { Fittable } from './cross-validate.js';
import { expand, type Expansion } from './expansion.js';
import type { ReadRows } from './labelled-rows.js';
import { movedAlong, optimumAt } from './newton-path.js';
import { inCallersUnits, isLinear, type PenaltyProblem } from './penalty-problem.js';

/** With more parameters a gram costs more than the products that it saves. */
const MOST_PARAMETERS = 256;

/** The share of the loss that a last step may promise, at most. */
const CLOSE = 3e-5;

/** Of a fit where Newton steps do not lead to the optimum. */
const MAX_ITERATIONS = 500;

/** What leaves the optimum what it is; with any other option the way there counts, too. */
const neutral: readonly (keyof TrainOptions)[] = [
  'network',
  'loss',
  'task',
  'delta',
  'power',
  'l2',
  'tolerance',
  'standardize',
  'precision',
  'backend',
  'threads',
  'seed',
  'signal',
];

/**
 * The models of `estimator` at these penalties, which are best in descending order.
 *
 * @returns null where fits one by one are called for: another network, many parameters, options that say how a fit is made
 * @throws what a fit would
 */
export async function linearPath(
  estimator: Fittable,
  { x, y, sampleWeights, offsets, schema }: ReadRows,
  penalties: readonly unknown[],
  signal?: AbortSignal,
): Promise<readonly Model[] | null> {
  if (!(estimator instanceof Estimator) || estimator.fit !== Estimator.prototype.fit) return null;
  if (!penalties.every((l2): l2 is number => typeof l2 === 'number' && l2 > 0 && l2 < Infinity)) return null;
  const call = estimator.callOfTrain(x, y, { sampleWeights, offsets, schema });
  const { options } = call;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  if (call.finish || !given.every(([name]) => (neutral as readonly string[]).includes(name))) return null;
  const network = chooseNetwork(options);
  const { loss, task } = await chooseLoss(y, schema?.format ?? 'array', options);
  const architecture = network.architecture(x.columns, task.outputs);
  const { layout } = programOf(architecture);
  if (!isLinear(architecture) || layout.size > MOST_PARAMETERS) return null;
  const { backend } = selectBackend(options.backend, options.threads);
  const matrix = await backend.matrix(sourceOf(x), { columnNames: x.columnNames, precision: options.precision });
  try {
    const offers = [...offersOfLoss(loss, task.outputs), ...matrix.offers, ...backend.offers];
    if (!offers.includes('gram') || !offers.includes('curvature-root')) return null;
    const penalize = options.standardize ? 'standardized' : 'given';
    const seed = requireSeed(options.seed ?? 0);
    const problem: PenaltyProblem = {
      backend,
      matrix,
      architecture,
      network,
      loss,
      targets: await paced(encodeSteps(y, task, loss)),
      offsets,
      sampleWeights: call.data.sampleWeights,
      penalize,
      start: { inFrame: network.initialize(architecture, createRandom(seed)) },
      seed,
      signal,
      parts: partsOf(layout.layers, offers, matrix.frame, penalize, isSparse(x)),
    };
    const spec = { network: network.name, architecture, task, schema };
    const close = Math.min(CLOSE, options.tolerance ?? CLOSE);
    return (await follow(problem, penalties, close)).map((parameters) => new Model({ ...spec, parameters }, loss));
  } finally {
    matrix.dispose();
  }
}

async function follow(problem: PenaltyProblem, penalties: readonly number[], close: number): Promise<Float64Array[]> {
  const found: Float64Array[] = [];
  const effort = { iterations: MAX_ITERATIONS, tolerance: close };
  const { layout } = programOf(problem.architecture);
  let neighbor: Expansion = await expand(problem, new Float64Array(layout.size));
  for (const l2 of penalties) {
    problem.signal?.throwIfAborted();
    const { expansion, step } = await optimumAt(problem, l2, effort, neighbor, { close, patient: true });
    found.push(inCallersUnits(problem, movedAlong(expansion.point, step)));
    neighbor = expansion;
  }
  return found;
}
