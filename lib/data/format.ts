/** Which format a data file has. */
import { looksLikeIdx } from './idx.js';
import type { ReadLimits } from './limits.js';
import { readStart } from './read-file.js';
import type { DataFormat } from './table.js';

const START_BYTES = 64 * 1024;

export const dataFormats = ['csv', 'libsvm', 'idx'] as const satisfies readonly DataFormat[];

/**
 * Guesses the format of a file, gzip or not, in this order:
 *
 * 1. it begins with the magic number of IDX: `idx`
 * 2. its name (without `.gz`) ends in `.csv` or `.tsv`: `csv`; in `.svm`, `.libsvm`, `.svmlight`: `libsvm`
 * 3. one of its first lines has fields apart by blanks, the second of which is `index:value` or `qid:N`: `libsvm`
 * 4. otherwise `csv`
 */
export async function guessFormat(path: string, limits?: ReadLimits): Promise<DataFormat> {
  const start = await readStart(path, START_BYTES, limits);
  if (looksLikeIdx(start)) return 'idx';
  const named = namedFormat(path);
  if (named !== null) return named;
  const lines = start.toString('utf8').split('\n').slice(0, 100);
  return lines.some((line) => /^\s*[^\s,;#]+\s+(qid|\d+):\S/.test(line)) ? 'libsvm' : 'csv';
}

/** The format that the name of the file says, null when it says none. */
export function namedFormat(path: string): 'csv' | 'libsvm' | null {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (/\.[ct]sv$/.test(name)) return 'csv';
  return /\.(svm|libsvm|svmlight)$/.test(name) ? 'libsvm' : null;
}
