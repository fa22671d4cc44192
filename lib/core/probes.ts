/**
 * Objectives whose slopes nobody knows: along the columns of a span they are measured, by values of the tracked loss alone,
 *
 *     phi'_v ~ (phi(h e_v) - phi(-h e_v)) / (2 h)
 *
 * two evaluations a variable and no product with X; and steps are taken without a gradient, which saves the product X' Q.
 */
import type { Accepted, TrackedLoss } from '../backends/backend.js';
import { layerRange, type ParameterLayout } from './parameters.js';
import { variablesOf, type Split, type SubspaceColumns, type Trials } from './subspace-function.js';

type Slopes = Pick<SubspaceColumns, 'gradient' | 'lossSlopes' | 'measured'>;

/** What tells slopes along the `k` variables of the span: the gradient, or values so far on either side. */
export async function slopesAlong(
  trials: Pick<Trials, 'value'>,
  k: number,
  gradient: Float64Array,
  difference: number | null,
): Promise<Slopes> {
  if (difference === null) return { gradient };
  const slopes = new Float64Array(k);
  const t = new Float64Array(k);
  for (let v = 0; v < k; v++) {
    t[v] = difference;
    const ahead = await trials.value(t);
    t[v] = -difference;
    slopes[v] = (ahead - (await trials.value(t))) / (2 * difference);
    t[v] = 0;
  }
  return { lossSlopes: slopes, measured: true };
}

/** `tracked.advance`; where slopes are measured without a gradient, which becomes NaN. */
export async function advanced(
  tracked: TrackedLoss,
  t: Float64Array | null,
  gradient: Float64Array,
  difference: number | null,
): Promise<Accepted> {
  if (difference === null) return tracked.advance(t, gradient);
  gradient.fill(NaN);
  const unknown = { slopeMass: NaN, largestSlope: NaN };
  if (t) return { value: await tracked.move(t), ...unknown };
  await tracked.span([], [], new Int32Array(0), 0);
  return { value: await tracked.value(new Float64Array(0)), ...unknown };
}

/** As `variablesOf`; but among measured directions a layer in which all are 0 has no variable, and where that is the first one nothing is multiplied. */
export function variablesAlong(
  directions: readonly Float64Array[],
  layout: ParameterLayout,
  split: Split,
  moving: number,
  difference: number | null,
): { variables: Int32Array; k: number } {
  if (difference === null) return variablesOf(directions.length, layout.layers.length, split, moving);
  const layers = layout.layers.length;
  const moved = layout.layers.flatMap((_, l) => {
    const [from, to] = layerRange(layout, l);
    return directions.some((direction) => direction.subarray(from, to).some((d) => d !== 0)) ? [l] : [];
  });
  const variables = new Int32Array(directions.length * layers).fill(-1);
  directions.forEach((_, j) => {
    moved.forEach((l, place) => (variables[j * layers + l] = split === 'layers' ? j * moved.length + place : j));
  });
  return { variables, k: split === 'layers' ? directions.length * moved.length : directions.length };
}
