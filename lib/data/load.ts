/** One door to all file formats. */
import { describe, PlanesearchError, reject, requireBoolean } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { readArrow } from './arrow-file.js';
import { readCsv, type CsvChoices } from './csv.js';
import { columnsSchemaOf } from './features.js';
import { dataFormats, guessFormat, namedFormat } from './format.js';
import { readIdx, readIdxLabels } from './idx.js';
import { readJsonl } from './jsonl/jsonl.js';
import { checkLabelCount } from './labels.js';
import { readLibsvm } from './libsvm.js';
import { readNumpy } from './numpy/numpy-table.js';
import { readParquet } from './parquet/parquet.js';
import { columnChoices, type ColumnKind } from './column-options.js';
import type { RowSink } from './convert/row-sink.js';
import type { DenseData } from './dense.js';
import type { MatrixData } from './matrix-data.js';
import { limitsFrom } from './limits.js';
import { checkSchema } from './schema.js';
import type { Storage } from './storage.js';
import type { DataFormat, DataSchema, IdxSchema, RawTarget, TableReading } from './table.js';

/** The choices about text are for CSV only, those about columns for tables (CSV, JSON lines, Parquet, Arrow); each is also an option of the command line. */
export interface LoadOptions extends Omit<CsvChoices, 'columns'> {
  /** Default: see `guessFormat`. */
  readonly format?: DataFormat | undefined;
  /** IDX, NPY and NPZ: the file with the labels. */
  readonly labels?: string | undefined;
  /** NPZ only: the names of X and, unless it is elsewhere, of y. Default: see `docs/formats.md`. */
  readonly arrays?: readonly string[] | undefined;
  /** LIBSVM only: the index of the first column. Default 1, or as the schema says. */
  readonly indexBase?: 0 | 1 | undefined;
  /**
   * Whether X keeps its zeros ('dense') or leaves them out ('sparse'); IDX data does. Default 'auto': sparse when at most 15 % of X
   * is not zero, which is faster and smaller, or when it would be over the limit otherwise; CSV from 2^20 numbers on.
   */
  readonly storage?: Storage | undefined;
  /** As learned from the training file: the file is read to fit the model. */
  readonly schema?: DataSchema | undefined;
  /**
   * A number: the columns X must have. LIBSVM data is cut or filled up with zeros to it, other formats are refused otherwise. An
   * object: what single columns of a table are, by name, `{ zip: 'categorical', id: 'ignore' }`.
   */
  readonly columns?: number | Readonly<Record<string, ColumnKind>> | undefined;
  /** Whether the target is read; without it, it may be absent from the file and is null in the result. Default true. */
  readonly needsTarget?: boolean | undefined;
}

/** The target is there when it was asked for, and X dense, as the type of the options says. */
export interface LoadedTable<Needed extends boolean | undefined = boolean, Data extends MatrixData = MatrixData>
  extends TableReading<Data> {
  readonly target: Needed extends false ? null : [Needed] extends [true | undefined] ? RawTarget : RawTarget | null;
}

const lineChoices = ['header', 'delimiter', 'comment', 'encoding'] as const satisfies readonly (keyof CsvChoices)[];

/** For any format, or for others than tables too. */
const common: readonly string[] = ['columns', 'target', 'task', 'storage', 'limits', 'strict', 'missingCells'];

const tableChoices = columnChoices.filter((name) => !common.includes(name));

const allOptions: readonly (keyof LoadOptions)[] = [
  'format',
  'labels',
  ...lineChoices,
  ...columnChoices,
  'arrays',
  'indexBase',
  'schema',
  'needsTarget',
  ...lineChoices,
  ...columnChoices,
];

/**
 * Loads a data file, gzip-compressed or not; `-` is standard input (and `./-` a file of that name). What was guessed on the way
 * is told in `notices`.
 *
 * @throws PlanesearchError FILE_NOT_FOUND, UNREADABLE_FILE, INVALID_DATA, INVALID_OPTION, DIMENSION_MISMATCH (other columns
 *   than the model has) or INCOMPATIBLE (another format than the model was trained on), each in one sentence
 */
export async function loadTable<Needed extends boolean | undefined = true, Stored extends Storage | undefined = 'auto'>(
  path: string,
  options: LoadOptions & { readonly needsTarget?: Needed; readonly storage?: Stored } = {},
): Promise<LoadedTable<Needed, Stored extends 'dense' ? DenseData : MatrixData>> {
  // The readers give a target exactly when it was asked for.
  return (await loadInto(path, options)) as LoadedTable<Needed, never>;
}

/** As {@link loadTable}; readers that take the rows one by one hand them to `sink`, where there is one. */
export async function loadInto(path: string, options: LoadOptions, sink?: RowSink): Promise<TableReading> {
  checkCall(path, options);
  const { schema } = options;
  const format = options.format ?? (await guessFormat(path, limitsFrom(options.limits)));
  if (!dataFormats.includes(format)) reject('INVALID_OPTION', 'format', `one of ${dataFormats.join(', ')}`, format);
  if (schema !== undefined && !formatsOf(schema).includes(format)) {
    const sentence = `${describe(path)} must be ${schema.format} data like the training file, but is ${format}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: schema.format, received: format });
  }
  refuseOptions(format, options);
  const table = await read(path, format, options, sink);
  const isText = format === 'csv' || format === 'libsvm' || format === 'jsonl';
  const guessed = options.format === undefined && schema === undefined && !namedFormat(path) && isText;
  const notices = guessed
    ? [`${describe(path)}: took it for ${format} data by its first lines (--format).`, ...table.notices]
    : table.notices;
  const columns = widthOf(options) ?? schema?.columns ?? table.data.columns;
  if (table.data.columns !== columns) {
    const sentence = `${describe(path)} must have ${columns} columns like the training data, but has ${table.data.columns}.`;
    throw new PlanesearchError('DIMENSION_MISMATCH', sentence, {
      expected: `${columns} columns`,
      received: `${table.data.columns} columns`,
    });
  }
  return { ...table, notices };
}

/** The formats of files that a schema reads. */
function formatsOf({ format }: DataSchema): readonly DataFormat[] {
  if (format === 'csv' || format === 'table') return tables;
  return format === 'array' ? ['npy', 'npz', 'jsonl'] : [format];
}

const tables = ['csv', 'jsonl', 'parquet', 'arrow'] as const satisfies readonly DataFormat[];
const numpy = ['npy', 'npz'] as const satisfies readonly DataFormat[];

/** What is for another format. */
function refuseOptions(format: DataFormat, options: LoadOptions): void {
  for (const name of lineChoices) refuseUnless(format, ['csv'], name, options[name]);
  for (const name of tableChoices) refuseUnless(format, tables, name, options[name]);
  refuseUnless(format, [...tables, ...numpy], 'target', options.target);
  refuseUnless(format, ['idx', ...numpy], 'labels', options.labels);
  refuseUnless(format, ['npz'], 'arrays', options.arrays);
  refuseUnless(format, ['libsvm'], 'indexBase', options.indexBase);
  const kinds = typeof options.columns === 'object' ? options.columns : undefined;
  refuseUnless(format, tables, 'columns', kinds);
  if (options.storage === 'sparse') refuseUnless(format, [...tables, 'libsvm'], 'storage', 'sparse');
}

function widthOf({ columns }: LoadOptions): number | undefined {
  return typeof columns === 'object' ? undefined : columns;
}

function checkCall(path: unknown, options: unknown): void {
  if (typeof path !== 'string' || path === '') reject('INVALID_ARGUMENT', 'The data file', 'a path', path);
  refuseUnknown(options as object, allOptions, { what: 'The options of loadTable' });
  const { schema, needsTarget } = options as LoadOptions;
  if (schema !== undefined) checkSchema(schema);
  requireBoolean('needsTarget', needsTarget);
}

function read(path: string, format: DataFormat, options: LoadOptions, sink: RowSink | undefined): Promise<TableReading> {
  const { format: _, labels: __, indexBase, storage, schema, columns: given, needsTarget = true, ...choices } = options;
  const columns = widthOf(options);
  const known = columnsSchemaOf(schema);
  const ofArrays = schema?.format === 'array' ? schema : undefined;
  const kinds = typeof given === 'object' ? given : undefined;
  const table = { ...choices, columns: kinds, storage: storage ?? 'auto', needsTarget, sink } as const;
  if (format === 'csv') return readCsv(path, { ...table, schema: known });
  if (format === 'jsonl') return readJsonl(path, { ...table, schema: known ?? ofArrays });
  if (format === 'parquet') return readParquet(path, { ...table, schema: known });
  if (format === 'arrow') return readArrow(path, { ...table, schema: known });
  if (format === 'npy' || format === 'npz') {
    const { labels, arrays, target, limits } = options;
    return readNumpy(path, format, { labels, arrays, target, limits, needsTarget, schema: ofArrays });
  }
  if (format === 'libsvm') {
    const own = { columns, indexBase, storage, needsTarget, task: choices.task, limits: choices.limits, sink };
    return readLibsvm(path, { ...own, schema: schema?.format === 'libsvm' ? schema : undefined });
  }
  return readWithLabels(path, schema?.format === 'idx' ? schema : undefined, needsTarget, options);
}

async function readWithLabels(
  path: string,
  schema: IdxSchema | undefined,
  needsTarget: boolean,
  { labels, limits }: LoadOptions,
): Promise<TableReading> {
  if (!needsTarget) return readIdx(path, schema, limits);
  if (labels === undefined) {
    const sentence = `${describe(path)} is IDX data, so that a file with its labels must be given too, but there was none.`;
    throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'labels', received: 'none' });
  }
  // The labels first: they are small, and a mistake in them is told at once.
  const target = await readIdxLabels(labels, limits);
  const table = await readIdx(path, schema, limits);
  checkLabelCount(target.values.length, table.data.rows);
  return { ...table, target };
}

function refuseUnless(format: DataFormat, formats: readonly DataFormat[], option: string, value: unknown): void {
  if (value === undefined || formats.includes(format)) return;
  const expected = formats.join(', ').replace(/, ([a-z]+)$/, ' or $1');
  const sentence = `The option ${option} must come with ${expected} data, but the format is ${format}.`;
  throw new PlanesearchError('INVALID_OPTION', sentence, { expected, received: format });
}
