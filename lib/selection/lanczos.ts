/**
 * H v = b for a symmetric positive definite H of which only products with vectors are known, by the Lanczos process.
 *
 * Every product adds one vector to an orthonormal basis of the Krylov subspace of H, in which H is a tridiagonal matrix T; the solution in
 * the subspace is that of T y = |b| e_1. T is factorized as it grows, so that neither basis nor T is kept: two-term recurrences, which
 * are those of conjugate gradients (Saad, Iterative Methods for Sparse Linear Systems, 2003, section 6.7.1). A solution of a problem
 * nearby is a start: the subspace is then that of its residual (as LancBiO restarts its own, arXiv 2404.03331).
 */
import type { VectorAlgebra } from '../backends/backend.js';

export interface LanczosOptions {
  /** Diagonal by which H is scaled to spread 1: a positive number for every variable. */
  readonly diagonal: Float64Array;
  /** Of the residual, relative to b, in the scaled variables. */
  readonly tolerance: number;
  /** Products, at most. */
  readonly limit: number;
  readonly start?: Float64Array | undefined;
}

export interface LanczosSolution {
  readonly solution: Float64Array;
  readonly products: number;
  /** |b - H v| / |b| in the scaled variables. */
  readonly residual: number;
}

/** Ends early, with what it has, where H turns out not to be positive definite. */
export async function solveByLanczos(
  multiply: (v: Float64Array) => Promise<Float64Array>,
  b: Float64Array,
  { diagonal, tolerance, limit, start }: LanczosOptions,
  { dot, axpy, axpby }: VectorAlgebra,
): Promise<LanczosSolution> {
  const scaled = (r: Float64Array): Float64Array => r.map((value, k) => value / diagonal[k]!);
  const solution = start?.slice() ?? new Float64Array(b.length);
  const r = b.slice();
  let products = 0;
  if (start) {
    axpy(-1, await multiply(start), r);
    products++;
  }
  const whole = dot(b, scaled(b));
  let z = scaled(r);
  let rest = dot(r, z);
  if (start && !(rest <= whole)) {
    // The solution nearby was worse than none.
    solution.fill(0);
    r.set(b);
    z = scaled(r);
    rest = whole;
  }
  const direction = z.slice();
  const enough = tolerance * tolerance * whole;
  while (rest > enough && products < limit) {
    const image = await multiply(direction);
    products++;
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    axpy(rest / curvature, direction, solution);
    axpy(-rest / curvature, image, r);
    z = scaled(r);
    const next = dot(r, z);
    axpby(1, z, next / rest, direction);
    rest = next;
  }
  return { solution, products, residual: whole > 0 ? Math.sqrt(rest / whole) : 0 };
}
