/** The data matrix in plain TypeScript, in its frame; one way through its rows for every kind of work. */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import {
  checkColumns,
  checkFinite,
  checkProduct,
  checkScale,
  checkSource,
  precisionOf,
  typedArrayName,
} from './arguments.js';
import type { DataMatrix, MatrixOptions, MatrixSource } from './backend.js';
import { noFrame, type Frame } from './frame.js';
import { createJavascriptSparseMatrix } from './javascript-sparse-matrix.js';
import { checkFrame, measureFrame } from './measure-frame.js';

type Values = Float64Array | Float32Array;

class JavascriptMatrix implements DataMatrix {
  readonly counts = { multiply: 0, multiplyTransposed: 0, gram: 0 };
  readonly offers = ['gram', 'columns'] as const;
  readonly precision: 'float64' | 'float32';
  #values: Values | null;

  /** Owns `values`, which already are in the frame. */
  constructor(
    values: Values,
    readonly rows: number,
    readonly columns: number,
    readonly frame: Frame,
  ) {
    this.precision = typedArrayName(values) === 'Float32Array' ? 'float32' : 'float64';
    this.#values = values;
  }

  async multiply(W: Float64Array, width: number): Promise<Float64Array> {
    checkProduct('W', W, this.columns, width);
    const out = new Float64Array(this.rows * width);
    await this.#eachRow(1, (x, i) => {
      for (let j = 0; j < x.length; j++) {
        for (let a = 0; a < width; a++) out[i * width + a] = out[i * width + a]! + x[j]! * W[j * width + a]!;
      }
    });
    this.counts.multiply++;
    return out;
  }

  async multiplyTransposed(R: Float64Array, width: number): Promise<Float64Array> {
    checkProduct('R', R, this.rows, width);
    const out = new Float64Array(this.columns * width);
    await this.#eachRow(1, (x, i) => {
      for (let j = 0; j < x.length; j++) {
        for (let a = 0; a < width; a++) out[j * width + a] = out[j * width + a]! + x[j]! * R[i * width + a]!;
      }
    });
    this.counts.multiplyTransposed++;
    return out;
  }

  async gram(scale: Float64Array, stride: number): Promise<Float64Array> {
    checkScale(scale, this.rows, stride);
    const d = this.columns;
    const size = d + 1;
    const out = new Float64Array(size * size);
    await this.#eachRow(stride, (x, i) => {
      const s = scale[i / stride]!;
      const at = (j: number): number => (j === d ? 1 : x[j]!);
      for (let j = 0; j < size; j++) {
        const scaled = s * at(j);
        for (let m = 0; m <= j; m++) out[j * size + m] = out[j * size + m]! + scaled * at(m);
      }
    });
    for (let j = 0; j < size; j++) for (let m = 0; m < j; m++) out[m * size + j] = out[j * size + m]!;
    this.counts.gram++;
    return out;
  }

  async columnBlock(from: number, count: number): Promise<Float64Array> {
    checkColumns(from, count, this.columns);
    const out = new Float64Array(count * this.rows);
    await this.#eachRow(1, (x, i) => {
      for (let j = 0; j < count; j++) out[j * this.rows + i] = x[from + j]!;
    });
    return out;
  }

  dispose(): void {
    this.#values = null;
  }

  /** Row i of X for every `stride`-th i from 0; the event loop gets its turn in between. */
  async #eachRow(stride: number, visit: (x: Values, i: number) => void): Promise<void> {
    if (!this.#values) throw new PlanesearchError('DISPOSED', 'This data matrix has been disposed.');
    const values = this.#values;
    const pace = new Pace();
    for (let i = 0; i < this.rows; i += stride) {
      visit(values.subarray(i * this.columns, (i + 1) * this.columns), i);
      if (pace.due) await pace.yield();
    }
  }
}

export async function createJavascriptMatrix(source: MatrixSource, options: MatrixOptions = {}): Promise<DataMatrix> {
  checkSource(source);
  if (source.kind === 'csr') return createJavascriptSparseMatrix(source, options);
  const { rows, columns } = source;
  const { frame = 'standard', columnNames: names } = options;
  const precision = precisionOf(source, options);
  checkFinite(source.values, columns, precision, names);
  // The caller may change or transfer its own from the first `await` on.
  const values = precision === 'float32' ? new Float32Array(source.values) : new Float64Array(source.values);
  if (frame === 'none') return new JavascriptMatrix(values, rows, columns, noFrame(columns));
  const used = frame === 'standard' ? await measureFrame({ ...source, values }, names) : checkFrame(frame, columns, names);
  await moveIntoFrame(values, columns, used);
  return new JavascriptMatrix(values, rows, columns, used);
}

async function moveIntoFrame(values: Values, columns: number, { origin, distance, scale, constant }: Frame): Promise<void> {
  const pace = new Pace();
  for (let start = 0; start < values.length; start += columns) {
    for (let j = 0; j < columns; j++) {
      values[start + j] = constant[j] === 1 ? 0 : (values[start + j]! - origin[j]! - distance[j]!) / scale[j]!;
    }
    if (pace.due) await pace.yield();
  }
}
