/**
 * What reading a table may cost, checked while the bytes come in: a file that is too large, or no table at all, ends in a
 * sentence before it ends the memory.
 */
import { describe, PlanesearchError, reject, requireInteger } from '../core/errors.js';

export interface CsvLimits {
  /** Unpacked bytes of the file. */
  readonly bytes: number;
  /** Data rows. */
  readonly rows: number;
  /** Fields of a row. */
  readonly fields: number;
  /** Bytes of one row, line ends inside quotes included. */
  readonly rowBytes: number;
  /** Different texts in one column of categories, or labels in the target. */
  readonly levels: number;
  /** Columns of X, one per category. */
  readonly columns: number;
}

export const CSV_LIMITS: CsvLimits = {
  bytes: 64 * 2 ** 30,
  rows: 2 ** 28,
  fields: 100_000,
  rowBytes: 16 * 2 ** 20,
  levels: 1_000_000,
  columns: 2 ** 24,
};

/** The defaults with the caller's changes; each is an integer of at least 1. */
export function csvLimits(given: Partial<CsvLimits> = {}): CsvLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(CSV_LIMITS, name))
      reject('INVALID_OPTION', 'A limit', `one of ${Object.keys(CSV_LIMITS).join(', ')}`, name);
    if (value !== undefined) requireInteger(`The limit ${name}`, value, 1);
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...CSV_LIMITS, ...Object.fromEntries(set) };
}

/** `<place> has more than <limit> <things>; --limits <name>=... allows more.` */
export function overLimit(name: keyof CsvLimits, limits: CsvLimits, place: string, things: string): PlanesearchError {
  const limit = limits[name];
  const sentence = `${place} has more than ${limit} ${things}; --limits ${name}=${2 * limit} would allow twice as many.`;
  return new PlanesearchError('INVALID_DATA', sentence, {
    expected: `at most ${limit} ${things}`,
    received: `more than ${limit}`,
  });
}

/** As {@link overLimit}, for a file as a whole. */
export function fileOverLimit(name: keyof CsvLimits, limits: CsvLimits, path: string, things: string): PlanesearchError {
  return overLimit(name, limits, describe(path), things);
}
