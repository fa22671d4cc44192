/**
 * Which fields of a CSV file are features, which is the target, and of what kind: learned from the first records of a
 * training file, or found again by the schema of a trained model.
 */
import { describe, PlanesearchError } from '../core/errors.js';
import { detectHeader } from './csv-header.js';
import type { CsvRecord } from './csv-records.js';
import { dataError } from './data-error.js';
import { isMissing, isNumber } from './number-cell.js';
import type { CsvFeature, CsvSchema, CsvTarget } from './table.js';

export interface CsvOptions {
  /** Whether the first row holds names. Default: see {@link detectHeader}. */
  readonly header?: boolean | undefined;
  /** Name, or index from 0, negative from the end. Default: the last column. With a schema, the schema's target counts. */
  readonly target?: string | number | undefined;
  readonly schema?: CsvSchema | undefined;
  readonly needsTarget: boolean;
}

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
export function learnLayout(path: string, head: readonly CsvRecord[], options: CsvOptions): CsvLayout {
  const header = options.header ?? detectHeader(head);
  const names = namesOf(head, header);
  if (header) refuseDuplicates(path, names);
  const width = names.length;
  const hasTarget = options.needsTarget || options.target !== undefined;
  const targetAt = hasTarget ? findTarget(path, names, header, options.target ?? -1) : -1;
  const rows = header ? head.slice(1) : head;
  const isText = (at: number): boolean =>
    rows.some(({ cells }) => !isMissing(cells[at]!.trim()) && !isNumber(cells[at]!.trim()));
  const features: CsvPlace<CsvFeature>[] = [];
  names.forEach((name, at) => {
    if (at === targetAt) return;
    const place = { name, source: at };
    const column: CsvFeature = isText(at) ? { ...place, kind: 'categorical', categories: [] } : { ...place, kind: 'numeric' };
    features.push({ column, at });
  });
  if (features.length === 0) {
    throw dataError(`${describe(path)} has no feature columns: its only column is the target ${describe(names[targetAt])}.`);
  }
  if (!options.needsTarget) return { header, width, features, target: null };
  const kind = isText(targetAt) ? 'strings' : 'numbers';
  const column: CsvTarget = { name: names[targetAt]!, source: targetAt, kind };
  return { header, width, features, target: { column, at: targetAt } };
}

/**
 * Finds the columns of a schema in another file: by name when both have headers (further columns are ignored), otherwise
 * by position, where the target may be left out. The target is looked for only when it is needed.
 */
export function matchLayout(path: string, head: readonly CsvRecord[], schema: CsvSchema, options: CsvOptions): CsvLayout {
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

/** An unnamed column is called by its index, as all are in a file without header. */
function namesOf(head: readonly CsvRecord[], header: boolean): string[] {
  return head[0]!.cells.map((cell, at) => (header && cell.trim() !== '' ? cell.trim() : `column ${at}`));
}

function refuseDuplicates(path: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw dataError(`${describe(path)} has two columns named ${describe(name)}.`);
    seen.add(name);
  }
}

function findTarget(path: string, names: readonly string[], header: boolean, target: string | number): number {
  const named = typeof target === 'string' && header ? names.indexOf(target) : -1;
  if (named >= 0) return named;
  const index = typeof target === 'number' || /^[+-]?\d+$/.test(target) ? Number(target) : NaN;
  const at = index < 0 ? names.length + index : index;
  if (Number.isInteger(at) && at >= 0 && at < names.length) return at;
  const range = `an index from ${-names.length} to ${names.length - 1}`;
  const expected = header ? `one of ${listed(names)}, or ${range}` : range;
  const received = describe(target);
  const sentence = `The target column of ${describe(path)} must be ${expected}, but ${received} was given.`;
  throw dataError(sentence, expected, received);
}

function listed(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')}, ... (${names.length} in all)` : names.join(', ');
}

function beginsWithNames(head: readonly CsvRecord[], schema: CsvSchema): boolean {
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
  path: string, width: number, schema: CsvSchema, needsTarget: boolean,
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
