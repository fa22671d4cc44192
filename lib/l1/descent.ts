/**
 * The same model without second moments, where a matrix has its columns one by one: a round costs its stored numbers, however many weights
 * there are. For one output.
 */
import { biasBlock, weightBlock } from '../core/parameters.js';
import type { Group } from './groups.js';
import { DAMPING } from './model.js';
import type { L1Objective } from './objective.js';

/** @returns z, with zeros that are 0, in the order of the group's positions */
export async function descendColumns(
  objective: L1Objective,
  { outputs, columns, curvatures }: Group,
  { tolerance, rounds }: { readonly tolerance: number; readonly rounds: number },
): Promise<Float64Array> {
  const { layout, point, gradient, lambda, inputPenalty } = objective;
  const { matrix } = objective.spec;
  const { columns: width, offset } = weightBlock(layout, 0);
  const [curvature] = curvatures as [Float64Array];
  const damping = DAMPING * curvature.reduce((sum, h) => sum + h, 0) || 1;
  const bias = biasBlock(layout, 0).offset + outputs[0]!;
  const positions = [...Array.from(columns, (j) => offset + j * width + outputs[0]!), bias];
  // Columns that the penalty holds are presented longer by the objective than by the matrix: w is `factor` times as long there.
  const factors = [...Array.from(columns, (j) => matrix.frame.scale[j]! / objective.frame.scale[j]!), 1];
  const of = (values: ArrayLike<number>, power: number): Float64Array =>
    Float64Array.from(positions, (e, k) => values[e]! * factors[k]! ** power);
  const z = await matrix.descend!({
    columns,
    curvature,
    slopes: of(gradient, -1),
    w: of(point, 1),
    lambda: Float64Array.from(factors, (factor, k) => (k < columns.length ? lambda[columns[k]!]! / factor : 0)),
    added: Float64Array.from(factors, (factor, k) =>
      k < columns.length ? inputPenalty[columns[k]!]! / factor ** 2 + damping : damping,
    ),
    rounds,
    tolerance,
  });
  return z.map((value, k) => value / factors[k]!);
}
