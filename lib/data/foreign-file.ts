/** Files that people have and no reader of ours reads, told by their first bytes: one sentence with the way out, not what a reader for another format makes of them. */
import { PlanesearchError } from '../core/errors.js';
import { nameOf } from './read-file.js';

interface Foreign {
  /** Of the first bytes, each as a character. */
  readonly begins: RegExp;
  readonly what: string;
  readonly advice: string;
}

const AS_CSV = 'save it as CSV';
const UNPACKED = 'unpacked, or packed with gzip, it is read';

const foreign: readonly Foreign[] = [
  {
    // Of a ZIP archive, the name of the first member in a workbook.
    begins: /^PK.{28}(\[Content_Types\]\.xml|_rels\/|xl\/|docProps\/|mimetypeapplication\/vnd\.oasis)/s,
    what: 'a spreadsheet',
    advice: AS_CSV,
  },
  { begins: /^\xd0\xcf.\xe0\xa1\xb1.\xe1/s, what: 'a spreadsheet or document of old Office programs', advice: AS_CSV },
  {
    begins: /^(\xef\xbb\xbf)?\s*(<!doctype html|<html)/i,
    what: 'a page of HTML',
    advice: 'the file behind its address may be another one',
  },
  { begins: /^(\xef\xbb\xbf)?\s*<\?xml/i, what: 'XML', advice: AS_CSV },
  {
    begins: /^(\xef\xbb\xbf)?\s*\[\s*(\{\s*"|\[\s*["\d-])/,
    what: 'a JSON list',
    advice: "an object a line is read (jq -c '.[]' makes such lines of it)",
  },
  {
    begins: /^(%[^\n]*\n|\s)*@relation\b/i,
    what: 'an ARFF file',
    advice: 'the lines behind its @data are CSV, below a line with the names of the columns',
  },
  { begins: /^BZh[1-9]1AY&SY/, what: 'packed with bzip2', advice: UNPACKED },
  { begins: /^\xfd7zXZ/, what: 'packed with xz', advice: UNPACKED },
  { begins: /^\x28\xb5\x2f\xfd/, what: 'packed with zstd', advice: UNPACKED },
  { begins: /^7z\xbc\xaf'/, what: 'a 7z archive', advice: UNPACKED },
  { begins: /^\x89HDF\r\n/, what: 'an HDF5 file', advice: 'save its array with numpy.save' },
  { begins: /^SQLite format 3/, what: 'an SQLite database', advice: AS_CSV },
  { begins: /^%PDF-/, what: 'a PDF document', advice: AS_CSV },
];

/** @throws PlanesearchError UNREADABLE_FILE for one of these */
export function refuseForeign(path: string, start: Buffer): void {
  const text = start.toString('latin1', 0, 4096);
  const found = foreign.find(({ begins }) => begins.test(text));
  if (!found) return;
  const sentence = `${nameOf(path)} is ${found.what}, which is not read: ${found.advice}.`;
  throw new PlanesearchError('UNREADABLE_FILE', sentence, { expected: 'a data file', received: found.what });
}
