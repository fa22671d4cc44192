/**
 * How much a data file may ask for. A few bytes of gzip, or of a header, can stand for any amount of memory; so every limit is
 * compared while the bytes come in, before what they ask for is allocated.
 */
import { requireInteger } from '../core/errors.js';
import { DENSE_BYTE_LIMIT } from './dense.js';

export interface ReadLimits {
  /** Bytes of a file, unpacked. Default 64 GiB. */
  readonly fileBytes: number;
  /** Bytes that come through standard input; they are kept in a temporary file. Default 8 GiB. */
  readonly inputBytes: number;
  /** Bytes of one line. Default 64 MiB. */
  readonly lineBytes: number;
  /** Rows of X. Default 2^28. */
  readonly rows: number;
  /** Columns of X. Default 2^31 - 1. */
  readonly columns: number;
  /** Different texts among the labels. Default 1 000 000. */
  readonly levels: number;
  /** Bytes of X as a dense matrix. Default 4 GiB. */
  readonly matrixBytes: number;
}

export const DEFAULT_LIMITS: ReadLimits = {
  fileBytes: 64 * 2 ** 30,
  inputBytes: 8 * 2 ** 30,
  lineBytes: 64 * 2 ** 20,
  rows: 2 ** 28,
  columns: 2 ** 31 - 1,
  levels: 1_000_000,
  matrixBytes: DENSE_BYTE_LIMIT,
};

/** The given limits over the defaults. @throws PlanesearchError INVALID_OPTION for a limit that is no integer of at least 1 */
export function limitsFrom(given: Partial<ReadLimits> = {}): ReadLimits {
  const limits: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) limits[name] = requireInteger(`The limit ${name}`, value, 1);
  }
  return limits as unknown as ReadLimits;
}
