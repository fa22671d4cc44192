/** Outputs straight from the list of steps, one row and one named value at a time: the oracle for whatever runs programs. */
import type { Architecture } from '../../lib/networks/network.js';

const activate: Record<string, (z: number) => number> = {
  identity: (z) => z,
  tanh: (z) => 1 - 2 / (Math.exp(2 * z) + 1),
  relu: (z) => Math.max(0, z),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
};

/** Outputs of the row `x` (in the frame). */
export function referenceRow(
  { tracked, steps }: Architecture,
  parameters: ArrayLike<number>,
  x: readonly number[],
): number[] {
  let offset = 0;
  const affine = (input: readonly number[], outputs: number): number[] => {
    const start = offset;
    offset += (input.length + 1) * outputs;
    return Array.from({ length: outputs }, (_, a) =>
      input.reduce(
        (sum, value, j) => sum + value * parameters[start + j * outputs + a]!,
        parameters[start + input.length * outputs + a]!,
      ),
    );
  };
  const values: Record<string, number[]> = { tracked: affine(x, tracked.outputs) };
  let last = values.tracked!;
  for (const step of steps) {
    const [p, q] = [step.of].flat().map((name) => values[name]!) as [number[], number[]];
    if (step.step === 'slice') last = p.slice(step.from, step.from + step.width);
    else if (step.step === 'affine') last = affine(p, step.outputs);
    else if (step.step === 'activation') last = p.map((z) => activate[step.activation]!((step.sharpness ?? 1) * z));
    else if (step.step === 'product') last = p.map((a, e) => a * q[e]!);
    else last = p.map((a, e) => a + q[e]!);
    values[step.value] = last;
  }
  return last;
}
