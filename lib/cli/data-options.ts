/** The options that say how a data file is to be read, and what they become for `loadTable`. */
import { parse } from 'csv-parse/sync';
import { Option } from 'commander';
import { reject } from '../core/errors.js';
import {
  DEFAULT_LIMITS,
  dataFormats,
  dateOrders,
  encodings,
  imputations,
  storages,
  taskKinds,
  type ReadLimits,
  type DataFormat,
  type DateOrder,
  type Imputation,
  type LoadOptions,
  type Storage,
  type TaskKind,
  type TextEncoding,
} from '../data/index.js';
import { lossByName } from '../losses/index.js';
import { analyzers, type Analyzer } from '../preprocessing/text-units.js';
import { kindOfLoss } from '../losses/task.js';
import type { TrainOptions } from '../train.js';
import { choice, decimal, integer, option, text } from './option-parsers.js';

/** What is true of a file, whatever it is read for. */
export interface FileArguments {
  readonly format?: DataFormat;
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly decimal?: '.' | ',';
  readonly thousands?: string;
  readonly missing?: readonly string[];
  readonly comment?: string;
  readonly encoding?: TextEncoding;
  readonly indexBase?: 0 | 1;
  readonly storage?: Storage;
  readonly limits?: Partial<ReadLimits>;
  readonly arrays?: readonly string[];
  readonly strict?: boolean;
}

/** What the columns of a training file are; a model remembers it. */
export interface ColumnArguments {
  readonly categorical?: readonly string[];
  readonly numeric?: readonly string[];
  readonly boolean?: readonly string[];
  readonly date?: readonly string[];
  readonly text?: readonly string[];
  readonly ngrams?: readonly [number, number];
  readonly analyzer?: Analyzer;
  readonly features?: number;
  readonly ignore?: readonly string[];
  readonly dateOrder?: DateOrder;
  readonly impute?: LoadOptions['impute'];
  readonly rareLevels?: number;
}

export const fileOptions: readonly Option[] = [
  choice('--format <name>', dataFormats, 'format of the data (default: told by its first bytes and its name)'),
  option(
    '--header <yes|no>',
    'whether the first line of a CSV file holds column names (default: guessed, and told)',
    yesOrNo,
  ),
  option(
    '--delimiter <mark>',
    'between the fields of a CSV file: one character, or comma, semicolon, tab, pipe, blank (default: guessed, and told)',
    text,
  ),
  choice('--decimal <mark>', ['.', ','], 'decimal mark of its numbers', '.'),
  option('--thousands <mark>', 'between groups of three digits, such as , or . (default: none)', text),
  option(
    '--missing <marks>',
    'what stands for a missing value, separated by commas, besides an empty cell (default: NA, N/A, NaN, null, ? and other usual marks)',
    list,
  ),
  option('--comment <mark>', "what comment lines begin with, '' for none (default: # on top of the file)", text),
  choice('--encoding <name>', encodings, 'of a CSV file (default: by its byte order mark, otherwise utf-8)'),
  option('--index-base <0|1>', 'index of the first column in LIBSVM data (default: 1)', indexBase),
  choice(
    '--storage <name>',
    storages,
    'whether X keeps its zeros; auto: sparse when at most 15 % are not zero (CSV: from 2^20 numbers on)',
    'auto',
  ),
  option('--arrays <x,y>', 'names of X and y in an NPZ file (default: the usual ones, and told)', list),
  option('--limits <name=n,...>', `what a file may have at most: ${Object.keys(DEFAULT_LIMITS).join(', ')}`, limits),
  new Option(
    '--strict',
    'refuse categories that training has not seen, and missing cells in predictions (default: count them and tell)',
  ),
];

export const columnOptions: readonly Option[] = [
  option('--categorical <columns>', 'columns of a CSV file to take for text, separated by commas', list),
  option('--numeric <columns>', 'columns to take for numbers', list),
  option('--boolean <columns>', 'columns to take for yes or no', list),
  option('--date <columns>', 'columns to take for dates, which become days since 1970-01-01', list),
  option('--text <columns>', 'columns of texts, of which the words are read: hashed n-grams with tf-idf', list),
  option('--ngrams <n,m>', 'shortest and longest n-gram of texts (default: 1,1, single words)', lengths),
  choice('--analyzer <name>', analyzers, 'what n-grams are made of (default: word)'),
  option('--features <n>', 'columns of X for a column of texts (default: 262144)', integer(2, 2 ** 26)),
  option('--ignore <columns>', 'columns to leave out', list),
  choice('--date-order <order>', dateOrders, 'what dates that end in the year begin with (default: such dates are refused)'),
  option(
    '--impute <how>',
    `what stands for missing cells: ${imputations.join(', ')} for all columns, or column=how,column=how (default: they are refused)`,
    impute,
  ),
  option('--rare-levels <n>', 'categories in fewer rows share one column (default: 1, none do)', integer(1)),
];

export const taskOption = choice(
  '--task <name>',
  taskKinds,
  'what the target is taken for; auto: by the loss, or by a rule that is told',
  'auto',
);

const reading = [
  'format',
  'header',
  'delimiter',
  'decimal',
  'thousands',
  'missing',
  'comment',
  'encoding',
  'indexBase',
  'storage',
  'arrays',
  'limits',
  'strict',
  'categorical',
  'numeric',
  'boolean',
  'date',
  'text',
  'ignore',
  'dateOrder',
  'impute',
  'rareLevels',
] as const satisfies readonly (keyof FileArguments | keyof ColumnArguments)[];

/** For `loadTable`: the options that are given, and no others. */
export function readingOptions(args: FileArguments & Partial<ColumnArguments>): LoadOptions {
  const { ngrams, analyzer, features } = args;
  const asked = { ngrams, analyzer, features };
  const given = reading.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]] as const]));
  return Object.fromEntries([
    ...given,
    ...(Object.values(asked).some((value) => value !== undefined) ? [['vectorizer', asked]] : []),
  ]) as LoadOptions;
}

/** What is left for files that a schema reads: the columns are settled. */
export function fileArguments<Arguments extends FileArguments & ColumnArguments>(
  args: Arguments,
): Omit<Arguments, keyof ColumnArguments> {
  const {
    categorical,
    numeric,
    boolean,
    date,
    text,
    ngrams,
    analyzer,
    features,
    ignore,
    dateOrder,
    impute: _,
    rareLevels,
    ...file
  } = args;
  return file;
}

/** What a loss says about the target, when the task is not given. */
export function kindOf(task: TaskKind = 'auto', loss: TrainOptions['loss'] = 'auto'): TaskKind {
  if (task !== 'auto' || loss === 'auto') return task;
  return kindOfLoss(typeof loss === 'string' ? lossByName(loss) : loss);
}

function lengths(value: string, name: string): number[] {
  const found = /^(\d{1,2})(?:,(\d{1,2}))?$/.exec(value);
  if (!found) return reject('INVALID_OPTION', name, 'one length or two, such as 1,2', value);
  return [Number(found[1]), Number(found[2] ?? found[1])];
}

function yesOrNo(value: string, name: string): boolean {
  if (value === 'yes' || value === 'no') return value === 'yes';
  return reject('INVALID_OPTION', name, 'yes or no', value);
}

function indexBase(value: string, name: string): number {
  if (value === '0' || value === '1') return Number(value);
  return reject('INVALID_OPTION', name, '0 or 1', value);
}

/** One word for all columns, or `age=median,plan=indicator`; names with commas can be quoted. */
function impute(value: string, name: string): LoadOptions['impute'] {
  if (isImputation(value)) return value;
  const pairs = list(value, name).map((pair) => [
    pair.slice(0, pair.lastIndexOf('=')),
    pair.slice(pair.lastIndexOf('=') + 1),
  ]);
  const fine = pairs.every(([column, how]) => column !== '' && isImputation(how!));
  const expected = `one of ${imputations.join(', ')}, or a list of column=how`;
  return fine ? (Object.fromEntries(pairs) as LoadOptions['impute']) : reject('INVALID_OPTION', name, expected, value);
}

function isImputation(how: string): how is Imputation {
  return (imputations as readonly string[]).includes(how);
}

/** A line of CSV: names with commas can be quoted. An option that comes twice adds to the list. */
function list(value: string, name: string): string[] {
  try {
    const [fields = []] = parse(value, { trim: true }) as string[][];
    return fields;
  } catch {
    return reject('INVALID_OPTION', name, 'a list separated by commas, with quotes around what has a comma', value);
  }
}

function limits(value: string, name: string): Partial<ReadLimits> {
  const pairs = value.split(',').map((pair) => pair.split('='));
  return Object.fromEntries(
    pairs.map(([limit = '', number = '', ...rest]) => {
      const count = decimal(number);
      const fine =
        Object.hasOwn(DEFAULT_LIMITS, limit) && rest.length === 0 && Number.isSafeInteger(count) && Number(count) >= 1;
      const expected = `a list of name=n with an integer n of at least 1 and a name among ${Object.keys(DEFAULT_LIMITS).join(', ')}`;
      return fine ? [limit, count] : reject('INVALID_OPTION', name, expected, value);
    }),
  ) as Partial<ReadLimits>;
}
