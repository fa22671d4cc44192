/**
 * Runs that go on where one has ended: anneal from the best point, minimize from there, keep the best of all. The state between two
 * rounds is a value; a round that begins from it has the bits that it would have had.
 */
import { requireInteger } from '../core/errors.js';
import type { Objective } from '../core/objective.js';
import { createRandom, requireSeed, type RandomState } from '../core/random.js';
import { minimize, type TrainerOptions, type TrainerStart, type TrainingResult } from '../core/trainer.js';
import { anneal, annealingPlan, type AnnealingOptions } from './annealing.js';

/** What one round came to. */
export interface AnnealedRound {
  readonly objective: number;
  readonly iterations: number;
  /** Why it ended. */
  readonly stop: string;
}

/** Between two rounds: plain numbers and typed arrays. */
export interface AnnealedState {
  /** Of the best round, in the caller's units. */
  readonly parameters: Float64Array;
  readonly objective: number;
  readonly random: RandomState;
  readonly rounds: readonly AnnealedRound[];
}

export interface RestartOptions extends AnnealingOptions {
  /** Rounds after the first, at least 0. */
  readonly restarts: number;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Told after every round; what it is given goes on with `minimizeAnnealed` as a start, `{ annealed: state }`. */
  readonly progress?: ((state: AnnealedState) => void) | undefined;
}

export interface AnnealedResult {
  /** The result of the last round that was run, with its history; its parameters are not always the best. Null where none was left. */
  readonly last: TrainingResult | null;
  readonly state: AnnealedState;
}

/**
 * Ends after all restarts, or with the signal of the options: the state then holds the best of the rounds that were done.
 *
 * @param start of the first round, or the state of other rounds to go on after
 */
export async function minimizeAnnealed(
  objective: Objective,
  start: TrainerStart | { readonly annealed: AnnealedState },
  options: TrainerOptions,
  { restarts, seed = 0, progress, ...annealing }: RestartOptions,
): Promise<AnnealedResult> {
  requireInteger('restarts', restarts, 0);
  const plan = annealingPlan(annealing);
  let state = 'annealed' in start ? start.annealed : null;
  const random = createRandom(state?.random ?? requireSeed(seed));
  let last: TrainingResult | null = null;
  const { signal } = options;
  while ((state?.rounds.length ?? 0) <= restarts) {
    if (state && !signal?.aborted) {
      await objective.start(state.parameters);
      const intensity = plan.intensities[(state.rounds.length - 1) % plan.intensities.length]!;
      await anneal(objective, random, plan, intensity, signal);
    }
    if (signal?.aborted) break;
    last = await minimize(objective, state ? { accepted: true } : (start as TrainerStart), options);
    const { parameters, objective: value, history, stop } = last;
    const better = !(state && state.objective <= value);
    const round = { objective: value, iterations: history.length - 1, stop: stop.reason };
    state = {
      ...(better ? { parameters, objective: value } : { parameters: state!.parameters, objective: state!.objective }),
      random: random.state(),
      rounds: [...(state?.rounds ?? []), round],
    };
    progress?.(state);
  }
  if (!state) throw signal!.reason;
  return { last, state };
}
