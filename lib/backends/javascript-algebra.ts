/** Algebra of the javascript backend on parameter-sized vectors and small symmetric matrices, in plain loops. */
import { Pace } from '../core/pace.js';
import type { AnyVector, MatrixAlgebra, VectorAlgebra } from './backend.js';

export const javascriptVectors: VectorAlgebra = {
  dot,
  axpy(alpha, x, y) {
    for (let e = 0; e < x.length; e++) y[e] = y[e]! + alpha * x[e]!;
  },
  axpby(alpha, x, beta, y) {
    for (let e = 0; e < x.length; e++) y[e] = alpha * x[e]! + beta * y[e]!;
  },
  dots(left, right, weights) {
    const products = new Float64Array(left.length * right.length);
    let at = 0;
    for (const a of left) for (const b of right) products[at++] = weights ? dotByRow(weights, a, b) : dot(a, b);
    return products;
  },
  combine(base, scales, vectors, out) {
    for (let e = 0; e < out.length; e++) {
      let sum = base ? base[e]! : 0;
      for (let k = 0; k < vectors.length; k++) sum += scales[k]! * vectors[k]![e]!;
      out[e] = sum;
    }
  },
  axpyByRow(weights, X, Y) {
    const width = X.length / weights.length;
    for (let j = 0; j < weights.length; j++) {
      for (let e = j * width; e < (j + 1) * width; e++) Y[e] = Y[e]! + weights[j]! * X[e]!;
    }
  },
  scaleRows(weights, X, out) {
    const width = X.length / weights.length;
    for (let j = 0; j < weights.length; j++) {
      for (let e = j * width; e < (j + 1) * width; e++) out[e] = weights[j]! * X[e]!;
    }
  },
  affineInto(X, rows, layer, width, out) {
    const inputs = layer.length / width - 1;
    for (let from = 0, to = 0; to < rows * width; from += inputs, to += width) {
      for (let a = 0; a < width; a++) out[to + a] = layer[inputs * width + a]!;
      for (let j = 0; j < inputs; j++) {
        const x = X[from + j]!;
        for (let a = 0; a < width; a++) out[to + a] = out[to + a]! + x * layer[j * width + a]!;
      }
    }
  },
};

function dot(a: AnyVector, b: AnyVector): number {
  let sum = 0;
  for (let e = 0; e < a.length; e++) sum += a[e]! * b[e]!;
  return sum;
}

function dotByRow(weights: Float64Array, A: AnyVector, B: AnyVector): number {
  const width = A.length / weights.length;
  let sum = 0;
  for (let j = 0; j < weights.length; j++) {
    let row = 0;
    for (let e = j * width; e < (j + 1) * width; e++) row += A[e]! * B[e]!;
    sum += weights[j]! * row;
  }
  return sum;
}

export const javascriptMatrices: MatrixAlgebra = {
  async cholesky(A, n) {
    const pace = new Pace();
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = A[i * n + j]!;
        for (let m = 0; m < j; m++) sum -= A[i * n + m]! * A[j * n + m]!;
        if (i === j && !(sum > 0)) return false;
        A[i * n + j] = i === j ? Math.sqrt(sum) : sum / A[j * n + j]!;
      }
      if (pace.due) await pace.yield();
    }
    return true;
  },
  async solveLeft(L, n, B, width) {
    const pace = new Pace();
    const eliminate = (row: number, from: number, factor: number): void => {
      for (let a = 0; a < width; a++) B[row * width + a] = B[row * width + a]! - factor * B[from * width + a]!;
    };
    const divide = (row: number): void => {
      for (let a = 0; a < width; a++) B[row * width + a] = B[row * width + a]! / L[row * n + row]!;
    };
    for (let i = 0; i < n; i++) {
      for (let m = 0; m < i; m++) eliminate(i, m, L[i * n + m]!);
      divide(i);
      if (pace.due) await pace.yield();
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let m = i + 1; m < n; m++) eliminate(i, m, L[m * n + i]!);
      divide(i);
      if (pace.due) await pace.yield();
    }
  },
  async solveRight(L, n, B, height) {
    const pace = new Pace();
    for (let row = 0; row < height; row++) {
      const b = B.subarray(row * n, (row + 1) * n);
      for (let i = 0; i < n; i++) {
        for (let m = 0; m < i; m++) b[i] = b[i]! - L[i * n + m]! * b[m]!;
        b[i] = b[i]! / L[i * n + i]!;
      }
      for (let i = n - 1; i >= 0; i--) {
        for (let m = i + 1; m < n; m++) b[i] = b[i]! - L[m * n + i]! * b[m]!;
        b[i] = b[i]! / L[i * n + i]!;
      }
      if (pace.due) await pace.yield();
    }
  },
};
