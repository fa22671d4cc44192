/**
 * The quadratic model of the smooth part on the weights of a group:
 *
 *     f(w + d) ~ f(w) + g'd + (1/2) d'H d,     H_(ja)(kc) = sum_i s_i c_iac x_ij x_ik  +  p_j (where ja = kc)
 *
 * with c_i the second derivative of the loss of row i by its outputs, s_i the share of the row and p_j the weight of the l2 penalty: one
 * gram of the group's columns for every pair of outputs.
 */
import { weightBlock } from '../core/parameters.js';
import type { Group } from './groups.js';
import type { L1Objective } from './objective.js';
import type { Quadratic } from './quadratic.js';

/** Share of the largest second derivative that is added to all, so that a weight without one (rows beyond a margin) has a step. */
export const DAMPING = 1e-12;

export async function modelOf(
  objective: L1Objective,
  { outputs, columns, positions, curvatures }: Group,
): Promise<Quadratic> {
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
    if (!isBias(positions[k]!)) H[k * size + k] = H[k * size + k]! + inputPenalty[own(positions[k]!)]!;
    most = Math.max(most, H[k * size + k]!);
  }
  for (let k = 0; k < size; k++) H[k * size + k] = H[k * size + k]! + (most === 0 ? 1 : DAMPING * most);
  return {
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
