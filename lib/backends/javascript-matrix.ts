/** The data matrix in plain TypeScript, in its frame; one way through its rows for every kind of work. */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import {
  checkColumnList,
  checkColumns,
  checkFinite,
  checkProduct,
  checkRange,
  checkScale,
  checkSource,
  precisionOf,
  typedArrayName,
} from './arguments.js';
import type { DataMatrix, MatrixOptions, MatrixSource, Precision, RowRange } from './backend.js';
import { isFile, refuseFile } from './file-source.js';
import { noFrame, type Frame } from './frame.js';
import { createJavascriptSparseMatrix } from './javascript-sparse-matrix.js';
import { checkFrame, measureFrame } from './measure-frame.js';
import { sourceInOrder } from './row-order.js';

type Values = Float64Array | Float32Array;

class JavascriptMatrix implements DataMatrix {
  readonly counts = { multiply: 0, multiplyTransposed: 0, gram: 0 };
  readonly offers = ['gram', 'columns'] as const;
  readonly precision: Precision;
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

  async multiply(W: Float64Array, width: number, given?: RowRange): Promise<Float64Array> {
    const range = checkRange(given, this.rows);
    checkProduct('W', W, this.columns, width);
    const out = new Float64Array(range.count * width);
    await this.#eachRow(range, 1, (x, i) => {
      for (let j = 0; j < x.length; j++) {
        for (let a = 0; a < width; a++) out[i * width + a] = out[i * width + a]! + x[j]! * W[j * width + a]!;
      }
    });
    this.counts.multiply += range.count / this.rows;
    return out;
  }

  async multiplyTransposed(R: Float64Array, width: number, given?: RowRange): Promise<Float64Array> {
    const range = checkRange(given, this.rows);
    checkProduct('R', R, range.count, width);
    const out = new Float64Array(this.columns * width);
    await this.#eachRow(range, 1, (x, i) => {
      for (let j = 0; j < x.length; j++) {
        for (let a = 0; a < width; a++) out[j * width + a] = out[j * width + a]! + x[j]! * R[i * width + a]!;
      }
    });
    this.counts.multiplyTransposed += range.count / this.rows;
    return out;
  }

  async gram(scale: Float64Array, stride: number, rows = this.rows): Promise<Float64Array> {
    const range = checkScale(scale, stride, rows, this.rows);
    this.counts.gram += rows / this.rows;
    return this.#gram(range, scale, stride, this.columns, (x, j) => x[j]!);
  }

  async gramOf(columns: Uint32Array, scale: Float64Array): Promise<Float64Array> {
    checkColumnList(columns, this.columns);
    const range = checkScale(scale, 1, this.rows, this.rows);
    this.counts.gram += (columns.length / this.columns) ** 2;
    return this.#gram(range, scale, 1, columns.length, (x, k) => x[columns[k]!]!);
  }

  async #gram(
    range: RowRange,
    scale: Float64Array,
    stride: number,
    d: number,
    number: (x: Values, j: number) => number,
  ): Promise<Float64Array> {
    const size = d + 1;
    const out = new Float64Array(size * size);
    await this.#eachRow(range, stride, (x, i) => {
      const s = scale[i / stride]!;
      const at = (j: number): number => (j === d ? 1 : number(x, j));
      for (let j = 0; j < size; j++) {
        const scaled = s * at(j);
        for (let m = 0; m <= j; m++) out[j * size + m] = out[j * size + m]! + scaled * at(m);
      }
    });
    for (let j = 0; j < size; j++) for (let m = 0; m < j; m++) out[m * size + j] = out[j * size + m]!;
    return out;
  }

  async columnBlock(from: number, count: number): Promise<Float64Array> {
    checkColumns(from, count, this.columns);
    const out = new Float64Array(count * this.rows);
    await this.#eachRow({ from: 0, count: this.rows }, 1, (x, i) => {
      for (let j = 0; j < count; j++) out[j * this.rows + i] = x[from + j]!;
    });
    return out;
  }

  dispose(): void {
    this.#values = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Row i of the range for every `stride`-th i from 0; the event loop gets its turn in between. */
  async #eachRow({ from, count }: RowRange, stride: number, visit: (x: Values, i: number) => void): Promise<void> {
    if (!this.#values) throw new PlanesearchError('DISPOSED', 'This data matrix has been disposed.');
    const values = this.#values;
    const pace = new Pace();
    for (let i = 0; i < count; i += stride) {
      const row = from + i;
      visit(values.subarray(row * this.columns, (row + 1) * this.columns), i);
      if (pace.due) await pace.yield();
    }
  }
}

export async function createJavascriptMatrix(given: MatrixSource, options: MatrixOptions = {}): Promise<DataMatrix> {
  checkSource(given);
  if (isFile(given)) refuseFile(given, 'javascript');
  if (given.kind === 'csr') return createJavascriptSparseMatrix(given, options);
  const { rows, columns } = given;
  const { frame = 'standard', columnNames: names, order } = options;
  const precision = precisionOf(given, options);
  checkFinite(given.values, columns, precision, names);
  const source = sourceInOrder(given, order);
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
