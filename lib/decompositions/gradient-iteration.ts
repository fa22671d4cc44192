/**
 * Singular vectors one after the other by gradient descent (Gan, Jedra & Shah, arXiv 2502.00320): for A = X'X less what is found already,
 *
 *     x <- x + (eta / |x|^2) (A x - |x|^2 x),      x normal at first,  eta = 1/2
 *
 * a gradient step on (1/4) |A - x x'|_F^2 whose length no eigenvalue has to be known for. |x|^2 goes to the largest eigenvalue as in Heron's
 * square root, and x to its eigenvector as fast as in power iterations with A + theta: by the factor (theta_1 + theta_2) / (2 theta_1) a step, so
 * that close values take long. Two products with X of one column a step.
 */
import type { EigenRequest, EigenVectors } from './block-krylov.js';

/** Any in (0, 1) will do; 1/2 is Heron's, and needs no knowledge of A. */
const ETA = 0.5;

export async function gradientIteration(request: EigenRequest): Promise<EigenVectors> {
  const { algebra, k } = request;
  const { dot, axpy, axpby } = algebra.backend.vectors;
  const found: { readonly v: Float64Array; readonly theta: number }[] = [];
  let iterations = 0;
  let converged = true;
  while (found.length < k) {
    const x = algebra.normal(1).values;
    for (;;) {
      const square = dot(x, x);
      const Ax = (await request.apply({ values: x, width: 1 })).values;
      for (const { v, theta } of found) axpy(-theta * dot(v, x), v, Ax);
      const theta = dot(x, Ax) / square;
      axpy(-theta, x, Ax);
      const limit = Math.max(request.tolerance * theta, request.rounding * (found[0]?.theta ?? theta));
      const reached = Math.sqrt(dot(Ax, Ax) / square) <= limit;
      if (reached || ++iterations >= request.maxIterations) {
        converged &&= reached;
        found.push({ v: x.map((value) => value / Math.sqrt(square)), theta });
        break;
      }
      // A x - |x|^2 x in two parts, along x and across it.
      axpby(ETA / square, Ax, 1 + (ETA * (theta - square)) / square, x);
    }
  }
  const values = Float64Array.from({ length: algebra.rows * k }, (_, e) => found[e % k]!.v[Math.floor(e / k)]!);
  return { vectors: await algebra.orthonormal({ values, width: k }), iterations, converged };
}
