/** X of an NPY or a sparse NPZ file where it lies, with its target read into memory: what `--out-of-core` trains and scores on. */
import type { FileSource } from '../../backends/backend.js';
import { describe, PlanesearchError, reject } from '../../core/errors.js';
import { openInputFile } from '../../io/input-file.js';
import { dataError } from '../data-error.js';
import { guessFormat } from '../format.js';
import { checkLabelCount } from '../labels.js';
import { limitsFrom, type ReadLimits } from '../limits.js';
import type { ArraySchema, DataSchema, RawTarget } from '../table.js';
import { isSameEncoding, readConverted, schemaPath, type Converted } from '../convert/converted.js';
import { decodeLabels } from '../convert/label-codes.js';
import { npyFile } from './npy-file.js';
import { npzFile } from './npz-file.js';
import { readNumpyTarget } from './numpy-table.js';

export interface FileTable {
  readonly data: FileSource;
  /** Null when no target was asked for. */
  readonly target: RawTarget | null;
  readonly schema: DataSchema;
  readonly notices: readonly string[];
}

export interface FileTableOptions {
  /** NPY file with y. */
  readonly labels?: string | undefined;
  /** Column of the file with y: its index from 0, negative from the end. Default the last, without `labels`. */
  readonly target?: string | number | undefined;
  readonly needsTarget: boolean;
  /** Of the model that the file is read for. */
  readonly schema?: DataSchema | undefined;
  readonly limits?: Partial<ReadLimits> | undefined;
}

/**
 * With the schema and the class names that `convertTable` has left beside the file, where it has.
 *
 * @throws PlanesearchError as `npyFile` and `loadTable`; INCOMPATIBLE for a model of other data than the file was made of
 */
export async function openFileTable(path: string, options: FileTableOptions): Promise<FileTable> {
  const { labels, schema, needsTarget } = options;
  const converted = await readConverted(path);
  const isWanted = schema === undefined || schema.format !== 'array' || converted?.schema.format === 'array';
  if (converted && isWanted) return openConverted(path, converted, options);
  if (schema !== undefined && schema.format !== 'array') {
    const sentence =
      `A model of ${schema.format} data must read such data, or NPY that was converted from it, ` +
      `but there is no ${describe(schemaPath(path))} that says so.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  const whole = await described(path);
  const column = whole.entries ? refuseColumn(whole, options) : columnOf(whole, options);
  const data = column === null ? whole : await npyFile(path, { target: column });
  const learned: ArraySchema = (schema as ArraySchema | undefined) ?? {
    format: 'array',
    columns: data.columns,
    target: column,
  };
  if (!needsTarget) return { data, target: null, schema: learned, notices: [] };
  if (labels !== undefined) {
    const { target, rows } = await readNumpyTarget(labels, limitsFrom(options.limits));
    checkLabelCount(rows, data.rows);
    return { data, target, schema: learned, notices: [] };
  }
  const guessed = schema === undefined && options.target === undefined;
  const notice = `${describe(path)}: took the last column for the target (--target, or --labels for a file of its own).`;
  const values = await readColumn(whole, column!);
  return { data, target: { kind: 'numbers', values }, schema: learned, notices: guessed ? [notice] : [] };
}

async function described(path: string): Promise<FileSource> {
  return (await guessFormat(path)) === 'npz' ? npzFile(path) : npyFile(path);
}

/** A file without the target, which the conversion has written elsewhere. */
async function openConverted(path: string, converted: Converted, options: FileTableOptions): Promise<FileTable> {
  const { labels, target: column, schema = converted.schema, needsTarget, limits } = options;
  const data = await described(path);
  if (data.rows !== converted.rows || data.columns !== converted.schema.columns) {
    const expected = `${converted.rows} x ${converted.schema.columns}, as ${describe(schemaPath(path))} says`;
    reject('INCOMPATIBLE', describe(path), expected, `${data.rows} x ${data.columns}`);
  }
  if (!isSameEncoding(schema, converted.schema)) {
    const sentence =
      `${describe(path)} must have been converted by the schema that the model was trained with ` +
      '(convert --schema), but it was by another one.';
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  if (column !== undefined)
    reject('INVALID_OPTION', `The target of ${describe(path)}`, 'in a file of its own (--labels)', column);
  if (!needsTarget) return { data, target: null, schema, notices: [] };
  if (labels === undefined) {
    const sentence = `The target of ${describe(path)} must be in a file of its own (--labels), as it was converted, but there was none.`;
    throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'labels', received: 'none' });
  }
  const { target, rows } = await readNumpyTarget(labels, limitsFrom(limits));
  checkLabelCount(rows, data.rows);
  return { data, target: await decodeLabels(labels, target, converted.labels), schema, notices: [] };
}

/** Of compressed rows none is the target. */
function refuseColumn({ path, columns }: FileSource, { labels, target, schema, needsTarget }: FileTableOptions): null {
  if (schema?.format === 'array' && schema.columns !== columns)
    reject('DIMENSION_MISMATCH', `${describe(path)}`, `${schema.columns} columns wide, as the training data`, columns);
  if (target === undefined && (labels !== undefined || !needsTarget)) return null;
  const expected = 'in a file of its own (--labels), since X is sparse';
  return reject('INVALID_OPTION', `The target of ${describe(path)}`, expected, target);
}

/** The column of the file that is no part of X, null where there is none. */
function columnOf({ path, columns }: FileSource, { labels, target, schema, needsTarget }: FileTableOptions): number | null {
  if (labels !== undefined && target === undefined && schema === undefined) return null;
  if (schema?.format === 'array') {
    if (columns === schema.columns) {
      if (!needsTarget || labels !== undefined) return null;
      const sentence = `The target of ${describe(path)} must be in a file of its own (--labels), as it has the columns of X alone, but there was none.`;
      throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'labels', received: 'none' });
    }
    if (schema.target !== null && columns === schema.columns + 1) return schema.target;
    reject('DIMENSION_MISMATCH', `${describe(path)}`, `${schema.columns} columns wide, as the training data`, columns);
  }
  if (!needsTarget && target === undefined) return null;
  const index = typeof target === 'string' && /^-?\d+$/.test(target) ? Number(target) : (target ?? -1);
  const at = typeof index === 'number' && index < 0 ? columns + index : index;
  if (typeof at !== 'number' || !Number.isInteger(at) || at < 0 || at >= columns)
    reject('INVALID_OPTION', `The target of ${describe(path)}`, `an index from ${-columns} to ${columns - 1}`, target);
  return at;
}

/** Bytes read at a time. */
const BLOCK_BYTES = 2 ** 22;

/** One column of a file without a column left out, in one pass. @throws PlanesearchError INVALID_DATA, UNREADABLE_FILE */
async function readColumn({ path, rows, columns, type, offset = 0 }: FileSource, column: number): Promise<Float64Array> {
  const size = type === 'float32' ? 4 : 8;
  const rowBytes = columns * size;
  const taken = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const values = new Float64Array(rows);
  const block = Buffer.alloc(taken * rowBytes);
  const { handle } = await openInputFile(path);
  try {
    for (let from = 0; from < rows; from += taken) {
      const count = Math.min(taken, rows - from);
      const { bytesRead } = await handle.read(block, 0, count * rowBytes, offset + from * rowBytes);
      if (bytesRead !== count * rowBytes)
        throw new PlanesearchError('UNREADABLE_FILE', `${describe(path)} was truncated while it was in use.`);
      for (let i = 0; i < count; i++) {
        const at = i * rowBytes + column * size;
        values[from + i] = size === 4 ? block.readFloatLE(at) : block.readDoubleLE(at);
      }
    }
  } finally {
    await handle.close();
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw dataError(
      `The target of ${describe(path)} in row ${bad} (from 0) must be a finite number, but is ${values[bad]}.`,
    );
  return values;
}
