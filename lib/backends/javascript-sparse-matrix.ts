/**
 * The sparse data matrix in plain TypeScript. Stored numbers are scaled into the frame; the centers, which would fill the matrix, are a
 * rank-one term of the products:
 *
 *     X' = S - 1 c'        X' W = S W - 1 (c' W)        X'' R = S' R - c (1' R)        c_j = center_j / scale_j
 *
 * A column without a zero (every row stored) may lie far from 0 where that would cancel: its stored numbers are centered themselves, and
 * c_j is 0.
 */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import {
  checkColumnList,
  checkColumns,
  checkEntries,
  checkProduct,
  checkRange,
  checkScale,
  precisionOf,
  typedArrayName,
} from './arguments.js';
import type { DataMatrix, MatrixOptions, Precision, RowRange, SparseSource } from './backend.js';
import { CONSTANT_ULPS, noFrame, type Frame } from './frame.js';
import { checkFrame, checkSpreads, EPSILON, setColumn } from './measure-frame.js';
import { sourceInOrder } from './row-order.js';

type Values = Float64Array | Float32Array;

/** A source of our own, with a value for every entry. */
type Entries = SparseSource & { readonly indptr: Float64Array; readonly values: Values };

class JavascriptSparseMatrix implements DataMatrix {
  readonly counts = { multiply: 0, multiplyTransposed: 0, gram: 0 };
  readonly offers = ['gram', 'columns'] as const;
  readonly rows: number;
  readonly columns: number;
  readonly precision: Precision;
  #entries: Entries | null;

  /** @param entries owned, scaled into the frame. @param shift c */
  constructor(
    entries: Entries,
    readonly shift: Float64Array,
    readonly frame: Frame,
  ) {
    this.rows = entries.rows;
    this.columns = entries.columns;
    this.precision = typedArrayName(entries.values) === 'Float32Array' ? 'float32' : 'float64';
    this.#entries = entries;
  }

  async multiply(W: Float64Array, width: number, given?: RowRange): Promise<Float64Array> {
    const range = checkRange(given, this.rows);
    checkProduct('W', W, this.columns, width);
    const start = new Float64Array(width);
    for (let j = 0; j < this.columns; j++)
      for (let a = 0; a < width; a++) start[a] = start[a]! - this.shift[j]! * W[j * width + a]!;
    const out = new Float64Array(range.count * width);
    await this.#eachRow(range, 1, (i, indices, values) => {
      for (let a = 0; a < width; a++) {
        let sum = start[a]!;
        for (let e = 0; e < indices.length; e++) sum += values[e]! * W[indices[e]! * width + a]!;
        out[i * width + a] = sum;
      }
    });
    this.counts.multiply += range.count / this.rows;
    return out;
  }

  async multiplyTransposed(R: Float64Array, width: number, given?: RowRange): Promise<Float64Array> {
    const range = checkRange(given, this.rows);
    checkProduct('R', R, range.count, width);
    const out = new Float64Array(this.columns * width);
    const sums = new Float64Array(width);
    await this.#eachRow(range, 1, (i, indices, values) => {
      for (let a = 0; a < width; a++) {
        const r = R[i * width + a]!;
        sums[a] = sums[a]! + r;
        for (let e = 0; e < indices.length; e++) {
          const to = indices[e]! * width + a;
          out[to] = out[to]! + values[e]! * r;
        }
      }
    });
    for (let e = 0; e < out.length; e++) out[e] = out[e]! - this.shift[Math.floor(e / width)]! * sums[e % width]!;
    this.counts.multiplyTransposed += range.count / this.rows;
    return out;
  }

  /** sum_i s_i (x_i - c)(x_i - c)' = G - c m' - m c' + (sum s) c c' with G, m of the stored numbers. */
  async gram(scale: Float64Array, stride: number, rows = this.rows): Promise<Float64Array> {
    const range = checkScale(scale, stride, rows, this.rows);
    this.counts.gram += rows / this.rows;
    return this.#gram(
      range,
      scale,
      stride,
      Uint32Array.from(this.shift, (_, j) => j),
    );
  }

  async gramOf(columns: Uint32Array, scale: Float64Array): Promise<Float64Array> {
    checkColumnList(columns, this.columns);
    const range = checkScale(scale, 1, this.rows, this.rows);
    this.counts.gram += (columns.length / this.columns) ** 2;
    return this.#gram(range, scale, 1, columns);
  }

  async #gram(range: RowRange, scale: Float64Array, stride: number, taken: Uint32Array): Promise<Float64Array> {
    const d = taken.length;
    const size = d + 1;
    const places = new Int32Array(this.columns).fill(-1);
    taken.forEach((j, k) => (places[j] = k));
    const out = new Float64Array(size * size);
    const moment = new Float64Array(d);
    let mass = 0;
    await this.#eachRow(range, stride, (i, indices, values) => {
      const s = scale[i / stride]!;
      mass += s;
      for (let e = 0; e < indices.length; e++) {
        const scaled = s * values[e]!;
        const j = places[indices[e]!]!;
        if (j < 0) continue;
        moment[j] = moment[j]! + scaled;
        for (let f = 0; f < indices.length; f++) {
          const k = places[indices[f]!]!;
          const to = j * size + k;
          if (k >= 0) out[to] = out[to]! + scaled * values[f]!;
        }
      }
    });
    const c = Float64Array.from(taken, (j) => this.shift[j]!);
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < d; k++)
        out[j * size + k] = out[j * size + k]! - c[j]! * moment[k]! - moment[j]! * c[k]! + mass * c[j]! * c[k]!;
      out[j * size + d] = out[d * size + j] = moment[j]! - mass * c[j]!;
    }
    out[size * size - 1] = mass;
    return out;
  }

  async columnBlock(from: number, count: number): Promise<Float64Array> {
    checkColumns(from, count, this.columns);
    const out = new Float64Array(count * this.rows);
    for (let j = 0; j < count; j++) out.fill(-this.shift[from + j]!, j * this.rows, (j + 1) * this.rows);
    await this.#eachRow({ from: 0, count: this.rows }, 1, (i, indices, values) => {
      for (let e = 0; e < indices.length; e++) {
        const j = indices[e]! - from;
        if (j >= 0 && j < count) out[j * this.rows + i] = out[j * this.rows + i]! + values[e]!;
      }
    });
    return out;
  }

  dispose(): void {
    this.#entries = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Indices and values of every `stride`-th row of the range; the event loop gets its turn in between. */
  async #eachRow(
    { from: first, count }: RowRange,
    stride: number,
    visit: (i: number, indices: Entries['indices'], values: Values) => void,
  ): Promise<void> {
    if (!this.#entries) throw new PlanesearchError('DISPOSED', 'This data matrix has been disposed.');
    const { indptr, indices, values } = this.#entries;
    const pace = new Pace();
    for (let i = 0; i < count; i += stride) {
      const [from, end] = [indptr[first + i]!, indptr[first + i + 1]!];
      visit(i, indices.subarray(from, end), values.subarray(from, end));
      if (pace.due) await pace.yield();
    }
  }
}

export async function createJavascriptSparseMatrix(unordered: SparseSource, options: MatrixOptions): Promise<DataMatrix> {
  const { rows, columns } = unordered;
  const { frame = 'standard', columnNames: names, order } = options;
  const precision = precisionOf(unordered, options);
  checkEntries(unordered, precision, names);
  const source = sourceInOrder(unordered, order);
  // The caller may change or transfer its own from the first `await` on.
  const indices = source.indices.slice();
  const given = source.values ?? new Uint8Array(indices.length).fill(1);
  const values = precision === 'float32' ? new Float32Array(given) : new Float64Array(given);
  const entries: Entries = { kind: 'csr', indptr: Float64Array.from(source.indptr), indices, values, rows, columns };
  if (frame === 'none') return new JavascriptSparseMatrix(entries, new Float64Array(columns), noFrame(columns));
  const full = fullColumns(entries);
  const used = frame === 'standard' ? measureSparseFrame(entries, full, names) : checkFrame(frame, columns, names);
  const { origin, distance, scale, constant } = used;
  for (let e = 0; e < indices.length; e++) {
    const j = indices[e]!;
    const x = full[j] === 1 ? values[e]! - origin[j]! - distance[j]! : values[e]!;
    values[e] = constant[j] === 1 ? 0 : x / scale[j]!;
  }
  const shift = scale.map((s, j) => (constant[j] === 1 || full[j] === 1 ? 0 : (origin[j]! + distance[j]!) / s));
  return new JavascriptSparseMatrix(entries, shift, used);
}

/** 1 where every row has an entry. */
function fullColumns({ indices, rows, columns }: Entries): Uint8Array {
  const counts = new Float64Array(columns);
  for (const j of indices) counts[j] = counts[j]! + 1;
  return Uint8Array.from(counts, (count) => (count === rows ? 1 : 0));
}

/** As `measureFrame`; distances are those to 0 where a column has a zero. */
function measureSparseFrame(entries: Entries, full: Uint8Array, names: readonly string[] | undefined): Frame {
  const { indices, values, rows, columns } = entries;
  const frame = noFrame(columns);
  const { origin, distance } = frame;
  const longest = new Float64Array(columns);
  const zeros = new Float64Array(columns).fill(rows);
  for (let e = 0; e < entries.indptr[1]!; e++) if (full[indices[e]!] === 1) origin[indices[e]!] = values[e]!;
  for (let e = 0; e < indices.length; e++) {
    const j = indices[e]!;
    const away = values[e]! - origin[j]!;
    zeros[j] = zeros[j]! - 1;
    distance[j] = distance[j]! + away / rows;
    longest[j] = Math.max(longest[j]!, Math.abs(away));
  }
  const square = (j: number, away: number): number => ((away - distance[j]!) / longest[j]!) ** 2 / rows;
  const squares = zeros.map((count, j) => (longest[j] === 0 ? 0 : count * square(j, 0)));
  for (let e = 0; e < indices.length; e++) {
    const j = indices[e]!;
    if (longest[j]! > 0) squares[j] = squares[j]! + square(j, values[e]! - origin[j]!);
  }
  const unit = CONSTANT_ULPS * EPSILON[typedArrayName(values) as keyof typeof EPSILON];
  for (let j = 0; j < columns; j++) {
    setColumn(frame, j, {
      longest: longest[j]!,
      squares: squares[j]!,
      rounding: unit * (Math.abs(origin[j]!) + longest[j]!),
    });
  }
  checkSpreads(frame, names);
  return frame;
}
