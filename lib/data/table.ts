/** What a loaded file becomes, and what has to be remembered of it so that later files are read the same way. */
import type { MatrixData } from './matrix-data.js';
import type { NumberFormat } from './number-cell.js';

export type DataFormat = 'csv' | 'libsvm' | 'idx';

/**
 * The target as it stands in the file: numbers when every label is one, otherwise strings as written. In memory also several numbers
 * a row, row-major (`width`, 1 when absent), or any number of labels a row.
 *
 * `texts` come with numbers, one a row, of which some would not print as they are written (`2.10`): classes are made of the
 * texts then, so that labels go through unchanged. Null when they differ but were too many to keep.
 */
export type RawTarget =
  | {
      readonly kind: 'numbers';
      readonly values: Float64Array;
      readonly width?: number | undefined;
      readonly texts?: readonly string[] | null | undefined;
    }
  | { readonly kind: 'strings'; readonly values: readonly string[] }
  | { readonly kind: 'label-sets'; readonly values: readonly (readonly string[])[] };

export interface Table<Data extends MatrixData = MatrixData> {
  readonly data: Data;
  /** Null when no target was asked for. */
  readonly target: RawTarget | null;
  readonly schema: DataSchema;
}

/** What a reader returns: the table, and what has to be told about how it was read. */
export interface TableReading<Data extends MatrixData = MatrixData> extends Table<Data> {
  /** What was guessed, left out or taken for something else, a sentence each. */
  readonly notices: readonly string[];
  /** Rows, from 0, with NaN in X for a missing cell; only where missing cells are kept. */
  readonly incompleteRows: readonly number[];
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
  /** How numbers are written, when not as JavaScript does. */
  readonly numbers?: NumberFormat | undefined;
  /** The marks of missing values, when they were given. */
  readonly missing?: readonly string[] | undefined;
}

export interface LibsvmSchema {
  readonly format: 'libsvm';
  readonly columns: number;
  /** Null when the file was read without its labels. */
  readonly target: RawTarget['kind'] | null;
  /** The index of the first column in the file; 1 when absent. */
  readonly indexBase?: 0 | 1 | undefined;
}

export interface IdxSchema {
  readonly format: 'idx';
  readonly columns: number;
  /** What the values of the file were divided by: 255 for unsigned bytes, otherwise 1. Absent in models before 0.2. */
  readonly divisor?: number | undefined;
  /** Shape of one row, `[28, 28]` for MNIST. */
  readonly shape: readonly number[];
}

/** Plain JSON; a model file carries it. */
export type DataSchema = CsvSchema | LibsvmSchema | IdxSchema;
