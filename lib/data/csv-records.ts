/**
 * The records of a CSV file (RFC 4180, parsed by the csv-parse library) with the file line each begins on.
 *
 * Lines end in CRLF, LF or CR, all three in one file if need be; blank lines are skipped.
 */
import { parse, type CsvError, type Parser } from 'csv-parse';
import { describe, PlanesearchError } from '../core/errors.js';
import { parserOptions, withoutGaps, type CsvDialect } from './csv-dialect.js';
import { overLimit } from './limits.js';
import { readText, type TextOptions } from './text-encoding.js';

export interface CsvRecord {
  readonly cells: readonly string[];
  /** Counted from 1. */
  readonly line: number;
}

/** How a file is read again and again. */
export interface CsvSource extends TextOptions {
  readonly path: string;
  readonly dialect: CsvDialect;
}

/** Streams the records in batches, as they are in the file; `CsvShape` makes rows of one width of them. */
export async function* readRecords(source: CsvSource): AsyncGenerator<CsvRecord[], void, undefined> {
  const { path, dialect, limits } = source;
  let batch: CsvRecord[] = [];
  let records = 0;
  let innerLines = 0;
  const lineOfNext = (skipped: number): number => 1 + dialect.skippedLines + records + skipped + innerLines;
  let skipped = 0;
  const parser = createParser(dialect, (cells, without) => {
    skipped = without;
    const line = lineOfNext(skipped);
    records++;
    for (const cell of cells) innerLines += lineEndsIn(cell);
    const kept = withoutGaps(cells, dialect.delimiter);
    if (kept.length > 0) batch.push({ cells: kept, line });
    if (kept.length > limits.fields) throw overLimit('fields', limits, `Line ${line} of ${describe(path)}`, 'fields');
  });
  const guard = new RecordGuard(source, () => lineOfNext(skipped));
  try {
    for await (const chunk of withoutTop(readText(path, source), dialect.skippedLines)) {
      const before = records;
      await feed(parser, chunk);
      guard.check(chunk, records > before);
      yield batch;
      batch = [];
    }
    await feed(parser, null);
    yield batch;
  } catch (error) {
    if (!isCsvError(error)) throw error;
    const withoutRecord = (name: string): number => Number(error[name] ?? 0);
    throw explain(path, error, lineOfNext(Math.max(skipped, withoutRecord('empty_lines') + withoutRecord('comment_lines'))));
  } finally {
    parser.destroy();
  }
}

function createParser(dialect: CsvDialect, take: (cells: string[], skipped: number) => void): Parser {
  const parser = parse({
    ...parserOptions(dialect.delimiter, dialect.comment),
    // Records are taken here and never reach the readable side, which would halt the parser when nobody reads it.
    on_record: (cells: string[], context) => {
      take(cells, context.empty_lines + context.comment_lines);
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

function lineEndsIn(cell: string): number {
  return cell.includes('\n') || cell.includes('\r') ? cell.split(/\r\n|\n|\r/).length - 1 : 0;
}

/** What is left of the text behind its first `lines` lines. */
async function* withoutTop(text: AsyncIterable<Buffer>, lines: number): AsyncGenerator<Buffer, void, undefined> {
  let left = lines;
  let afterReturn = false;
  for await (const piece of text) {
    let at = 0;
    for (; at < piece.length && (left > 0 || afterReturn); at++) {
      const byte = piece[at];
      // The second half of a CRLF belongs to the line that its first half has ended.
      if (afterReturn && byte === 0x0a) {
        afterReturn = false;
        continue;
      }
      if (left === 0) break;
      afterReturn = byte === 0x0d;
      if (byte === 0x0a || byte === 0x0d) left--;
    }
    if (left === 0 && at < piece.length) {
      afterReturn = false;
      yield piece.subarray(at);
    }
  }
}

/** Stops a record that goes on and on while it comes in: the parser holds all its cells. */
class RecordGuard {
  #bytes = 0;
  #separators = 0;
  #quoted = false;
  readonly #separator: number;

  constructor(
    private readonly source: CsvSource,
    private readonly line: () => number,
  ) {
    this.#separator = source.dialect.delimiter.charCodeAt(0);
  }

  check(chunk: Buffer, ended: boolean): void {
    if (ended) {
      this.#bytes = 0;
      this.#separators = 0;
      // The next record may have begun in this piece, with a quote.
      this.#quoted = chunk.includes(0x22);
      return;
    }
    const { path, limits } = this.source;
    this.#bytes += chunk.length;
    this.#quoted ||= chunk.includes(0x22);
    for (let at = chunk.indexOf(this.#separator); at >= 0; at = chunk.indexOf(this.#separator, at + 1)) this.#separators++;
    const place = `The row of ${describe(path)} that begins in line ${this.line()}`;
    const quote = this.#quoted ? ' has a quote that is never closed, or' : '';
    // Separators inside quotes are none, so that a long text may have some more.
    if (this.#separators > (this.#quoted ? 100 : 1) * limits.fields)
      throw overLimit('fields', limits, place + quote, 'fields');
    if (this.#bytes > limits.rowBytes) throw overLimit('rowBytes', limits, place + quote, 'bytes');
  }
}

function isCsvError(error: unknown): error is CsvError {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && /^(CSV_|INVALID_OPENING_QUOTE$)/.test(code);
}

function explain(path: string, error: CsvError, line: number): PlanesearchError {
  const file = describe(path);
  const sentence =
    error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? `${file} has a quote that is never closed, in the row that begins in line ${line}.`
      : `Line ${line} of ${file} has a quote in the middle of a field; quote the whole field and double the quotes inside.`;
  return new PlanesearchError('INVALID_DATA', sentence, { cause: error });
}
