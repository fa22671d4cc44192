/**
 * Singular values of a small square matrix by one-sided Jacobi rotations (Hestenes 1958; Demmel & Veselic 1992, doi 10.1137/0613074): columns
 * are turned in pairs until all are orthogonal to each other. Where columns differ in length alone, small values are as right as large ones.
 */
import type { Steps } from '../core/pace.js';

export interface SmallSvd {
  /** Largest first. */
  readonly values: Float64Array;
  /** n x n, row-major, A = left diag(values) right'; all columns orthonormal. */
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** Cosine between two columns that is rounding. */
const ORTHOGONAL = 1e-15;

/** Sweeps over all pairs; convergence is quadratic, six to ten are usual. */
const MOST_SWEEPS = 60;

/** @param A n x n, row-major */
export function* jacobiSvd(A: Float64Array, n: number): Steps<SmallSvd> {
  // Columns as rows, where they lie side by side.
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: n }, (_i, i) => A[i * n + j]!));
  const turns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: n }, (_i, i) => (i === j ? 1 : 0)));
  for (let sweep = 0, turned = true; turned && sweep < MOST_SWEEPS; sweep++) {
    turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const angle = angleBetween(columns[p]!, columns[q]!);
        if (angle === null) continue;
        turned = true;
        turn(columns[p]!, columns[q]!, angle);
        turn(turns[p]!, turns[q]!, angle);
      }
      yield;
    }
  }
  const lengths = columns.map((column) => Math.hypot(...column));
  const order = Array.from(lengths.keys()).sort((i, j) => lengths[j]! - lengths[i]!);
  const left = new Float64Array(n * n);
  const right = new Float64Array(n * n);
  order.forEach((from, to) => {
    const length = lengths[from]!;
    for (let i = 0; i < n; i++) {
      left[i * n + to] = length > 0 ? columns[from]![i]! / length : 0;
      right[i * n + to] = turns[from]![i]!;
    }
  });
  const values = Float64Array.from(order, (i) => lengths[i]!);
  complete(left, n, values.indexOf(0));
  return { values, left, right };
}

/** Columns from `from` on become unit vectors less what they share with those before: each time the one of which most is left. */
function complete(Q: Float64Array, n: number, from: number): void {
  for (let to = from; from >= 0 && to < n; to++) {
    const left = (i: number): number => {
      let square = 1;
      for (let a = 0; a < to; a++) square -= Q[i * n + a]! ** 2;
      return square;
    };
    const best = Array.from({ length: n }, (_, i) => i).reduce((most, i) => (left(i) > left(most) ? i : most), 0);
    const column = Float64Array.from({ length: n }, (_, i) => (i === best ? 1 : 0));
    for (let pass = 0; pass < 2; pass++) {
      for (let a = 0; a < to; a++) {
        let share = 0;
        for (let i = 0; i < n; i++) share += Q[i * n + a]! * column[i]!;
        for (let i = 0; i < n; i++) column[i] = column[i]! - share * Q[i * n + a]!;
      }
    }
    const length = Math.hypot(...column);
    for (let i = 0; i < n; i++) Q[i * n + to] = column[i]! / length;
  }
}

type Angle = readonly [cosine: number, sine: number];

/** The turn that makes both orthogonal; null where they are, to rounding. */
function angleBetween(a: Float64Array, b: Float64Array): Angle | null {
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
    ab += a[i]! * b[i]!;
  }
  if (Math.abs(ab) <= ORTHOGONAL * Math.sqrt(aa) * Math.sqrt(bb)) return null;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  return [cosine, cosine * tangent];
}

function turn(a: Float64Array, b: Float64Array, [c, s]: Angle): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    a[i] = c * x - s * y;
    b[i] = s * x + c * y;
  }
}
