/**
 * Which fields of a CSV file are features and which is the target: learned from the first records of a training file, or found
 * again by the schema of a trained model.
 */
import { describe, PlanesearchError } from '../core/errors.js';
import { guessKind, missingMarks, type GuessedKind } from './column-kinds.js';
import { learnColumns, namesIn, placeByName, refuseDuplicates, type ColumnLayout } from './column-layout.js';
import { detectHeader } from './csv-header.js';
import type { CheckedCsvOptions } from './csv-options.js';
import type { CsvRecord } from './csv-records.js';
import { dataError } from './data-error.js';
import { numberParser } from './number-cell.js';
import type { ColumnsSchema, CsvFeature, CsvTarget } from './table.js';

export interface CsvLayout extends ColumnLayout {
  readonly header: boolean;
}

/** From the first records of a training file. */
export function learnLayout(path: string, head: readonly CsvRecord[], options: CheckedCsvOptions): CsvLayout {
  const header = options.header ?? detectHeader(head, new Set(), namesIn(options));
  const names = namesOf(head, header);
  if (header) refuseDuplicates(path, names);
  const rows = header ? head.slice(1) : head;
  const parse = numberParser(options.numbers);
  const missing = missingMarks(options.missing);
  const cellsOf = function* (at: number): Generator<string> {
    for (const { cells } of rows) yield cells[at]!;
  };
  const guess = (at: number): GuessedKind => guessKind(cellsOf(at), parse, missing);
  return { header, ...learnColumns({ path, names, named: header }, guess, options) };
}

/**
 * Finds the columns of a schema in another file: by name when both have headers (further columns are ignored), otherwise
 * by position, where the target may be left out. The target is looked for only when it is needed.
 */
export function matchLayout(
  path: string,
  head: readonly CsvRecord[],
  schema: ColumnsSchema,
  options: CheckedCsvOptions,
): CsvLayout {
  const width = head[0]!.cells.length;
  const header = options.header ?? (beginsWithNames(head, schema) || detectHeader(head, textFields(schema, width)));
  const target = options.needsTarget ? requireTarget(path, schema) : null;
  const names = namesOf(head, header);
  let place: (column: CsvFeature | CsvTarget) => number;
  if (header && schema.header) {
    refuseDuplicates(path, names);
    place = (column) => placeByName(path, names, column, column === schema.target);
  } else {
    place = placeByPosition(path, width, schema, target !== null);
  }
  return {
    header,
    names,
    features: schema.features.map((column) => ({ column, at: place(column) })),
    target: target === null ? null : { column: target, at: place(target) },
  };
}

function requireTarget(path: string, schema: ColumnsSchema): CsvTarget {
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

/** Told without a guess: each name of the schema stands in the first row. */
export function beginsWithNames(head: readonly CsvRecord[], schema: ColumnsSchema): boolean {
  const names = new Set(namesOf(head, true));
  return schema.header && schema.features.every(({ name }) => names.has(name));
}

function textFields(schema: ColumnsSchema, width: number): ReadonlySet<number> {
  const at = positions(schema, width);
  return new Set(schema.features.filter(({ kind }) => kind !== 'numeric').map(({ source }) => at(source)));
}

/** In a file without the target, the columns behind it move up by one. */
function positions(schema: ColumnsSchema, width: number): (source: number) => number {
  const gap = width === schema.width - 1 && schema.target !== null ? schema.target.source : Infinity;
  return (source) => (source > gap ? source - 1 : source);
}

function placeByPosition(
  path: string,
  width: number,
  schema: ColumnsSchema,
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
