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
 * Lengths, not their squares: of columns with heavy tails a few rows would otherwise speak for all.
 */
import { createRandom } from '../core/random.js';
import { endsStride, paced, type Steps } from '../core/pace.js';
import { lengthsOf } from '../core/held-columns.js';
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

/** Random combinations of the columns by which lengths of rows are measured: to a fifth each, and their mean far better. */
const SIGNS = 16;

export interface NoisePenalty {
  readonly l2: number;
  /** That of the short fit, and what it loses on the rows left out. */
  readonly trial: Judgement & { readonly l2: number };
}

/**
 * Null where there is nothing to tell by: a loss that is neither squared nor of classes, offsets, targets of one value, or losses that are not
 * finite.
 *
 * @param folds rows of fold 0 are left out
 * @throws the reason of the signal
 */
export async function noisePenalty(problem: PenaltyProblem, folds: Uint8Array): Promise<NoisePenalty | null> {
  const { matrix, architecture, network, seed } = problem;
  const link = linkOf(problem);
  if (link === null) return null;
  const constant = await paced(constantSteps(problem, link));
  const { loss: untold } = await judgeRows(problem, constant);
  const variance = (await squaredLength(problem)) * unitsOf(architecture);
  const l2 = worthOf(variance, architecture) / matrix.rows;
  const { weights, enlarged } = partOf(problem, folds, 0);
  // Not where the run begins: that may be a model which knows the rows left out.
  const start = { inFrame: network.initialize(architecture, createRandom(seed)) };
  const end = await fitAt(problem, l2 * enlarged, weights, start, EFFORT);
  const outputs = await outputsOf(architecture, end, matrix, problem.backend);
  const judged = await judgeRows(problem, outputs, folds);
  const learned = await judgeRows(problem, outputs, opposite(folds));
  const share = Math.min(MOST_NOISE, Math.sqrt(learned.loss * judged.loss) / untold);
  const worth = worthAt(share, variance, layersOf(architecture), link, (2 * untold) / programOf(architecture).outputs);
  if (!Number.isFinite(worth)) return null;
  return { l2: Math.max(1, worth) / matrix.rows, trial: { l2, loss: judged.loss, standardError: judged.standardError } };
}

type Link = 'identity' | 'sigmoid' | 'softmax';

/** That under which the slope of a row is its prediction minus its target. */
function linkOf({ loss, offsets }: PenaltyProblem): Link | null {
  if (offsets) return null;
  if (loss.leastSquares) return 'identity';
  return loss.inverseLink === 'sigmoid' || loss.inverseLink === 'softmax' ? loss.inverseLink : null;
}

/**
 * n l2 where the noise is that share.
 *
 * @param variance D (h_1 / 2) ... (h_L / 2)
 * @param spread V of targets that are numbers
 */
function worthAt(share: number, variance: number, layers: number, link: Link, spread: number): number {
  if (link === 'identity') return share * spread * (variance / spread) ** (1 / layers);
  const ofLogOdds = (ENTROPY_OF_SPREAD / share) ** 2;
  return (variance / (link === 'softmax' ? ofLogOdds / 2 : ofLogOdds)) ** (1 / layers);
}

/** The same outputs for every row, those of the least mean loss: their predictions are the means of the targets. */
function* constantSteps({ loss, targets, sampleWeights, matrix: { rows }, architecture }: PenaltyProblem, link: Link) {
  const { outputs: width } = programOf(architecture);
  const targetWidth = loss.targetWidth(width);
  const [zero, slope, mean] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  let mass = 0;
  for (let i = 0; i < rows; i++) {
    const weight = sampleWeights?.[i] ?? 1;
    loss.row(zero, 0, width, targets, i * targetWidth, slope, null);
    for (let k = 0; k < width; k++) mean[k] = mean[k]! - weight * slope[k]!;
    mass += weight;
    if (endsStride(i)) yield;
  }
  const atZero = link === 'softmax' ? 1 / width : link === 'sigmoid' ? 0.5 : 0;
  for (let k = 0; k < width; k++) mean[k] = outputOf(link, atZero + mean[k]! / mass);
  const outputs = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    outputs.set(mean, i * width);
    if (endsStride(i)) yield;
  }
  return outputs;
}

/** A label that never occurs, or always, is no row's loss: its output need only be far and finite. */
function outputOf(link: Link, mean: number): number {
  if (link === 'identity') return mean;
  const p = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, mean));
  return link === 'softmax' ? Math.log(p) : Math.log(p / (1 - p));
}

/** D, of columns as the penalty sees them: one product of random signs. */
async function squaredLength({ matrix, penalize, seed }: PenaltyProblem): Promise<number> {
  const { rows, columns, frame } = matrix;
  const { most } = lengthsOf(frame.scale, frame.constant);
  const random = createRandom(seed);
  const signs = new Float64Array(columns * SIGNS);
  for (let j = 0; j < columns; j++) {
    const spread = frame.scale[j]!;
    const unit = penalize === 'standardized' ? 1 : spread <= most ? spread : 0;
    for (let s = 0; s < SIGNS; s++) signs[j * SIGNS + s] = random.integer(2) === 0 ? -unit : unit;
  }
  const products = await matrix.multiply(signs, SIGNS);
  return (await paced(lengthSteps(products, rows))) ** 2;
}

/** The mean length of rows. */
function* lengthSteps(products: Float64Array, rows: number): Steps<number> {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    let squares = 0;
    for (let s = i * SIGNS; s < (i + 1) * SIGNS; s++) squares += products[s]! ** 2;
    sum += Math.sqrt(squares / SIGNS);
    if (endsStride(i)) yield;
  }
  return sum / rows;
}

function opposite(folds: Uint8Array): Uint8Array {
  return folds.map((fold) => (fold === 0 ? 1 : 0));
}
