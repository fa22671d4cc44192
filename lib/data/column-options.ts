/** What a caller may decide about the columns of a table, and what is left to a guess otherwise. `docs/data.md` lists the guesses. */
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import type { RowSink } from './convert/row-sink.js';
import { dateOrders, type DateOrder } from './date-cell.js';
import { imputations, type Imputation } from './imputation.js';
import { limitsFrom, type ReadLimits } from './limits.js';
import type { NumberFormat } from './number-cell.js';
import { TextVectorizer, type TextVectorizerOptions } from '../preprocessing/text-vectorizer.js';
import { storages, type Storage } from './storage.js';
import type { ColumnsSchema } from './table.js';

/** A column by its name, or by its index from 0, negative from the end. */
export type ColumnReference = string | number;

/** What a column may be taken for. */
export type ColumnKind = 'numeric' | 'categorical' | 'boolean' | 'date' | 'text' | 'ignore';
export const columnKinds = [
  'numeric',
  'categorical',
  'boolean',
  'date',
  'text',
  'ignore',
] as const satisfies readonly ColumnKind[];

export interface ColumnChoices {
  /** Name, or index from 0, negative from the end. Default: the last column. With a schema, the schema's target counts. */
  readonly target?: ColumnReference | undefined;
  /**
   * The column that says which group a row is of, such as a customer with several rows: it stays out of X and comes back as `groups`, for folds
   * in which the rows of a group stay together.
   */
  readonly group?: ColumnReference | undefined;
  /** What single columns are, by name: `{ zip: 'categorical', id: 'ignore' }`. As the six lists below. */
  readonly columns?: Readonly<Record<string, ColumnKind>> | undefined;
  /** Columns whose cells are text, one column of X per category, whatever they look like. */
  readonly categorical?: readonly ColumnReference[] | undefined;
  /** Columns that hold numbers, whatever they look like. */
  readonly numeric?: readonly ColumnReference[] | undefined;
  /** Columns that hold yes or no: one column of X, 1 or 0. */
  readonly boolean?: readonly ColumnReference[] | undefined;
  /** Columns that hold dates: days since 1970-01-01. */
  readonly date?: readonly ColumnReference[] | undefined;
  /** Columns of texts, which become hashed words with tf-idf weights (`TextVectorizer`). */
  readonly text?: readonly ColumnReference[] | undefined;
  /** How they become so; every text column has a vectorizer of its own. */
  readonly vectorizer?: TextVectorizerOptions | undefined;
  /** Columns that stay out of X. */
  readonly ignore?: readonly ColumnReference[] | undefined;
  /** How dates that end in the year begin: `dmy` or `mdy`. Default: they are refused. */
  readonly dateOrder?: DateOrder | undefined;
  /** Default `'.'`, or as the schema says. */
  readonly decimal?: '.' | ',' | undefined;
  /** Between groups of three digits, such as `','`; `''` for none, the default, or as the schema says. */
  readonly thousands?: string | undefined;
  /** The marks of missing values, spelled exactly, besides the empty cell. Default: the usual ones, see `isMissing`. */
  readonly missing?: readonly string[] | undefined;
  /** What stands for missing cells, of all features or by column; see `Imputation`. Default: they are refused. */
  readonly impute?: Imputation | Readonly<Record<string, Imputation>> | undefined;
  /** Categories in fewer rows than this share one column. From 1, the default: none do. */
  readonly rareLevels?: number | undefined;
  /** `classification` takes every target for a label, `regression` for a number. */
  readonly task?: 'auto' | 'classification' | 'regression' | undefined;
  /**
   * Whether X keeps its zeros. `auto`: sparse where it has 2^20 numbers or more of which at most 15 % are not zero, as many
   * categories make it, or where it would be over the limit otherwise.
   */
  readonly storage?: Storage | undefined;
  /** How much the data may ask for, whatever its format; see `ReadLimits` for the defaults. */
  readonly limits?: Partial<ReadLimits> | undefined;
  /** With a schema: a category that training has not seen is an error, not a row of zeros with a notice. Default false. */
  readonly strict?: boolean | undefined;
  /**
   * `keep`: a missing cell of a feature for which nothing stands is NaN in X and told in a notice. `count`: so is one of the target, which is then null,
   * for a look at a table. Default `refuse`.
   */
  readonly missingCells?: 'refuse' | 'keep' | 'count' | undefined;
}

export interface ColumnOptions extends ColumnChoices {
  /** As learned from training data: kinds, categories and what stands for missing cells are settled by it, whatever else is given. */
  readonly schema?: ColumnsSchema | undefined;
  readonly needsTarget: boolean;
  /** Takes the rows of X, which are then not in what is returned. */
  readonly sink?: RowSink | undefined;
}

/** {@link ColumnOptions}, checked and with what the schema remembers. */
export interface CheckedColumnOptions extends ColumnOptions {
  readonly numbers: NumberFormat;
  readonly checkedLimits: ReadLimits;
}

/** The names of all. */
export const columnChoices = [
  'target',
  'group',
  'columns',
  'categorical',
  'numeric',
  'boolean',
  'date',
  'text',
  'vectorizer',
  'ignore',
  'dateOrder',
  'decimal',
  'thousands',
  'missing',
  'impute',
  'rareLevels',
  'task',
  'storage',
  'limits',
  'strict',
  'missingCells',
] as const satisfies readonly (keyof ColumnChoices)[];

/** @throws PlanesearchError INVALID_OPTION for what cannot be meant, alone or together */
export function checkColumnOptions<Options extends ColumnOptions>(options: Options): Options & CheckedColumnOptions {
  const { schema, missing, group } = options;
  if (schema !== undefined && group !== undefined)
    reject('INCOMPATIBLE', '--group', 'left out, as the schema of a model says what the columns are', group);
  if (missing !== undefined && !(Array.isArray(missing) && missing.every((mark) => typeof mark === 'string'))) {
    reject('INVALID_OPTION', '--missing', 'a list of texts', missing);
  }
  for (const name of columnKinds) checkColumns(name, options[name as Exclude<ColumnKind, 'numeric'>]);
  checkNamed('columns', options.columns, columnKinds);
  if (typeof options.impute === 'string') oneOf('--impute', options.impute, imputations);
  else checkNamed('impute', options.impute, imputations);
  oneOf('--date-order', options.dateOrder, dateOrders);
  if (options.vectorizer !== undefined) new TextVectorizer(options.vectorizer);
  if (options.rareLevels !== undefined) requireInteger('--rare-levels', options.rareLevels, 1);
  oneOf('--task', options.task, ['auto', 'classification', 'regression']);
  oneOf('--storage', options.storage, storages);
  oneOf('missingCells', options.missingCells, ['refuse', 'keep', 'count']);
  oneOf('strict', options.strict, [true, false]);
  return {
    ...options,
    missing: missing ?? schema?.missing,
    // What a schema has learned is settled.
    rareLevels: schema === undefined ? options.rareLevels : undefined,
    numbers: checkNumbers(options),
    checkedLimits: limitsFrom(options.limits),
  };
}

function checkNumbers(options: ColumnOptions): NumberFormat {
  const known = options.schema?.numbers;
  const decimal = options.decimal ?? known?.decimal ?? '.';
  const thousands = (options.thousands ?? known?.thousands ?? '') || null;
  if (decimal !== '.' && decimal !== ',') reject('INVALID_OPTION', '--decimal', "'.' or ','", decimal);
  if (
    thousands !== null &&
    (typeof thousands !== 'string' || [...thousands].length !== 1 || /[\d+\-eE\r\n"]/.test(thousands))
  ) {
    reject('INVALID_OPTION', '--thousands', "one character between digits, such as ',' or '.'", thousands);
  }
  if (thousands === decimal) {
    const sentence = `--thousands must differ from the decimal mark, but both are ${describe(decimal)}; give --decimal too.`;
    throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'two different marks', received: describe(decimal) });
  }
  return { decimal, thousands };
}

function checkColumns(name: string, columns: unknown): void {
  const isReference = (column: unknown): boolean => typeof column === 'string' || Number.isInteger(column);
  if (columns === undefined || (Array.isArray(columns) && columns.every(isReference))) return;
  reject('INVALID_OPTION', `--${name}`, 'a list of column names or indices', columns);
}

function checkNamed(name: string, given: unknown, allowed: readonly string[]): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    reject('INVALID_OPTION', name, `an object such as { age: '${allowed[0]}' }`, given);
  for (const [column, value] of Object.entries(given)) oneOf(`${name}[${describe(column)}]`, value, allowed);
}

export function oneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  reject('INVALID_OPTION', name, `one of ${allowed.join(', ')}`, value);
}
