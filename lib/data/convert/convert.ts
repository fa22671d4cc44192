/** A data file of any format as an NPY or a sparse NPZ file, which can be trained on where it lies. */
import { realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, PlanesearchError, reject } from '../../core/errors.js';
import { Pace } from '../../core/pace.js';
import { outputPlace, Replacement, unwritable } from '../../io/output-file.js';
import { loadInto, type LoadOptions } from '../load.js';
import { isSparse, type MatrixData } from '../matrix-data.js';
import { STANDARD_INPUT } from '../standard-input.js';
import type { DataSchema, RawTarget } from '../table.js';
import { convertedText, schemaPath } from './converted.js';
import { codeLabels, type CodedLabels, type StoredLabels } from './label-codes.js';
import { npyHeader, NpyRows, type NpyNumbers } from './npy-rows.js';
import { SparseRows } from './sparse-rows.js';
import type { RowSink } from './row-sink.js';
import { bytesOf, Spool } from './spool.js';

const types = ['float64', 'float32'] as const satisfies readonly NpyNumbers[];

export interface ConvertOptions extends Omit<LoadOptions, 'storage' | 'needsTarget' | 'missingCells'> {
  /** The file to write: NPZ with compressed rows where its name ends in `.npz`, NPY otherwise. The schema goes beside it, as `<out>.schema.json`. */
  readonly out: string;
  /** The NPY file for the target, a number or the place of a label a row. Without it no target is read. */
  readonly labelsOut?: string | undefined;
  /** Of the numbers of X. Default float64. */
  readonly type?: NpyNumbers | undefined;
  /** Ends the work, of which nothing is left then. */
  readonly signal?: AbortSignal | undefined;
}

export interface Conversion {
  readonly rows: number;
  readonly columns: number;
  readonly schema: DataSchema;
  /** What the numbers of `labelsOut` stand for. */
  readonly labels: StoredLabels | null;
  readonly notices: readonly string[];
}

/**
 * Writes X of a data file, as `loadTable` reads it with `storage: 'dense'`, to an NPY file, or to an NPZ file as compressed rows (values that are all 1 as
 * true), its target to an NPY file, and the schema beside: the files appear complete, or not at all.
 *
 * CSV, JSON lines of objects, Parquet and Arrow are read once; since one row may bring a new category, their cells (8 bytes each) wait in a
 * temporary file without a name, in the folder of `out`. LIBSVM is read twice for an NPY file, once for its columns, and once for an NPZ file, the entries of which (12 bytes
 * each) wait so too. Memory is taken for a few megabytes, for the
 * categories and the targets; of Parquet for one row group, of Arrow for the bytes of the file. NPY, NPZ, IDX and vectors in JSON lines are read whole.
 *
 * @throws PlanesearchError as `loadTable`; INVALID_OPTION for an output that is an input or another output; INVALID_DATA for numbers that float32
 *   has not; UNWRITABLE_FILE; the reason of the signal
 */
export async function convertTable(input: string, options: ConvertOptions): Promise<Conversion> {
  const { out, labelsOut, type = 'float64', signal, ...reading } = options;
  if (!types.includes(type)) reject('INVALID_OPTION', '--type', `one of ${types.join(', ')}`, type);
  await checkPaths([input, reading.labels], [out, labelsOut, schemaPath(out)]);
  const limits = { matrixBytes: Number.MAX_SAFE_INTEGER, ...reading.limits };
  const files = new Map<string, Replacement>();
  const spool = new Spool(out, signal);
  let sink: NpyRows | SparseRows | null = null;
  try {
    for (const file of [out, labelsOut, schemaPath(out)])
      if (file !== undefined) files.set(file, await Replacement.open(await outputPlace(file)));
    const Rows = isSparseOutput(out) ? SparseRows : NpyRows;
    sink = new Rows(files.get(out)!.handle.fd, input, out, type, spool, signal);
    const needsTarget = labelsOut !== undefined;
    const table = await loadInto(input, { ...reading, limits, needsTarget, storage: 'dense' }, sink);
    if (!sink.begun) await sendMatrix(table.data, sink);
    await sink.end();
    const coded = needsTarget ? await writeLabels(files.get(labelsOut)!, table.target!) : null;
    const { rows, columns } = sink;
    const conversion = { rows, columns, schema: table.schema, labels: coded?.stored ?? null, notices: table.notices };
    await files.get(schemaPath(out))!.handle.writeFile(convertedText(conversion));
    signal?.throwIfAborted();
    // A schema that is not of its file must never lie beside it.
    await rm((await outputPlace(schemaPath(out))).target, { force: true });
    for (const file of files.values()) await file.keep();
    return conversion;
  } catch (error) {
    // A reader may have taken the reason for a damage of the file.
    signal?.throwIfAborted();
    throw isOfTheSystem(error) ? unwritable(out, error.message, error) : error;
  } finally {
    spool.close();
    sink?.close();
    for (const file of files.values()) await file.discard();
  }
}

/** Whether rows go to a file of this name without their zeros. */
function isSparseOutput(out: string): boolean {
  return /\.npz$/i.test(out);
}

/** A matrix in memory, of a format that is not read row by row. */
async function sendMatrix(data: MatrixData, sink: RowSink): Promise<void> {
  const pace = new Pace();
  const { rows, columns } = data;
  sink.begin(rows, columns);
  for (let row = 0; row < rows; row++) {
    sink.nextRow();
    if (isSparse(data))
      for (let e = data.indptr[row]!; e < data.indptr[row + 1]!; e++) sink.put(data.indices[e]!, data.values?.[e] ?? 1);
    else {
      for (let j = 0; j < columns; j++) {
        const value = data.values[row * columns + j]!;
        if (!Object.is(value, 0)) sink.put(j, value);
      }
    }
    if (pace.due) await pace.yield();
  }
}

async function writeLabels({ handle }: Replacement, target: RawTarget): Promise<CodedLabels> {
  const coded = await codeLabels(target);
  const { values, width } = coded;
  const shape = width === 1 ? [values.length] : [values.length / width, width];
  await handle.writeFile(npyHeader(values instanceof Int32Array ? '<i4' : '<f8', shape));
  await handle.writeFile(bytesOf(values));
  return coded;
}

async function checkPaths(inputs: readonly (string | undefined)[], outputs: readonly (string | undefined)[]): Promise<void> {
  const known = inputs.filter((input) => input !== undefined && input !== STANDARD_INPUT);
  const taken = new Set(await Promise.all(known.map((input) => resolved(input!))));
  for (const output of outputs) {
    if (output === undefined) continue;
    const full = await resolved(output);
    if (taken.has(full)) reject('INVALID_OPTION', 'An output', 'a file that is not read or written otherwise', output);
    taken.add(full);
  }
}

async function resolved(file: unknown): Promise<string> {
  if (typeof file !== 'string' || file === '')
    throw new PlanesearchError('INVALID_OPTION', `A file must be named by a path, but ${describe(file)} was given.`);
  return realpath(file).catch(() => path.resolve(file));
}

function isOfTheSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
