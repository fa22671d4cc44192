/**
 * What reading a data file may cost. A few bytes of gzip, or of a header, can stand for any amount of memory; so every limit is
 * compared while the bytes come in, before what they ask for is allocated, and each is an option.
 */
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { DENSE_BYTE_LIMIT } from './dense.js';

export interface ReadLimits {
  /** Unpacked bytes of a file. Default 64 GiB. */
  readonly fileBytes: number;
  /** Bytes that come through standard input; they are kept in a temporary file. Default 8 GiB. */
  readonly inputBytes: number;
  /** Bytes of one row: a line of LIBSVM, a record of CSV with the line ends inside its quotes. Default 16 MiB. */
  readonly rowBytes: number;
  /** Fields of a row of CSV. Default 100 000. */
  readonly fields: number;
  /** Rows of X. Default 2^28. */
  readonly rows: number;
  /** Columns of X, one per category. Default 2^24. */
  readonly columns: number;
  /** Different texts in one column of categories, or labels in the target. Default 1 000 000. */
  readonly levels: number;
  /** Characters of all these texts together, of every column. Default 64 Mi. */
  readonly levelCharacters: number;
  /** Bytes of X as a dense matrix. Default 4 GiB. */
  readonly matrixBytes: number;
}

export const DEFAULT_LIMITS: ReadLimits = {
  fileBytes: 64 * 2 ** 30,
  inputBytes: 8 * 2 ** 30,
  rowBytes: 16 * 2 ** 20,
  fields: 100_000,
  rows: 2 ** 28,
  columns: 2 ** 24,
  levels: 1_000_000,
  levelCharacters: 64 * 2 ** 20,
  matrixBytes: DENSE_BYTE_LIMIT,
};

/**
 * The defaults with the caller's changes.
 *
 * @throws PlanesearchError INVALID_OPTION for a limit of another name, or that is no integer of at least 1
 */
export function limitsFrom(given: Partial<ReadLimits> = {}): ReadLimits {
  if (typeof given !== 'object' || given === null)
    reject('INVALID_OPTION', 'limits', 'an object such as { rows: 1000 }', given);
  const limits: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      reject('INVALID_OPTION', 'A limit', `one of ${Object.keys(DEFAULT_LIMITS).join(', ')}`, name);
    if (value !== undefined) limits[name] = requireInteger(`The limit ${name}`, value, 1);
  }
  return limits as unknown as ReadLimits;
}

/** `<place> has more than <limit> <things>; --limits <name>=... would allow twice as many.` */
export function overLimit(name: keyof ReadLimits, limits: ReadLimits, place: string, things: string): PlanesearchError {
  const limit = limits[name];
  const sentence = `${place} has more than ${limit} ${things}; --limits ${name}=${2 * limit} would allow twice as many.`;
  return new PlanesearchError('INVALID_DATA', sentence, {
    expected: `at most ${limit} ${things}`,
    received: `more than ${limit}`,
  });
}

/** As {@link overLimit}, for a file as a whole. */
export function fileOverLimit(name: keyof ReadLimits, limits: ReadLimits, path: string, things: string): PlanesearchError {
  return overLimit(name, limits, describe(path), things);
}
