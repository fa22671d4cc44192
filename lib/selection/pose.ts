/** From rows and the options of `train` to a linear model of which only the penalty is open: one copy of X and one frame for all its fits. */
import { selectBackend } from '../backends/index.js';
import { offersOfLoss } from '../core/objective-spec.js';
import type { Need } from '../core/needs.js';
import { paced } from '../core/pace.js';
import { createRandom, requireSeed } from '../core/random.js';
import { encodeSteps, isSparse, sourceOf } from '../data/index.js';
import { Model } from '../io/model.js';
import { programOf } from '../networks/program.js';
import type { TrainOptions } from '../train.js';
import { chooseLoss, chooseNetwork, partsOf } from '../train-parts.js';
import type { ReadRows } from './labelled-rows.js';
import { isLinear, type PenaltyProblem } from './penalty-problem.js';

export interface Posed {
  readonly problem: PenaltyProblem;
  /** What loss, matrix and backend have for others. */
  readonly offers: readonly Need[];
  /** @param parameters in the caller's units */
  modelOf(parameters: Float64Array): Model;
  dispose(): void;
}

/**
 * @param mostParameters with more of them X is not copied
 * @returns null for a network that is not linear, and for more parameters
 */
export async function poseLinear(
  { x, y, sampleWeights, offsets, schema }: ReadRows,
  options: TrainOptions,
  mostParameters = Infinity,
): Promise<Posed | null> {
  const network = chooseNetwork(options);
  const { loss, task } = await chooseLoss(y, schema?.format ?? 'array', options);
  const architecture = network.architecture(x.columns, task.outputs);
  const { layout } = programOf(architecture);
  if (!isLinear(architecture) || layout.size > mostParameters) return null;
  const { backend } = selectBackend(options.backend, options.threads);
  const seed = requireSeed(options.seed ?? 0);
  const targets = await paced(encodeSteps(y, task, loss));
  const matrix = await backend.matrix(sourceOf(x), { columnNames: x.columnNames, precision: options.precision });
  const offers = [...offersOfLoss(loss, task.outputs), ...matrix.offers, ...backend.offers];
  const penalize = options.standardize ? 'standardized' : 'given';
  const spec = { network: network.name, architecture, task, schema };
  return {
    problem: {
      backend,
      matrix,
      architecture,
      network,
      loss,
      targets,
      offsets,
      sampleWeights,
      penalize,
      start: { inFrame: network.initialize(architecture, createRandom(seed)) },
      seed,
      signal: options.signal,
      parts: partsOf(layout.layers, offers, matrix.frame, penalize, isSparse(x)),
    },
    offers,
    modelOf: (parameters) => new Model({ ...spec, parameters }, loss),
    dispose: () => matrix.dispose(),
  };
}
