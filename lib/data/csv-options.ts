/** What a caller may decide about a CSV file besides its columns. */
import { reject } from '../core/errors.js';
import {
  checkColumnOptions,
  oneOf,
  type CheckedColumnOptions,
  type ColumnChoices,
  type ColumnOptions,
} from './column-options.js';
import type { TextEncoding } from './text-encoding.js';

export interface CsvChoices extends ColumnChoices {
  /** Whether the first row holds names. Default: see `detectHeader`. */
  readonly header?: boolean | undefined;
  /** One character between fields; `' '` means any run of blanks and tabs. Default: see `sniffDialect`. */
  readonly delimiter?: string | undefined;
  /** Lines that begin so are skipped; `''` for none. Default: lines on top that begin with `#`. */
  readonly comment?: string | undefined;
  /** Default: by the byte order mark, otherwise UTF-8. */
  readonly encoding?: TextEncoding | undefined;
}

export interface CsvOptions extends Omit<CsvChoices, 'storage'>, Pick<ColumnOptions, 'schema' | 'needsTarget' | 'sink'> {}

export type CheckedCsvOptions = CsvChoices & CheckedColumnOptions;

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
export function checkCsvOptions(options: CsvChoices & ColumnOptions): CheckedCsvOptions {
  const { comment, delimiter, header } = options;
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > 8 || /["\r\n]/.test(comment))) {
    reject('INVALID_OPTION', '--comment', "what comment lines begin with, such as '#', or '' for none", comment);
  }
  oneOf('header', header, [true, false]);
  return {
    ...checkColumnOptions(options),
    delimiter: delimiter === undefined ? undefined : checkDelimiter(delimiter),
  };
}

function checkDelimiter(given: string): string {
  const delimiter = Object.hasOwn(delimiterNames, given) ? delimiterNames[given]! : given;
  if (typeof delimiter === 'string' && delimiter.length === 1 && !/["\r\n\d\0]/.test(delimiter)) return delimiter;
  return reject('INVALID_OPTION', '--delimiter', 'one character, or one of comma, semicolon, tab, pipe, blank', given);
}
