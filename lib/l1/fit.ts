/** Fits at one strength for whoever makes many of them, and the strength from which on there is nothing to fit. */
import { firstOf, gradientBelow, iterationLimit, stalled } from '../core/stopping.js';
import { minimize, type TrainerStart, type TrainingResult } from '../core/trainer.js';
import { programOf } from '../networks/program.js';
import type { Effort, PenaltyProblem } from '../selection/penalty-problem.js';
import { L1Objective } from './objective.js';
import { l1Parts, sweepFor } from './run.js';

export interface L1Strength {
  readonly l1: number;
  readonly l2: number;
}

/** As `fitAt` of `lib/selection`, and as many iterations as the tolerance on the subgradient takes, up to `iterations`. */
export async function fitL1At(
  problem: PenaltyProblem,
  { l1, l2 }: L1Strength,
  weights: Float64Array | undefined,
  start: TrainerStart,
  effort: Effort,
): Promise<TrainingResult> {
  const objective = new L1Objective({ ...problem, sampleWeights: weights, l1, l2, memory: 0 }, problem.backend);
  try {
    return await run(problem, objective, start, effort);
  } finally {
    objective.dispose();
  }
}

async function run(
  { signal }: PenaltyProblem,
  objective: L1Objective,
  start: TrainerStart,
  { iterations, tolerance }: Effort,
): Promise<TrainingResult> {
  const { direction, rule: stepRule } = l1Parts();
  const stop = firstOf([gradientBelow(tolerance), stalled(tolerance), iterationLimit(iterations)]);
  const sweep = sweepFor(objective.l1, undefined);
  const result = await minimize(objective, start, { direction, stepRule, memory: 0, stop, sweep, signal });
  signal?.throwIfAborted();
  return result;
}

/** A penalty beyond all: no weight moves. */
const BEYOND = 1e100;

function noWeights({ architecture }: PenaltyProblem): TrainerStart {
  return { inFrame: new Float64Array(programOf(architecture).layout.size) };
}

const EXACTLY = { iterations: 100, tolerance: 1e-10 } as const;

/** Every weight 0, and the best biases for that. */
export async function fitEmpty(problem: PenaltyProblem, weights: Float64Array | undefined): Promise<Float64Array> {
  return (await fitL1At(problem, { l1: BEYOND, l2: 0 }, weights, noWeights(problem), EXACTLY)).parameters;
}

/**
 * The least l1 at which every weight is 0: with the biases b that are best for no weights and g the gradient of the mean loss there,
 *
 *     l1_max = max_(ja) |g_ja|            in the units of the columns as they are penalized
 */
export async function largestL1(problem: PenaltyProblem, weights = problem.sampleWeights): Promise<number> {
  const objective = new L1Objective({ ...problem, sampleWeights: weights, l1: BEYOND, l2: 0, memory: 0 }, problem.backend);
  try {
    await run(problem, objective, noWeights(problem), EXACTLY);
    const { gradient, lambda, layout } = objective;
    const { columns, offset, size } = layout.blocks[0]!;
    let most = 0;
    for (let e = 0; e < size; e++)
      most = Math.max(most, Math.abs(gradient[offset + e]!) / (lambda[Math.floor(e / columns)]! / BEYOND));
    return most;
  } finally {
    objective.dispose();
  }
}
