import type { Precision } from '../backends/backend.js';

/**
 * Smallest pivot, relative to the scaled diagonal of ones, that still counts as positive. A pivot p is the squared share of its column
 * that the earlier ones do not explain, so what a column is off by is amplified by 1 / sqrt(p): columns known to 1e-10 in float64, to
 * 1e-5 in float32 (`drift-estimate.ts`) leave an error of at most 3e-4 and 3e-2 of the step.
 */
const SMALLEST_PIVOT: Record<Precision, number> = { float64: 1e-13, float32: 1e-7 };

/**
 * Solves (C + damping diag(C)) x = -s for a small symmetric positive semidefinite row-major C.
 *
 * C is scaled to a unit diagonal first, so columns may differ in length by any factor. A column that depends on the
 * earlier ones (a momentum step parallel to the gradient, a dead layer) is left out: its x is 0. Null when nothing is left.
 *
 * @param precision of the products with X that C was formed from
 */
export function solveDamped(
  C: Float64Array,
  s: Float64Array,
  damping: number,
  precision: Precision = 'float64',
): Float64Array | null {
  const k = s.length;
  const scale = new Float64Array(k);
  for (let v = 0; v < k; v++) scale[v] = C[v * k + v]! > 0 ? 1 / Math.sqrt(C[v * k + v]!) : 0;
  const L = new Float64Array(k * k);
  const y = new Float64Array(k);
  let kept = 0;
  for (let u = 0; u < k; u++) {
    for (let v = 0; v < u; v++) {
      let sum = scale[u]! * C[u * k + v]! * scale[v]!;
      for (let w = 0; w < v; w++) sum -= L[u * k + w]! * L[v * k + w]!;
      L[u * k + v] = L[v * k + v] === 0 ? 0 : sum / L[v * k + v]!;
    }
    let pivot = scale[u] === 0 ? 0 : 1 + damping;
    for (let w = 0; w < u; w++) pivot -= L[u * k + w]! ** 2;
    if (!(pivot > SMALLEST_PIVOT[precision]) || !Number.isFinite(scale[u]!)) continue;
    L[u * k + u] = Math.sqrt(pivot);
    let right = -s[u]! * scale[u]!;
    for (let w = 0; w < u; w++) right -= L[u * k + w]! * y[w]!;
    y[u] = right / L[u * k + u]!;
    kept++;
  }
  if (kept === 0) return null;
  const x = new Float64Array(k);
  for (let u = k - 1; u >= 0; u--) {
    if (L[u * k + u] === 0) continue;
    let sum = y[u]!;
    for (let w = u + 1; w < k; w++) sum -= L[w * k + u]! * x[w]!;
    x[u] = sum / L[u * k + u]!;
  }
  for (let v = 0; v < k; v++) x[v] = x[v]! * scale[v]!;
  return x.every(Number.isFinite) ? x : null;
}
