/**
 * The minimum of a function of log l2 of which every value comes with its derivative: downhill until the derivative changes its sign, then
 * the minimum of the cubic through both ends of the bracket (Nocedal & Wright, Numerical Optimization, 2006, formula 3.59).
 */
import { bestOf, WORTHWHILE, type PathMember, type PathOptions } from './penalty-path.js';

export interface SlopedMember extends PathMember {
  readonly slope: number;
}

/** Longest extrapolation, in factors of the path. */
const LONGEST = 3;

/** Share of a bracket that a trial keeps from its ends. */
const INNER = 0.1;

/** @returns members in ascending order of l2 */
export async function followGradient<Member extends SlopedMember>(
  tryPenalty: (l2: number) => Promise<Member>,
  { from, least, most, factor, limit }: PathOptions,
): Promise<Member[]> {
  const members: Member[] = [];
  for (let l2: number | null = from; l2 !== null && members.length < limit; ) {
    members.push(await tryPenalty(l2));
    members.sort((a, b) => a.l2 - b.l2);
    l2 = nextPenalty(members, Math.log(factor));
    if (l2 !== null && (l2 < least || l2 > most)) l2 = null;
  }
  return members;
}

/** Null where no penalty promises enough. */
function nextPenalty(members: readonly SlopedMember[], step: number): number | null {
  const best = bestOf(members);
  const { slope, loss } = best;
  if (!Number.isFinite(slope) || slope === 0) return null;
  const way = slope > 0 ? -1 : 1;
  const at = members.indexOf(best);
  const other = members[at + way];
  const little = WORTHWHILE * Math.abs(loss);
  if (other) {
    const length = Math.log(other.l2 / best.l2);
    const share = cubicMinimum(best, other, length);
    const bounded = Math.max(INNER, Math.min(1 - INNER, share));
    // Downhill from the best, by the parabola that its slope makes with the minimum foretold.
    return Math.abs(slope * share * length) / 2 < little ? null : best.l2 * Math.exp(bounded * length);
  }
  // A vanishing penalty changes nothing more.
  if (way < 0 && Math.abs(slope) * step < little) return null;
  const behind = members[at - way];
  if (!behind) return Math.abs(slope) * step < little ? null : best.l2 * Math.exp(way * step);
  const curvature = (slope - behind.slope) / Math.log(best.l2 / behind.l2);
  const newton = curvature > 0 ? Math.abs(slope) / curvature : Infinity;
  if ((Math.abs(slope) * Math.min(newton, step)) / 2 < little) return null;
  return best.l2 * Math.exp(way * Math.max(step / LONGEST, Math.min(LONGEST * step, newton)));
}

/** Where between a (0) and b (1) the cubic with their values and slopes by log l2 has its minimum. */
function cubicMinimum(a: SlopedMember, b: SlopedMember, length: number): number {
  const [ga, gb] = [a.slope * length, b.slope * length];
  const d1 = ga + gb + 3 * (a.loss - b.loss);
  const root = Math.sqrt(Math.max(0, d1 * d1 - ga * gb));
  const share = 1 - (gb + root - d1) / (gb - ga + 2 * root);
  return Number.isFinite(share) && share > 0 && share < 1 ? share : 0.5;
}
