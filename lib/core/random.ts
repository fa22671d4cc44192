/**
 * One seeded generator (the Mersenne twister of the pure-rand library, whose seeding tells neighboring seeds well apart)
 * for starting points, splits and generated data: the same seed gives the same numbers on every machine.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne, mersenneFromState } from 'pure-rand/generator/mersenne';
import { requireInteger } from './errors.js';

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** The numbers from 0 to below `count` in a random order (Fisher and Yates' shuffle). */
  permutation(count: number): Uint32Array;
  /** All that decides the numbers to come: plain numbers, for `createRandom`. */
  state(): RandomState;
}

export interface RandomState {
  readonly generator: readonly number[];
  /** The second of the last pair of normal numbers, when it is still to come. */
  readonly spare: number | null;
}

export function requireSeed(seed: unknown): number {
  return requireInteger('seed', seed, -(2 ** 31), 2 ** 32 - 1);
}

/** @param seed integer from -2^31 to 2^32 - 1, or the state of another generator, which is gone on with */
export function createRandom(seed: number | RandomState): Random {
  const generator = typeof seed === 'object' ? mersenneFromState(seed.generator) : mersenne(requireSeed(seed));
  const uniform = (): number => uniformFloat64(generator);
  const integer = (bound: number): number => uniformInt(generator, 0, bound - 1);
  let spare: number | null = typeof seed === 'object' ? seed.spare : null;
  return {
    uniform,
    normal(): number {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    integer,
    permutation(count) {
      const order = new Uint32Array(count);
      for (let i = 0; i < count; i++) order[i] = i;
      for (let i = count - 1; i > 0; i--) {
        const j = integer(i + 1);
        const here = order[i]!;
        order[i] = order[j]!;
        order[j] = here;
      }
      return order;
    },
    state: () => ({ generator: generator.getState().slice(), spare }),
  };
}
