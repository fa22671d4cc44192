/** Compressed rows of dense ones. */
import type { SparseSource } from '../../lib/backends/backend.js';

export function sparseOf(values: Float64Array | Float32Array, rows: number, columns: number): SparseSource {
  const indptr = [0];
  const indices: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) if (values[i * columns + j] !== 0) indices.push(j);
    indptr.push(indices.length);
  }
  const stored = values.filter((x) => x !== 0);
  return { kind: 'csr', indptr, indices: Uint32Array.from(indices), values: stored, rows, columns };
}

/** `dense` with the given share of its numbers set to 0, chosen by `uniform`. */
export function withZeros(dense: Float64Array, share: number, uniform: () => number): Float64Array {
  return dense.map((x) => (uniform() < share ? 0 : x));
}
