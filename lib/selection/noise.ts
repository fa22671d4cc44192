/**
 * A penalty from the columns and from what they leave untold. `prior.ts` asks that weights, before any row has a say, give outputs as large as
 * outputs are, and guesses how large: log-odds of spread 4. Here a short fit of four fifths of the rows tells. Let
 *
 *     v = sqrt(its mean loss of its own rows x that of the fifth left out) / the mean loss of the best constant
 *
 * be the share that it leaves, between what it learned by heart and what it could not know yet. The weights of the penalty n l2 are normal of
 * variance sigma^2 / (n l2), where sigma^2 is the variance of the noise (1 for a loss that is minus the logarithm of a likelihood), and the
 * outputs of L hidden layers then have the variance
 *
 *     V = D (h_1 / 2) ... (h_L / 2) (sigma^2 / (n l2))^(L + 1)        D the square of the mean length of the rows
 *
 * *Numbers* of variance V have noise of variance v V, and outputs as they are:
 *
 *     n l2 = v V (D (h_1 / 2) ... (h_L / 2) / V)^(1 / (L + 1))        of a linear model of targets of spread 1: d times the noise
 *
 * *Classes* at log-odds N(0, s^2) have, for large s, the expected entropy integral_0^inf 2 H(a) da / (sqrt(2 pi) s), H(a) that of one at log-odds a, with
 * integral_0^inf H = pi^2 / 6; as a share of log 2 that is 1.893 / s. So s = 1.893 / v, and V = s^2; of softmax outputs, two of which make
 * log-odds, V = s^2 / 2.
 *
 * This is of two classes that are as frequent as each other; where they are not, or are more than two, v stays the share of the constant's loss.
 *
 * Lengths, not their squares: of columns with heavy tails a few rows would otherwise speak for all.
 */
import { createRandom } from '../core/random.js';
import { endsStride, paced, type Steps } from '../core/pace.js';
import { lengthsOf } from '../core/held-columns.js';
import { biasBlock, blockOf } from '../core/parameters.js';
import { outputsOf } from '../io/model-outputs.js';
import { programOf } from '../networks/program.js';
import { partOf } from './foldwise.js';
import { judgeRows, type Judgement } from './judgement.js';
import { fitAt, type PenaltyProblem } from './penalty-problem.js';
import { layersOf, unitsOf, worthOf } from './prior.js';

/** Of the short fit: most of what is to be learned is learned, and little by heart. */
const EFFORT = { iterations: 20, tolerance: 1e-3 } as const;

/** (pi^2 / 3) / (sqrt(2 pi) log 2). */
const ENTROPY_OF_SPREAD = Math.PI ** 2 / 3 / (Math.sqrt(2 * Math.PI) * Math.LN2);

/** v at most: a fit that is no better than a constant has not shown that there is nothing to learn. */
const MOST_NOISE = 0.95;

/** Random combinations of the columns that tell how much the lengths of rows differ. */
const SIGNS = 16;

/** Loss of the best constant, over that at outputs of 0, from which on targets are of one value: to rounding of numbers, of classes. */
const ONE_VALUE = { numbers: 1e-24, classes: 1e-12 } as const;

export interface NoisePenalty {
  readonly l2: number;
  /** That of the short fit, and what it loses on the rows left out. */
  readonly trial: Judgement & { readonly l2: number };
}

/**
 * Null where there is nothing to tell by: targets of one value, or losses that are not finite.
 *
 * @param folds rows of fold 0 are left out
 * @throws the reason of the signal
 */
export async function noisePenalty(
  problem: PenaltyProblem,
  link: CanonicalLink,
  folds: Uint8Array,
): Promise<NoisePenalty | null> {
  const { matrix, architecture } = problem;
  const { output, curvature, atZero } = await paced(constantSteps(problem, link));
  const { loss: untold } = await judgeRows(problem, repeated(output, matrix.rows));
  if (!(untold > atZero * (link === 'identity' ? ONE_VALUE.numbers : ONE_VALUE.classes))) return null;
  const variance = (await squaredLength(problem)) * unitsOf(architecture);
  const l2 = worthOf(variance, architecture) / matrix.rows;
  const { weights, enlarged } = partOf(problem, folds, 0);
  const end = await fitAt(problem, l2 * enlarged, weights, { inFrame: startAt(problem, output) }, EFFORT);
  const outputs = await outputsOf(architecture, end, matrix, problem.backend);
  const judged = await judgeRows(problem, outputs, folds);
  const learned = await judgeRows(problem, outputs, opposite(folds));
  if (!Number.isFinite(learned.loss) || !Number.isFinite(judged.loss)) return null;
  const share = Math.min(MOST_NOISE, Math.sqrt(learned.loss / untold) * Math.sqrt(judged.loss / untold));
  const spread = (2 * untold) / (curvature * output.length);
  const worth = curvature * worthAt(share, variance, layersOf(architecture), link, spread);
  return { l2: Math.max(1, worth) / matrix.rows, trial: { l2, loss: judged.loss, standardError: judged.standardError } };
}

/** That under which the slope of a row is its prediction minus its target, times a constant for least squares. */
export type CanonicalLink = 'identity' | 'sigmoid' | 'softmax';

/** Null for a loss that is neither least squares nor minus the logarithm of a likelihood of classes, for several in one, and with offsets. */
export function canonicalLinkOf({ loss, offsets }: PenaltyProblem): CanonicalLink | null {
  if (offsets || loss.tasks || loss.slopes === false) return null;
  if (loss.leastSquares) return 'identity';
  if (!loss.probabilities) return null;
  return loss.inverseLink === 'sigmoid' || loss.inverseLink === 'softmax' ? loss.inverseLink : null;
}

/**
 * n l2 where the noise is that share, of a loss of curvature 1.
 *
 * @param variance D (h_1 / 2) ... (h_L / 2)
 * @param spread V of targets that are numbers
 */
function worthAt(share: number, variance: number, layers: number, link: CanonicalLink, spread: number): number {
  if (link === 'identity') return share * spread * (variance / spread) ** (1 / layers);
  const ofLogOdds = (ENTROPY_OF_SPREAD / share) ** 2;
  return (variance / (link === 'softmax' ? ofLogOdds / 2 : ofLogOdds)) ** (1 / layers);
}

/** The output of the least mean loss that is the same for every row, whose prediction is the mean of the targets; and the mean loss at outputs of 0. */
function* constantSteps(
  { loss, targets, sampleWeights, matrix: { rows }, architecture }: PenaltyProblem,
  link: CanonicalLink,
): Steps<{ readonly output: Float64Array; readonly curvature: number; readonly atZero: number }> {
  const { outputs: width } = programOf(architecture);
  const targetWidth = loss.targetWidth(width);
  const [zero, slope, mean] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  const curvatures = new Float64Array(width * width);
  let [sum, mass] = [0, 0];
  for (let i = 0; i < rows; i++) {
    const weight = sampleWeights?.[i] ?? 1;
    sum += weight * loss.row(zero, 0, width, targets, i * targetWidth, slope, curvatures);
    for (let k = 0; k < width; k++) mean[k] = mean[k]! - weight * slope[k]!;
    mass += weight;
    if (endsStride(i)) yield;
  }
  const curvature = link === 'identity' ? curvatures[0]! : 1;
  const prediction = link === 'softmax' ? 1 / width : link === 'sigmoid' ? 0.5 : 0;
  return {
    output: mean.map((total) => outputOf(link, prediction + total / mass / curvature)),
    curvature,
    atZero: sum / mass,
  };
}

function repeated(output: Float64Array, rows: number): Float64Array {
  const all = new Float64Array(rows * output.length);
  all.set(output);
  for (let filled = output.length; filled < all.length; filled *= 2) all.copyWithin(filled, 0, filled);
  return all;
}

/**
 * Where the network begins, with the outputs of the best constant, which a fit of few steps need not look for. Not where the run begins: that
 * may be a model which knows the rows left out.
 */
function startAt({ architecture, network, seed }: PenaltyProblem, output: Float64Array): Float64Array {
  const start = network.initialize(architecture, createRandom(seed));
  const { layout } = programOf(architecture);
  const bias = blockOf(start, biasBlock(layout, layout.layers.length - 1));
  if (bias.length === output.length) bias.set(output);
  return start;
}

/** A label that never occurs, or always, is no row's loss: its output need only be far and finite. */
function outputOf(link: CanonicalLink, mean: number): number {
  if (link === 'identity') return mean;
  const p = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, mean));
  return link === 'softmax' ? Math.log(p) : Math.log(p / (1 - p));
}

/**
 * D, of columns as the penalty sees them. The mean square of the lengths is that of the columns; what the square of their mean is of that, all
 * random signs agree on, also where columns depend on each other.
 */
async function squaredLength({ matrix, penalize, seed }: PenaltyProblem): Promise<number> {
  const { rows, columns, frame } = matrix;
  const { most } = lengthsOf(frame.scale, frame.constant);
  const random = createRandom(seed);
  const signs = new Float64Array(columns * SIGNS);
  let squares = 0;
  for (let j = 0; j < columns; j++) {
    const spread = frame.scale[j]!;
    const unit = frame.constant[j] !== 0 ? 0 : penalize === 'standardized' ? 1 : spread <= most ? spread : 0;
    squares += unit * unit;
    for (let s = 0; s < SIGNS; s++) signs[j * SIGNS + s] = random.integer(2) === 0 ? -unit : unit;
  }
  const products = await matrix.multiply(signs, SIGNS);
  return squares === 0 ? 0 : squares * (await paced(evennessSteps(products, rows)));
}

/** The square of the mean length of rows over the mean of its square. */
function* evennessSteps(products: Float64Array, rows: number): Steps<number> {
  let [lengths, squares] = [0, 0];
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let s = i * SIGNS; s < (i + 1) * SIGNS; s++) square += products[s]! ** 2;
    lengths += Math.sqrt(square);
    squares += square;
    if (endsStride(i)) yield;
  }
  return lengths ** 2 / rows / squares;
}

function opposite(folds: Uint8Array): Uint8Array {
  return folds.map((fold) => (fold === 0 ? 1 : 0));
}
