/**
 * The quadratic model of the smooth part on a working set:
 *
 *     f(w + d) ~ f(w) + g'd + (1/2) d'H d,     H_(ja)(kc) = sum_i s_i c_iac x_ij x_ik  +  p_j (where ja = kc)
 *
 * with c_i the second derivative of the loss of row i by its outputs, s_i the share of the row and p_j the weight of the l2 penalty: one
 * gram of the working set's columns for every pair of outputs. Outputs that do not see each other (several targets, several labels) are
 * problems of their own. The classes of softmax are one problem while that is affordable; beyond, every class is one with twice its own
 * second derivative, which together are an upper bound: for probabilities p
 *
 *     v' (diag p - p p') v  =  sum_(a<c) p_a p_c (v_a - v_c)^2  <=  2 sum_(a<c) p_a p_c (v_a^2 + v_c^2)  =  2 sum_a p_a (1 - p_a) v_a^2
 */
import { Pace } from '../core/pace.js';
import { biasBlock, weightBlock } from '../core/parameters.js';
import type { L1Objective } from './objective.js';
import type { Quadratic } from './quadratic.js';
import { MOST_WEIGHTS } from './working-set.js';

/** Multiplications, and numbers of second derivatives, that the coupled problem may take. */
const MOST_WORK = 2e10;
const MOST_NUMBERS = 5e7;

/** Share of the largest second derivative that is added to all, so that a weight without one (Huber's far rows) has a step. */
const DAMPING = 1e-12;

/** A problem on some of the parameters. */
export interface Part extends Quadratic {
  /** Where its weights are in the parameters. */
  readonly positions: Uint32Array;
}

/** What stands in one problem. */
interface Group {
  readonly outputs: readonly number[];
  readonly columns: Uint32Array;
  readonly positions: Uint32Array;
}

/** @param working positions of weights; the biases come with them */
export async function modelsOf(objective: L1Objective, working: Uint32Array): Promise<Part[]> {
  const { groups, bound } = await groupsOf(objective, working);
  const pairs = groups.flatMap(({ outputs }) => outputs.flatMap((a, i) => outputs.slice(i).map((c) => [a, c] as const)));
  const curvatures = await secondDerivatives(objective, pairs);
  const parts: Part[] = [];
  let at = 0;
  for (const group of groups) {
    const count = (group.outputs.length * (group.outputs.length + 1)) / 2;
    parts.push(await partOf(objective, group, curvatures.slice(at, at + count), bound));
    at += count;
  }
  return parts;
}

/** Which outputs are one problem, and by how much the diagonal blocks are enlarged where coupled ones are not. */
async function groupsOf(objective: L1Objective, working: Uint32Array): Promise<{ groups: Group[]; bound: number }> {
  const { layout, allRows } = objective;
  const { columns: width, offset } = weightBlock(layout, 0);
  const each = Array.from({ length: width }, (_, a) => a);
  const groupOf = (outputs: readonly number[]): Group => {
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

/** s_i c_iac for each pair of outputs a, c, at the accepted point. */
async function secondDerivatives(
  objective: L1Objective,
  pairs: readonly (readonly [number, number])[],
): Promise<Float64Array[]> {
  const { loss, targets, sampleWeights } = objective.spec;
  const { allRows: rows } = objective;
  const outputs = await objective.outputs();
  const width = outputs.length / rows;
  const targetWidth = loss.targetWidth(width);
  const mass = sampleWeights ? sampleWeights.reduce((sum, s) => sum + s, 0) : rows;
  const [slope, curvature] = [new Float64Array(width), new Float64Array(width * width)];
  const places = pairs.map(([a, c]) => a * width + c);
  const found = pairs.map(() => new Float64Array(rows));
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    const share = (sampleWeights ? sampleWeights[i]! : 1) / mass;
    if (share === 0) continue;
    loss.row(outputs, i * width, width, targets, i * targetWidth, slope, curvature);
    for (let q = 0; q < places.length; q++) found[q]![i] = share * curvature[places[q]!]!;
    if (i % 1024 === 1023 && pace.due) await pace.yield();
  }
  return found;
}

async function partOf(
  objective: L1Objective,
  { outputs, columns, positions }: Group,
  curvatures: readonly Float64Array[],
  bound: number,
): Promise<Part> {
  const { layout, point, gradient, lambda, inputPenalty } = objective;
  const { columns: width, offset, size: weights } = weightBlock(layout, 0);
  const size = positions.length;
  const H = new Float64Array(size * size);
  const places = new Map(Array.from(columns, (j, k) => [j, k]));
  const isBias = (e: number): boolean => e >= offset + weights;
  const rowOf = (e: number): number => (isBias(e) ? columns.length : places.get(Math.floor((e - offset) / width))!);
  // By output: where its weights stand among the positions, and in a gram.
  const members = outputs.map((a) => {
    const own = Array.from(positions.keys()).filter((k) => (positions[k]! - offset) % width === a);
    return { at: own, inGram: own.map((k) => rowOf(positions[k]!)) };
  });
  let next = 0;
  for (let i = 0; i < outputs.length; i++) {
    for (let k = i; k < outputs.length; k++) {
      const gram = await signedGram(objective, columns, curvatures[next++]!);
      spread(gram, columns.length + 1, members[i]!, members[k]!, H, size);
    }
  }
  const own = (e: number): number => Math.floor((e - offset) / width);
  let most = 0;
  for (let k = 0; k < size; k++) {
    if (bound > 1) for (let m = 0; m < size; m++) H[k * size + m] = bound * H[k * size + m]!;
    if (!isBias(positions[k]!)) H[k * size + k] = H[k * size + k]! + inputPenalty[own(positions[k]!)]!;
    most = Math.max(most, H[k * size + k]!);
  }
  for (let k = 0; k < size; k++) H[k * size + k] = H[k * size + k]! + (most === 0 ? 1 : DAMPING * most);
  return {
    positions,
    size,
    H,
    slopes: Float64Array.from(positions, (e) => gradient[e]!),
    w: Float64Array.from(positions, (e) => point[e]!),
    lambda: Float64Array.from(positions, (e) => (isBias(e) ? 0 : lambda[own(e)]!)),
  };
}

interface Members {
  readonly at: readonly number[];
  readonly inGram: readonly number[];
}

function spread(gram: Float64Array, edge: number, left: Members, right: Members, H: Float64Array, size: number): void {
  left.at.forEach((k, i) => {
    const from = left.inGram[i]! * edge;
    right.at.forEach((m, j) => (H[k * size + m] = H[m * size + k] = gram[from + right.inGram[j]!]!));
  });
}

/** sum_i c_i [x; 1] [x; 1]' over the columns in the objective's frame, for numbers c of either sign. */
async function signedGram(objective: L1Objective, columns: Uint32Array, c: Float64Array): Promise<Float64Array> {
  const positive = c.some((value) => value > 0)
    ? await gramOf(
        objective,
        columns,
        c.map((value) => Math.max(0, value)),
      )
    : null;
  if (!c.some((value) => value < 0)) return positive ?? new Float64Array((columns.length + 1) ** 2);
  const negative = await gramOf(
    objective,
    columns,
    c.map((value) => Math.max(0, -value)),
  );
  objective.vectors.axpby(1, positive ?? new Float64Array(negative.length), -1, negative);
  return negative;
}

async function gramOf(objective: L1Objective, columns: Uint32Array, scale: Float64Array): Promise<Float64Array> {
  if (columns.length === 0) return Float64Array.of(scale.reduce((sum, s) => sum + s, 0));
  const { matrix } = objective.spec;
  const gram = await matrix.gramOf(columns, scale);
  // Columns that the penalty holds are presented longer by the objective than by the matrix.
  const factors = Float64Array.from(columns, (j) => matrix.frame.scale[j]! / objective.frame.scale[j]!);
  if (factors.every((factor) => factor === 1)) return gram;
  const edge = columns.length + 1;
  for (let k = 0; k < edge; k++) {
    for (let m = 0; m < edge; m++) gram[k * edge + m] = gram[k * edge + m]! * (factors[k] ?? 1) * (factors[m] ?? 1);
  }
  return gram;
}
