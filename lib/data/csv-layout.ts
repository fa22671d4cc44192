/**
 * Which fields of a CSV file are features, which is the target, and of what kind: learned from the first records of a
 * training file, or found again by the schema of a trained model.
 */
import { describe, harmless, PlanesearchError, reject } from '../core/errors.js';
import { detectHeader } from './csv-header.js';
import { holdsNumbers, missingMarks } from './csv-kinds.js';
import type { CheckedCsvOptions, ColumnReference } from './csv-options.js';
import type { CsvRecord } from './csv-records.js';
import { dataError } from './data-error.js';
import { numberParser } from './number-cell.js';
import type { CsvFeature, CsvSchema, CsvTarget } from './table.js';

/** A column of the file at hand; `at` is its field there. */
export interface CsvPlace<Column> {
  readonly column: Column;
  readonly at: number;
}

export interface CsvLayout {
  readonly header: boolean;
  readonly width: number;
  readonly features: readonly CsvPlace<CsvFeature>[];
  readonly target: CsvPlace<CsvTarget> | null;
}

/** From the first records of a training file. The categories are left empty: they are known when the whole file is. */
export function learnLayout(path: string, head: readonly CsvRecord[], options: CheckedCsvOptions): CsvLayout {
  const header = options.header ?? detectHeader(head, new Set(), namesIn(options));
  const names = namesOf(head, header);
  if (header) refuseDuplicates(path, names);
  const width = names.length;
  const find = (column: ColumnReference, what: string): number => findColumn(path, names, header, column, what);
  const hasTarget = options.needsTarget || options.target !== undefined;
  const targetAt = hasTarget ? find(options.target ?? -1, 'target column') : -1;
  const chosen = chosenColumns(options, find, targetAt);
  const rows = header ? head.slice(1) : head;
  const parse = numberParser(options.numbers);
  const missing = missingMarks(options.missing);
  const isText = (at: number): boolean =>
    chosen.get(at) === 'categorical' || (!chosen.has(at) && !holdsNumbers(rows, at, parse, missing));
  const features: CsvPlace<CsvFeature>[] = [];
  names.forEach((name, at) => {
    if (at === targetAt || chosen.get(at) === 'ignore') return;
    const column: CsvFeature = isText(at)
      ? { name, source: at, kind: 'categorical', categories: [] }
      : { name, source: at, kind: 'numeric' };
    features.push({ column, at });
  });
  if (features.length === 0) throw noFeatures(path, names, targetAt);
  if (!options.needsTarget) return { header, width, features, target: null };
  const kind =
    options.task === 'classification' || (options.task !== 'regression' && isText(targetAt)) ? 'strings' : 'numbers';
  const column: CsvTarget = { name: names[targetAt]!, source: targetAt, kind };
  return { header, width, features, target: { column, at: targetAt } };
}

type Choice = 'categorical' | 'numeric' | 'ignore';

function chosenColumns(
  options: CheckedCsvOptions,
  find: (column: ColumnReference, what: string) => number,
  targetAt: number,
): ReadonlyMap<number, Choice> {
  const chosen = new Map<number, Choice>();
  for (const choice of ['categorical', 'numeric', 'ignore'] as const) {
    for (const column of options[choice] ?? []) {
      const at = find(column, `column of --${choice}`);
      const other = chosen.get(at);
      if (other !== undefined && other !== choice) {
        const sentence = `Column ${describe(column)} must be named by one of --${other} and --${choice}, but both name it.`;
        throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'one kind', received: 'two' });
      }
      if (at === targetAt && choice === 'ignore')
        reject('INVALID_OPTION', '--ignore', 'columns other than the target', column);
      chosen.set(at, choice);
    }
  }
  return chosen;
}

/** The column names that the caller gave: a row in which one stands is the header. */
function namesIn({ target, categorical, numeric, ignore }: CheckedCsvOptions): string[] {
  return [target, ...(categorical ?? []), ...(numeric ?? []), ...(ignore ?? [])].filter(
    (column) => typeof column === 'string',
  );
}

function noFeatures(path: string, names: readonly string[], targetAt: number): PlanesearchError {
  const only =
    targetAt < 0
      ? 'all are left out'
      : names.length === 1
        ? `its only column is the target ${describe(names[0])}; if there are more, --delimiter says what separates them`
        : `all but the target ${describe(names[targetAt])} are left out`;
  return dataError(`${describe(path)} has no feature columns: ${only}.`);
}

/**
 * Finds the columns of a schema in another file: by name when both have headers (further columns are ignored), otherwise
 * by position, where the target may be left out. The target is looked for only when it is needed.
 */
export function matchLayout(
  path: string,
  head: readonly CsvRecord[],
  schema: CsvSchema,
  options: CheckedCsvOptions,
): CsvLayout {
  const width = head[0]!.cells.length;
  const header = options.header ?? (beginsWithNames(head, schema) || detectHeader(head, categoricalFields(schema, width)));
  const target = options.needsTarget ? requireTarget(path, schema) : null;
  let place: (column: CsvFeature | CsvTarget) => number;
  if (header && schema.header) {
    const names = namesOf(head, true);
    refuseDuplicates(path, names);
    place = (column) => placeByName(path, names, column, column === schema.target);
  } else {
    place = placeByPosition(path, width, schema, target !== null);
  }
  return {
    header,
    width,
    features: schema.features.map((column) => ({ column, at: place(column) })),
    target: target === null ? null : { column: target, at: place(target) },
  };
}

function requireTarget(path: string, schema: CsvSchema): CsvTarget {
  if (schema.target !== null) return schema.target;
  throw dataError(`The target of ${describe(path)} cannot be found, because the schema was learned without one.`);
}

/** An unnamed column is called by its index, as all are in a file without header. A `#` before the first name is no part of it. */
function namesOf(head: readonly CsvRecord[], header: boolean): string[] {
  return head[0]!.cells.map((cell, at) => {
    const name = header ? cell.trim().replace(at === 0 ? /^#+\s*/ : /^$/, '') : '';
    return name === '' ? `column ${at}` : name;
  });
}

function refuseDuplicates(path: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw dataError(`${describe(path)} has two columns named ${describe(name)}.`);
    seen.add(name);
  }
}

function findColumn(path: string, names: readonly string[], header: boolean, column: ColumnReference, what: string): number {
  const named = typeof column === 'string' && header ? names.indexOf(column) : -1;
  if (named >= 0) return named;
  const index = typeof column === 'number' || /^[+-]?\d+$/.test(column) ? Number(column) : NaN;
  const at = index < 0 ? names.length + index : index;
  if (Number.isInteger(at) && at >= 0 && at < names.length) return at;
  const range = `an index from ${-names.length} to ${names.length - 1}`;
  const expected = header ? `one of ${listed(names)}, or ${range}` : range;
  const received = describe(column);
  const hint =
    header || typeof column === 'number' ? '' : ' (no header was found; --header yes takes the first line for names)';
  const sentence = `The ${what} of ${describe(path)} must be ${expected}, but ${received} was given${hint}.`;
  throw dataError(sentence, expected, received);
}

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, 20)
    .map((name) => (name.length > 60 ? describe(name) : harmless(name)))
    .join(', ');
  return names.length > 20 ? `${shown}, ... (${names.length} in all)` : shown;
}

/** Told without a guess: each name of the schema stands in the first row. */
export function beginsWithNames(head: readonly CsvRecord[], schema: CsvSchema): boolean {
  const names = new Set(namesOf(head, true));
  return schema.header && schema.features.every(({ name }) => names.has(name));
}

function categoricalFields(schema: CsvSchema, width: number): ReadonlySet<number> {
  const at = positions(schema, width);
  return new Set(schema.features.filter(({ kind }) => kind === 'categorical').map(({ source }) => at(source)));
}

/** In a file without the target, the columns behind it move up by one. */
function positions(schema: CsvSchema, width: number): (source: number) => number {
  const gap = width === schema.width - 1 && schema.target !== null ? schema.target.source : Infinity;
  return (source) => (source > gap ? source - 1 : source);
}

function placeByName(path: string, names: readonly string[], column: CsvFeature | CsvTarget, isTarget: boolean): number {
  const at = names.indexOf(column.name);
  if (at >= 0) return at;
  const what = isTarget ? 'target column' : 'column';
  const received = listed(names);
  const sentence = `${describe(path)} has no ${what} ${describe(column.name)}; its columns are ${received}.`;
  throw dataError(sentence, column.name, received);
}

function placeByPosition(
  path: string,
  width: number,
  schema: CsvSchema,
  needsTarget: boolean,
): (column: CsvFeature | CsvTarget) => number {
  const withoutTarget = schema.target !== null && width === schema.width - 1;
  if (width !== schema.width && !(withoutTarget && !needsTarget)) {
    const code = withoutTarget ? 'INVALID_DATA' : 'DIMENSION_MISMATCH';
    const alternative = schema.target === null || needsTarget ? '' : `, or ${schema.width - 1} without the target`;
    const expected = `${schema.width} columns${schema.target !== null ? ' with the target' : ''}${alternative}`;
    const sentence = `${describe(path)} must have ${expected}, like the training file, but has ${width}.`;
    throw new PlanesearchError(code, sentence, { expected, received: `${width} columns` });
  }
  const at = positions(schema, width);
  return ({ source }) => at(source);
}
