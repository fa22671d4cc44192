/**
 * Eigenvalues and eigenvectors of a small dense symmetric matrix: Householder reflections to a tridiagonal one, then QL steps with implicit
 * shifts (Bowdler, Martin, Reinsch & Wilkinson 1968, doi 10.1007/BF02165404; tred2 and tql2 of EISPACK). About 9 n^3 operations, and every
 * eigenvalue is right to the rounding of the largest one.
 */
import { PlanesearchError } from '../core/errors.js';
import type { Steps } from '../core/pace.js';

export interface Eigen {
  /** Largest first. */
  readonly values: Float64Array;
  /** Row i is the eigenvector of `values[i]`, of length 1. */
  readonly vectors: Float64Array;
}

/** @param A n x n, row-major, symmetric */
export function* symmetricEigen(A: Float64Array, n: number): Steps<Eigen> {
  const V = A.slice();
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  yield* tridiagonalize(V, n, diagonal, beside);
  yield* accumulate(V, n, diagonal);
  yield* iterate(V, n, diagonal, beside);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j]! - diagonal[i]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(V.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors };
}

/** Reflections that leave the diagonal and, in e[1...], what lies beside it; row i of V keeps the vector of reflection i, d its half square. */
function* tridiagonalize(V: Float64Array, n: number, d: Float64Array, e: Float64Array): Steps<void> {
  for (let j = 0; j < n; j++) d[j] = V[j * n + n - 1]!;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!);
    let h = 0;
    if (scale === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j++) {
        d[j] = V[j * n + i - 1]!;
        V[j * n + i] = V[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k] = d[k]! / scale;
        h += d[k]! * d[k]!;
      }
      const f = d[i - 1]!;
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      reflect(V, n, i, h, d, e);
    }
    d[i] = h;
    yield;
  }
}

/** A <- A - v w' - w v' on the leading i x i block, for the reflection by v = d with v'v = 2h. */
function reflect(V: Float64Array, n: number, i: number, h: number, d: Float64Array, e: Float64Array): void {
  e.fill(0, 0, i);
  for (let j = 0; j < i; j++) {
    const f = d[j]!;
    V[i * n + j] = f;
    let g = e[j]! + V[j * n + j]! * f;
    for (let k = j + 1; k < i; k++) {
      const a = V[j * n + k]!;
      g += a * d[k]!;
      e[k] = e[k]! + a * f;
    }
    e[j] = g;
  }
  let f = 0;
  for (let j = 0; j < i; j++) {
    e[j] = e[j]! / h;
    f += e[j]! * d[j]!;
  }
  for (let j = 0; j < i; j++) e[j] = e[j]! - (f / (2 * h)) * d[j]!;
  for (let j = 0; j < i; j++) {
    const [v, w] = [d[j]!, e[j]!];
    for (let k = j; k < i; k++) V[j * n + k] = V[j * n + k]! - v * e[k]! - w * d[k]!;
    d[j] = V[j * n + i - 1]!;
    V[j * n + i] = 0;
  }
}

/** The product of the reflections, its columns in the rows of V; the diagonal into d. */
function* accumulate(V: Float64Array, n: number, d: Float64Array): Steps<void> {
  for (let i = 0; i < n - 1; i++) {
    V[i * n + n - 1] = V[i * n + i]!;
    V[i * n + i] = 1;
    const h = d[i + 1]!;
    const vector = V.subarray((i + 1) * n, (i + 1) * n + i + 1);
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = vector[k]! / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += vector[k]! * V[j * n + k]!;
        for (let k = 0; k <= i; k++) V[j * n + k] = V[j * n + k]! - g * d[k]!;
      }
    }
    vector.fill(0);
    yield;
  }
  for (let j = 0; j < n; j++) {
    d[j] = V[j * n + n - 1]!;
    V[j * n + n - 1] = j === n - 1 ? 1 : 0;
  }
}

/** QL steps that one eigenvalue may take; two or three are usual. */
const MOST_STEPS = 100;

function* iterate(V: Float64Array, n: number, d: Float64Array, e: Float64Array): Steps<void> {
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    let m = l;
    while (Math.abs(e[m]!) > Number.EPSILON * largest) m++;
    for (let step = 0; m > l && Math.abs(e[l]!) > Number.EPSILON * largest; step++) {
      if (step === MOST_STEPS)
        throw new PlanesearchError('INVALID_ARGUMENT', `The eigenvalues of a ${n} x ${n} matrix do not converge.`);
      shift += qlStep(V, n, l, m, d, e);
      yield;
    }
    d[l] = d[l]! + shift;
    e[l] = 0;
  }
}

/** One implicit QL step on rows l to m, whose shift it returns. */
function qlStep(V: Float64Array, n: number, l: number, m: number, d: Float64Array, e: Float64Array): number {
  const first = d[l]!;
  let p = (d[l + 1]! - first) / (2 * e[l]!);
  const root = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
  d[l] = e[l]! / (p + root);
  d[l + 1] = e[l]! * (p + root);
  const [second, beside] = [d[l + 1]!, e[l + 1]!];
  const shift = first - d[l]!;
  for (let i = l + 2; i < n; i++) d[i] = d[i]! - shift;
  p = d[m]!;
  let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0];
  for (let i = m - 1; i >= l; i--) {
    c3 = c2;
    c2 = c;
    s2 = s;
    const g = c * e[i]!;
    const h = c * p;
    const r = Math.hypot(p, e[i]!);
    e[i + 1] = s * r;
    s = e[i]! / r;
    c = p / r;
    p = c * d[i]! - s * g;
    d[i + 1] = h + s * (c * g + s * d[i]!);
    rotate(V, n, i, c, s);
  }
  p = (-s * s2 * c3 * beside * e[l]!) / second;
  e[l] = s * p;
  d[l] = c * p;
  return shift;
}

/** Rows i and i + 1 of V by an angle. */
function rotate(V: Float64Array, n: number, i: number, c: number, s: number): void {
  const [low, high] = [V.subarray(i * n, (i + 1) * n), V.subarray((i + 1) * n, (i + 2) * n)];
  for (let k = 0; k < n; k++) {
    const [a, b] = [low[k]!, high[k]!];
    high[k] = s * a + c * b;
    low[k] = c * a - s * b;
  }
}
