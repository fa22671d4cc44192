/**
 * The records of a CSV file (RFC 4180, parsed by the csv-parse library) with the file line each begins on.
 *
 * Fields are separated by tabs in a file named `.tsv` or `.tsv.gz`, otherwise by whichever of comma, semicolon and tab the first
 * line has most of outside quotes (comma on a tie). Blank lines are skipped.
 */
import { CsvError, parse, type Parser } from 'csv-parse';
import { describe, PlanesearchError } from '../core/errors.js';
import { dataError } from './data-error.js';
import { readChunks } from './read-file.js';

export interface CsvRecord {
  readonly cells: readonly string[];
  /** Counted from 1. */
  readonly line: number;
}

// 1 ms of parsing when the code is hot, 10 when it is cold.
const CHUNK_BYTES = 16 * 1024;
// A quote that is never closed must not swallow the whole file.
const LARGEST_RECORD = 16 * 2 ** 20;

/**
 * Streams the records in batches; all have as many cells as the first.
 *
 * @throws PlanesearchError INVALID_DATA for a ragged row or a stray quote, with the line; and what {@link readChunks} throws
 */
export async function* readRecords(path: string): AsyncGenerator<CsvRecord[], void, undefined> {
  let batch: CsvRecord[] = [];
  let records = 0;
  let innerLines = 0;
  const take = (cells: string[], skipped: number): void => {
    batch.push({ cells, line: 1 + records++ + skipped + innerLines });
    for (const cell of cells) if (cell.includes('\n')) innerLines += cell.split('\n').length - 1;
  };
  let parser: Parser | null = null;
  let width = 0;
  const checked = (): CsvRecord[] => {
    const done = batch;
    batch = [];
    width ||= done[0]?.cells.length ?? 0;
    for (const record of done) if (record.cells.length !== width) throw raggedRow(path, record, width);
    return done;
  };
  try {
    for await (const chunk of readChunks(path, CHUNK_BYTES)) {
      parser ??= createParser(delimiterOf(path, chunk), take);
      await feed(parser, chunk);
      yield checked();
    }
    if (parser !== null) await feed(parser, null);
    yield checked();
  } catch (error) {
    throw error instanceof CsvError ? explain(path, error) : error;
  } finally {
    parser?.destroy();
  }
}

function createParser(delimiter: string, take: (cells: string[], skipped: number) => void): Parser {
  const parser = parse({
    delimiter,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LARGEST_RECORD,
    // Records are taken here and never reach the readable side, which would halt the parser when nobody reads it.
    on_record: (cells: string[], context) => {
      take(cells, context.empty_lines);
      return null;
    },
  });
  parser.on('error', () => {}); // feed() reports it
  return parser;
}

function feed(parser: Parser, chunk: Buffer | null): Promise<void> {
  return new Promise((resolve, fail) => {
    const done = (error?: Error | null): void => (error ? fail(error) : resolve());
    if (chunk === null) parser.end(done);
    else parser.write(chunk, done);
  });
}

function delimiterOf(path: string, start: Buffer): string {
  if (/\.tsv(\.gz)?$/i.test(path)) return '\t';
  // Quoted fields go first: they may hold line ends. One quote stays, so that a line of them is not taken for a blank one.
  const line = /[^\r\n]+/.exec(start.toString().replace(/"[^"]*"?/g, '"'))?.[0] ?? '';
  const count = (delimiter: string): number => line.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

function raggedRow(path: string, record: CsvRecord, width: number): PlanesearchError {
  const expected = `${width} fields`;
  const received = String(record.cells.length);
  const place = `Line ${record.line} of ${describe(path)}`;
  return dataError(`${place} must have ${expected} like the first row, but has ${received}.`, expected, received);
}

function explain(path: string, error: CsvError): PlanesearchError {
  const line = String(error['lines'] ?? 'unknown');
  const file = describe(path);
  const sentence =
    error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE'
      ? `${file} has a quote that is never closed (noticed in line ${line}).`
      : `Line ${line} of ${file} has a quote in the middle of a field; quote the whole field and double the quotes inside.`;
  return new PlanesearchError('INVALID_DATA', sentence, { cause: error });
}
