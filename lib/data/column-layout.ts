/** Which columns of a training table are features, which is the target, and of what kind. */
import { describe, harmless, PlanesearchError, reject } from '../core/errors.js';
import type { GuessedKind } from './column-kinds.js';
import { columnKinds, type CheckedColumnOptions, type ColumnKind, type ColumnReference } from './column-options.js';
import { dataError } from './data-error.js';
import type { Imputation } from './imputation.js';
import { unfitted } from '../preprocessing/text-vectorizer.js';
import type { CsvFeature, CsvTarget } from './table.js';

/** A column of the table at hand; `at` is its place there. */
export interface ColumnPlace<Column> {
  readonly column: Column;
  readonly at: number;
  /** What is to be learned to stand for its missing cells. */
  readonly impute?: Imputation | undefined;
}

export interface ColumnLayout {
  /** Of all columns of the table. */
  readonly names: readonly string[];
  readonly features: readonly ColumnPlace<CsvFeature>[];
  readonly target: ColumnPlace<CsvTarget> | null;
  /** The column of the groups, where there is one. */
  readonly group?: ColumnPlace<CsvTarget> | undefined;
}

export interface ColumnNames {
  readonly path: string;
  readonly names: readonly string[];
  /** Whether the names are those of the table, not ours. */
  readonly named: boolean;
}

/**
 * By the options, and by a guess where they say nothing. The categories are left empty: they are known when the whole table is.
 *
 * @param guess of the column at a place
 */
export function learnColumns(
  { path, names, named }: ColumnNames,
  guess: (at: number) => GuessedKind,
  options: CheckedColumnOptions,
): ColumnLayout {
  const find = (column: ColumnReference, what: string): number => findColumn(path, names, named, column, what);
  const hasTarget = options.needsTarget || options.target !== undefined;
  const targetAt = hasTarget ? find(options.target ?? -1, 'target column') : -1;
  const chosen = chosenColumns(options, find, targetAt);
  const groupAt = options.group === undefined ? -1 : find(options.group, 'group column');
  if (groupAt >= 0 && groupAt === targetAt)
    reject('INVALID_OPTION', '--group', 'a column other than the target', options.group);
  const imputed = imputedColumns(options, find);
  const features: ColumnPlace<CsvFeature>[] = [];
  names.forEach((name, at) => {
    const choice = chosen.get(at);
    if (at === targetAt || at === groupAt || choice === 'ignore') return;
    const kind = choice === undefined ? guess(at) : { kind: choice };
    const impute = typeof options.impute === 'string' ? options.impute : imputed.get(at);
    imputed.delete(at);
    features.push({ column: featureOf(path, name, at, kind, options), at, ...(impute && { impute }) });
  });
  for (const at of imputed.keys()) reject('INVALID_OPTION', '--impute', 'columns that are features', names[at]);
  if (features.length === 0) throw noFeatures(path, names, targetAt);
  const isNumeric = (at: number): boolean => (chosen.get(at) ?? guess(at).kind) === 'numeric';
  const placeOf = (at: number, isText: boolean): ColumnPlace<CsvTarget> => ({
    column: { name: names[at]!, source: at, kind: isText ? 'strings' : 'numbers' },
    at,
  });
  const groups = groupAt < 0 ? {} : { group: placeOf(groupAt, !isNumeric(groupAt)) };
  if (!options.needsTarget) return { names, features, target: null, ...groups };
  const isText = options.task === 'classification' || (options.task !== 'regression' && !isNumeric(targetAt));
  return { names, features, target: placeOf(targetAt, isText), ...groups };
}

function featureOf(
  path: string,
  name: string,
  source: number,
  { kind, undecided }: GuessedKind,
  { dateOrder, vectorizer }: CheckedColumnOptions,
): CsvFeature {
  if (kind === 'text') return { name, source, kind, vectorizer: unfitted(vectorizer) };
  if (kind === 'categorical') return { name, source, kind, categories: [] };
  if (kind !== 'date') return { name, source, kind };
  if (undecided !== undefined && dateOrder === undefined) {
    const sentence =
      `Column ${describe(name)} of ${describe(path)} must hold dates of a known order, but holds ${describe(undecided)} ` +
      '(--date-order dmy or mdy says what they begin with; --categorical takes the column for text, --ignore leaves it out).';
    throw dataError(sentence, 'dates of a known order', describe(undecided));
  }
  return { name, source, kind, ...(dateOrder === undefined ? {} : { order: dateOrder }) };
}

function chosenColumns(
  options: CheckedColumnOptions,
  find: (column: ColumnReference, what: string) => number,
  targetAt: number,
): ReadonlyMap<number, ColumnKind> {
  const chosen = new Map<number, ColumnKind>();
  const choose = (column: ColumnReference, choice: ColumnKind, what: string): void => {
    const at = find(column, what);
    const other = chosen.get(at);
    if (other !== undefined && other !== choice) {
      const sentence = `Column ${describe(column)} must be named by one of --${other} and --${choice}, but both name it.`;
      throw new PlanesearchError('INVALID_OPTION', sentence, { expected: 'one kind', received: 'two' });
    }
    if (at === targetAt && choice === 'ignore')
      reject('INVALID_OPTION', '--ignore', 'columns other than the target', column);
    chosen.set(at, choice);
  };
  for (const choice of columnKinds)
    for (const column of options[choice as Exclude<ColumnKind, 'numeric'>] ?? [])
      choose(column, choice, `column of --${choice}`);
  for (const [column, choice] of Object.entries(options.columns ?? {})) choose(column, choice, 'column of columns');
  return chosen;
}

function imputedColumns(
  { impute }: CheckedColumnOptions,
  find: (column: ColumnReference, what: string) => number,
): Map<number, Imputation> {
  if (typeof impute !== 'object') return new Map();
  return new Map(Object.entries(impute).map(([column, how]) => [find(column, 'column of --impute'), how]));
}

/** The column names that the caller gave. */
export function namesIn(options: CheckedColumnOptions): string[] {
  const { target, group, columns, impute } = options;
  const listed = columnKinds.flatMap((kind) => options[kind as Exclude<ColumnKind, 'numeric'>] ?? []);
  const named = [...Object.keys(columns ?? {}), ...(typeof impute === 'object' ? Object.keys(impute) : [])];
  return [target, group, ...listed, ...named].filter((column) => typeof column === 'string');
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

export function findColumn(
  path: string,
  names: readonly string[],
  named: boolean,
  column: ColumnReference,
  what: string,
): number {
  const found = typeof column === 'string' && named ? names.indexOf(column) : -1;
  if (found >= 0) return found;
  const index = typeof column === 'number' || /^[+-]?\d+$/.test(column) ? Number(column) : NaN;
  const at = index < 0 ? names.length + index : index;
  if (Number.isInteger(at) && at >= 0 && at < names.length) return at;
  const range = `an index from ${-names.length} to ${names.length - 1}`;
  const expected = named ? `one of ${listed(names)}, or ${range}` : range;
  const received = describe(column);
  const hint =
    named || typeof column === 'number' ? '' : ' (no header was found; --header yes takes the first line for names)';
  const sentence = `The ${what} of ${describe(path)} must be ${expected}, but ${received} was given${hint}.`;
  throw dataError(sentence, expected, received);
}

/** Where a column of a schema is in a table whose columns have names. */
export function placeByName(
  path: string,
  names: readonly string[],
  column: CsvFeature | CsvTarget,
  isTarget: boolean,
): number {
  const at = names.indexOf(column.name);
  if (at >= 0) return at;
  const what = isTarget ? 'target column' : 'column';
  const received = listed(names);
  const sentence = `${describe(path)} has no ${what} ${describe(column.name)}; its columns are ${received}.`;
  throw dataError(sentence, column.name, received);
}

export function refuseDuplicates(path: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw dataError(`${describe(path)} has two columns named ${describe(name)}; one of them needs another name.`);
    seen.add(name);
  }
}

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, 20)
    .map((name) => (name.length > 60 ? describe(name) : harmless(name)))
    .join(', ');
  return names.length > 20 ? `${shown}, ... (${names.length} in all)` : shown;
}
