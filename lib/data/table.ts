/** What a loaded file becomes, and what has to be remembered of it so that later files are read the same way. */
import type { DateOrder } from './date-cell.js';
import type { MatrixData } from './matrix-data.js';
import type { NumberFormat } from './number-cell.js';
import type { TextVectorizerState } from '../preprocessing/text-vectorizer.js';

export type DataFormat = 'csv' | 'libsvm' | 'idx' | 'jsonl' | 'npy' | 'npz' | 'parquet' | 'arrow';
/** Where a target comes from, which decides about what is not said of it. */
export type DataOrigin = DataFormat | 'table' | 'array';

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

/** What was found in one column. */
export interface ColumnSummary {
  readonly name: string;
  readonly role: 'feature' | 'target' | 'ignored';
  /** Null for a column that was not read. */
  readonly kind: CsvFeature['kind'] | null;
  readonly missing: number;
  /** Of numbers, of dates (in days) and of yes and no (1 and 0), when there are any. */
  readonly range?: { readonly minimum: number; readonly maximum: number; readonly mean: number } | undefined;
  /** Of categories and of a target of text: how many there are, and the most frequent with their rows. */
  readonly levels?: { readonly count: number; readonly common: readonly (readonly [string, number])[] } | undefined;
}

/** What a reader returns: the table, and what has to be told about how it was read. */
export interface TableReading<Data extends MatrixData = MatrixData> extends Table<Data> {
  /** What was guessed, left out or taken for something else, a sentence each. */
  readonly notices: readonly string[];
  /** Which group every row is of, where a column says so. */
  readonly groups?: ArrayLike<string | number> | undefined;
  /** Rows, from 0, with NaN in X for a missing cell; only where missing cells are kept. */
  readonly incompleteRows: readonly number[];
  /**
   * What was found in every column, in the order of the data: of training data whose columns have names and kinds. Of more than
   * 10 000 columns the first, and the target.
   */
  readonly summary?: readonly ColumnSummary[] | undefined;
}

/**
 * One column of a table that enters X. `source` is its index from 0 in the training data.
 *
 * `fill` and `indicator` say what becomes of a missing cell; without either it is refused.
 */
export type CsvFeature = NumberFeature | CategoricalFeature | TextFeature;

interface FeatureOf<Kind, Fill> {
  readonly name: string;
  readonly source: number;
  readonly kind: Kind;
  /** Stands for a missing cell; learned from the training data. */
  readonly fill?: Fill | undefined;
  /** A column of X behind those of the feature: 1 where the cell is missing, otherwise 0. */
  readonly indicator?: true | undefined;
}

/** One column of X: the number, 1 or 0 for yes or no, days since 1970-01-01 for a date. */
export interface NumberFeature extends FeatureOf<'numeric' | 'boolean' | 'date', number> {
  /** Of dates that end in the year; those that begin with it are read without. */
  readonly order?: DateOrder | undefined;
}

/** One column of X for each category, 1 in that of the cell; an unknown one has none, unless there are `others`. */
export interface CategoricalFeature extends FeatureOf<'categorical', string> {
  /** In ascending order. */
  readonly categories: readonly string[];
  /** One more column for all other categories: those that were rare in the training data, and unknown ones. */
  readonly others?: true | undefined;
}

/** One column of X for each feature of the vectorizer; a missing text is an empty one. */
export interface TextFeature extends FeatureOf<'text', never> {
  readonly vectorizer: TextVectorizerState;
}

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

/**
 * Of a table whose columns have names and whose cells have types: objects, Parquet, Arrow, JSON lines. It reads a CSV file with a
 * header as well, and the schema of a CSV file reads such a table.
 */
export interface TableSchema extends Omit<CsvSchema, 'format'> {
  readonly format: 'table';
}

export type ColumnsSchema = CsvSchema | TableSchema;

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

/** Of numbers without names: NPY, NPZ, vectors in JSON lines. */
export interface ArraySchema {
  readonly format: 'array';
  readonly columns: number;
  /** The column of the training file that was the target, which is not among those of X; null where it was elsewhere. */
  readonly target: number | null;
}

/** Plain JSON; a model file carries it. */
export type DataSchema = CsvSchema | TableSchema | LibsvmSchema | IdxSchema | ArraySchema;
