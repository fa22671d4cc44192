/** A penalty judged by fits that leave out a part of the rows each, over one matrix that all share. */
import type { TrainerStart } from '../core/trainer.js';
import { outputsOf } from '../io/model-outputs.js';
import type { Expansion } from './expansion.js';
import { without } from './held-out-folds.js';
import { judgeRows } from './judgement.js';
import type { Searched } from './penalty-path.js';
import type { PenaltyProblem } from './penalty-problem.js';

/** A member with where its fits ended, one for each fold that was left out. */
export interface Tried extends Searched {
  readonly ends: readonly Float64Array[];
  readonly adjoint?: Float64Array;
  readonly expansion?: Expansion;
  readonly capped?: number | null;
}

export type Attempt = (l2: number, neighbor: Tried | null) => Promise<Tried>;

/** Parameters in the caller's units. */
export type Fit = (l2: number, weights: Float64Array, start: TrainerStart) => Promise<Float64Array>;

/** Fits that leave out one of the first `count` folds each. */
export function foldwise(problem: PenaltyProblem, folds: Uint8Array, count: number, fitOne: Fit): Attempt {
  const parts = Array.from({ length: count }, (_, fold) => partOf(problem, folds, fold));
  return async (l2, neighbor) => {
    const ends: Float64Array[] = [];
    for (const [fold, { weights, enlarged }] of parts.entries()) {
      const start = neighbor ? { trained: neighbor.ends[fold]! } : problem.start;
      ends.push(await fitOne(l2 * enlarged, weights, start));
    }
    return { l2, ...(await judgeRows(problem, await outputsLeftOut(problem, folds, ends), folds, count)), ends };
  };
}

/** The outputs of every row by the fit that has left it out; of rows in none of the folds by the first one. */
export async function outputsLeftOut(
  { architecture, matrix, backend, offsets }: PenaltyProblem,
  folds: Uint8Array,
  ends: readonly Float64Array[],
): Promise<Float64Array> {
  let outputs: Float64Array | null = null;
  for (const [fold, end] of ends.entries()) {
    const own = await outputsOf(architecture, end, matrix, backend, offsets);
    if (outputs) takeFold(folds, fold, own, outputs);
    else outputs = own;
  }
  return outputs!;
}

function takeFold(folds: Uint8Array, fold: number, from: Float64Array, to: Float64Array): void {
  const width = from.length / folds.length;
  for (let i = 0; i < folds.length; i++)
    if (folds[i] === fold) for (let e = i * width; e < (i + 1) * width; e++) to[e] = from[e]!;
}

/** The weights of the rows outside a fold, and by how much their share of the penalty is larger. */
export function partOf(
  { sampleWeights }: PenaltyProblem,
  folds: Uint8Array,
  fold: number,
): { readonly weights: Float64Array; readonly enlarged: number } {
  const weights = without(folds, fold, sampleWeights);
  const sum = (values: Float64Array): number => values.reduce((total, s) => total + s, 0);
  return { weights, enlarged: (sampleWeights ? sum(sampleWeights) : folds.length) / sum(weights) };
}
