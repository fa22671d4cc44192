import { PlanesearchError } from '../core/errors.js';
import type { MaybePromise } from '../backends/backend.js';

/** What makes a matrix of something: learns from the training rows, then treats all rows alike. */
export interface Transformer<Input, Output> {
  /** Learns what `transform` needs. */
  fit(x: Input): MaybePromise<unknown>;
  /** @throws PlanesearchError NOT_FITTED before `fit` */
  transform(x: Input): MaybePromise<Output>;
  /** The same with nothing learned. */
  copy(): Transformer<Input, Output>;
  /** What it does to every column, where that is x'_j = (x_j - shift_j) / scale_j; a model can take it in. */
  readonly affine?: AffineColumns;
  /** Or what it makes of all of them, where that is x' = (x - shift) map; a model can take it in as well. */
  readonly linear?: LinearColumns;
}

export interface AffineColumns {
  readonly shift: Float64Array;
  /** Positive. */
  readonly scale: Float64Array;
}

export interface LinearColumns {
  readonly shift: Float64Array;
  /** Columns before x columns after, row-major. */
  readonly map: Float64Array;
}

export function fittedOr<T>(learned: T | null, name: string): T {
  if (learned !== null) return learned;
  throw new PlanesearchError('NOT_FITTED', `The ${name} must be fitted before it is used.`);
}
