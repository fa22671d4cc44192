/**
 * The javascript backend: the same arithmetic as the native one in plain loops. It is the reference that the native code
 * is proven equal to, the opponent in `bench/`, and the fallback where no binary fits.
 */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { checkMatrix, checkProduct } from './arguments.js';
import type { Backend, DataMatrix, VectorAlgebra } from './backend.js';
import { createJavascriptTrackedLoss } from './javascript-tracked-loss.js';

export { createJavascriptTrackedLoss };

class JavascriptMatrix implements DataMatrix {
  readonly counts = { multiply: 0, multiplyTransposed: 0 };
  #values: Float64Array | null;

  constructor(values: Float64Array, readonly rows: number, readonly columns: number) {
    checkMatrix(values, rows, columns);
    this.#values = Float64Array.from(values);
  }

  async multiply(W: Float64Array, width: number): Promise<Float64Array> {
    const X = this.#open();
    checkProduct('W', W, this.columns, width);
    const out = new Float64Array(this.rows * width);
    const pace = new Pace();
    for (let i = 0; i < this.rows; i++) {
      for (let j = 0; j < this.columns; j++) {
        const x = X[i * this.columns + j]!;
        for (let a = 0; a < width; a++) out[i * width + a] = out[i * width + a]! + x * W[j * width + a]!;
      }
      if (pace.due) await pace.yield();
    }
    this.counts.multiply++;
    return out;
  }

  async multiplyTransposed(R: Float64Array, width: number): Promise<Float64Array> {
    const X = this.#open();
    checkProduct('R', R, this.rows, width);
    const out = new Float64Array(this.columns * width);
    const pace = new Pace();
    for (let i = 0; i < this.rows; i++) {
      for (let j = 0; j < this.columns; j++) {
        const x = X[i * this.columns + j]!;
        for (let a = 0; a < width; a++) out[j * width + a] = out[j * width + a]! + x * R[i * width + a]!;
      }
      if (pace.due) await pace.yield();
    }
    this.counts.multiplyTransposed++;
    return out;
  }

  dispose(): void {
    this.#values = null;
  }

  #open(): Float64Array {
    if (this.#values) return this.#values;
    throw new PlanesearchError('DISPOSED', 'This data matrix has been disposed.');
  }
}

const vectors: VectorAlgebra = {
  dot(a, b) {
    let sum = 0;
    for (let e = 0; e < a.length; e++) sum += a[e]! * b[e]!;
    return sum;
  },
  axpy(alpha, x, y) {
    for (let e = 0; e < x.length; e++) y[e] = y[e]! + alpha * x[e]!;
  },
  axpby(alpha, x, beta, y) {
    for (let e = 0; e < x.length; e++) y[e] = alpha * x[e]! + beta * y[e]!;
  },
};

export function createJavascriptBackend(): Backend {
  return {
    name: 'javascript',
    threads: 1,
    vectors,
    matrix: (values, rows, columns) => new JavascriptMatrix(values, rows, columns),
    trackedLoss: createJavascriptTrackedLoss,
  };
}
