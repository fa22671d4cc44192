/** Standard deviations of the columns of X, dense or sparse. */
import { Pace } from '../core/pace.js';
import { isSparse, type MatrixData } from '../data/index.js';

type Visit = (j: number, value: number) => void;

/**
 * Sums are taken around the first row, so that a column far from 0 keeps its digits, and in shares of the largest distance from it, whose
 * squares are finite; zeros of sparse rows are counted.
 */
export async function spreadsOf(data: MatrixData): Promise<Float64Array> {
  const { rows, columns } = data;
  const origin = isSparse(data) ? new Float64Array(columns) : Float64Array.from(data.values.subarray(0, columns));
  // Halves, because a difference of two numbers near the end of float64 is beyond it.
  const distance = (j: number, value: number): number => value / 2 - origin[j]! / 2;
  const scales = new Float64Array(columns);
  await eachNumber(data, (j, value) => {
    scales[j] = Math.max(scales[j]!, Math.abs(distance(j, value)));
  });
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  await eachNumber(data, (j, value) => {
    const share = scales[j]! > 0 ? distance(j, value) / scales[j]! : 0;
    sums[j] = sums[j]! + share;
    squares[j] = squares[j]! + share * share;
  });
  const spread = (j: number): number => Math.sqrt(Math.max(0, squares[j]! / rows - (sums[j]! / rows) ** 2));
  return scales.map((scale, j) => scale * spread(j) * 2);
}

/** Those that are stored. */
async function eachNumber(data: MatrixData, visit: Visit): Promise<void> {
  const { rows, columns } = data;
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    if (isSparse(data)) {
      for (let e = data.indptr[i]!; e < data.indptr[i + 1]!; e++) visit(data.indices[e]!, data.values?.[e] ?? 1);
    } else for (let j = 0; j < columns; j++) visit(j, data.values[i * columns + j]!);
    if (pace.due) await pace.yield();
  }
}
