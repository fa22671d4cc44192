/**
 * Annealed restarts (SAGRAD: Bernal & Torres-Jimenez 2015, doi 10.6028/jres.120.009, arXiv 2502.00112): where a run has ended it goes back to its
 * best point, anneals the weights there, by turns with a low and a high intensity, and goes on.
 */
import { requireInteger } from '../core/errors.js';
import type { Objective } from '../core/objective.js';
import { refuseUnknown } from '../core/option-names.js';
import { createRandom, requireSeed, type RandomState } from '../core/random.js';
import type { Restarts } from '../core/restarts.js';
import { difference } from '../directions/direction.js';
import { anneal, ANNEALING, annealingPlan, type AnnealingOptions } from './annealing.js';

export interface AnnealedRestartOptions extends AnnealingOptions {
  /** Most restarts, at least 1. Default 8. */
  readonly limit?: number | undefined;
  /** Most iterations from one to the next, at least 1; the round then ends as it is. None by default. */
  readonly iterations?: number | undefined;
}

export interface AnnealedRestartState {
  /** Restarts so far. */
  done: number;
  random: RandomState;
}

/**
 * Restarts of a run that has ended, each from a point annealed from the best one (Kirkpatrick, Gelatt & Vecchi 1983,
 * doi 10.1126/science.220.4598.671): for `createTrainer`'s `restarts`; `train` takes the options themselves.
 *
 * @param seed of the annealing
 * @throws PlanesearchError INVALID_OPTION or INVALID_ARGUMENT for an option that is unknown or out of its range
 */
export function annealedRestarts(
  given: 'annealing' | AnnealedRestartOptions = {},
  seed = 0,
): Restarts<AnnealedRestartState> & { readonly limit: number } {
  const options = given === 'annealing' ? {} : given;
  refuseUnknown(options, [...ANNEALING, 'limit', 'iterations'], { what: "restarts, where it is not 'annealing'," });
  const { limit: wanted = 8, iterations, ...annealing } = options;
  const limit = requireInteger('The limit of restarts', wanted, 1);
  if (iterations !== undefined) requireInteger('The iterations of restarts', iterations, 1);
  const plan = annealingPlan(annealing);
  const first = createRandom(requireSeed(seed)).state();
  return {
    name: 'annealing',
    settings: { ...plan, iterations, seed },
    limit,
    iterations,
    start: () => ({ done: 0, random: first }),
    left: ({ done }) => done < limit,
    async run(state, objective, best, signal) {
      await goBack(objective, best);
      const random = createRandom(state.random);
      const intensity = plan.intensities[state.done % plan.intensities.length]!;
      const evaluations = await anneal(objective, random, plan, intensity, signal);
      state.random = random.state();
      state.done++;
      const { box, temperature } = intensity;
      const reason = `annealed restart ${state.done} of at most ${limit} from the best point, in a box of ${box} at the temperature ${temperature}`;
      return { evaluations, reason };
    },
  };
}

/** Two products, none where the accepted point is that one. */
async function goBack(objective: Objective, best: Float64Array): Promise<void> {
  const back = difference(objective.vectors, best, objective.point);
  if (back.every((change) => change === 0)) return;
  await objective.span([back], 0, 'joint');
  await objective.commit(Float64Array.of(1));
}
