/**
 * The minimum of a function of log l2 of which every value comes with its derivative: downhill until the derivative changes its sign, then
 * the minimum of the cubic through both ends of the bracket (Nocedal & Wright, Numerical Optimization, 2006, formula 3.59).
 */
import { bestOf, withinError, WORTHWHILE, type PathMember, type PathOptions } from './penalty-path.js';

export interface SlopedMember extends PathMember {
  /** No number where there is none. */
  readonly slope: number;
}

/** Longest extrapolation, in factors of the path. */
const LONGEST = 3;

/** Share of a bracket that a trial keeps from its ends. */
const INNER = 0.1;

/** @returns members in ascending order of l2 */
export async function followGradient<Member extends SlopedMember>(
  tryPenalty: (l2: number) => Promise<Member>,
  { from, least, most, factor, limit, admits = false }: PathOptions,
): Promise<Member[]> {
  const members: Member[] = [];
  const step = Math.log(factor);
  // What is promised beyond the strongest penalty is looked for there.
  const within = (l2: number | null): number | null => {
    if (l2 === null || l2 < least) return null;
    return l2 < most ? l2 : members.at(-1)!.l2 < most ? most : null;
  };
  let onwards = step;
  for (let l2: number | null = from; l2 !== null && members.length < limit; ) {
    members.push(await tryPenalty(l2));
    members.sort((a, b) => a.l2 - b.l2);
    l2 = within(nextPenalty(members, step, admits));
    if (l2 !== null || !admits || !maySink(members, step)) continue;
    l2 = within(members[0]!.l2 * Math.exp(-onwards));
    onwards += step;
  }
  return members;
}

/**
 * Whether the loss may fall below the weakest penalty, where other weights are admitted: the loss is flat there, or what it has lost on the way
 * down is within the standard error, and it falls there, or none of the weights admitted so far is of use.
 */
function maySink(members: readonly SlopedMember[], step: number): boolean {
  const [weakest] = members as readonly [SlopedMember];
  if (!isFinite(weakest)) return false;
  const little = (WORTHWHILE * Math.abs(weakest.loss)) / step;
  const useless = members.every(({ slope }) => !(slope >= little));
  const falls = weakest.slope >= little;
  return Math.abs(weakest.slope) < little || ((useless || falls) && withinError(weakest, bestOf(members)));
}

/** Null where no penalty promises enough. */
function nextPenalty(all: readonly SlopedMember[], step: number, admits: boolean): number | null {
  const members = all.filter(isFinite);
  if (members.length === 0) return all.at(-1)!.l2 * Math.exp(step);
  const next = promising(members, step, admits);
  // What explodes is held by a stronger penalty.
  const best = bestOf(members).l2;
  const exploded = all.filter((member) => !isFinite(member) && member.l2 < best).at(-1)?.l2 ?? 0;
  if (next === null || next > exploded) return next;
  return Math.log(best / exploded) < step / LONGEST ? null : Math.sqrt(best * exploded);
}

function isFinite({ loss, slope }: SlopedMember): boolean {
  return Number.isFinite(loss) && Number.isFinite(slope);
}

function promising(members: readonly SlopedMember[], step: number, admits: boolean): number | null {
  const best = bestOf(members);
  const { slope, loss } = best;
  if (slope === 0) return null;
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
  // Towards weaker ones a slope fades as a power of the penalty: with l1 the curvature so far, of far stronger ones, is no measure of what is left.
  const shortest = admits && way < 0 ? step : 0;
  const newton = Math.max(shortest, curvature > 0 ? Math.abs(slope) / curvature : Infinity);
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
