/**
 * How much room there is around a fit: the volume of the region of nearly equal loss, as it is seen from there.
 *
 *     V = | { theta + rho P u : |u| = 1, 0 <= rho <= R(u) } | = |det P| S_D E[ R(u)^D / D ],      S_D = 2 pi^(D/2) / Gamma(D/2)
 *
 * with u uniform on the sphere and R(u) where f(theta + rho P u) has risen by the cutoff. Any P gives the same V; one that makes the rays equally
 * long, P = H^(-1/2), makes the estimate sure (arXiv 2501.18812, which uses moments of Adam; ours is the Kronecker-factored Gauss-Newton matrix).
 * With `sigma` the measure is that of N(0, sigma^2 I) instead of length: R^D / D becomes an integral along the ray.
 *
 * A ray is one product with X, for both of its ends; the search on it runs on the tracked product.
 */
import type { Backend, DataMatrix } from '../backends/backend.js';
import { reject, requireInteger, requireNumber } from '../core/errors.js';
import { Objective } from '../core/objective.js';
import { refuseUnknown } from '../core/option-names.js';
import { paced } from '../core/pace.js';
import { checkLayerPenalties, type PenaltySpec } from '../core/penalty.js';
import { createRandom, requireSeed, type Random } from '../core/random.js';
import { encodeSteps, readTarget, type GivenMatrix, type GivenTarget } from '../data/index.js';
import type { Model } from '../io/model.js';
import { matrixChoice, withMatrix, type MatrixChoice } from './data-matrix.js';
import { checkColumns } from './lazy-training.js';
import { logAdd, logAlongRay, logMean, logSphere } from './log-volume.js';
import { rayLength } from './ray-length.js';
import { kroneckerStretch, type Stretch } from './stretch.js';

export interface LocalVolumeData {
  /** Rows x columns, as for `train`, or a data matrix that a backend holds, in its frame. */
  readonly x: GivenMatrix | DataMatrix;
  readonly y: GivenTarget;
  readonly sampleWeights?: Float64Array | undefined;
  /** Added to the outputs, rows x outputs. */
  readonly offsets?: Float64Array | undefined;
}

export interface LocalVolumeOptions extends MatrixChoice {
  /** By how much the objective may be above that of the model, above 0. Default 0.01. */
  readonly cutoff?: number | undefined;
  /** Rays through the parameters, of two ends each, at least 2. Default 100. */
  readonly samples?: number | undefined;
  /** P: 'none' (default), the identity; 'kronecker', from a gram of X and the losses' curvature, for losses that have it. */
  readonly precondition?: 'none' | 'kronecker' | undefined;
  /** With 'kronecker': added to the diagonal of the curvature, beside l2, times its mean, above 0. Default 1e-4. */
  readonly damping?: number | undefined;
  /** Weight by the density N(0, sigma^2 I) in the frame, above 0: the volume is a probability then. Default none. */
  readonly sigma?: number | undefined;
  /** Of the objective: mean loss + (l2/2) ||weights||^2, at least 0. Default 0. */
  readonly l2?: number | undefined;
  /** How many times as strong as `l2` the penalty of each layer is, as in `train`. Default 1 each. */
  readonly layerPenalties?: readonly number[] | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LocalVolume {
  /** Natural logarithm, of the parameters in the frame; Infinity where a ray never ends and `sigma` is not given. */
  readonly logVolume: number;
  /** Of it, from the spread over the rays; far too small where few rays carry the sum (`effectiveSamples` near 1). */
  readonly standardError: number;
  /** (sum v)^2 / sum v^2 over the rays' volumes v: `samples` when they are alike, 1 when one outweighs all. */
  readonly effectiveSamples: number;
  /** D, the number of parameters. */
  readonly dimension: number;
  /** Ends at which the cutoff was not reached within 1e6 (1 + |theta|). */
  readonly unbounded: number;
  /** Of the objective along rays. */
  readonly evaluations: number;
  /** Products X D for rays. */
  readonly products: number;
}

const optionNames = [
  ...matrixChoice,
  'cutoff',
  'samples',
  'precondition',
  'damping',
  'sigma',
  'l2',
  'layerPenalties',
  'seed',
  'signal',
] as const satisfies readonly (keyof LocalVolumeOptions)[];

const FARTHEST = 1e6;

/**
 * The log volume of the region around a model in which the objective is at most `cutoff` above the model's own.
 *
 * The region is taken as seen from the model: along each ray up to where the cutoff is first found to be passed. Where few rays carry the sum it is
 * too small rather than too large.
 *
 * @throws PlanesearchError for misuse; INCOMPATIBLE for 'kronecker' with a loss that has no curvature root
 */
export async function localVolume(
  model: Model,
  data: LocalVolumeData,
  options: LocalVolumeOptions = {},
): Promise<LocalVolume> {
  refuseUnknown(options, optionNames, { what: 'The options of localVolume' });
  const plan = planOf(options);
  return withMatrix(data.x, options, async (matrix, backend) => {
    checkColumns(model, matrix.columns);
    const objective = await objectiveOf(model, data, matrix, plan.penalty, backend);
    try {
      await objective.start(model.spec.parameters);
      return await sampled(objective, plan, backend);
    } finally {
      objective.dispose();
    }
  });
}

type Plan = ReturnType<typeof planOf>;

function planOf(options: LocalVolumeOptions) {
  const { cutoff = 0.01, samples = 100, precondition = 'none', damping = 1e-4, sigma, l2 = 0, seed = 0, signal } = options;
  const layerPenalties = checkLayerPenalties(options.layerPenalties);
  if (precondition !== 'none' && precondition !== 'kronecker')
    reject('INVALID_OPTION', 'precondition', "'none' or 'kronecker'", precondition);
  return {
    cutoff: requireNumber('cutoff', cutoff, Number.MIN_VALUE),
    samples: requireInteger('samples', samples, 2),
    damping: precondition === 'kronecker' ? requireNumber('damping', damping, Number.MIN_VALUE) : null,
    sigma: sigma === undefined ? null : requireNumber('sigma', sigma, Number.MIN_VALUE),
    penalty: { l2: requireNumber('l2', l2, 0), layerPenalties },
    seed: requireSeed(seed),
    signal,
  };
}

async function objectiveOf(model: Model, data: LocalVolumeData, matrix: DataMatrix, penalty: PenaltySpec, backend: Backend) {
  const { architecture, task } = model.spec;
  const target = await readTarget(data.y, matrix.rows);
  const targets = await paced(encodeSteps(target, task, model.loss));
  const { offsets, sampleWeights } = data;
  const numbers = { targets, offsets, sampleWeights, ...penalty };
  return new Objective({ matrix, architecture, loss: model.loss, ...numbers, memory: 0 }, backend);
}

async function sampled(objective: Objective, plan: Plan, backend: Backend): Promise<LocalVolume> {
  const { layout, point, vectors, value } = objective;
  const { cutoff, samples, damping, sigma, seed, signal } = plan;
  const dimension = layout.size;
  const stretch: Stretch | null =
    damping === null ? null : await kroneckerStretch(objective, backend.matrices, damping, seed);
  const random = createRandom(seed);
  const farthest = FARTHEST * (1 + Math.sqrt(vectors.dot(point, point)));
  // So that D log R is right to a thousandth.
  const tolerance = Math.max(1e-3 / dimension, 1e-12);
  const logs = new Float64Array(samples);
  let evaluations = 0;
  let unbounded = 0;
  let near = 1;
  for (let k = 0; k < samples; k++) {
    signal?.throwIfAborted();
    const unit = unitVector(random, dimension);
    const ray = stretch ? await stretch.apply(unit) : unit;
    const phi = await objective.span([ray], 0, 'joint');
    const [along, square] = [vectors.dot(point, ray), vectors.dot(ray, ray)];
    const limit = farthest / Math.sqrt(square);
    const ends: number[] = [];
    for (const sign of [1, -1]) {
      const rise = async (rho: number): Promise<number> => (await phi.value(Float64Array.of(sign * rho))) - value;
      const length = await rayLength(rise, cutoff, { near, limit, tolerance });
      if (length === limit) unbounded++;
      else near = length;
      if (sigma !== null) ends.push(logAlongRay(length, dimension, sign * along, square, sigma));
      else ends.push(length === limit ? Infinity : dimension * Math.log(length) - Math.log(dimension));
    }
    evaluations += phi.evaluations;
    logs[k] = logAdd(ends[0]!, ends[1]!) - Math.LN2;
  }
  const { mean, standardError, effectiveSamples } = logMean(logs);
  const gaussian =
    sigma === null
      ? 0
      : -vectors.dot(point, point) / (2 * sigma * sigma) - (dimension / 2) * Math.log(2 * Math.PI * sigma * sigma);
  const logVolume = mean + logSphere(dimension) + (stretch?.logDeterminant ?? 0) + gaussian;
  return { logVolume, standardError, effectiveSamples, dimension, unbounded, evaluations, products: samples };
}

function unitVector(random: Random, dimension: number): Float64Array {
  const vector = Float64Array.from({ length: dimension }, () => random.normal());
  const length = Math.sqrt(vector.reduce((sum, one) => sum + one * one, 0));
  return vector.map((one) => one / length);
}
