/**
 * The records of a CSV file (RFC 4180, parsed by the csv-parse library) with the file line each begins on.
 *
 * Lines end in CRLF, LF or CR, all three in one file if need be; blank lines are skipped. Every record has as many fields as
 * the first, but for one empty field behind a separator at its end.
 */
import { CsvError, parse, type Parser } from 'csv-parse';
import { describe, PlanesearchError } from '../core/errors.js';
import { delimiterName, parserOptions, withoutGaps, type CsvDialect } from './csv-dialect.js';
import { dataError } from './data-error.js';
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

/** Streams the records in batches, as they are in the file. {@link CsvShape} makes rows of one width of them. */
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
    if (!(error instanceof CsvError)) throw error;
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

  constructor(private readonly source: CsvSource, private readonly line: () => number) {
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
    if (this.#separators > (this.#quoted ? 100 : 1) * limits.fields) throw overLimit('fields', limits, place + quote, 'fields');
    if (this.#bytes > limits.rowBytes) throw overLimit('rowBytes', limits, place + quote, 'bytes');
  }
}

/** Makes rows of one width of the records. */
export class CsvShape {
  /** Rows that lost the empty field behind a separator at their end. */
  trimmed = 0;
  readonly width: number;
  readonly #first: CsvRecord | undefined;

  /** @param head the first records of the file */
  constructor(private readonly source: CsvSource, head: readonly CsvRecord[]) {
    const first = head[0] && this.#withoutMark(head[0]);
    this.#first = first;
    const length = first?.cells.length ?? 0;
    const endsEmpty = ({ cells }: CsvRecord): boolean => cells.length > 1 && cells.at(-1) === '';
    const all = first !== undefined && endsEmpty(first) && head.slice(1).every((record) => endsEmpty(record) && record.cells.length === length);
    const headerOnly = first !== undefined && endsEmpty(first) && head.slice(1).some(({ cells }) => cells.length === length - 1);
    this.width = all || headerOnly ? length - 1 : length;
    if (head.length > 2) this.#refuseRowNames(head);
  }

  fit(given: CsvRecord): CsvRecord {
    const record = given.line === this.#first!.line ? this.#withoutMark(given) : given;
    const { cells, line } = record;
    if (cells.length === this.width) return record;
    if (cells.length === this.width + 1 && cells.at(-1) === '') {
      this.trimmed++;
      return { cells: cells.slice(0, -1), line };
    }
    throw this.#ragged(record);
  }

  /** `# a b c` above columns apart by blanks, as NumPy writes it: the mark is no name. */
  #withoutMark(record: CsvRecord): CsvRecord {
    const mark = this.source.dialect.delimiter === ' ' && record.cells[0] === '#';
    return mark ? { cells: record.cells.slice(1), line: record.line } : record;
  }

  #refuseRowNames(head: readonly CsvRecord[]): void {
    if (!head.slice(1).every(({ cells }) => cells.length === this.width + 1 && cells.at(-1) !== '')) return;
    const sentence = `Every line of ${describe(this.source.path)} must have ${this.width} fields like the first one, but has ${this.width + 1}; `
      + 'if the rows begin with a name, as R writes them, the header needs a name for that column too.';
    throw dataError(sentence, `${this.width} fields`, String(this.width + 1));
  }

  #ragged({ cells, line }: CsvRecord): PlanesearchError {
    const expected = `${this.width} ${this.width === 1 ? 'field' : 'fields'}`;
    const received = String(cells.length);
    const { path, dialect } = this.source;
    const begin = cells[0] ?? '';
    const mark = /^(#|%|\/\/|--|;|!)/.exec(begin)?.[0];
    const first = this.#first!.line;
    const why = mark !== undefined && dialect.comment === null
      ? `if it is a comment, give --comment ${describe(mark)}`
      : this.width === 1 ? `if line ${first} is a title, take it out; if something else than ${delimiterName(dialect.delimiter)} separates fields, give --delimiter`
        : `fields are separated by ${delimiterName(dialect.delimiter)}, --delimiter says otherwise; the first row is line ${first}`;
    const place = `Line ${line} of ${describe(path)}`;
    return dataError(`${place} must have ${expected} like the first row, but has ${received} (${why}).`, expected, received);
  }
}

function explain(path: string, error: CsvError, line: number): PlanesearchError {
  const file = describe(path);
  const sentence =
    error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? `${file} has a quote that is never closed, in the row that begins in line ${line}.`
      : `Line ${line} of ${file} has a quote in the middle of a field; quote the whole field and double the quotes inside.`;
  return new PlanesearchError('INVALID_DATA', sentence, { cause: error });
}
