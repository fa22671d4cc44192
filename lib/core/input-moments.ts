/** A W for the second moments A of the rows of X, each with its share, without A. */
import type { DataMatrix } from '../backends/backend.js';
import type { HeldColumns } from './held-columns.js';
import { Pace } from './pace.js';

export interface MomentsRequest {
  /** (columns + 1) x `width`, row-major. */
  readonly W: Float64Array;
  readonly width: number;
  /** Of every `stride`-th row, from row 0. */
  readonly shares: Float64Array;
  readonly stride: number;
  /** Rows of the sample. */
  readonly rows: number;
}

/** A W for A = sum_i s_i [x; 1][x; 1]': two products with X, of `width` columns. The result is as W. */
export async function inputMoments(
  matrix: DataMatrix,
  held: HeldColumns,
  { W, width, shares, stride, rows }: MomentsRequest,
): Promise<Float64Array> {
  const features = matrix.columns;
  const sample = { from: 0, count: rows };
  const image = await matrix.multiply(held.rowsScaled(W.subarray(0, features * width), width), width, sample);
  const last = new Float64Array(width);
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    const share = i % stride === 0 ? shares[i / stride]! : 0;
    for (let a = 0; a < width; a++) {
      const value = share * (image[i * width + a]! + W[features * width + a]!);
      image[i * width + a] = value;
      last[a] = last[a]! + value;
    }
    if (pace.due) await pace.yield();
  }
  const out = new Float64Array(W.length);
  out.set(held.rowsScaled(await matrix.multiplyTransposed(image, width, sample), width));
  out.set(last, features * width);
  return out;
}
