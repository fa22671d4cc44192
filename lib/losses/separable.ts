/**
 * A loss that is a sum over the outputs, each with a target number of its own: its curvature is diagonal, and one output or
 * k outputs (several targets, several labels at once) are the same code.
 */
import type { Loss } from './loss.js';
import { vectorized } from './vectorized.js';

/** The loss of one output o with target y. */
export interface OneOutput {
  value(o: number, y: number): number;
  slope(o: number, y: number): number;
  /** At least 0. */
  curvature(o: number, y: number): number;
  /** The three of them into `all`, for a loss that has the dear part of them in common. */
  together?(o: number, y: number, all: Float64Array): void;
}

export type SeparableLoss = OneOutput & Omit<Loss, 'targetWidth' | 'row' | 'curvatureRoot'>;

export function separable({ value, slope: slopeOf, curvature: curvatureOf, together, ...rest }: SeparableLoss): Loss {
  const all = new Float64Array(3);
  return vectorized({
    ...rest,
    targetWidth: (outputs) => outputs,
    row(o, at, width, y, target, slope, curvature) {
      let sum = 0;
      if (curvature) curvature.fill(0, 0, width * width);
      for (let a = 0; a < width; a++) {
        const output = o[at + a]!;
        const wanted = y[target + a]!;
        if (slope && curvature && together) {
          together(output, wanted, all);
          sum += all[0]!;
          slope[a] = all[1]!;
          curvature[a * width + a] = all[2]!;
          continue;
        }
        sum += value(output, wanted);
        if (slope) slope[a] = slopeOf(output, wanted);
        if (curvature) curvature[a * width + a] = curvatureOf(output, wanted);
      }
      return sum;
    },
    curvatureRoot(o, at, width, y, target, e) {
      for (let a = 0; a < width; a++) if (e[a] !== 0) e[a] = e[a]! * Math.sqrt(curvatureOf(o[at + a]!, y[target + a]!));
    },
  });
}

/**
 * max_a |v_a|: the growth of a loss whose outputs each have |c_a'(o)| <= c_a(o). Along o + t v, c = sum_a c_a v_a^2, so that
 * |c'| = |sum_a c_a' v_a^3| <= sum_a c_a |v_a|^3 <= max_a |v_a| c.
 */
export function largestChange(v: Float64Array, at: number, width: number): number {
  let largest = 0;
  for (let a = at; a < at + width; a++) largest = Math.max(largest, Math.abs(v[a]!));
  return largest;
}

export const finiteTarget =
  (name: string) =>
  (y: number): string | null =>
    Number.isFinite(y) ? null : `a finite number for the ${name} loss`;

export const signTarget =
  (name: string) =>
  (y: number): string | null =>
    y === 1 || y === -1 ? null : `-1 or +1 for the ${name} loss`;

export const countTarget =
  (name: string) =>
  (y: number): string | null =>
    y >= 0 && y < Infinity ? null : `a finite number of at least 0 for the ${name} loss`;
