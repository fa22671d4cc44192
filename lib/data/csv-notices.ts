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

/** One sentence each. What the columns of a training file are in doubt about is no question any more for later files. */
export function noticesOf(reading: CsvReading): string[] {
  const { path, options, dialect, trimmed, columns, layout, rows } = reading;
  const learned = options.schema === undefined;
  const features = columns.slice(0, layout.features.length);
  const said = [
    ...(learned ? guesses(reading) : matches(reading)),
    ...dialect.told,
    ...(trimmed > 0
      ? [`${counted(trimmed, 'row ends', 'rows end')} with a separator, and the empty field behind it was left out`]
      : []),
    ...(learned ? features.flatMap((column) => doubts(column, rows, options)) : []),
    ...(learned ? columns.flatMap(ambiguities) : []),
    ...uncounted(columns),
  ];
  return said.map((sentence) => `${describe(path)}: ${sentence}.`);
}

function guesses({ options, dialect, layout, columns }: CsvReading): string[] {
  const parts: string[] = [];
  if (options.header === undefined) parts.push(`${layout.header ? 'the first' : 'no'} line for column names (--header)`);
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
  return parts.length > 0 ? [`took ${parts.join(', ')}`] : [];
}

/** In a file read by the schema of a model, only the first line may have been a guess. */
function matches({ options, layout, byName }: CsvReading): string[] {
  if (byName || options.header !== undefined) return [];
  return [
    `took ${layout.header ? 'the first line for column names' : 'no line for column names, and columns by their place'} (--header)`,
  ];
}

/** Features that are likely to be worth nothing. */
function doubts({ spec, levels, consecutive }: CsvColumn, rows: number, options: CheckedCsvOptions): string[] {
  if (rows < FEW_ROWS) return [];
  const name = describe(spec.name);
  const advice = `--ignore ${name} leaves it out`;
  if (spec.kind === 'categorical' && levels > rows / 2) {
    const what = `has ${levels} categories in ${rows} rows and looks like an identifier, which tells nothing about new rows`;
    return [`column ${name} ${what}; ${advice}`];
  }
  const unnamed = /^column \d+$/.test(spec.name) && options.header !== false;
  const numbered = unnamed || /(^|[\s_.-])(id|index|key|nr|no|row|rownum|unnamed: \d+)$/i.test(spec.name);
  if (spec.kind !== 'numeric' || !consecutive || !numbered) return [];
  return [`column ${name} goes up by one from row to row and looks like a row number; ${advice}`];
}

/** Digits that may mean something else than the number that was read. */
function ambiguities({ spec, leadingZeros, rounded, ambiguousPoint, codeLabel }: CsvColumn): string[] {
  const name = describe(spec.name);
  const said: string[] = [];
  if (codeLabel !== null) {
    const why = `because ${describe(codeLabel)} would print differently as a number`;
    return [`the target ${name} was taken for text, ${why}; --task regression takes it for numbers`];
  }
  if (leadingZeros !== null) {
    const what = `has zeros before its numbers, such as ${describe(leadingZeros)}, and was read as numbers`;
    said.push(`column ${name} ${what}; --categorical ${name} keeps it as text`);
  }
  if (rounded !== null)
    said.push(`column ${name} has integers above 2^53, such as ${describe(rounded)}, which were rounded`);
  if (ambiguousPoint !== null) {
    const [mark, other, word] = spec.file.numbers.decimal === '.' ? ['.', ',', 'point'] : [',', '.', 'comma'];
    const what = `has three digits behind the ${word} of its numbers or none, such as ${describe(ambiguousPoint)}, read as fractions`;
    said.push(`column ${name} ${what}; --thousands ${mark} --decimal ${other} reads groups of digits`);
  }
  return said;
}

/** Cells that were read and count as nothing. */
function uncounted(columns: readonly CsvColumn[]): string[] {
  const said: string[] = [];
  const strange = columns.filter(({ unknown }) => unknown > 0);
  if (strange.length > 0) {
    const count = strange.reduce((sum, { unknown }) => sum + unknown, 0);
    const what = `${counted(count, 'cell holds a category', 'cells hold categories')} that the training data does not have`;
    const examples = listed(
      strange.map(({ spec, unknownExamples }) => {
        return `${describe(spec.name)}: ${[...unknownExamples].map(describe).join(', ')}`;
      }),
    );
    said.push(
      `${what}, and ${count === 1 ? 'counts' : 'count'} as none of its categories (${examples}); --strict refuses them`,
    );
  }
  const gaps = columns.filter(({ missing }) => missing > 0);
  if (gaps.length > 0) {
    const count = gaps.reduce((sum, { missing }) => sum + missing, 0);
    const places = listed(gaps.map(({ spec, missing }) => `${describe(spec.name)}: ${missing}`));
    said.push(`${counted(count, 'cell is missing', 'cells are missing')} (${places}); --strict refuses them`);
  }
  return said;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function listed(items: readonly string[]): string {
  return items.length > LISTED ? `${items.slice(0, LISTED).join(', ')}, ... (${items.length} in all)` : items.join(', ');
}
