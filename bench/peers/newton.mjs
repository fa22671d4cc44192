/** Newton's method for two classes, written apart from planesearch: an optimum that none of the compared programs found. */
import { asSparse } from '../support/forms.mjs';

const MOST_ITERATIONS = 200;

/**
 * The least mean logistic loss + (l2/2) |w|^2 + (biasPenalty/2) b^2, to about the rounding of float64. For up to some hundreds of columns:
 * the Hessian is dense.
 */
export function logisticOptimum({ x, targets, l2 }, biasPenalty) {
  const rows = withOnes(asSparse(x));
  const size = x.columns + 1;
  const penalty = Float64Array.from({ length: size }, (_, j) => (j < size - 1 ? l2 : biasPenalty));
  let theta = new Float64Array(size);
  let value = objective(rows, targets, penalty, theta);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const { gradient, hessian } = derivatives(rows, targets, penalty, theta);
    const step = solve(hessian, gradient, size);
    const decrement = gradient.reduce((sum, g, j) => sum + g * step[j], 0);
    if (decrement < 1e-15 * value) break;
    let t = 1;
    let next = null;
    for (; t > 1e-8; t /= 2) {
      const trial = theta.map((v, j) => v - t * step[j]);
      const there = objective(rows, targets, penalty, trial);
      if (there <= value - 1e-4 * t * decrement) {
        next = { trial, there };
        break;
      }
    }
    if (!next) break;
    theta = next.trial;
    value = next.there;
  }
  return value;
}

/** Compressed rows with a column of ones at the end. */
function withOnes({ rows, columns, indptr, indices, values }) {
  const index = new Uint32Array(indices.length + rows);
  const number = new Float64Array(indices.length + rows);
  const begin = new Float64Array(rows + 1);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    for (let e = indptr[i]; e < indptr[i + 1]; e++, at++) {
      index[at] = indices[e];
      number[at] = values ? values[e] : 1;
    }
    index[at] = columns;
    number[at++] = 1;
    begin[i + 1] = at;
  }
  return { rows, begin, index, number };
}

function margins({ rows, begin, index, number }, targets, theta) {
  const z = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let e = begin[i]; e < begin[i + 1]; e++) sum += number[e] * theta[index[e]];
    z[i] = targets[i] * sum;
  }
  return z;
}

function objective(matrix, targets, penalty, theta) {
  let sum = 0;
  for (const m of margins(matrix, targets, theta)) sum += Math.log1p(Math.exp(-Math.abs(m))) + Math.max(0, -m);
  return sum / matrix.rows + 0.5 * theta.reduce((total, v, j) => total + penalty[j] * v * v, 0);
}

function derivatives(matrix, targets, penalty, theta) {
  const { rows, begin, index, number } = matrix;
  const size = theta.length;
  const z = margins(matrix, targets, theta);
  const gradient = theta.map((v, j) => penalty[j] * v);
  const hessian = new Float64Array(size * size);
  for (let i = 0; i < rows; i++) {
    const p = 1 / (1 + Math.exp(z[i]));
    const slope = (-targets[i] * p) / rows;
    const curvature = (p * (1 - p)) / rows;
    for (let e = begin[i]; e < begin[i + 1]; e++) {
      const j = index[e];
      gradient[j] += slope * number[e];
      const scaled = curvature * number[e];
      // Indices of a row ascend in all files read here, but nothing below needs that: the smaller one is the column.
      for (let f = begin[i]; f <= e; f++)
        hessian[Math.max(j, index[f]) * size + Math.min(j, index[f])] += scaled * number[f];
    }
  }
  for (let j = 0; j < size; j++) hessian[j * size + j] += penalty[j];
  return { gradient, hessian };
}

/** H^-1 g by Cholesky, after the diagonal of H has been scaled to 1; the lower triangle is read. */
function solve(H, g, size) {
  const scale = Float64Array.from({ length: size }, (_, j) => 1 / Math.sqrt(H[j * size + j] || 1));
  const L = H;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = L[i * size + j] * scale[i] * scale[j];
      for (let k = 0; k < j; k++) sum -= L[i * size + k] * L[j * size + k];
      L[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-14)) : sum / L[j * size + j];
    }
  }
  const x = g.map((value, j) => value * scale[j]);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * size + k] * x[k];
    x[i] /= L[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] -= L[k * size + i] * x[k];
    x[i] /= L[i * size + i];
  }
  return x.map((value, j) => value * scale[j]);
}
