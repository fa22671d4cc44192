/**
 * Rows of one width: every record has as many fields as the first, but for one empty field behind a separator at its end, which
 * is left out, whether the header, the rows or all of them have it.
 */
import { describe, type PlanesearchError } from '../core/errors.js';
import { delimiterName } from './csv-dialect.js';
import type { CsvRecord, CsvSource } from './csv-records.js';
import { dataError } from './data-error.js';

export class CsvShape {
  /** Rows that lost the empty field behind a separator at their end. */
  trimmed = 0;
  readonly width: number;
  readonly #first: CsvRecord | undefined;

  /** @param head the first records of the file */
  constructor(
    private readonly source: CsvSource,
    head: readonly CsvRecord[],
  ) {
    const first = head[0] && this.#withoutMark(head[0]);
    this.#first = first;
    const length = first?.cells.length ?? 0;
    const endsEmpty = ({ cells }: CsvRecord): boolean => cells.length > 1 && cells.at(-1) === '';
    const alike = (record: CsvRecord): boolean => endsEmpty(record) && record.cells.length === length;
    const all = first !== undefined && endsEmpty(first) && head.slice(1).every(alike);
    const headerOnly =
      first !== undefined && endsEmpty(first) && head.slice(1).some(({ cells }) => cells.length === length - 1);
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
    const { path } = this.source;
    const sentence =
      `Every line of ${describe(path)} must have ${this.width} fields like the first one, but has ${this.width + 1}; ` +
      'if the rows begin with a name, as R writes them, the header needs a name for that column too.';
    throw dataError(sentence, `${this.width} fields`, String(this.width + 1));
  }

  #ragged({ cells, line }: CsvRecord): PlanesearchError {
    const expected = `${this.width} ${this.width === 1 ? 'field' : 'fields'}`;
    const received = String(cells.length);
    const { path, dialect } = this.source;
    const begin = cells[0] ?? '';
    const mark = /^(#|%|\/\/|--|;|!)/.exec(begin)?.[0];
    const first = this.#first!.line;
    const why =
      mark !== undefined && dialect.comment === null
        ? `if it is a comment, give --comment ${describe(mark)}`
        : this.width === 1
          ? `if line ${first} is a title, take it out; if not ${delimiterName(dialect.delimiter)} separate fields, give --delimiter`
          : `fields are separated by ${delimiterName(dialect.delimiter)}, --delimiter says otherwise; the first row is line ${first}`;
    const place = `Line ${line} of ${describe(path)}`;
    return dataError(`${place} must have ${expected} like the first row, but has ${received} (${why}).`, expected, received);
  }
}
