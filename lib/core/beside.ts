/** The mean loss over the rows of two objectives along the same columns: each has its own products, and the means are weighed. */
import type { Trials } from './subspace-function.js';

/** Another objective's loss along the columns, and which share of the weight of both its rows have. */
export interface Beside {
  readonly trials: Trials;
  readonly share: number;
}

/** (1 - share) own(t) + share other(t) */
export function weighed(own: Trials, { trials, share }: Beside): Trials {
  return {
    async value(t) {
      return (1 - share) * (await own.value(t)) + share * (await trials.value(t));
    },
    async evaluate(t) {
      const mine = await own.evaluate(t);
      const theirs = await trials.evaluate(t);
      const mean = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => (1 - share) * x + share * b[i]!);
      return {
        value: (1 - share) * mine.value + share * theirs.value,
        slopes: mean(mine.slopes, theirs.slopes),
        curvature: mean(mine.curvature, theirs.curvature),
      };
    },
  };
}
