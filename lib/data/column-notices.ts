/** What has to be told about how a table was read: each guess with the option that decides, each cell that became nothing. */
import { describe } from '../core/errors.js';
import type { ColumnLayout } from './column-layout.js';
import type { CheckedColumnOptions } from './column-options.js';
import { acceptsMissing } from './features.js';
import type { LearnedFeatures } from './learned-features.js';
import type { TableColumn } from './table-column.js';

export interface TableTold {
  readonly path: string;
  readonly options: CheckedColumnOptions;
  readonly layout: ColumnLayout;
  /** The features, then the target if there is one. */
  readonly columns: readonly TableColumn[];
  readonly rows: number;
  readonly learned: LearnedFeatures | null;
  /** What a format has guessed about the file: `the first line for column names (--header)`. */
  readonly took?: readonly string[] | undefined;
  /** What else there is to tell about the file. */
  readonly told?: readonly string[] | undefined;
}

const LISTED = 5;
/** With fewer rows every column of text looks like an identifier. */
const FEW_ROWS = 10;
/** Of more categories nobody looks for two that are alike. */
const MOST_COMPARED = 10_000;
/** With fewer, amounts are all different now and then. */
const MANY_ROWS = 1000;

/** One sentence each. What the columns of a training table are in doubt about is no question any more for later ones. */
export function noticesOf(reading: TableTold): string[] {
  const { path, columns, layout, learned, took = [], told = [] } = reading;
  const features = columns.slice(0, layout.features.length);
  const guessed = [...took, ...(learned ? guesses(reading, features) : [])];
  const said = [
    ...(guessed.length > 0 ? [`took ${guessed.join(', ')}`] : []),
    ...told,
    ...(learned ? features.flatMap((column) => doubts(column, reading, learned)) : []),
    ...(learned ? columns.flatMap(ambiguities) : []),
    ...(learned ? columns.flatMap(twins) : []),
    ...uncounted(reading, features),
    ...withoutTarget(reading),
  ];
  return said.map((sentence) => `${describe(path)}: ${sentence}.`);
}

function guesses({ options, layout }: TableTold, features: readonly TableColumn[]): string[] {
  const parts: string[] = [];
  const of = (kind: TableColumn['spec']['kind']): TableColumn[] => features.filter(({ spec }) => spec.kind === kind);
  const [numeric, categorical, dates, booleans] = [of('numeric'), of('categorical'), of('date'), of('boolean')];
  const names = (list: readonly TableColumn[]): string => listed(list.map(({ spec }) => describe(spec.name)));
  if (numeric.length > 0) parts.push(`${counted(numeric.length, 'column')} for numbers (--numeric)`);
  if (categorical.length > 0) {
    const levels = listed(categorical.map((column) => `${describe(column.spec.name)} with ${column.levels}`));
    parts.push(`${counted(categorical.length, 'column')} for categories: ${levels} (--categorical)`);
  }
  if (dates.length > 0) parts.push(`${counted(dates.length, 'column')} for dates, in days: ${names(dates)} (--date)`);
  if (booleans.length > 0) parts.push(`${counted(booleans.length, 'column')} for yes or no: ${names(booleans)} (--boolean)`);
  if (layout.target !== null && options.target === undefined) {
    parts.push(`the last column ${describe(layout.target.column.name)} for the target (--target)`);
  }
  return parts;
}

/** Features that are likely to be worth nothing, or not what they look like. */
function doubts(column: TableColumn, { rows, options }: TableTold, { ownIntegers, standIns }: LearnedFeatures): string[] {
  if (rows < FEW_ROWS) return [];
  const standIn = standIns.get(column);
  if (standIn) {
    const what = `has ${standIn.value} in ${counted(standIn.rows, 'row')}, far from all its other values`;
    return [
      `column ${describe(column.spec.name)} ${what}; if it stands for a missing value, --missing ${standIn.value} says so`,
    ];
  }
  const { spec, levels, consecutive } = column;
  const name = describe(spec.name);
  const advice = `--ignore ${name} leaves it out`;
  if (spec.kind === 'categorical' && levels > rows / 2) {
    const what = `has ${levels} categories in ${rows} rows and looks like an identifier, which tells nothing about new rows`;
    const reads = column.found.texts.some((text) => /\S\s+\S+\s+\S/.test(text)) ? `, --text ${name} reads its words` : '';
    return [`column ${name} ${what}; ${advice}${reads}`];
  }
  const unnamed = /^column \d+$/.test(spec.name) && (options as { header?: boolean }).header !== false;
  const numbered = unnamed || isNameOfKey(spec.name);
  if (spec.kind === 'numeric' && consecutive && numbered)
    return [`column ${name} goes up by one from row to row and looks like a row number; ${advice}`];
  if (!ownIntegers.has(column) || !(isNameOfKey(spec.name) || rows >= MANY_ROWS)) return [];
  return [
    `column ${name} has an integer of its own in nearly every row and looks like an identifier, which tells nothing about new rows; ${advice}`,
  ];
}

/** `id`, `user_id`, `customerID`, `row nr`, ... */
function isNameOfKey(name: string): boolean {
  return /(^|[\s_.-])(id|index|key|nr|no|row|rownum|unnamed: \d+)$/i.test(name) || /[a-z](Id|ID)$/.test(name);
}

/** Digits that may mean something else than the number that was read. */
function ambiguities({ spec, leadingZeros, rounded, ambiguousPoint, codeLabel }: TableColumn): string[] {
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
    const [mark, other, word] = spec.source.numbers.decimal === '.' ? ['.', ',', 'point'] : [',', '.', 'comma'];
    const what = `has three digits behind the ${word} of its numbers or none, such as ${describe(ambiguousPoint)}, read as fractions`;
    said.push(`column ${name} ${what}; --thousands ${mark} --decimal ${other} reads groups of digits`);
  }
  return said;
}

/** Two categories, or labels, that people may have meant for one. */
function twins({ spec, found }: TableColumn): string[] {
  if (spec.kind !== 'categorical' || found.texts.length > MOST_COMPARED) return [];
  const seen = new Map<string, string>();
  for (const text of found.texts) {
    const plain = text.normalize('NFKC').replace(/\s+/g, ' ').toLowerCase();
    const other = seen.get(plain);
    if (other !== undefined) {
      const [subject, what] = spec.use === 'feature' ? ['column', 'categories'] : ['the target', 'labels'];
      const examples = [other, text].map(describe).join(' and ');
      return [
        `${subject} ${describe(spec.name)} has ${what} that differ in case or blanks only, such as ${examples}, which count as different ones`,
      ];
    }
    seen.set(plain, text);
  }
  return [];
}

function withoutTarget({ columns, layout }: TableTold): string[] {
  const target = columns[layout.features.length];
  if (layout.target === null || target === undefined || target.missing === 0) return [];
  const without = counted(target.missing, 'row has', 'rows have');
  return [
    `${without} no value of the target ${describe(target.spec.name)}, and train refuses ${target.missing === 1 ? 'it' : 'them'} (--target)`,
  ];
}

/** Cells that were read and count as nothing, or as what stands for them. */
function uncounted({ layout, options, learned }: TableTold, features: readonly TableColumn[]): string[] {
  const said: string[] = [];
  const strange = features.filter(({ unknown }) => unknown > 0);
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
  const empty = features.filter(({ missing, spec }) => missing > 0 && spec.kind === 'text');
  if (empty.length > 0) said.push(`${missingIn(empty)}, and count as texts without words`);
  const gaps = features.filter(({ missing }) => missing > 0).filter((column) => !empty.includes(column));
  const filled = gaps.filter((column) => {
    const { column: feature, impute } = layout.features[features.indexOf(column)]!;
    return impute !== undefined || acceptsMissing(feature);
  });
  const kept = gaps.filter((column) => !filled.includes(column));
  if (filled.length > 0) said.push(`${missingIn(filled)}, and ${stands(options, learned !== null)}`);
  if (kept.length > 0) said.push(`${missingIn(kept)}; --strict refuses them`);
  return said;
}

function stands({ impute }: CheckedColumnOptions, learned: boolean): string {
  if (!learned) return 'what the training data gave stands for them';
  return typeof impute === 'string' ? `imputed (--impute ${impute})` : 'imputed (--impute)';
}

function missingIn(columns: readonly TableColumn[]): string {
  const count = columns.reduce((sum, { missing }) => sum + missing, 0);
  const places = listed(columns.map(({ spec, missing }) => `${describe(spec.name)}: ${missing}`));
  return `${counted(count, 'cell is missing', 'cells are missing')} (${places})`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function listed(items: readonly string[]): string {
  return items.length > LISTED ? `${items.slice(0, LISTED).join(', ')}, ... (${items.length} in all)` : items.join(', ');
}
