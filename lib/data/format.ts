/** Which format a data file has. */
import { looksLikeArrow } from './arrow-file.js';
import { refuseForeign } from './foreign-file.js';
import { looksLikeIdx } from './idx.js';
import type { ReadLimits } from './limits.js';
import { looksLikeNpy } from './numpy/npy.js';
import { looksLikeParquet } from './parquet/parquet.js';
import { readStart } from './read-file.js';
import type { DataFormat } from './table.js';

const START_BYTES = 64 * 1024;

export const dataFormats = [
  'csv',
  'jsonl',
  'libsvm',
  'idx',
  'npy',
  'npz',
  'parquet',
  'arrow',
] as const satisfies readonly DataFormat[];

/**
 * Guesses the format of a file, gzip or not, in this order:
 *
 * 1. it begins with the magic bytes of IDX, NPY, Parquet or Arrow, or with those of a ZIP archive, which is `npz`
 * 2. its name (without `.gz`) ends in `.csv` or `.tsv`: `csv`; in `.jsonl` or `.ndjson`: `jsonl`; in `.svm`, `.libsvm`, `.svmlight`: `libsvm`; the
 *    names of the binary formats count as well, so that a file that is none says so
 * 3. its first line is a JSON object: `jsonl`
 * 4. one of its first lines has fields apart by blanks, the second of which is `index:value` or `qid:N`: `libsvm`
 * 5. otherwise `csv`
 *
 * @throws PlanesearchError UNREADABLE_FILE for what other programs read: a spreadsheet, a page of HTML, a JSON list, an archive, ...
 */
export async function guessFormat(path: string, limits?: ReadLimits): Promise<DataFormat> {
  const start = await readStart(path, START_BYTES, limits);
  refuseForeign(path, start);
  const magic = formatOfBytes(start);
  if (magic !== null) return magic;
  const named = namedFormat(path);
  if (named !== null) return named;
  if (/^\ufeff?\s*\{\s*"/.test(start.toString('utf8', 0, 1024))) return 'jsonl';
  const lines = start.toString('utf8').split('\n').slice(0, 100);
  return lines.some((line) => /^\s*[^\s,;#]+\s+(qid|\d+):\S/.test(line)) ? 'libsvm' : 'csv';
}

/** The format that the name of the file says, null when it says none. */
export function namedFormat(path: string): DataFormat | null {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  const extension = /\.([a-z0-9]+)$/.exec(name)?.[1] ?? '';
  return Object.hasOwn(extensions, extension) ? extensions[extension]! : null;
}

const extensions: Readonly<Record<string, DataFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  svm: 'libsvm',
  libsvm: 'libsvm',
  svmlight: 'libsvm',
  npy: 'npy',
  npz: 'npz',
  parquet: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
};

/** The format that the first bytes say, null for text. */
export function formatOfBytes(start: Buffer): DataFormat | null {
  if (looksLikeIdx(start)) return 'idx';
  if (looksLikeNpy(start)) return 'npy';
  if (looksLikeParquet(start)) return 'parquet';
  if (looksLikeArrow(start)) return 'arrow';
  return start.toString('latin1', 0, 4) === 'PK\x03\x04' ? 'npz' : null;
}
