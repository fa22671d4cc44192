/**
 * A sparse matrix as `scipy.sparse.save_npz` writes it: an NPZ archive with the arrays `format`, `shape`, `indptr`, `indices` and `data`, of
 * which the format `csr`, compressed rows, is read. Source: https://docs.scipy.org/doc/scipy/reference/generated/scipy.sparse.save_npz.html
 */
import { describe } from '../../core/errors.js';
import { endsStride, paced, type Steps } from '../../core/pace.js';
import { dataError } from '../data-error.js';
import { overLimit, type ReadLimits } from '../limits.js';
import type { SparseData } from '../matrix-data.js';
import type { NpyArray } from './npy.js';

/** First what says whether the others can be read. */
export const SPARSE_ARRAYS = ['format', 'shape', 'indptr', 'indices', 'data'] as const;

/** Whether an archive with these arrays is a sparse matrix, in whichever of SciPy's formats. */
export function holdsSparse(names: readonly string[]): boolean {
  return ['format', 'shape', 'data'].every((name) => names.includes(name));
}

/** @throws PlanesearchError INVALID_DATA for another format than `csr`, more than the limits allow, and arrays that do not fit together */
export async function sparseFrom(
  arrays: Readonly<Record<string, NpyArray>>,
  what: string,
  limits: ReadLimits,
): Promise<SparseData> {
  const format = arrays['format']?.values[0];
  if (format !== 'csr') {
    const expected = "a sparse matrix of compressed rows, 'csr'";
    const sentence = `${what} must hold ${expected}, but its format is ${describe(format)} (X.tocsr() makes it).`;
    throw dataError(sentence, expected, describe(format));
  }
  const numbers = (name: string): Float64Array | Float32Array => {
    const array = arrays[name];
    if (array && !Array.isArray(array.values)) return array.values;
    throw dataError(`${what} must have an array of numbers ${describe(name)}, but has none.`);
  };
  const [rows, columns, ...others] = numbers('shape');
  if (!isCount(rows) || !isCount(columns) || others.length > 0)
    throw dataError(`${what} must have a shape of rows and columns, but has ${describe([...numbers('shape')])}.`);
  if (rows > limits.rows) throw overLimit('rows', limits, what, 'rows');
  if (columns > limits.columns) throw overLimit('columns', limits, what, 'columns');
  const [indptr, places, given] = [Float64Array.from(numbers('indptr')), numbers('indices'), numbers('data')];
  const indices = Uint32Array.from(places);
  const entries = given.length;
  // Data of yes and no, as in every other format.
  const values = given instanceof Float64Array && given.every((value) => value === 1) ? undefined : given;
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || indptr[rows] !== entries || places.length !== entries) {
    const sentence = `${what} must have ${rows + 1} offsets from 0 to the number of its entries, but its arrays do not fit together.`;
    throw dataError(sentence);
  }
  const data: SparseData = { kind: 'csr', indptr, indices, values, rows, columns };
  await paced(checkSteps(data, places, what));
  return data;
}

function isCount(value: number | undefined): value is number {
  return Number.isInteger(value) && value! >= 0;
}

function* checkSteps({ indptr, rows, columns, values }: SparseData, places: ArrayLike<number>, what: string): Steps<void> {
  const lastRow = new Float64Array(columns).fill(-1);
  let looked = 0;
  for (let i = 0; i < rows; i++) {
    const [from, end] = [indptr[i]!, indptr[i + 1]!];
    if (!(end >= from)) throw dataError(`${what} must have offsets that never fall, but they do behind row ${i} (from 0).`);
    if (!Number.isInteger(end))
      throw dataError(`${what} must have integers as offsets, but has ${end} behind row ${i} (from 0).`);
    for (let e = from; e < end; e++) {
      const j = places[e]!;
      const where = (): string => `${what}, row ${i} (from 0),`;
      if (!(Number.isInteger(j) && j >= 0 && j < columns))
        throw dataError(`${where()} must name columns by integers from 0 to ${columns - 1}, but names ${j}.`);
      if (lastRow[j] === i)
        throw dataError(`${where()} must name each column once, but names ${j} twice (X.sum_duplicates() adds them).`);
      lastRow[j] = i;
      if (values && !Number.isFinite(values[e]))
        throw dataError(`${where()} column ${j}, must hold a finite value, but holds ${values[e]}.`);
      if (endsStride(looked++)) yield;
    }
  }
}
