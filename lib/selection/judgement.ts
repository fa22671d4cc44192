/** What outputs are worth on rows that the fit has not seen. */
import { Pace } from '../core/pace.js';
import type { PenaltyProblem } from './penalty-problem.js';
import { endsStretch } from './stretch.js';

export interface Judgement {
  /** Weighted mean loss of the rows judged. */
  readonly loss: number;
  /** Of that mean, from the spread of the rows: sqrt(sum s_i^2 (loss_i - loss)^2) / sum s_i. */
  readonly standardError: number;
}

/**
 * The outputs of the rows whose `fold` is below `count`, of all rows without folds. A loss that is not finite makes the mean infinite.
 */
export async function judgeRows(
  { loss, targets, sampleWeights, matrix }: Pick<PenaltyProblem, 'loss' | 'targets' | 'sampleWeights' | 'matrix'>,
  outputs: Float64Array,
  folds?: Uint8Array,
  count = 1,
): Promise<Judgement> {
  const { rows } = matrix;
  const width = outputs.length / rows;
  const targetWidth = loss.targetWidth(width);
  const [losses, weights] = [new Float64Array(rows), new Float64Array(rows)];
  let [sum, mass, squares] = [0, 0, 0];
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    const weight = folds && folds[i]! >= count ? 0 : sampleWeights ? sampleWeights[i]! : 1;
    if (weight > 0) {
      losses[i] = loss.row(outputs, i * width, width, targets, i * targetWidth, null, null);
      weights[i] = weight;
      sum += weight * losses[i]!;
      mass += weight;
    }
    if (endsStretch(i, width) && pace.due) await pace.yield();
  }
  const mean = sum / mass;
  if (!Number.isFinite(mean)) return { loss: Infinity, standardError: Infinity };
  for (let i = 0; i < rows; i++) squares += (weights[i]! * (losses[i]! - mean)) ** 2;
  return { loss: mean, standardError: Math.sqrt(squares) / mass };
}
