/** Targets that a loss takes, found by asking it: no list of names. */
import type { Random } from '../../lib/core/random.js';
import { losses, type Loss, type LossFactory } from '../../lib/losses/index.js';

export interface LossCase {
  readonly label: string;
  readonly loss: Loss;
  readonly outputs: number;
}

/**
 * Every loss of the registry, with its default parameters and with others, for as few outputs as make sense and for several.
 */
export const lossCases: readonly LossCase[] = Object.entries<LossFactory>(losses).flatMap(([name, make]) => {
  const others = Object.entries(make.options).map(([option, { default: value }]) => [option, 0.9 * (value as number)]);
  const variants = others.length === 0 ? [make()] : [make(), make(Object.fromEntries(others))];
  return variants.flatMap((loss) =>
    (loss.targetWidth(3) === 1 ? [2, 5] : [1, 3]).map((outputs) => {
      const shown = Object.values(loss.parameters).join(', ');
      return { label: `${name}(${shown}), ${outputs} outputs`, loss, outputs };
    }),
  );
});

/** One row of targets. */
export function drawTargets({ loss, outputs }: Omit<LossCase, 'label'>, random: Random): Float64Array {
  return Float64Array.from({ length: loss.targetWidth(outputs) }, () => {
    const fitting = [random.normal(), Math.abs(random.normal()), 0, 1, -1, random.integer(outputs)].filter(
      (y) => !loss.targetProblem(y, outputs),
    );
    return fitting[random.integer(fitting.length)]!;
  });
}

/** Extreme targets of every kind that the loss takes. */
export function extremeTargets({ loss, outputs }: Omit<LossCase, 'label'>): number[] {
  return [0, 1, -1, 5e-324, 1e-300, 1e308, -1e308, 1.5].filter((y) => !loss.targetProblem(y, outputs));
}
