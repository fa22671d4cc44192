/** `--out-of-core` and `--memory-limit`: NPY and sparse NPZ files that are read where they lie, and how much of X may stay in memory. */
import { PlanesearchError, reject } from '../core/errors.js';
import type { FileSource } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { guessFormat, limitsFrom, openFileTable, type FileTable, type FileTableOptions } from '../data/index.js';
import { programOf } from '../networks/program.js';
import { chooseLoss, chooseNetwork } from '../train-parts.js';
import type { TrainOptions } from '../train.js';

export interface OutOfCoreArguments {
  readonly outOfCore?: boolean;
  readonly memoryLimit?: number;
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** Bytes, as `1GB`, `512MiB` or a number. */
export function byteCount(value: string, name: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value) ?? [];
  const bytes = Math.floor(Number(digits) * (units[unit.toUpperCase()] ?? NaN));
  return Number.isSafeInteger(bytes) && bytes > 0
    ? bytes
    : reject('INVALID_OPTION', name, 'a size such as 1GB, 512MiB or a number of bytes', value);
}

/** @throws PlanesearchError INCOMPATIBLE for a file of another format */
export async function openOutOfCore(
  path: string,
  options: FileTableOptions & { readonly format?: string | undefined },
): Promise<FileTable> {
  const format = options.format ?? (await guessFormat(path, limitsFrom(options.limits)));
  if (format === 'npy' || format === 'npz') return openFileTable(path, options);
  const sentence = `--out-of-core must come with NPY data or sparse NPZ data (convert makes both), but ${format} data was given.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence, {
    expected: 'npy or npz',
    received: format,
  });
}

/** Bytes that heap and garbage take besides: as measured in docs/out-of-core.md. */
const BESIDES = 72 * 2 ** 20;

/** Parameter-sized vectors of a run. */
const VECTORS = 40;

/** Rows of pieces that meet are put together, so many at most, for a product with one column or with more. */
const TOGETHER = { narrow: 64, wide: 1024 };

/**
 * What a limit for the process leaves for X: less what is in use already, what a run takes that is as long as the data (6 n r doubles at most for
 * the tracked products, 4 n k for targets, outputs and scores of k outputs), and the pieces that are being read: of the file with its validation rows,
 * or of the test file, which is opened when the run is over. These other files keep nothing.
 *
 * @throws PlanesearchError INVALID_OPTION when nothing is left
 */
export async function withMemory(
  { data, target, schema }: FileTable,
  { validation, test }: { readonly validation: FileTable | null; readonly test: FileTable | null },
  memoryLimit: number | undefined,
  options: TrainOptions,
): Promise<FileSource> {
  if (memoryLimit === undefined) return data;
  const { task } = await chooseLoss(target!, schema.format, options);
  const { trackedWidth, layout } = programOf(chooseNetwork(options).architecture(data.columns, task.outputs));
  // Of compressed rows the places of the rows and, of every column, what its sum consists of so far.
  const sparse = data.entries ? data.rows + data.columns * (trackedWidth === 1 ? 5 : 2 * trackedWidth) : 0;
  const scored = [validation, test].reduce((sum, other) => {
    if (!other) return sum;
    const { rows, entries } = other.data;
    return sum + rows * (trackedWidth + 4 * task.outputs) + (entries ? rows : 0);
  }, 0);
  const doubles = data.rows * (6 * trackedWidth + 4 * task.outputs) + scored + VECTORS * layout.size + sparse;
  const readingOf = (table: { readonly data: FileSource } | null): Promise<number> | number =>
    table ? bytesUnderWay(table.data, trackedWidth, options) : 0;
  const reading = Math.max((await readingOf({ data })) + (await readingOf(validation)), await readingOf(test));
  const needed = process.memoryUsage.rss() + 8 * doubles + BESIDES + reading;
  if (needed <= memoryLimit) return { ...data, memory: Math.floor(memoryLimit - needed) };
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  const expected = `at least ${megabytes(needed)} for this training (${megabytes(reading)} of it for the pieces of X that are being read)`;
  throw new PlanesearchError('INVALID_OPTION', `--memory-limit must be ${expected}, but ${memoryLimit} bytes were given.`);
}

/** Of every thread the pieces that are its own while it reads, and the rows where two of them meet. */
async function bytesUnderWay(
  file: FileSource,
  width: number,
  { backend, threads, precision }: TrainOptions,
): Promise<number> {
  const { backend: local } = selectBackend(backend, threads);
  const matrix = await local.matrix({ ...file, memory: 0 }, { frame: 'none', precision });
  try {
    const together = file.entries ? 0 : file.columns * (width === 1 ? TOGETHER.narrow : TOGETHER.wide);
    return (await matrix.bytesUnderWay!()) + 8 * together * Math.min(local.threads, 16);
  } finally {
    matrix.dispose();
  }
}
