/** What has to be told about how a CSV file was read: each guess with the option that decides, each cell that became nothing. */
import { describe } from '../core/errors.js';
import type { CsvColumn } from './csv-column.js';
import { delimiterName, type CsvDialect } from './csv-dialect.js';
import type { CsvLayout } from './csv-layout.js';
import type { CheckedCsvOptions } from './csv-options.js';

export interface CsvReading {
  readonly path: string;
  readonly options: CheckedCsvOptions;
  readonly dialect: CsvDialect;
  readonly layout: CsvLayout;
  /** The features, then the target if there is one. */
  readonly columns: readonly CsvColumn[];
  readonly rows: number;
  /** Rows that lost an empty field at their end. */
  readonly trimmed: number;
  /** Whether the first row was found to be what it is by the names of the schema. */
  readonly byName: boolean;
}

const LISTED = 5;
/** With fewer rows every column of text looks like an identifier. */
const FEW_ROWS = 10;

export function noticesOf(reading: CsvReading): string[] {
  const { path, options, dialect, trimmed, rows } = reading;
  const said = [
    ...(options.schema === undefined ? [guesses(reading)] : matches(reading)),
    ...dialect.told,
    ...(trimmed > 0 ? [`${trimmed === 1 ? '1 row ends' : `${trimmed} rows end`} with a separator, and the empty field behind it was left out`] : []),
    ...reading.columns.slice(0, reading.layout.features.length).flatMap((column) => doubts(column, rows, options)),
    ...reading.columns.flatMap(({ spec, ambiguousPoint: example }) => (example === null || options.schema !== undefined ? [] : [pointTold(spec.name, spec.numbers.decimal, example)])),
    ...reading.columns.flatMap(({ spec, codeLabel }) => (codeLabel === null ? [] : [codesTold(spec.name, codeLabel)])),
    ...uncounted(reading),
  ];
  return said.filter((sentence) => sentence !== '').map((sentence) => `${describe(path)}: ${sentence}.`);
}

function guesses({ options, dialect, layout, columns }: CsvReading): string {
  const parts: string[] = [];
  if (options.header === undefined) parts.push(layout.header ? 'the first line for column names (--header)' : 'no line for column names (--header)');
  if (options.delimiter === undefined) parts.push(`${delimiterName(dialect.delimiter)} for separators (--delimiter)`);
  const features = columns.slice(0, layout.features.length);
  const numeric = features.filter(({ spec }) => spec.kind === 'numeric');
  const categorical = features.filter(({ spec }) => spec.kind === 'categorical');
  if (numeric.length > 0) parts.push(`${counted(numeric.length, 'column')} for numbers (--numeric)`);
  if (categorical.length > 0) {
    const levels = listed(categorical.map((column) => `${describe(column.spec.name)} with ${column.levels}`));
    parts.push(`${counted(categorical.length, 'column')} for categories: ${levels} (--categorical)`);
  }
  if (layout.target !== null && options.target === undefined) {
    parts.push(`the last column ${describe(layout.target.column.name)} for the target (--target)`);
  }
  return parts.length > 0 ? `took ${parts.join(', ')}` : '';
}

/** In a file read by the schema of a model, only the first line may have been a guess. */
function matches({ options, layout, byName }: CsvReading): string[] {
  if (byName || options.header !== undefined) return [];
  return [`took ${layout.header ? 'the first line for column names' : 'no line for column names, and columns by their place'} (--header)`];
}

function doubts(column: CsvColumn, rows: number, options: CheckedCsvOptions): string[] {
  const { spec, levels, leadingZeros, rounded } = column;
  if (options.schema !== undefined) return [];
  const name = describe(spec.name);
  const doubts: string[] = [];
  if (spec.kind === 'categorical' && rows >= FEW_ROWS && levels > rows / 2) {
    doubts.push(`column ${name} has ${levels} categories in ${rows} rows and looks like an identifier, which tells nothing about new rows; --ignore ${name} leaves it out`);
  }
  const unnamed = /^column \d+$/.test(spec.name) ? options.header !== false : /(^|[\s_.-])(id|index|key|nr|no|row|rownum|unnamed: \d+)$/i.test(spec.name);
  if (spec.kind === 'numeric' && rows >= FEW_ROWS && column.consecutive && unnamed && column.missing === 0) {
    doubts.push(`column ${name} goes up by one from row to row and looks like a row number; --ignore ${name} leaves it out`);
  }
  if (leadingZeros !== null) {
    doubts.push(`column ${name} has zeros before its numbers, such as ${describe(leadingZeros)}, and was read as numbers; --categorical ${name} keeps it as text`);
  }
  if (rounded !== null) doubts.push(`column ${name} has integers above 2^53, such as ${describe(rounded)}, which were rounded`);
  return doubts;
}

function pointTold(name: string, mark: '.' | ',', example: string): string {
  return `column ${describe(name)} has numbers with three digits behind their ${mark === '.' ? 'point' : 'comma'} or none, such as ${describe(example)}, read as fractions; --thousands ${mark} --decimal ${mark === '.' ? ',' : '.'} reads groups of digits`;
}

function codesTold(name: string, label: string): string {
  return `the target ${describe(name)} was taken for text, because ${describe(label)} would print differently as a number; --task regression takes it for numbers`;
}

/** Cells that were read and count as nothing. */
function uncounted({ columns }: CsvReading): string[] {
  const said: string[] = [];
  const strange = columns.filter(({ unknown }) => unknown > 0);
  if (strange.length > 0) {
    const count = strange.reduce((sum, { unknown }) => sum + unknown, 0);
    const examples = listed(strange.map(({ spec, unknownExamples }) => `${describe(spec.name)}: ${[...unknownExamples].map(describe).join(', ')}`));
    said.push(`${count === 1 ? '1 cell holds a category' : `${count} cells hold categories`} that the training data does not have, and ${count === 1 ? 'counts' : 'count'} as none of its categories (${examples}); --strict refuses them`);
  }
  const gaps = columns.filter(({ missing }) => missing > 0);
  if (gaps.length > 0) {
    const count = gaps.reduce((sum, { missing }) => sum + missing, 0);
    const places = listed(gaps.map(({ spec, missing }) => `${describe(spec.name)}: ${missing}`));
    said.push(`${count === 1 ? '1 cell is missing' : `${count} cells are missing`} (${places}); --strict refuses them`);
  }
  return said;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function listed(items: readonly string[]): string {
  return items.length > LISTED ? `${items.slice(0, LISTED).join(', ')}, ... (${items.length} in all)` : items.join(', ');
}
