/** The objective as a function of a single weight, straight from the formula. */
import { referenceObjective } from './reference.js';
import type { SmallProblem } from './problems.js';

export function alongWeight(problem: SmallProblem, l2: number, at: Float64Array, e: number): (delta: number) => number {
  return (delta) => {
    const moved = at.slice();
    moved[e] = moved[e]! + delta;
    return referenceObjective(problem, moved, l2);
  };
}
