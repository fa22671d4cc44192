/** What is done with the columns of a dense matrix that a file has given. */
import type { Steps } from '../../core/pace.js';
import { dataError } from '../data-error.js';
import type { DenseData } from '../dense.js';

const VALUES = 2 ** 18;

/** @throws PlanesearchError INVALID_DATA with row and column of a number that is not finite */
export function* checkFiniteSteps({ values, columns }: DenseData, what: string): Steps<void> {
  for (let from = 0; from < values.length; from += VALUES) {
    const end = Math.min(values.length, from + VALUES);
    // One sum tells: finite numbers whose sum overflows are looked at in vain.
    let sum = 0;
    for (let k = from; k < end; k++) sum += values[k]!;
    if (!Number.isFinite(sum)) {
      for (let k = from; k < end; k++) {
        if (Number.isFinite(values[k])) continue;
        const place = `row ${Math.floor(k / columns)}, column ${k % columns} (from 0)`;
        throw dataError(
          `${what} must hold finite numbers, but holds ${values[k]} in ${place}.`,
          'a finite number',
          `${values[k]}`,
        );
      }
    }
    yield;
  }
}

/** All columns but one, which goes to `cut` where it is wanted. */
export function* withoutColumnSteps(
  { values, rows, columns }: DenseData,
  at: number,
  cut: Float64Array | null,
): Steps<DenseData> {
  const length = rows * (columns - 1);
  const kept = values.BYTES_PER_ELEMENT === 4 ? new Float32Array(length) : new Float64Array(length);
  for (let i = 0, to = 0; i < rows; i++) {
    const start = i * columns;
    for (let j = 0; j < columns; j++) if (j !== at) kept[to++] = values[start + j]!;
    if (cut) cut[i] = values[start + at]!;
    if (Math.floor(start / VALUES) !== Math.floor((start + columns) / VALUES)) yield;
  }
  return { values: kept, rows, columns: columns - 1 };
}
