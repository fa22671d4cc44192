/**
 * What separates the fields of a CSV file and where its data begins, guessed from its first 64 KiB.
 *
 * 1. A first line `sep=;`, as Excel writes it, says the separator and is skipped.
 * 2. Lines on top that begin with `#` are comments when they have another number of fields than the lines below. One that
 *    has as many, right above the data, is the header; several such are refused, being data as well as comments.
 * 3. A file named `.tsv` has tabs. Otherwise comma, semicolon, tab, pipe and runs of blanks are tried: one that gives every
 *    line the same number of fields, at least two, is possible; the best makes most cells numbers, then most fields.
 *    When none is possible, the one that the first line has most of outside quotes, and rows will be refused.
 */
import { parse } from 'csv-parse/sync';
import { describe } from '../core/errors.js';
import { dataError } from './data-error.js';
import { isMissingNumber, looksLikeNumber } from './number-cell.js';

export interface CsvDialect {
  /** `' '` for any run of blanks and tabs. */
  readonly delimiter: string;
  /** Lines on top that are no data. */
  readonly skippedLines: number;
  /** What comment lines begin with; null when the file has none below the top. */
  readonly comment: string | null;
  /** What was found without being asked for, for a notice. */
  readonly told: readonly string[];
}

export interface DialectOptions {
  readonly delimiter?: string | undefined;
  readonly comment?: string | undefined;
}

const CANDIDATES = [',', ';', '\t', '|', ' '];
const SAMPLE_RECORDS = 200;

const delimiterWords: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'pipes',
  ' ': 'blanks',
  ':': 'colons',
};

export function delimiterName(delimiter: string): string {
  return delimiterWords[delimiter] ?? describe(delimiter);
}

/** @param start the beginning of the text; @param whole whether it is all of it */
export function sniffDialect(path: string, start: string, whole: boolean, options: DialectOptions): CsvDialect {
  const told: string[] = [];
  const lines = start.split(/\r\n|\n|\r/);
  // The last line may be cut off.
  if (!whole && lines.length > 1) lines.pop();
  const sep = /^sep=(.)$/i.exec(lines[0]!.trimEnd())?.[1] ?? (/^sep=\t\s*$/i.test(lines[0]!) ? '\t' : undefined);
  if (sep !== undefined) {
    told.push(`its first line says that ${delimiterName(sep)} separate fields`);
    return { delimiter: options.delimiter ?? sep, skippedLines: 1, comment: options.comment || null, told };
  }
  const comment = options.comment ?? '#';
  const top = comment === '' ? [] : linesOnTop(lines, comment);
  const below = lines
    .slice(top.length)
    .filter((line) => options.comment === undefined || comment === '' || !line.startsWith(comment));
  const text = below.join('\n');
  const delimiter = options.delimiter ?? (/\.tsv(\.gz)?$/i.test(path) ? '\t' : guessDelimiter(text));
  if (options.comment !== undefined) return { delimiter, skippedLines: 0, comment: comment || null, told };
  const skippedLines = top.length === 0 ? 0 : commentLines(path, top, records(text, delimiter), delimiter);
  if (skippedLines > 0)
    told.push(`${skippedLines === 1 ? 'the first line is a comment' : `the first ${skippedLines} lines are comments`}`);
  return { delimiter, skippedLines, comment: null, told };
}

/** The lines, blank ones among them, before the first that does not begin so; none when all of them do. */
function linesOnTop(lines: readonly string[], comment: string): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== '' && !line.startsWith(comment));
  if (first <= 0) return [];
  let last = first;
  while (last > 0 && lines[last - 1]!.trim() === '') last--;
  return lines.slice(0, last);
}

function commentLines(path: string, top: readonly string[], data: readonly string[][], delimiter: string): number {
  const width = widthOf(data[0] ?? []);
  const fits = (line: string): boolean => {
    if (!line.startsWith('#')) return false;
    const found = (text: string): number => widthOf(records(text, delimiter)[0] ?? []);
    return found(line) === width || found(line.replace(/^#+\s*/, '')) === width;
  };
  const alike = top.flatMap((line, at) => (fits(line) ? [at] : []));
  if (alike.length === 0) return top.length;
  if (alike.length === 1 && alike[0] === top.length - 1) return top.length - 1;
  const sentence =
    `Line ${alike[0]! + 1} of ${describe(path)} begins with '#' and has as many fields as the data; ` +
    "say with --comment '#' that such lines are comments, or with --comment '' that they are data.";
  throw dataError(sentence);
}

function guessDelimiter(text: string): string {
  let best: { delimiter: string; numbers: number; width: number } | null = null;
  for (const delimiter of CANDIDATES) {
    if (!text.includes(delimiter) && delimiter !== ' ') continue;
    const table = records(text, delimiter);
    const width = commonWidth(table);
    if (width < 2) continue;
    const numbers = numberShare(table);
    const better =
      best === null ||
      numbers > best.numbers + 0.01 ||
      (numbers > best.numbers - 0.01 && delimiter !== ' ' && width > best.width);
    if (better) best = { delimiter, numbers, width };
  }
  return best?.delimiter ?? mostFrequent(text);
}

function mostFrequent(text: string): string {
  // Quoted fields go first: they may hold line ends. One quote stays, so that a line of them is not taken for a blank one.
  const line = /[^\r\n]+/.exec(text.replace(/"[^"]*"?/g, '"'))?.[0] ?? '';
  const count = (delimiter: string): number => line.split(delimiter).length;
  return [',', ';', '\t', '|'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** The records of the sample; none when a quote stands where it cannot, which tells of another separator. */
function records(text: string, delimiter: string): string[][] {
  const found: string[][] = [];
  try {
    parse(text, {
      ...parserOptions(delimiter, null),
      to: SAMPLE_RECORDS,
      on_record: (cells: string[]) => {
        found.push(withoutGaps(cells, delimiter));
        return null;
      },
    });
  } catch (error) {
    // A quote that is not closed in the sample may be closed behind it: what came before is enough for a guess.
    if (!((error as { code?: unknown } | null)?.code === 'CSV_QUOTE_NOT_CLOSED')) return [];
  }
  return found;
}

/** What is asked of csv-parse, here and for the whole file. */
export function parserOptions(delimiter: string, comment: string | null) {
  return {
    delimiter: delimiter === ' ' ? [' ', '\t'] : delimiter,
    // All three in one file, as files that went through many hands have them.
    record_delimiter: ['\r\n', '\n', '\r'],
    comment,
    comment_no_infix: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 0,
  };
}

/** A run of blanks is one separator: the empty cells between them are none. */
export function withoutGaps(cells: string[], delimiter: string): string[] {
  return delimiter === ' ' ? cells.filter((cell) => cell !== '') : cells;
}

/** Fields of a row, an empty one behind a separator at its end left out. */
function widthOf(cells: readonly string[]): number {
  return cells.length > 1 && cells.at(-1) === '' ? cells.length - 1 : cells.length;
}

/** 0 when rows differ in width. Rows with a name before what the header names, as R writes them, do not: they are refused later. */
function commonWidth(table: readonly string[][]): number {
  const [first = [], ...rest] = table;
  const width = widthOf(first);
  const fits = (cells: readonly string[]): boolean =>
    cells.length === width || widthOf(cells) === width || cells.length === first.length;
  const named = rest.length > 1 && rest.every((cells) => cells.length === width + 1);
  return named || rest.every(fits) ? width : 0;
}

function numberShare(table: readonly string[][]): number {
  const cells = (table.length > 1 ? table.slice(1) : table).flat().filter((cell) => cell !== '');
  return cells.filter((cell) => looksLikeNumber(cell) || isMissingNumber(cell)).length / Math.max(1, cells.length);
}
