/** One door to all file formats. */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { readCsv } from './csv.js';
import { dataFormats, guessFormat } from './format.js';
import { readIdx, readIdxLabels } from './idx.js';
import { checkLabelCount } from './labels.js';
import { readLibsvm } from './libsvm.js';
import type { ReadLimits } from './limits.js';
import type { DataFormat, DataSchema, Table } from './table.js';

export interface LoadOptions {
  /** Default: see `guessFormat`. */
  readonly format?: DataFormat | undefined;
  /** IDX only: the file with the labels. */
  readonly labels?: string | undefined;
  /** CSV only: name of the target column, or index from 0, negative from the end; the last column by default. */
  readonly target?: string | number | undefined;
  /** CSV only: whether the first row holds names. Default: see `detectHeader`. */
  readonly header?: boolean | undefined;
  /** As learned from the training file: the file is read to fit the model. */
  readonly schema?: DataSchema | undefined;
  /** Columns X must have. LIBSVM data is cut or filled up with zeros to it, other formats are refused otherwise. */
  readonly columns?: number | undefined;
  /** Whether the target is read; without it, it may be absent from the file and is null in the result. */
  readonly needsTarget: boolean;
  /** How much the file may ask for. Default: see {@link ReadLimits}. */
  readonly limits?: Partial<ReadLimits> | undefined;
}

/**
 * Loads a data file, gzip-compressed or not; `-` is standard input (and `./-` a file of that name).
 *
 * @throws PlanesearchError FILE_NOT_FOUND, UNREADABLE_FILE, INVALID_DATA, INVALID_OPTION, DIMENSION_MISMATCH (other columns
 *   than the model has) or INCOMPATIBLE (another format than the model was trained on), each in one sentence
 */
export async function loadTable(path: string, options: LoadOptions): Promise<Table> {
  const { schema } = options;
  const format = options.format ?? (await guessFormat(path));
  if (!dataFormats.includes(format)) reject('INVALID_OPTION', 'format', `one of ${dataFormats.join(', ')}`, format);
  if (schema !== undefined && schema.format !== format) {
    const sentence = `${describe(path)} must be ${schema.format} data like the training file, but is ${format}.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: schema.format, received: format });
  }
  refuseUnless(format, 'csv', 'target', options.target);
  refuseUnless(format, 'csv', 'header', options.header);
  refuseUnless(format, 'idx', 'labels', options.labels);
  const table = await read(path, format, options);
  const columns = options.columns ?? schema?.columns ?? table.data.columns;
  if (table.data.columns !== columns) {
    const sentence = `${describe(path)} must have ${columns} columns like the training data, but has ${table.data.columns}.`;
    throw new PlanesearchError('DIMENSION_MISMATCH', sentence, {
      expected: `${columns} columns`,
      received: `${table.data.columns} columns`,
    });
  }
  return table;
}

function read(path: string, format: DataFormat, options: LoadOptions): Promise<Table> {
  const { target, header, schema, columns, needsTarget } = options;
  if (format === 'csv') {
    return readCsv(path, { target, header, schema: schema?.format === 'csv' ? schema : undefined, needsTarget });
  }
  if (format === 'libsvm') {
    return readLibsvm(path, { columns, schema: schema?.format === 'libsvm' ? schema : undefined, needsTarget, limits: options.limits });
  }
  return readWithLabels(path, options);
}

async function readWithLabels(path: string, options: LoadOptions): Promise<Table> {
  if (!options.needsTarget) return readIdx(path, options.limits);
  if (options.labels === undefined) {
    const sentence = `${describe(path)} is IDX data, so that a file with its labels must be given too, but there was none.`;
    throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'labels', received: 'none' });
  }
  // The labels first: they are small, and a mistake in them is told at once.
  const target = await readIdxLabels(options.labels, options.limits);
  const table = await readIdx(path, options.limits);
  checkLabelCount(target.values.length, table.data.rows);
  return { ...table, target };
}

function refuseUnless(format: DataFormat, expected: DataFormat, option: string, value: unknown): void {
  if (value === undefined || format === expected) return;
  const sentence = `The option ${option} must come with ${expected} data, but the format is ${format}.`;
  throw new PlanesearchError('INVALID_OPTION', sentence, { expected, received: format });
}
