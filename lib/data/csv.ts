/**
 * CSV: a header or none, numeric and categorical columns, one of them the target.
 *
 * What nobody says is guessed from the first rows and told in a notice (`docs/data.md`). A column of text enters X one-hot,
 * one column per category, categories in ascending order; a column of numbers with a cell that is none is refused. The schema
 * learned from the training file is applied to later ones: a category never seen in training becomes all zeros there.
 */
import { describe } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { noticesOf } from './column-notices.js';
import { guessNotices } from './csv-notices.js';
import { sniffDialect } from './csv-dialect.js';
import { beginsWithNames, learnLayout, matchLayout, type CsvLayout } from './csv-layout.js';
import { checkCsvOptions, type CheckedCsvOptions, type CsvOptions } from './csv-options.js';
import { readRecords, type CsvRecord, type CsvSource } from './csv-records.js';
import { CsvShape } from './csv-shape.js';
import { noRows } from './data-error.js';
import type { DenseData } from './dense.js';
import type { MatrixData } from './matrix-data.js';
import type { Storage } from './storage.js';
import { requireRows, TableReader } from './table-reader.js';
import type { TableReading } from './table.js';
import { readText } from './text-encoding.js';

export type { ColumnReference } from './column-options.js';
export type { CsvChoices, CsvOptions } from './csv-options.js';

// What is learned from the head is learned at one stretch and held in memory, so that files with many or long fields get a shorter one.
const HEAD_ROWS = 1001;
const HEAD_CELLS = 2 ** 15;
const MOST_HEAD_CELLS = 2 ** 18;
const FEWEST_HEAD_ROWS = 5;
const HEAD_CHARACTERS = 2 ** 22;
const SAMPLE_BYTES = 64 * 1024;
const LARGEST_SAMPLE = 2 ** 20;

/**
 * Reads a CSV file; X is dense unless `storage` says otherwise.
 *
 * @throws PlanesearchError INVALID_DATA for missing or non-finite values, text in a column of numbers, ragged rows, no data
 *   rows, no such column (with line and column), more of anything than the limits allow; INVALID_OPTION; DIMENSION_MISMATCH
 *   when a file matched by position has other columns than the schema
 */
export async function readCsv<Stored extends Storage | undefined = undefined>(
  path: string,
  given: CsvOptions & { readonly storage?: Stored },
): Promise<TableReading<Stored extends 'auto' | 'sparse' ? MatrixData : DenseData>>;
export async function readCsv(
  path: string,
  given: CsvOptions & { readonly storage?: Storage | undefined },
): Promise<TableReading> {
  const options = checkCsvOptions({ ...given, storage: given.storage ?? 'dense' });
  const { source, shape, head } = await beginCsv(path, options);
  const { schema } = options;
  const layout = schema === undefined ? learnLayout(path, head, options) : matchLayout(path, head, schema, options);
  const reader = await readCells(source, shape, layout, options);
  const byName = schema !== undefined && options.header === undefined && beginsWithNames(head, schema);
  const { rows, columns } = reader;
  const { learned, ...read } = await reader.finish('csv', layout.header);
  const csv = guessNotices({ options, dialect: source.dialect, layout, trimmed: shape.trimmed, byName });
  const notices = noticesOf({ path, options, layout, columns, rows, learned, ...csv });
  return { ...read, notices };
}

/** In which lines of a file, from 1, its header is (`end` behind it; none when they are the same), and what holds for all lines. */
export async function topOfCsv(
  path: string,
  given: CsvOptions & { readonly storage?: Storage | undefined },
): Promise<{
  readonly begin: number;
  readonly end: number;
  readonly known: Pick<CsvOptions, 'header' | 'delimiter' | 'comment'>;
}> {
  const options = checkCsvOptions(given);
  const { source, head } = await beginCsv(path, options);
  const { schema } = options;
  const { header } = schema === undefined ? learnLayout(path, head, options) : matchLayout(path, head, schema, options);
  const { delimiter, comment } = source.dialect;
  const begin = head[0]!.line;
  const end = header ? (head[1]?.line ?? begin + 1) : begin;
  return { begin, end, known: { header, delimiter, comment: comment ?? '' } };
}

async function beginCsv(path: string, options: CheckedCsvOptions) {
  const text = { path, encoding: options.encoding, limits: options.checkedLimits };
  const { start, whole } = await readSample(text);
  const source: CsvSource = { ...text, dialect: sniffDialect(path, start, whole, options) };
  const raw = await readHead(source);
  if (raw.length === 0) throw noRows(describe(path));
  const shape = new CsvShape(source, raw);
  const head = raw.map((record) => shape.fit(record));
  shape.trimmed = 0;
  return { source, shape, head };
}

/** The beginning of the text: 64 KiB, or the first two lines if they are longer. */
async function readSample(text: Omit<CsvSource, 'dialect'>): Promise<{ start: string; whole: boolean }> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let lines = 0;
  for await (const piece of readText(text.path, text)) {
    pieces.push(piece);
    bytes += piece.length;
    for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, at + 1)) lines++;
    if (bytes >= LARGEST_SAMPLE || (bytes >= SAMPLE_BYTES && lines > 2))
      return { start: Buffer.concat(pieces).toString(), whole: false };
  }
  return { start: Buffer.concat(pieces).toString(), whole: true };
}

async function readHead(source: CsvSource): Promise<CsvRecord[]> {
  const pace = new Pace();
  const head: CsvRecord[] = [];
  let characters = 0;
  let rows = HEAD_ROWS;
  for await (const batch of readRecords(source)) {
    for (const record of batch) {
      if (head.length === 0) rows = headRows(record.cells.length);
      for (const cell of record.cells) characters += cell.length;
      head.push(record);
      if (head.length >= rows || (head.length >= FEWEST_HEAD_ROWS && characters >= HEAD_CHARACTERS)) return head;
    }
    if (pace.due) await pace.yield();
  }
  return head;
}

function headRows(width: number): number {
  const most = Math.max(FEWEST_HEAD_ROWS, Math.floor(MOST_HEAD_CELLS / width));
  return Math.min(HEAD_ROWS, most, Math.max(20, Math.floor(HEAD_CELLS / width)));
}

async function readCells(
  source: CsvSource,
  shape: CsvShape,
  layout: CsvLayout,
  options: CheckedCsvOptions,
): Promise<TableReader> {
  const { path } = source;
  const reader = new TableReader(
    { path, place: (line) => `Line ${line} of ${describe(path)}`, firstLine: 1 },
    layout,
    options,
  );
  let skip = layout.header ? 1 : 0;
  for await (const batch of readRecords(source)) {
    for (const record of batch) {
      const { cells, line } = shape.fit(record);
      if (skip-- > 0) continue;
      reader.add(cells, line);
    }
  }
  requireRows(path, reader.rows, true);
  return reader;
}
