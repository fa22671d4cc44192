/**
 * Which weights an iteration looks at: those that are not 0, and of the others those whose gradient is larger than their penalty, the
 * furthest first and at most as many as are not 0 already (Celer, arXiv 1802.07481; skglm, arXiv 2204.07826). Weights that are 0 and may
 * stay so cost nothing but their part of the gradient.
 */
import { weightBlock } from '../core/parameters.js';
import type { L1Objective } from './objective.js';

/** Most weights of one output or of coupled ones together: their second derivatives are a square of this edge. */
export const MOST_WEIGHTS = 2000;

/** With so few there is nothing to save. */
const FEW = 256;

/** Positions in the parameters, ascending; none of a bias. */
export function workingSet(objective: L1Objective, most = MOST_WEIGHTS): Uint32Array {
  const { point, subgradient, layout } = objective;
  const { offset, size } = weightBlock(layout, 0);
  const used: number[] = [];
  const violators: number[] = [];
  for (let e = offset; e < offset + size; e++) {
    if (point[e] !== 0) used.push(e);
    else if (subgradient[e] !== 0) violators.push(e);
  }
  const furthest = (a: number, b: number): number => Math.abs(subgradient[b]!) - Math.abs(subgradient[a]!) || a - b;
  if (used.length > most) return Uint32Array.from(used.concat(violators).sort(furthest).slice(0, most)).sort();
  const room = Math.min(Math.max(FEW, 2 * used.length), most) - used.length;
  if (violators.length > room) violators.sort(furthest);
  return Uint32Array.from(used.concat(violators.slice(0, room))).sort();
}
