/** What a loaded file becomes, and what has to be remembered of it so that later files are read the same way. */
import type { DenseData } from './dense.js';

export type DataFormat = 'csv' | 'libsvm' | 'idx';

/**
 * The target as it stands in the file: numbers when every label is one, otherwise strings as written. In memory also several numbers
 * a row, row-major (`width`, 1 when absent), or any number of labels a row.
 */
export type RawTarget =
  | { readonly kind: 'numbers'; readonly values: Float64Array; readonly width?: number | undefined }
  | { readonly kind: 'strings'; readonly values: readonly string[] }
  | { readonly kind: 'label-sets'; readonly values: readonly (readonly string[])[] };

export interface Table {
  readonly data: DenseData;
  /** Null when no target was asked for. */
  readonly target: RawTarget | null;
  readonly schema: DataSchema;
}

/** One CSV column that enters X. `source` is its index from 0 in the training file. */
export type CsvFeature =
  | { readonly name: string; readonly source: number; readonly kind: 'numeric' }
  | { readonly name: string; readonly source: number; readonly kind: 'categorical'; readonly categories: readonly string[] };

export interface CsvTarget {
  readonly name: string;
  readonly source: number;
  readonly kind: RawTarget['kind'];
}

export interface CsvSchema {
  readonly format: 'csv';
  /** Columns of X, one per category of a categorical feature. */
  readonly columns: number;
  /** Fields in a row of the training file. */
  readonly width: number;
  readonly header: boolean;
  readonly features: readonly CsvFeature[];
  readonly target: CsvTarget | null;
}

export interface LibsvmSchema {
  readonly format: 'libsvm';
  readonly columns: number;
  /** Null when the file was read without its labels. */
  readonly target: RawTarget['kind'] | null;
}

export interface IdxSchema {
  readonly format: 'idx';
  readonly columns: number;
  /** Shape of one row, `[28, 28]` for MNIST. */
  readonly shape: readonly number[];
}

/** Plain JSON; a model file carries it. */
export type DataSchema = CsvSchema | LibsvmSchema | IdxSchema;
