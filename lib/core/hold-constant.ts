import type { Objective } from './objective.js';

/**
 * Takes what would move the weights of constant columns out of a direction: no gradient moves them, and in rows where such a column varies after
 * all, what a random direction had made of them would decide.
 */
export function holdConstant({ frame, layout }: Objective, z: Float64Array): void {
  const { outputs } = layout.layers[0]!;
  frame.constant.forEach((constant, j) => {
    if (constant === 1) z.fill(0, j * outputs, (j + 1) * outputs);
  });
}
