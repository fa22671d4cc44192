/**
 * What outputs are worth on rows that the fit has not seen: their mean loss, in which no single row decides. Left out, a row far from all others
 * (1243 people in a house) may lose ten thousand times as much as they do, and the least mean would belong to the penalty that fits this row, at
 * the cost of all others. So the row that loses most moves the mean by at most twice the standard error that the others have:
 *
 *     w_k (loss_k - m)  <=  2 sqrt(sum_{i != k} w_i^2 (loss_i - m)^2),      m the mean of the others
 *
 * Two such rows, and more, are not one row's chance; and the standard error of a handful of rows is no measure.
 */
import { endsStride, Pace, paced, type Steps } from '../core/pace.js';
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
  return paced(judgeSteps(losses, weights, (move) => move));
}

/** Standard errors of the others by which one row may move the mean. */
const MOST_MOVED = 2;

/** Rows judged from which on they have a say about it. */
const ENOUGH_ROWS = 30;

/** @param size of what a row moves the mean by: of the row for which it is largest the value is capped, in place */
function* judgeSteps(values: Float64Array, weights: Float64Array, size: (move: number) => number): Steps<RowsJudged> {
  const plain = yield* meanSteps(values, weights);
  const uncapped = { loss: plain.loss, standardError: plain.standardError, capped: null };
  if (plain.judged < ENOUGH_ROWS || !Number.isFinite(plain.loss)) return uncapped;
  let [far, farthest] = [0, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const moved = size(weights[i]! * (values[i]! - plain.loss));
    if (moved > farthest) [far, farthest] = [i, moved];
    if (endsStride(i)) yield;
  }
  const others = yield* meanSteps(values, weights, far);
  const away = values[far]! - others.loss;
  const most = (MOST_MOVED * others.standardError * others.mass) / weights[far]!;
  if (!(size(away) > most)) return uncapped;
  values[far] = others.loss + Math.sign(away) * most;
  const { loss, standardError } = yield* meanSteps(values, weights);
  return { loss, standardError, capped: far };
}

/** Shares of a mean, which add up to 1, as they count where a capped row follows the mean of the others. */
export function withoutRow(shares: Float64Array, capped: number | null | undefined): Float64Array {
  if (capped === null || capped === undefined) return shares;
  const others = 1 - shares[capped]!;
  return shares.map((share, i) => (i === capped ? 0 : share / others));
}

/**
 * How much more the same rows lose by `outputs` than by `others`: the mean of the differences, in which one row, up or down, is capped likewise, and
 * the standard error of that.
 */
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
  const differences = losses.map((loss, i) => loss - other[i]!);
  return paced(judgeSteps(differences, weights, Math.abs));
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

/** Of all rows but `left`; infinite where a value is not finite. */
function* meanSteps(
  values: Float64Array,
  weights: Float64Array,
  left = -1,
): Steps<Judgement & { readonly mass: number; readonly judged: number }> {
  let [sum, mass, squares, judged] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    if (i !== left && weights[i]! > 0) {
      sum += weights[i]! * values[i]!;
      mass += weights[i]!;
      judged++;
    }
    if (endsStride(i)) yield;
  }
  const mean = sum / mass;
  if (!Number.isFinite(mean)) return { loss: Infinity, standardError: Infinity, mass, judged };
  for (let i = 0; i < values.length; i++) {
    if (i !== left && weights[i]! > 0) squares += (weights[i]! * (values[i]! - mean)) ** 2;
    if (endsStride(i)) yield;
  }
  return { loss: mean, standardError: Math.sqrt(squares) / mass, mass, judged };
}
