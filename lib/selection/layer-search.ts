/**
 * From one penalty for all layers to one for each: the minimum, over the logarithms of what the layers' penalties are multiplied by, of the loss
 * of rows left out, of which every value comes with its derivatives.
 *
 * Steps are those of BFGS, the first one steepest descent, within a radius by layer that grows where a step to it was good and shrinks where one was
 * not; what loses more than the best so far is refused, but teaches the matrix all the same. Nothing is tried that promises less than is
 * worthwhile, and no curvature is believed that is not positive: derivatives of fits which ended early are rough.
 */
import type { Program } from '../networks/program.js';
import { WORTHWHILE } from './penalty-path.js';

export interface LayerMember {
  readonly loss: number;
  /** By the logarithm of each layer's penalty. */
  readonly slopes?: readonly number[];
}

/** Factors that a layer's penalty changes by in the first step, and in one step at most. */
const FIRST = 4;
const MOST = 8;

/** A factor within which fits are no different: what their losses differ by is where they ended. */
const LEAST = 1.25;

/** Of the radius, where a step was refused. */
const SHRINK = 0.4;

/** What a step has to reach of the radius for that to grow. */
const NEARLY = 0.9;

/** @returns members in the order in which they were tried, without the first */
export async function followLayers<Member extends LayerMember>(
  first: Member,
  tryLogs: (logs: readonly number[], best: Member) => Promise<Member>,
  limit: number,
): Promise<Member[]> {
  const members: Member[] = [];
  let best = first;
  let at = (first.slopes ?? []).map(() => 0);
  let radius = Math.log(FIRST);
  let inverse: number[][] | null = null;
  while (members.length < limit && radius >= Math.log(LEAST)) {
    const step = promisingStep(best, inverse, radius);
    if (!step) break;
    const logs = at.map((x, l) => x + step[l]!);
    const member = await tryLogs(logs, best);
    members.push(member);
    if (isFinite(member)) inverse = learned(inverse, step, differences(member.slopes!, best.slopes!));
    const length = longest(step);
    if (isFinite(member) && member.loss < best.loss) {
      if (length >= NEARLY * radius) radius = Math.min(Math.log(MOST), 2 * radius);
      [best, at] = [member, logs];
    } else radius = SHRINK * length;
  }
  return members;
}

function isFinite({ loss, slopes }: LayerMember): boolean {
  return Number.isFinite(loss) && slopes !== undefined && slopes.every(Number.isFinite);
}

/** Null where too little is promised: by the slopes alone where nothing is known of the curvature, by the parabola otherwise. */
function promisingStep(best: LayerMember, inverse: number[][] | null, radius: number): number[] | null {
  if (!isFinite(best)) return null;
  const slopes = best.slopes!;
  const wanted = inverse ? inverse.map((row) => -dot(row, slopes)) : slopes.map((s) => -s);
  const most = longest(wanted);
  if (!(most > 0)) return null;
  const share = inverse ? Math.min(1, radius / most) : radius / most;
  const step = wanted.map((d) => share * d);
  const gain = -dot(slopes, step) * (inverse ? 1 - share / 2 : 1);
  return gain < WORTHWHILE * Math.abs(best.loss) ? null : step;
}

/** The BFGS update of an inverse of second derivatives by a step and the change of the slopes over it. */
function learned(inverse: number[][] | null, step: readonly number[], change: readonly number[]): number[][] | null {
  const curvature = dot(step, change);
  if (!(curvature > 0)) return inverse;
  const scale = curvature / dot(change, change);
  const before = inverse ?? step.map((_, j) => step.map((_one, k) => (j === k ? scale : 0)));
  const image = before.map((row) => dot(row, change));
  const weight = (1 + dot(change, image) / curvature) / curvature;
  return before.map((row, j) =>
    row.map((h, k) => h + weight * step[j]! * step[k]! - (step[j]! * image[k]! + image[j]! * step[k]!) / curvature),
  );
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, l) => sum + value * b[l]!, 0);
}

function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, l) => value - b[l]!);
}

function longest(step: readonly number[]): number {
  return Math.max(...step.map(Math.abs));
}

/**
 * Whether the penalties of all layers matter by their product alone: in a chain of positively homogeneous layers, weights and bias of one a times as
 * large and the weights of the next 1 / a of what they were are the same function, and over all such factors
 *
 *     min sum_l l2_l |W_l|^2  =  L (prod_l l2_l |W_l|^2)^(1/L)
 *
 * so that the derivatives by the logarithms of all l2_l are equal, and one for all is as good as any.
 */
export function isHomogeneousChain({ nodes }: Program): boolean {
  return nodes.every(({ kind, inputs, activation }, at) => {
    const follows = at === 0 ? kind === 'tracked' : kind === 'affine' && inputs[0] === at - 1;
    return follows && (activation === 'relu' || activation === 'identity');
  });
}
