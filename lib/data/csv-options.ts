/** What a caller may decide about a CSV file, and what is left to a guess otherwise. `docs/data.md` lists the guesses. */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { limitsFrom, type ReadLimits } from './limits.js';
import type { NumberFormat } from './number-cell.js';
import type { CsvSchema } from './table.js';
import type { TextEncoding } from './text-encoding.js';

/** A column by its name, or by its index from 0, negative from the end. */
export type ColumnReference = string | number;

export interface CsvChoices {
  /** Whether the first row holds names. Default: see `detectHeader`. */
  readonly header?: boolean | undefined;
  /** Name, or index from 0, negative from the end. Default: the last column. With a schema, the schema's target counts. */
  readonly target?: ColumnReference | undefined;
  /** One character between fields; `' '` means any run of blanks and tabs. Default: see `sniffDialect`. */
  readonly delimiter?: string | undefined;
  /** Lines that begin so are skipped; `''` for none. Default: lines on top that begin with `#`. */
  readonly comment?: string | undefined;
  /** Default `'.'`, or as the schema says. */
  readonly decimal?: '.' | ',' | undefined;
  /** Between groups of three digits, such as `','`; `''` for none, the default, or as the schema says. */
  readonly thousands?: string | undefined;
  /** The marks of missing values, spelled exactly, besides the empty cell. Default: the usual ones, see `isMissing`. */
  readonly missing?: readonly string[] | undefined;
  /** Columns whose cells are text, one column of X per category, whatever they look like. */
  readonly categorical?: readonly ColumnReference[] | undefined;
  /** Columns that hold numbers, whatever they look like. */
  readonly numeric?: readonly ColumnReference[] | undefined;
  /** Columns that stay out of X. */
  readonly ignore?: readonly ColumnReference[] | undefined;
  /** Default: by the byte order mark, otherwise UTF-8. */
  readonly encoding?: TextEncoding | undefined;
  /** `classification` takes every target for a label, `regression` for a number. */
  readonly task?: 'auto' | 'classification' | 'regression' | undefined;
  /** How much the file may ask for, whatever its format; see `ReadLimits` for the defaults. */
  readonly limits?: Partial<ReadLimits> | undefined;
  /** With a schema: a category that training has not seen is an error, not a row of zeros with a notice. Default false. */
  readonly strict?: boolean | undefined;
  /** `keep`: a missing cell of a feature is NaN in X and told in a notice. Default `refuse`. */
  readonly missingCells?: 'refuse' | 'keep' | undefined;
}

export interface CsvOptions extends CsvChoices {
  readonly schema?: CsvSchema | undefined;
  readonly needsTarget: boolean;
}

/** {@link CsvOptions}, checked and with what the schema remembers. */
export interface CheckedCsvOptions extends CsvOptions {
  readonly numbers: NumberFormat;
  readonly checkedLimits: ReadLimits;
}

const delimiterNames: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  '\\t': '\t',
  pipe: '|',
  colon: ':',
  blank: ' ',
  space: ' ',
};

/** @throws PlanesearchError INVALID_OPTION for what cannot be meant, alone or together */
export function checkCsvOptions(options: CsvOptions): CheckedCsvOptions {
  const { schema, comment, missing } = options;
  const known = schema?.numbers;
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
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > 8 || /["\r\n]/.test(comment))) {
    reject('INVALID_OPTION', '--comment', "what comment lines begin with, such as '#', or '' for none", comment);
  }
  if (missing !== undefined && !(Array.isArray(missing) && missing.every((mark) => typeof mark === 'string'))) {
    reject('INVALID_OPTION', '--missing', 'a list of texts', missing);
  }
  for (const name of ['categorical', 'numeric', 'ignore'] as const) checkColumns(name, options[name]);
  oneOf('--task', options.task, ['auto', 'classification', 'regression']);
  oneOf('missingCells', options.missingCells, ['refuse', 'keep']);
  for (const name of ['header', 'strict'] as const) oneOf(name, options[name], [true, false]);
  return {
    ...options,
    delimiter: options.delimiter === undefined ? undefined : checkDelimiter(options.delimiter),
    missing: missing ?? schema?.missing,
    numbers: { decimal, thousands },
    checkedLimits: limitsFrom(options.limits),
  };
}

function checkDelimiter(given: string): string {
  const delimiter = Object.hasOwn(delimiterNames, given) ? delimiterNames[given]! : given;
  if (typeof delimiter === 'string' && delimiter.length === 1 && !/["\r\n\d\0]/.test(delimiter)) return delimiter;
  return reject('INVALID_OPTION', '--delimiter', 'one character, or one of comma, semicolon, tab, pipe, blank', given);
}

function checkColumns(name: string, columns: unknown): void {
  const isReference = (column: unknown): boolean => typeof column === 'string' || Number.isInteger(column);
  if (columns === undefined || (Array.isArray(columns) && columns.every(isReference))) return;
  reject('INVALID_OPTION', `--${name}`, 'a list of column names or indices', columns);
}

function oneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  reject('INVALID_OPTION', name, `one of ${allowed.join(', ')}`, value);
}
