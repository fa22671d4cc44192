/**
 * Checks shared by both backends: what a typed array handed in by a caller has to be. The native code checks only what
 * protects memory; the sentences come from here.
 */
import { checkAttached } from '../core/attached.js';
import { reject, requireInteger } from '../core/errors.js';
import type { MatrixSource } from './backend.js';

/** Reads what a typed array was made as: no realm of its own, no property of the caller's and no Proxy deceives it. */
const brand = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;

/** 'Float64Array' and the like, whichever realm it was made in; null for what is no typed array. */
export function typedArrayName(values: unknown): string | null {
  return (brand.call(values) as string | undefined) ?? null;
}

/** A Float64Array over memory that is its own: not detached, not shared, of the length that its shape asks for. */
export function checkArray(what: string, values: unknown, length: number, shape: string): asserts values is Float64Array {
  if (typedArrayName(values) !== 'Float64Array') reject('INVALID_ARGUMENT', what, 'a Float64Array', values);
  checkMemory(what, values as Float64Array, length, shape);
}

function checkMemory(what: string, values: Float64Array | Float32Array, length: number, shape: string): void {
  checkAttached(what, values);
  if (values.length !== length) reject('DIMENSION_MISMATCH', what, `of length ${length} (${shape})`, values);
}

/** X: row-major, `rows` x `columns`, at least 1 x 1. Whether every entry is finite is found out while it is copied. */
export function checkSource(source: MatrixSource): void {
  if (source?.kind !== 'dense') reject('INVALID_ARGUMENT', 'The kind of the data matrix', "'dense'", source?.kind);
  const { values, rows, columns } = source;
  requireInteger('The number of rows', rows, 1);
  requireInteger('The number of columns', columns, 1);
  const name = typedArrayName(values);
  if (name !== 'Float64Array' && name !== 'Float32Array')
    reject('INVALID_ARGUMENT', 'X', 'a Float64Array or a Float32Array', values);
  checkMemory('X', values, rows * columns, `${rows} rows x ${columns} columns`);
}

/** Refuses NaN and Infinity with row and column. */
export function checkFinite(values: Float64Array | Float32Array, columns: number, names?: readonly string[]): void {
  const bad = values.findIndex((x) => !Number.isFinite(x));
  if (bad < 0) return;
  const column = bad % columns;
  const name = names?.[column] === undefined ? '' : ` ('${names[column]}')`;
  const place = `X at row ${Math.floor(bad / columns)}, column ${column}${name} (from 0)`;
  reject('INVALID_DATA', place, 'a finite number', values[bad]);
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

/** The operands of `VectorAlgebra.affine`. @returns how many inputs the layer has */
export function checkAffine(X: Float64Array, layer: Float64Array, width: number): number {
  requireInteger('The width of a layer', width, 1);
  const inputs = layer.length / width - 1;
  if (!(Number.isInteger(inputs) && inputs >= 1))
    reject('DIMENSION_MISMATCH', 'The layer', `at least two rows of ${width} numbers`, layer);
  checkArray('The layer', layer, (inputs + 1) * width, 'weights and biases');
  checkArray('X', X, Math.floor(X.length / inputs) * inputs, `rows of ${inputs} numbers`);
  return inputs;
}

/** The scales of a gram: one per row taken, non-negative and finite. */
export function checkScale(scale: unknown, rows: number, stride: number): asserts scale is Float64Array {
  requireInteger('The stride', stride, 1);
  checkArray('The scale', scale, Math.ceil(rows / stride), `one per row taken, every ${stride} of ${rows}`);
  const bad = scale.findIndex((s) => !(s >= 0 && s < Infinity));
  if (bad >= 0) reject('INVALID_ARGUMENT', `The scale at ${bad}`, 'a finite number of at least 0', scale[bad]);
}

/** What `TrackedLoss.resume` takes: the tracked product, then those of at most `memory` past steps. */
export function checkTracked(products: readonly Float64Array[], length: number, memory: number): void {
  if (products.length < 1 || products.length > 1 + memory) {
    reject(
      'DIMENSION_MISMATCH',
      'The tracked products',
      `from 1 to ${1 + memory}, one and those of the past steps kept`,
      products,
    );
  }
  products.forEach((product, j) => checkArray(`Tracked product ${j}`, product, length, 'rows x width of the first layer'));
}

/** A range of columns. */
export function checkColumns(from: number, count: number, columns: number): void {
  requireInteger('The first column of a block', from, 0, columns - 1);
  requireInteger('The number of columns of a block', count, 1, columns - from);
}
