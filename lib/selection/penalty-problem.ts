/** A problem for which a penalty is to be chosen: all of an objective but l2, and how a fit at one l2 is made. */
import type { Backend, DataMatrix } from '../backends/backend.js';
import { framed, unframed } from '../core/framed-parameters.js';
import { Objective } from '../core/objective.js';
import type { Penalized } from '../core/penalty.js';
import { firstOf, gradientBelow, iterationLimit, stalled, type StopCriterion } from '../core/stopping.js';
import { minimize, type TrainerStart } from '../core/trainer.js';
import type { Direction } from '../directions/index.js';
import type { Loss } from '../losses/loss.js';
import type { Architecture, Network } from '../networks/network.js';
import { programOf } from '../networks/program.js';
import type { PathMember } from './penalty-path.js';
import type { StepRule } from '../steps/index.js';

export interface PenaltyProblem {
  readonly backend: Backend;
  /** Shared by all fits: X is copied and framed once. */
  readonly matrix: DataMatrix;
  readonly architecture: Architecture;
  readonly network: Network;
  readonly loss: Loss;
  /** In the encoding of the loss. */
  readonly targets: Float64Array;
  readonly offsets?: Float64Array | undefined;
  readonly sampleWeights?: Float64Array | undefined;
  /** Rows of a fit, the first ones, where these are a random part of all that says enough: the others judge it. */
  readonly sample?: number | undefined;
  readonly penalize: Penalized;
  /** How many times as strong as l2 the penalty of each layer is. Default 1 each. */
  readonly layerPenalties?: readonly number[] | undefined;
  /** Where the first fit begins. */
  readonly start: TrainerStart;
  /** Of the folds. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Is told of every penalty that was tried. */
  readonly tried?: ((member: PathMember) => Promise<void>) | undefined;
  /** How the objective of this l2 is minimized. */
  readonly parts: (l2: number) => {
    readonly direction: Direction;
    readonly rule: StepRule;
    readonly memory: number;
  };
}

export interface Effort {
  readonly iterations: number;
  /** Share of the objective by which three iterations must lower it. */
  readonly tolerance: number;
}

/**
 * Minimizes the objective of `l2` over the rows that `weights` weighs, of the sample where there is one; returns parameters in the caller's
 * units, since the frame of an objective depends on its l2.
 *
 * @throws the reason of the signal
 */
export async function fitAt(
  problem: PenaltyProblem,
  l2: number,
  weights: Float64Array | undefined,
  start: TrainerStart,
  { iterations, tolerance }: Effort,
): Promise<Float64Array> {
  const { direction, rule: stepRule, memory } = problem.parts(l2);
  const objective = new Objective({ ...problem, sampleWeights: weights, l2, memory }, problem.backend);
  try {
    const small = 'trained' in start ? tolerance ** 2 : tolerance;
    const stop = firstOf([settled(tolerance), gradientBelow(small), stalled(tolerance), iterationLimit(iterations)]);
    const { parameters } = await minimize(objective, start, { direction, stepRule, memory, stop, signal: problem.signal });
    problem.signal?.throwIfAborted();
    return parameters;
  } finally {
    objective.dispose();
  }
}

/** Iterations over which a fit that is only to be compared looks back. */
const LOOK_BACK = 3;

/**
 * f_{k-3} - f_k <= tolerance |f_k|. What the gradient is compared with after a warm start grows with the columns, and would call the end
 * of a neighbor an optimum.
 */
function settled(tolerance: number): StopCriterion {
  return (history) => {
    const now = history.at(-1)!;
    const then = history.at(-1 - LOOK_BACK);
    if (!then || !(then.objective - now.objective <= tolerance * Math.abs(now.objective))) return null;
    return { reason: 'decrease', detail: `the objective has settled to ${tolerance}`, converged: false };
  };
}

/** Whether the outputs are X W + b: then the Hessian is X' S X and the objective of a convex loss is convex. */
export function isLinear({ steps }: Architecture): boolean {
  return steps.length === 0;
}

/** Weights of the rows, with sum 1. */
export function shares(weights: Float64Array | undefined, rows: number): Float64Array {
  if (!weights) return new Float64Array(rows).fill(1 / rows);
  const sum = weights.reduce((total, s) => total + s, 0);
  return weights.map((s) => s / sum);
}

/** Parameters in the caller's units, in the frame of the matrix itself (not that of an objective, which depends on l2). */
export function inMatrixFrame({ matrix, architecture }: PenaltyProblem, parameters: Float64Array): Float64Array {
  return framed(programOf(architecture).layout, matrix.frame, parameters);
}

/** The way back. */
export function inCallersUnits({ matrix, architecture }: PenaltyProblem, point: Float64Array): Float64Array {
  return unframed(programOf(architecture).layout, matrix.frame, point);
}
