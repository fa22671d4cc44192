/**
 * The runaway guard. In networks of several layers the objective is nearly flat along scale symmetries: a saturated tanh
 * does not notice a larger weight, relu layers can trade scale. With l2 = 0 an exact search then leaves along such a ray,
 * one layer's rate explodes, and the network is numerically dead afterwards (seen in arXiv 2406.17954, section 4.5, for
 * layerwise rates).
 *
 * A step may therefore move the weights of a layer by at most `limit` times their norm. Healthy steps stay below that by
 * themselves; one that does not is shortened, the layers that run away first, and taken only when it still lowers phi.
 */
import type { SubspaceFunction } from '../core/subspace-function.js';
import { below, noDecrease, type SubspaceSolution } from '../subspace/subspace-solver.js';

/** Most that the weights of a layer move, in units of their norm; networks of several layers only. */
export const MOST_MOVE = 1;

const MOST_HALVINGS = 20;

export async function holdRunaway(
  phi: SubspaceFunction,
  solution: SubspaceSolution,
  limit: number,
): Promise<SubspaceSolution> {
  if (phi.layers < 2 || !solution.decreased) return solution;
  const moves = phi.layerMoves(solution.t);
  const worst = Math.max(...moves);
  if (!(worst > limit)) return solution;
  const told = `held: a layer would have moved by ${worst.toPrecision(3)} times its norm, over ${limit}`;
  let t = phi.scaledByLayer(
    solution.t,
    moves.map((move) => Math.min(1, limit / move)),
  );
  for (let halving = 0; halving <= MOST_HALVINGS; halving++) {
    const value = await phi.value(t);
    if (below(value, phi.value0)) return { ...solution, t, value, reason: `${told}; ${solution.reason}` };
    t = t.map((step) => step / 2);
  }
  return noDecrease(phi, `${told}, and nothing shorter lowers phi`);
}
