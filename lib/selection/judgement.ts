/**
 * What outputs are worth on rows that the fit has not seen: their mean loss, in which no single row decides. Left out, a row far from all others
 * (1243 people in a house) may lose ten thousand times as much as they do, and the least mean would belong to the penalty that fits this row, at
 * the cost of all others. So the row that loses most moves the mean by at most twice the standard error that the others have:
 *
 *     w_k (loss_k - m)  <=  2 sqrt(sum_{i != k} w_i^2 (loss_i - m)^2),      m the mean of the others
 *
 * Two such rows, and more, are not one row's chance; and the standard error of a handful of rows is no measure.
 */
import { Pace } from '../core/pace.js';
import type { PenaltyProblem } from './penalty-problem.js';
import { endsStretch } from './stretch.js';

export interface Judgement {
  /** Weighted mean loss of the rows judged. */
  readonly loss: number;
  /** Of that mean, from the spread of the rows: sqrt(sum s_i^2 (loss_i - loss)^2) / sum s_i. */
  readonly standardError: number;
}

export interface RowsJudged extends Judgement {
  /** The row that counts for less than it loses; null where there is none. */
  readonly capped: number | null;
}

type Judged = Pick<PenaltyProblem, 'loss' | 'targets' | 'sampleWeights' | 'matrix'>;

/**
 * The outputs of the rows whose `fold` is below `count`, of all rows without folds. A loss that is not finite makes the mean infinite.
 */
export async function judgeRows(problem: Judged, outputs: Float64Array, folds?: Uint8Array, count = 1): Promise<RowsJudged> {
  const weights = weightsOf(problem, folds, count);
  const losses = await lossesOf(problem, outputs, weights);
  const capped = capWorst(losses, weights);
  return { ...meanOf(losses, weights), capped };
}

/** Standard errors of the others by which one row may move the mean. */
const MOST_MOVED = 2;

/** Rows judged from which on they have a say about it. */
const ENOUGH_ROWS = 30;

/** Caps the loss of the row that moves the mean most, in place. */
function capWorst(losses: Float64Array, weights: Float64Array): number | null {
  const judged = weights.reduce((count, w) => count + (w > 0 ? 1 : 0), 0);
  const { loss: mean } = meanOf(losses, weights);
  if (judged < ENOUGH_ROWS || !Number.isFinite(mean)) return null;
  const moves = (i: number): number => weights[i]! * (losses[i]! - mean);
  let worst = 0;
  for (let i = 1; i < losses.length; i++) if (moves(i) > moves(worst)) worst = i;
  const others = weights.slice();
  others[worst] = 0;
  const { loss, standardError } = meanOf(losses, others);
  const most = loss + (MOST_MOVED * standardError * others.reduce((sum, w) => sum + w, 0)) / weights[worst]!;
  if (!(losses[worst]! > most)) return null;
  losses[worst] = most;
  return worst;
}

/** Shares of a mean in which a capped row does not move. */
export function withoutRow(shares: Float64Array, capped: number | null | undefined): Float64Array {
  return capped === null || capped === undefined ? shares : shares.map((share, i) => (i === capped ? 0 : share));
}

/** How much more the same rows lose by `outputs` than by `others`: the mean of the differences, and the standard error of that. */
export async function compareRows(
  problem: Judged,
  outputs: Float64Array,
  others: Float64Array,
  folds: Uint8Array,
  count: number,
): Promise<Judgement> {
  const weights = weightsOf(problem, folds, count);
  const losses = await lossesOf(problem, outputs, weights);
  const other = await lossesOf(problem, others, weights);
  return meanOf(
    losses.map((loss, i) => loss - other[i]!),
    weights,
  );
}

function weightsOf({ sampleWeights, matrix }: Judged, folds: Uint8Array | undefined, count: number): Float64Array {
  const weights = sampleWeights?.slice() ?? new Float64Array(matrix.rows).fill(1);
  if (folds) for (let i = 0; i < weights.length; i++) if (folds[i]! >= count) weights[i] = 0;
  return weights;
}

/** 0 of rows without weight. */
async function lossesOf(
  { loss, targets, matrix: { rows } }: Judged,
  outputs: Float64Array,
  weights: Float64Array,
): Promise<Float64Array> {
  const width = outputs.length / rows;
  const targetWidth = loss.targetWidth(width);
  const losses = new Float64Array(rows);
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    if (weights[i]! > 0) losses[i] = loss.row(outputs, i * width, width, targets, i * targetWidth, null, null);
    if (endsStretch(i, width) && pace.due) await pace.yield();
  }
  return losses;
}

function meanOf(losses: Float64Array, weights: Float64Array): Judgement {
  let [sum, mass, squares] = [0, 0, 0];
  for (let i = 0; i < losses.length; i++) {
    sum += weights[i]! * losses[i]!;
    mass += weights[i]!;
  }
  const mean = sum / mass;
  if (!Number.isFinite(mean)) return { loss: Infinity, standardError: Infinity };
  for (let i = 0; i < losses.length; i++) squares += (weights[i]! * (losses[i]! - mean)) ** 2;
  return { loss: mean, standardError: Math.sqrt(squares) / mass };
}
