/** The rows of a source in another order: what the javascript matrices copy; the native ones reorder while they copy. */
import { reject } from '../core/errors.js';
import type { DenseSource, SparseSource } from './backend.js';
import { typedArrayName } from './arguments.js';

/** @throws PlanesearchError when `order` does not name every row once */
export function checkOrder(order: Uint32Array, rows: number): void {
  if (typedArrayName(order) !== 'Uint32Array' || order.length !== rows)
    reject('INVALID_ARGUMENT', 'The order of the rows', `a Uint32Array of length ${rows}, one number per row`, order);
  const seen = new Uint8Array(rows);
  for (const row of order) {
    if (row >= rows || seen[row] === 1) reject('INVALID_ARGUMENT', 'The order of the rows', 'every row number once', row);
    seen[row] = 1;
  }
}

/** Numbers of a row from which on a view of it costs less than a loop over it. */
const WIDE = 32;

/** Rows of `width` numbers in this order. */
export function rowsInOrder<T extends Float64Array | Float32Array>(values: T, width: number, order: Uint32Array): T {
  const out = values.slice() as T;
  for (let i = 0; i < order.length; i++) {
    const from = order[i]! * width;
    if (width >= WIDE) out.set(values.subarray(from, from + width), i * width);
    else for (let j = 0; j < width; j++) out[i * width + j] = values[from + j]!;
  }
  return out;
}

/** The same source with row `order[i]` as its row i; itself without an order. */
export function sourceInOrder<S extends DenseSource | SparseSource>(source: S, order: Uint32Array | undefined): S {
  if (order === undefined) return source;
  checkOrder(order, source.rows);
  if (source.kind === 'csr') return sparseInOrder(source, order) as S;
  return { ...source, values: rowsInOrder(source.values, source.columns, order) };
}

function sparseInOrder({ indptr, indices, values, ...shape }: SparseSource, order: Uint32Array): SparseSource {
  const begin = new Float64Array(order.length + 1);
  const ownIndices = indices.slice();
  const ownValues = values?.slice();
  order.forEach((row, i) => {
    const from = indptr[row]!;
    const end = indptr[row + 1]!;
    ownIndices.set(indices.subarray(from, end), begin[i]);
    ownValues?.set(values!.subarray(from, end), begin[i]);
    begin[i + 1] = begin[i]! + end - from;
  });
  return { ...shape, indptr: begin, indices: ownIndices, values: ownValues };
}
