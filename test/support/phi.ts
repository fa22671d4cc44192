/** Small functions with known minima, dressed as the problem of a subspace solver. */
import type { SubspaceProblem } from '../../lib/subspace/index.js';

export interface KnownFunction {
  readonly dimension: number;
  value(t: Float64Array): number;
  slopes(t: Float64Array): number[];
  /** Row-major positive semidefinite matrix. */
  curvature(t: Float64Array): number[];
  /** Lengths of the columns; 1 each when absent. */
  readonly norms?: readonly number[];
  /** First direction in terms of the variables; the first variable when absent. */
  readonly main?: readonly number[];
}

export interface CountedProblem extends SubspaceProblem {
  readonly evaluations: number;
}

export function known(f: KnownFunction): CountedProblem {
  const zero = new Float64Array(f.dimension);
  let evaluations = 0;
  return {
    dimension: f.dimension,
    value0: f.value(zero),
    slopes0: Float64Array.from(f.slopes(zero)),
    norms: Float64Array.from(f.norms ?? Array.from({ length: f.dimension }, () => 1)),
    main: Float64Array.from(f.main ?? Array.from({ length: f.dimension }, (_, v) => (v === 0 ? 1 : 0))),
    get evaluations() {
      return evaluations;
    },
    async value(t) {
      evaluations++;
      return f.value(t);
    },
    async evaluate(t) {
      evaluations++;
      return { value: f.value(t), slopes: Float64Array.from(f.slopes(t)), curvature: Float64Array.from(f.curvature(t)) };
    },
  };
}

/** 1/2 (t - m)' A (t - m) + offset for a symmetric row-major A. */
export function quadratic(A: readonly number[], minimizer: readonly number[], offset = 0): KnownFunction {
  const k = minimizer.length;
  const slopes = (t: Float64Array): number[] =>
    minimizer.map((_, u) => minimizer.reduce((sum, m, v) => sum + A[u * k + v]! * (t[v]! - m), 0));
  return {
    dimension: k,
    value: (t) => offset + slopes(t).reduce((sum, s, v) => sum + 0.5 * s * (t[v]! - minimizer[v]!), 0),
    slopes,
    curvature: () => [...A],
  };
}

/** The same function in variables t_v = scale_v u_v, as when column v is longer by scale_v. */
export function rescaled(f: KnownFunction, scales: readonly number[]): KnownFunction {
  const k = f.dimension;
  const inner = (u: Float64Array): Float64Array => u.map((x, v) => x * scales[v]!);
  return {
    dimension: k,
    norms: scales,
    value: (u) => f.value(inner(u)),
    slopes: (u) => f.slopes(inner(u)).map((s, v) => s * scales[v]!),
    curvature: (u) => f.curvature(inner(u)).map((c, e) => c * scales[Math.floor(e / k)]! * scales[e % k]!),
  };
}
