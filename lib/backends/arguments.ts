/**
 * Checks shared by both backends: what a typed array handed in by a caller has to be. The native code checks only what
 * protects memory; the sentences come from here.
 */
import { reject, requireInteger } from '../core/errors.js';
import { checkMemory } from '../core/memory.js';

/** A Float64Array over memory that is its own: not detached, not shared, of the length that its shape asks for. */
export function checkArray(what: string, values: unknown, length: number, shape: string): asserts values is Float64Array {
  if (!(values instanceof Float64Array)) reject('INVALID_ARGUMENT', what, 'a Float64Array', values);
  checkMemory(what, values);
  if (values.length !== length) reject('DIMENSION_MISMATCH', what, `of length ${length} (${shape})`, values);
}

/** X: row-major, `rows` x `columns`, at least 1 x 1. Whether every entry is finite is found out while it is copied. */
export function checkMatrixShape(values: unknown, rows: number, columns: number): asserts values is Float64Array {
  requireInteger('The number of rows', rows, 1);
  requireInteger('The number of columns', columns, 1);
  checkArray('X', values, rows * columns, `${rows} rows x ${columns} columns`);
}

/** X as above, and every entry finite. */
export function checkMatrix(values: unknown, rows: number, columns: number): asserts values is Float64Array {
  checkMatrixShape(values, rows, columns);
  const bad = values.findIndex((x) => !Number.isFinite(x));
  if (bad < 0) return;
  reject('INVALID_DATA', `X at row ${Math.floor(bad / columns)}, column ${bad % columns} (from 0)`, 'a finite number', values[bad]);
}

/** The right-hand factor of a product: row-major, `inner` x `width`. */
export function checkProduct(what: string, values: unknown, inner: number, width: number): asserts values is Float64Array {
  requireInteger(`The width of ${what}`, width, 1);
  checkArray(what, values, inner * width, `${inner} x ${width}`);
}

/** Two parameter-sized vectors of one length. */
export function checkPair(a: Float64Array, b: Float64Array): void {
  checkArray('The second vector', b, a.length, 'as long as the first');
}

/** The scales of a gram: one per row taken, non-negative and finite. */
export function checkScale(scale: unknown, rows: number, stride: number): asserts scale is Float64Array {
  requireInteger('The stride', stride, 1);
  checkArray('The scale', scale, Math.ceil(rows / stride), `one per row taken, every ${stride} of ${rows}`);
  const bad = scale.findIndex((s) => !(s >= 0 && s < Infinity));
  if (bad >= 0) reject('INVALID_ARGUMENT', `The scale at ${bad}`, 'a finite number of at least 0', scale[bad]);
}
