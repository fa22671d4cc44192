/**
 * Simulated annealing of the weights around a point, to leave a minimum that a run has stalled in (SAGRAD: Bernal & Torres-Jimenez 2015,
 * doi 10.6028/jres.120.009, arXiv 2502.00112; the rule of acceptance: Metropolis et al. 1953, doi 10.1063/1.1699114).
 *
 *     z_e uniform in [-box, box]                  a random line through the point: one product with X
 *     t uniform in [-1, 1], several times         f(theta + t z) is taken with probability min(1, exp(-(change of f) / T)): no product
 *     box <- c box,  T <- c T                     after every line
 *
 * On the tracked products a whole walk along a line costs what one move costs otherwise. The constants of the paper are not known to us;
 * these are ours.
 */
import { reject, requireInteger, requireNumber } from '../core/errors.js';
import { holdConstant } from '../core/hold-constant.js';
import { refuseUnknown } from '../core/option-names.js';
import type { Objective } from '../core/objective.js';
import type { Random } from '../core/random.js';

export interface AnnealingIntensity {
  /** Half the width of the box around the point, in the frame, above 0. */
  readonly box: number;
  /** T at first, as a share of f at the point, above 0. */
  readonly temperature: number;
}

export interface AnnealingOptions {
  /** Lines walked along in one annealing, at least 1. Default 30. */
  readonly lines?: number | undefined;
  /** Moves tried on each line, at least 1. Default 8. */
  readonly moves?: number | undefined;
  /** c, above 0 and at most 1. Default 0.9. */
  readonly cooling?: number | undefined;
  /** Taken by turns, one a restart. Default: low (box 0.3, temperature 0.03), then high (box 1, temperature 0.3). */
  readonly intensities?: readonly AnnealingIntensity[] | undefined;
}

/** The options by name. */
export const ANNEALING = ['lines', 'moves', 'cooling', 'intensities'] as const satisfies readonly (keyof AnnealingOptions)[];

export type AnnealingPlan = Required<{ [Name in keyof AnnealingOptions]: NonNullable<AnnealingOptions[Name]> }>;

const LOW: AnnealingIntensity = { box: 0.3, temperature: 0.03 };
const HIGH: AnnealingIntensity = { box: 1, temperature: 0.3 };

export function annealingPlan({ intensities = [LOW, HIGH], ...options }: AnnealingOptions): AnnealingPlan {
  refuseUnknown(options, ANNEALING, { what: 'The options of an annealing' });
  if (!Array.isArray(intensities) || intensities.length === 0)
    reject('INVALID_OPTION', 'The intensities of an annealing', 'a list of at least one', intensities);
  return {
    intensities: intensities.map((one: AnnealingIntensity) => {
      refuseUnknown(one, ['box', 'temperature'], { what: 'An intensity of an annealing' });
      return {
        box: requireNumber('The box of an annealing', one.box, Number.MIN_VALUE),
        temperature: requireNumber('The temperature of an annealing', one.temperature, Number.MIN_VALUE),
      };
    }),
    lines: requireInteger('The lines of an annealing', options.lines ?? 30, 1),
    moves: requireInteger('The moves of an annealing', options.moves ?? 8, 1),
    cooling: requireNumber('The cooling of an annealing', options.cooling ?? 0.9, Number.MIN_VALUE, 1),
  };
}

/**
 * Moves the accepted point of an objective; at most two products a line, and one where the walk ends at its beginning. An abort ends it after the line.
 * @returns evaluations of phi
 */
export async function anneal(
  objective: Objective,
  random: Random,
  { lines, moves, cooling }: AnnealingPlan,
  { box, temperature }: AnnealingIntensity,
  signal?: AbortSignal,
): Promise<number> {
  const heat = temperature * Math.abs(objective.value);
  let line = 0;
  for (; line < lines && !signal?.aborted; line++) {
    const [width, T] = [box * cooling ** line, heat * cooling ** line];
    const z = Float64Array.from(objective.point, () => width * (2 * random.uniform() - 1));
    holdConstant(objective, z);
    const phi = await objective.span([z], 0, 'joint');
    let [t, value] = [0, objective.value];
    for (let move = 0; move < moves; move++) {
      const [next, chance] = [2 * random.uniform() - 1, random.uniform()];
      const there = await phi.value(Float64Array.of(next));
      if (Number.isFinite(there) && chance < Math.exp(-(there - value) / T)) [t, value] = [next, there];
    }
    if (t !== 0) await objective.commit(Float64Array.of(t));
  }
  return line * moves;
}
