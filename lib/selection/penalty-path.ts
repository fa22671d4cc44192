/**
 * A path of penalties: l2 changes by a factor from member to member, downhill on the loss judged, until that has clearly turned; then a
 * parabola through the best member and its neighbors, in log l2, says where the minimum is.
 *
 * Every member begins where its neighbor ended, so that it costs a few iterations. No grid: where the loss is flat to a part in two thousand
 * nothing is gained by looking closer.
 */

/** One penalty that was tried. */
export interface PathMember {
  readonly l2: number;
  /** How many times as strong the penalty of each layer is, where one for each is looked for. */
  readonly layerPenalties?: readonly number[];
  /** Beside it, where that is chosen. */
  readonly l1?: number;
  /** Mean loss of rows that the fit has not seen, which the worst of many moves by at most two standard errors of the others. */
  readonly loss: number;
  readonly standardError: number;
  /** Derivative of that loss by log l2, where the search goes along it. */
  readonly slope?: number;
  /** Its parts by the logarithm of each layer's penalty, of a network of several layers. */
  readonly slopes?: readonly number[];
}

/** What a search knows of a penalty. */
export interface Searched extends PathMember {
  /** What the rows of the fit would gain without it, as a share of their loss, where that is known. */
  readonly withheld?: () => Promise<number>;
}

export interface PathOptions {
  /** Where the path begins. */
  readonly from: number;
  /** Bounds: beyond them no penalty is tried. */
  readonly least: number;
  readonly most: number;
  /** Between neighbors. */
  readonly factor: number;
  /** Members, at most. */
  readonly limit: number;
  /**
   * Whether a weaker penalty may admit weights that are 0, as with l1: a loss that is flat, or rises a little for weights of no use, may then fall
   * further down, and is followed there in growing steps.
   */
  readonly admits?: boolean;
}

/** Share of the loss that a further member must promise. */
export const WORTHWHILE = 5e-4;

/**
 * What a penalty withholds where no weaker one is tried. Rows left out gain less by a weaker penalty than the rows of the fit do, but that gain is
 * known to second order only, and was seen to be three times as large.
 */
const HARDLY = WORTHWHILE / 4;

/** Parabolas at most. */
const LOOKS = 2;

/** How much more a neighbor may lose than the other one: a loss that explodes on one side is no parabola. */
const STEEPEST = 4;

/** @returns members in ascending order of l2 */
export async function followPath<Member extends Searched>(
  tryPenalty: (l2: number) => Promise<Member>,
  { from, least, most, factor, limit, admits = false }: PathOptions,
): Promise<Member[]> {
  const first = await tryPenalty(from);
  const members = [first];
  const add = async (l2: number): Promise<Member> => {
    const member = await tryPenalty(l2);
    members.push(member);
    members.sort((a, b) => a.l2 - b.l2);
    return member;
  };
  const stronger = await add(Math.min(from * factor, most));
  // What explodes at both is held by a stronger penalty.
  const up = stronger.loss < first.loss || !Number.isFinite(Math.min(first.loss, stronger.loss));
  let best = up ? stronger : first;
  const useless = (): boolean => admits && withinError(members.at(-1)!, best);
  const walk = async (l2: number, upwards: boolean): Promise<void> => {
    for (let step = factor; members.length < limit; ) {
      if (l2 >= most && upwards) break;
      l2 = upwards ? Math.min(l2 * step, most) : l2 / step;
      if (l2 < least) break;
      const next = await add(l2);
      const gain = best.loss - next.loss;
      if (gain > 0) best = next;
      const risen = next.loss - best.loss > WORTHWHILE * Math.abs(best.loss);
      if (risen && (upwards || !useless() || !withinError(next, best))) break;
      if (!upwards && next.withheld && (await next.withheld()) < HARDLY) break;
      // The penalty may hold nothing here, and yet the next decades a column of small numbers: that is looked for in longer steps.
      if (gain < WORTHWHILE * Math.abs(best.loss)) step *= factor;
    }
  };
  await walk(up ? stronger.l2 : from, up);
  if (up && useless() && withinError(first, best)) await walk(from, false);
  for (let look = 0; look < LOOKS && members.length < limit; look++) {
    const promised = vertex(members);
    if (!promised || promised.gain < WORTHWHILE * Math.abs(bestOf(members).loss)) break;
    await add(promised.l2);
  }
  return members;
}

/** Whether it loses more than the best by no more than the standard error. */
export function withinError({ loss }: PathMember, best: PathMember): boolean {
  return loss - best.loss <= best.standardError;
}

/** The lowest loss; of equal ones the stronger penalty. */
export function bestOf<Member extends PathMember>(members: readonly Member[]): Member {
  return members.reduce((best, member) =>
    member.loss < best.loss || (member.loss === best.loss && member.l2 > best.l2) ? member : best,
  );
}

/** The minimum of the parabola in log l2 through the best member and its two neighbors, and what it promises; null at an end. */
export function vertex(members: readonly PathMember[]): { readonly l2: number; readonly gain: number } | null {
  const at = members.indexOf(bestOf(members));
  const [a, b, c] = [members[at - 1], members[at]!, members[at + 1]];
  if (!a || !c || !Number.isFinite(Math.min(a.loss, c.loss))) return null;
  const [left, right] = [Math.log(a.l2 / b.l2), Math.log(c.l2 / b.l2)];
  const most = STEEPEST * Math.min(a.loss - b.loss, c.loss - b.loss);
  const [slopeLeft, slopeRight] = [Math.min(a.loss - b.loss, most) / left, Math.min(c.loss - b.loss, most) / right];
  const curvature = (slopeRight - slopeLeft) / (right - left);
  const slope = slopeLeft - curvature * left;
  if (!(curvature > 0)) return null;
  return { l2: b.l2 * Math.exp(-slope / (2 * curvature)), gain: (slope * slope) / (4 * curvature) };
}
