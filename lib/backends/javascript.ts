/**
 * The javascript backend: the same arithmetic as the native one in plain loops. It is the reference that the native code
 * is proven equal to, the opponent in `bench/`, and the fallback where no binary fits.
 */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { checkMatrix, checkProduct, checkScale } from './arguments.js';
import type { Backend, DataMatrix } from './backend.js';
import { javascriptMatrices, javascriptVectors } from './javascript-algebra.js';
import { createJavascriptTrackedLoss } from './javascript-tracked-loss.js';

export { createJavascriptTrackedLoss };

class JavascriptMatrix implements DataMatrix {
  readonly counts = { multiply: 0, multiplyTransposed: 0, gram: 0 };
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

  async gram(scale: Float64Array, stride: number): Promise<Float64Array> {
    const X = this.#open();
    checkScale(scale, this.rows, stride);
    const d = this.columns;
    const size = d + 1;
    const out = new Float64Array(size * size);
    const pace = new Pace();
    for (let i = 0; i < this.rows; i += stride) {
      const s = scale[i / stride]!;
      const at = (j: number): number => (j === d ? 1 : X[i * d + j]!);
      for (let j = 0; j < size; j++) {
        const x = s * at(j);
        for (let m = 0; m <= j; m++) out[j * size + m] = out[j * size + m]! + x * at(m);
      }
      if (pace.due) await pace.yield();
    }
    for (let j = 0; j < size; j++) for (let m = 0; m < j; m++) out[m * size + j] = out[j * size + m]!;
    this.counts.gram++;
    return out;
  }

  entries(): Float64Array {
    return this.#open();
  }

  dispose(): void {
    this.#values = null;
  }

  #open(): Float64Array {
    if (this.#values) return this.#values;
    throw new PlanesearchError('DISPOSED', 'This data matrix has been disposed.');
  }
}

export function createJavascriptBackend(): Backend {
  return {
    name: 'javascript',
    threads: 1,
    vectors: javascriptVectors,
    matrices: javascriptMatrices,
    matrix: (values, rows, columns) => new JavascriptMatrix(values, rows, columns),
    trackedLoss: createJavascriptTrackedLoss,
  };
}
