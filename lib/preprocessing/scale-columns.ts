/** (x_j - shift_j) / scale_j for every column, in the precision of x; a sparse x keeps its zeros, so that its shifts are 0. */
import { reject } from '../core/errors.js';
import { checkData, isSparse, type MatrixData } from '../data/index.js';
import type { AffineColumns } from './transformer.js';

export function scaleColumns(x: MatrixData, { shift, scale }: AffineColumns): MatrixData {
  const { columns } = checkData(x);
  if (columns !== scale.length)
    reject('DIMENSION_MISMATCH', 'The data', `${scale.length} columns wide, as it was fitted`, columns);
  if (!isSparse(x)) {
    const values = x.values.slice();
    for (let at = 0; at < values.length; at += columns)
      for (let j = 0; j < columns; j++) values[at + j] = (values[at + j]! - shift[j]!) / scale[j]!;
    return { ...x, values };
  }
  const { indices } = x;
  const values = x.values ? x.values.slice() : new Float64Array(indices.length).fill(1);
  for (let e = 0; e < values.length; e++) values[e] = values[e]! / scale[indices[e]!]!;
  return { ...x, values };
}
