/** How far numbers of an objective are to be trusted. */
import type { Precision } from '../backends/backend.js';
import { enlargement } from './norm.js';
import type { Objective } from './objective.js';

/** Relative error of the value from which on it is formed anew before it is reported; nothing makes it better than its products are. */
export const VALUE_DOUBT: Record<Precision, number> = { float64: 1e-10, float32: 1e-6 };

/** Rounding of a slope, relative: a row at the very border counts as wrong. */
export const SLOPE_ROUNDING = 1e-9;

/** Rounding of a mean over the data, relative. */
export const VALUE_ROUNDING = 64 * Number.EPSILON;

/**
 * About how much an error of this size in the first layer's parameters, in the tracked product alone, moves the
 * value at the accepted point.
 */
export function errorOfValue({ layout, vectors, point, slopeMass }: Objective, error: number): number {
  return error * Math.sqrt(layout.layers[0]!.inputs + 1) * slopeMass * enlargement(vectors, layout, point);
}
