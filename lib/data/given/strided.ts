/**
 * Numbers in one array with a shape, as ndarrays keep them: the number at (i, j, ...) is `data[offset + i * stride[0] + j * stride[1] + ...]`.
 * Rows are the first dimension, columns all others, the last one fastest.
 */
import { describe, reject } from '../../core/errors.js';
import { checkAttached, typedArrayName } from '../../core/attached.js';
import { dataError } from '../data-error.js';
import type { DenseData } from '../dense.js';
import { isFloat32, isNumeric, numberAt, type Form, type Numbers } from './rows.js';

/** `{ data, shape }`, row-major; with `stride` (or `strides`) and `offset` as an ndarray has them. */
export interface ShapedNumbers {
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  /** [rows, columns], or more sizes, whose product are the columns. */
  readonly shape: readonly number[];
  /** Steps between neighbors of each dimension; they may be negative. Default: row-major. */
  readonly stride?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
  /** Default 0. */
  readonly offset?: number | undefined;
}

/** The same memory where the numbers lie row by row in float64 or float32, otherwise a form to be copied. */
export function shaped(given: ShapedNumbers): DenseData | Form {
  const { data, shape } = given;
  if (!Array.isArray(data) && !isNumeric(data)) reject('INVALID_DATA', 'The data of X', 'a typed array or a list', data);
  if (isNumeric(data)) checkAttached('X', data as never);
  if (!isSizes(shape) || shape.length < 2)
    reject('INVALID_DATA', 'The shape of X', 'a list of two sizes, rows and columns, or more', shownShape(shape));
  const rows = shape[0]!;
  const columns = product(shape.slice(1));
  const rowMajor = rowMajorStrides(shape);
  const stride = given.stride ?? given.strides ?? rowMajor;
  const offset = given.offset ?? 0;
  checkPlaces(given, rows * columns, stride, offset);
  const name = typedArrayName(data);
  const plain = shape.every((size, k) => size === 1 || stride[k] === rowMajor[k]);
  if (plain && (name === 'Float64Array' || name === 'Float32Array'))
    return { values: (data as Numbers).subarray(offset, offset + rows * columns), rows, columns };
  return stridedForm(data, rows, offset, stride[0]!, columnPlaces(shape, stride));
}

function stridedForm(
  data: ArrayLike<number | bigint>,
  rows: number,
  offset: number,
  step: number,
  places: Float64Array,
): Form {
  const columns = places.length;
  return {
    rows,
    columns,
    float32: isFloat32(data),
    copyRow(i, out, at) {
      const start = offset + i * step;
      for (let j = 0; j < columns; j++) {
        const value = data[start + places[j]!];
        out[at + j] = typeof value === 'number' ? value : numberAt(value, i, j);
      }
    },
  };
}

/** Where the numbers of a row lie, from its first on. */
function columnPlaces(shape: readonly number[], stride: readonly number[]): Float64Array {
  const places = new Float64Array(product(shape.slice(1)));
  for (let j = 0; j < places.length; j++) {
    let rest = j;
    for (let k = shape.length - 1; k > 0; k--) {
      places[j] = places[j]! + (rest % shape[k]!) * stride[k]!;
      rest = Math.floor(rest / shape[k]!);
    }
  }
  return places;
}

function checkPlaces(given: ShapedNumbers, size: number, stride: readonly number[], offset: number): void {
  const { data, shape } = given;
  if (!Array.isArray(stride) || stride.length !== shape.length || !stride.every(Number.isSafeInteger))
    reject('INVALID_DATA', 'The stride of X', `a list of ${shape.length} integers`, stride);
  if (given.stride === undefined && given.strides === undefined && given.offset === undefined && data.length !== size) {
    const sentence = `X must hold ${shape.join(' x ')} = ${size} values for its shape, but ${data.length} were given.`;
    throw dataError(sentence, `${size} values`, `${data.length} values`);
  }
  let [first, last] = [offset, offset];
  shape.forEach((length, k) => {
    const reach = (length - 1) * stride[k]!;
    if (reach < 0) first += reach;
    else last += reach;
  });
  if (Number.isSafeInteger(first) && first >= 0 && last < data.length) return;
  const sentence = `X must lie within its ${data.length} values, but its shape, stride and offset reach from ${first} to ${last}.`;
  throw dataError(sentence, `from 0 to ${data.length - 1}`, `from ${first} to ${last}`);
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let k = shape.length - 2; k >= 0; k--) strides[k] = strides[k + 1]! * shape[k + 1]!;
  return strides;
}

function isSizes(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && (size as number) >= 1);
}

function shownShape(shape: unknown): unknown {
  return Array.isArray(shape) ? `[${shape.slice(0, 8).map(describe).join(', ')}]` : shape;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
