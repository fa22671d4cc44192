/** One X in other forms: dense, sparse, float32. What has the form already is returned as it is. */

/** @param {import('planesearch').MatrixData} x */
export function asDense(x) {
  if (x.kind !== 'csr') return x;
  const { rows, columns, indptr, indices, values: stored } = x;
  const values = stored instanceof Float32Array ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let e = indptr[i]; e < indptr[i + 1]; e++) values[i * columns + indices[e]] = stored ? stored[e] : 1;
  return { kind: 'dense', values, rows, columns };
}

/** @param {import('planesearch').MatrixData} x */
export function asSparse(x) {
  if (x.kind === 'csr') return x;
  const { rows, columns, values } = x;
  const entries = values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  const indptr = new Float64Array(rows + 1);
  const indices = new Uint32Array(entries);
  const stored = new values.constructor(entries);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = values[i * columns + j];
      if (value === 0) continue;
      indices[at] = j;
      stored[at++] = value;
    }
    indptr[i + 1] = at;
  }
  return { kind: 'csr', indptr, indices, values: stored, rows, columns };
}

/** @param {import('planesearch').MatrixData} x */
export function asFloat32(x) {
  return x.values instanceof Float64Array ? { ...x, values: Float32Array.from(x.values) } : x;
}

/** @param {import('planesearch').MatrixData} x */
export function asFloat64(x) {
  return x.values instanceof Float32Array ? { ...x, values: Float64Array.from(x.values) } : x;
}
