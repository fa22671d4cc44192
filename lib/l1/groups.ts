/**
 * Which weights and outputs are one problem, and the second derivatives of the loss that are in it:
 *
 * Outputs that do not see each other (several targets, several labels) are problems of their own. The classes of softmax are one problem
 * while that is affordable; beyond, every class is one with twice its own second derivative, which together are an upper bound: for
 * probabilities p
 *
 *     v' (diag p - p p') v  =  sum_(a<c) p_a p_c (v_a - v_c)^2  <=  2 sum_(a<c) p_a p_c (v_a^2 + v_c^2)  =  2 sum_a p_a (1 - p_a) v_a^2
 */
import { Pace } from '../core/pace.js';
import { biasBlock, weightBlock } from '../core/parameters.js';
import type { L1Objective } from './objective.js';
import { MOST_WEIGHTS } from './working-set.js';

/** Multiplications, and numbers of second derivatives, that the coupled problem may take. */
const MOST_WORK = 2e10;
const MOST_NUMBERS = 5e7;

/** One problem. */
export interface Group {
  readonly outputs: readonly number[];
  /** Ascending. */
  readonly columns: Uint32Array;
  /** Of its weights in the parameters, ascending, then of its biases. */
  readonly positions: Uint32Array;
  /** s_i c_iac for every pair a <= c of the outputs, row by row of that triangle: shares of the rows times second derivatives. */
  readonly curvatures: readonly Float64Array[];
}

/** @param working positions of weights; the biases come with them */
export async function groupsOf(objective: L1Objective, working: Uint32Array): Promise<Group[]> {
  const { groups, bound } = await shapesOf(objective, working);
  const pairs = groups.map(({ outputs }) => outputs.flatMap((a, i) => outputs.slice(i).map((c) => [a, c] as const)));
  const curvatures = await secondDerivatives(objective, pairs.flat(), bound);
  let at = 0;
  return groups.map((group, g) => ({ ...group, curvatures: curvatures.slice(at, (at += pairs[g]!.length)) }));
}

type Shape = Omit<Group, 'curvatures'>;

/** Which outputs are one problem, and by how much the diagonal blocks are enlarged where coupled ones are not. */
async function shapesOf(objective: L1Objective, working: Uint32Array): Promise<{ groups: Shape[]; bound: number }> {
  const { layout, allRows } = objective;
  const { columns: width, offset } = weightBlock(layout, 0);
  const each = Array.from({ length: width }, (_, a) => a);
  const groupOf = (outputs: readonly number[]): Shape => {
    const own = working.filter((e) => outputs.includes((e - offset) % width));
    const columns = Uint32Array.from(new Set(Array.from(own, (e) => Math.floor((e - offset) / width))));
    const biases = outputs.map((a) => biasBlock(layout, 0).offset + a);
    return { outputs, columns, positions: Uint32Array.from([...own, ...biases]) };
  };
  if (width === 1 || !(await coupled(objective))) return { groups: each.map((a) => groupOf([a])), bound: 1 };
  const together = groupOf(each);
  const pairs = (width * (width + 1)) / 2;
  const work = pairs * allRows * together.columns.length ** 2;
  if (together.positions.length <= MOST_WEIGHTS && work <= MOST_WORK && pairs * allRows <= MOST_NUMBERS)
    return { groups: [together], bound: 1 };
  return { groups: each.map((a) => groupOf([a])), bound: 2 };
}

/** Rows by which it is told whether outputs see each other. */
const TOLD_BY = 16;

async function coupled(objective: L1Objective): Promise<boolean> {
  const { loss, targets } = objective.spec;
  const outputs = await objective.outputs();
  const width = outputs.length / objective.allRows;
  const targetWidth = loss.targetWidth(width);
  const [slope, curvature] = [new Float64Array(width), new Float64Array(width * width)];
  for (let i = 0; i < Math.min(TOLD_BY, objective.allRows); i++) {
    loss.row(outputs, i * width, width, targets, i * targetWidth, slope, curvature);
    if (curvature.some((c, e) => c !== 0 && e % (width + 1) !== 0)) return true;
  }
  return false;
}

/** `bound` s_i c_iac for each pair of outputs a, c, at the accepted point. */
async function secondDerivatives(
  objective: L1Objective,
  pairs: readonly (readonly [number, number])[],
  bound: number,
): Promise<Float64Array[]> {
  const { loss, targets, sampleWeights } = objective.spec;
  const { allRows: rows } = objective;
  const { columns: width } = weightBlock(objective.layout, 0);
  if (width === 1 && loss.curvatureRoot) {
    // Of one output the shares are s_i c_i over their sum, whatever the signs, and are formed where the tracked product is.
    const { shares, outputs: sums } = await objective.factors({ maxRows: rows, seed: 0 }, false);
    return [shares.map((share) => share * sums[0]![0]!)];
  }
  const outputs = await objective.outputs();
  const targetWidth = loss.targetWidth(width);
  const mass = sampleWeights ? sampleWeights.reduce((sum, s) => sum + s, 0) : rows;
  const [slope, curvature] = [new Float64Array(width), new Float64Array(width * width)];
  const places = pairs.map(([a, c]) => a * width + c);
  const found = pairs.map(() => new Float64Array(rows));
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    const share = (bound * (sampleWeights ? sampleWeights[i]! : 1)) / mass;
    if (share === 0) continue;
    loss.row(outputs, i * width, width, targets, i * targetWidth, slope, curvature);
    for (let q = 0; q < places.length; q++) found[q]![i] = share * curvature[places[q]!]!;
    if (i % 1024 === 1023 && pace.due) await pace.yield();
  }
  return found;
}
