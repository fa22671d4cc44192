/** Standard deviations of the columns of X, dense or sparse. */
import { Pace } from '../core/pace.js';
import { isSparse, type MatrixData } from '../data/index.js';

/** Sums are taken around the first row, so that a column far from 0 keeps its digits; zeros of sparse rows are counted. */
export async function spreadsOf(data: MatrixData): Promise<Float64Array> {
  const { rows, columns } = data;
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const pace = new Pace();
  const origin = isSparse(data) ? null : data.values.slice(0, columns);
  for (let i = 0; i < rows; i++) {
    if (isSparse(data)) {
      for (let e = data.indptr[i]!; e < data.indptr[i + 1]!; e++)
        add(sums, squares, data.indices[e]!, data.values?.[e] ?? 1);
    } else for (let j = 0; j < columns; j++) add(sums, squares, j, data.values[i * columns + j]! - origin![j]!);
    if (pace.due) await pace.yield();
  }
  return squares.map((square, j) => Math.sqrt(Math.max(0, square / rows - (sums[j]! / rows) ** 2)));
}

function add(sums: Float64Array, squares: Float64Array, j: number, value: number): void {
  sums[j] = sums[j]! + value;
  squares[j] = squares[j]! + value * value;
}
