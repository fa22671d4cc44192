/**
 * How labels become targets and outputs become predictions. A loss names the codings it can work with (`Loss.codings`).
 *
 *     numbers      one number or k numbers a row      k outputs, the targets themselves
 *     two-classes  one of two labels a row            one output, -1 for the first class, +1 for the second
 *     classes      one of several labels a row        one output a class, the target is the index of the class
 *     label-sets   any number of labels a row         one output a label, +1 where the row has it, -1 where not
 *
 * Classes are in ascending order: numbers in numeric order, strings in the order of their code units. Labels go through
 * unchanged: numbers that would not print as they are written (`2.10`) make classes of text, in numeric order. A model's
 * numeric class 1 is found as `1`, `+1` and `1.0`.
 */
import { describe, type PlanesearchError, reject } from '../core/errors.js';
import { dataError } from '../data/data-error.js';
import { isCode, isNumber, parseCell } from '../data/number-cell.js';
import { indexOf } from '../data/label-index.js';
import type { RawTarget } from '../data/table.js';

export type CodingName = 'numbers' | 'two-classes' | 'classes' | 'label-sets';

export type ClassLabel = string | number;

/** What stands for one row: a class, a number, k numbers, or a set of labels. */
export type Label = ClassLabel | readonly number[] | readonly string[];

export interface Coding {
  /** Kinds of labels it is meant for: they decide whose complaint a user gets to read when no coding fits. */
  readonly kinds: readonly RawTarget['kind'][];
  /** Why the labels do not fit, with the name of the loss for the sentence; null when they do. */
  problem(raw: RawTarget, loss: string): PlanesearchError | null;
  /** In ascending order; null for numbers. */
  classes(raw: RawTarget): ClassLabel[] | null;
  /** How many outputs a network needs. */
  outputs(raw: RawTarget, classes: readonly ClassLabel[] | null): number;
  /** @throws PlanesearchError INVALID_DATA for a label that is not among the classes, and text where numbers are needed */
  encode(raw: RawTarget, classes: readonly ClassLabel[], outputs: number): Float64Array;
  /** One label a row of `width` outputs; `prediction` is that of the loss, the output itself when absent. */
  decode(
    outputs: Float64Array,
    width: number,
    classes: readonly ClassLabel[],
    prediction?: (output: number) => number,
  ): Label[];
  /** How many of the rows from `from` to `to` are predicted right, for codings with classes. */
  hits?(outputs: Float64Array, width: number, targets: Float64Array, from: number, to: number): number;
  /** Undoes `encode`. */
  decodeTargets(targets: Float64Array, outputs: number, classes: readonly ClassLabel[]): Label[];
}

export function rowsOfTarget(raw: RawTarget): number {
  return raw.kind === 'numbers' ? raw.values.length / (raw.width ?? 1) : raw.values.length;
}

/** As many classes as anybody could want; a Set has an end of its own at 2^24. */
const MOST_CLASSES = 2 ** 20;

/**
 * Every label that occurs, once, in ascending order.
 *
 * @throws PlanesearchError INVALID_DATA for more than 2^20, and for texts that were too many to keep
 */
export function distinctLabels(raw: RawTarget): ClassLabel[] {
  if (raw.kind === 'strings') return [...setOf(distinctOf(raw.values) ?? raw.values)].sort();
  if (raw.kind === 'label-sets') return [...setOf(distinctOf(raw.values) ?? raw.values.flat())].sort();
  // -0 and 0 are one key of a Set.
  if (raw.texts === undefined) return [...setOf(distinctOf<number>(raw.values) ?? raw.values)].sort((a, b) => a - b);
  if (raw.texts === null) throw lostTexts();
  return [...setOf(distinctOf<string>(raw.texts) ?? raw.texts)].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
}

function distinctOf<T extends ClassLabel = string>(labels: object): readonly T[] | undefined {
  return indexOf(labels)?.distinct as readonly T[] | undefined;
}

function setOf<T>(labels: Iterable<T>): Set<T> {
  const found = new Set<T>();
  for (const label of labels) {
    if (found.add(label).size <= MOST_CLASSES) continue;
    const expected = `at most ${MOST_CLASSES} different labels`;
    throw dataError(`The target must have ${expected}, but has more.`, expected, `more than ${MOST_CLASSES}`);
  }
  return found;
}

function lostTexts(): PlanesearchError {
  const expected = 'read as labels, of which some would not print as they are written';
  const sentence = `The target must be ${expected}, but was read as numbers; give loadTable the task 'classification'.`;
  return dataError(sentence, expected, 'numbers');
}

/** The first label that is no number. */
export function firstText(labels: readonly string[]): string | undefined {
  return labels.find((label) => !isNumber(label)) ?? labels[0];
}

const numbers: Coding = {
  kinds: ['numbers'],
  problem(raw, loss) {
    if (raw.kind === 'numbers' || (raw.kind === 'strings' && (distinctOf(raw.values) ?? raw.values).every(isNumber)))
      return null;
    const received = raw.kind === 'strings' ? describe(firstText(raw.values)) : 'a set of labels a row';
    return dataError(`The ${loss} loss needs numbers as target, but ${received} was given.`, 'numbers', received);
  },
  classes: () => null,
  outputs: (raw) => (raw.kind === 'numbers' ? (raw.width ?? 1) : 1),
  encode(raw, _classes, outputs) {
    const width = raw.kind === 'numbers' ? (raw.width ?? 1) : 1;
    if (width !== outputs) reject('DIMENSION_MISMATCH', 'The target', `of ${outputs} numbers a row`, width);
    if (raw.kind === 'numbers') return raw.values.slice();
    if (raw.kind === 'label-sets') throw numbers.problem(raw, 'chosen')!;
    const bad = raw.values.findIndex((label) => !isNumber(label));
    if (bad < 0) return Float64Array.from(raw.values, Number);
    const received = `${describe(raw.values[bad])} in row ${bad} (counted from 0)`;
    throw dataError(`The target must hold numbers, but there is ${received}.`, 'a number', received);
  },
  decode: (outputs, width, _classes, prediction) => byRow(prediction ? outputs.map(prediction) : outputs, width),
  decodeTargets: (targets, outputs) => byRow(targets, outputs),
};

function byRow(values: Float64Array, width: number): Label[] {
  if (width === 1) return Array.from(values);
  return Array.from({ length: values.length / width }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)));
}

const twoClasses: Coding = {
  kinds: ['numbers', 'strings'],
  problem(raw, loss) {
    const trouble = noClasses(raw, loss);
    if (trouble) return trouble;
    const classes = distinctLabels(raw);
    if (classes.length === 2) return null;
    const received = `${classes.length} classes`;
    return dataError(
      `The ${loss} loss needs two classes, but the target has ${received}: ${listed(classes)}.`,
      '2 classes',
      received,
    );
  },
  classes: distinctLabels,
  outputs: () => 1,
  encode: (raw, classes) => codesOf(raw, classes, (index) => 2 * index - 1),
  decode: (outputs, _width, classes) => Array.from(outputs, (output) => classes[output > 0 ? 1 : 0]!),
  hits: sameSigns,
  decodeTargets: (targets, _outputs, classes) => twoClasses.decode(targets, 1, classes),
};

const severalClasses: Coding = {
  kinds: ['numbers', 'strings'],
  problem: noClasses,
  classes: distinctLabels,
  outputs: (_raw, classes) => classes!.length,
  encode: (raw, classes) => codesOf(raw, classes, (index) => index),
  decode: (outputs, width, classes) =>
    Array.from({ length: outputs.length / width }, (_, i) => classes[largest(outputs, i * width, width)]!),
  hits(outputs, width, targets, from, to) {
    let count = 0;
    for (let i = from; i < to; i++) if (largest(outputs, i * width, width) === targets[i]) count++;
    return count;
  },
  decodeTargets: (targets, _outputs, classes) =>
    Array.from(
      targets,
      (code) => classes[code] ?? reject('INVALID_ARGUMENT', 'An encoded label', 'the index of a class', code),
    ),
};

/** The index of the largest output of a row, the first of equals. */
function largest(outputs: Float64Array, at: number, width: number): number {
  let best = 0;
  for (let a = 1; a < width; a++) if (outputs[at + a]! > outputs[at + best]!) best = a;
  return best;
}

/** Rows whose outputs are all on the side of their targets. */
function sameSigns(outputs: Float64Array, width: number, targets: Float64Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    let right = true;
    for (let e = i * width; e < (i + 1) * width; e++) right &&= outputs[e]! > 0 === targets[e]! > 0;
    if (right) count++;
  }
  return count;
}

const labelSets: Coding = {
  kinds: ['label-sets'],
  problem(raw, loss) {
    if (raw.kind !== 'label-sets') {
      const received = `${raw.kind} were given`;
      return dataError(
        `The ${loss} loss needs a list of labels for every row, but ${received}.`,
        'sets of labels',
        raw.kind,
      );
    }
    if (distinctLabels(raw).length > 0) return null;
    return dataError('The target must have at least one label, but no row has any.', 'at least one label', 'none');
  },
  classes: distinctLabels,
  outputs: (_raw, classes) => classes!.length,
  encode(raw, classes, outputs) {
    if (raw.kind !== 'label-sets') throw labelSets.problem(raw, 'chosen')!;
    const columns = new Map(classes.map((label, a) => [label, a]));
    const encoded = new Float64Array(raw.values.length * outputs).fill(-1);
    const index = indexOf(raw.values);
    const column = index?.distinct.map((label) => columns.get(label) ?? -1);
    let at = 0;
    raw.values.forEach((labels, row) => {
      if (index && column) {
        for (const label of labels) {
          const a = column[index.codes[at++]!]!;
          encoded[row * outputs + (a >= 0 ? a : unknownLabel(label, row, classes))] = 1;
        }
        return;
      }
      for (const label of labels) encoded[row * outputs + (columns.get(label) ?? unknownLabel(label, row, classes))] = 1;
    });
    return encoded;
  },
  decode: (outputs, width, classes) =>
    Array.from({ length: outputs.length / width }, (_, i) =>
      classes.filter((_label, a) => outputs[i * width + a]! > 0).map(String),
    ),
  hits: sameSigns,
  decodeTargets: (targets, outputs, classes) => labelSets.decode(targets, outputs, classes),
};

export const codings: Readonly<Record<CodingName, Coding>> = {
  numbers,
  'two-classes': twoClasses,
  classes: severalClasses,
  'label-sets': labelSets,
};

/** What keeps labels from being classes at all. */
function noClasses(raw: RawTarget, loss: string): PlanesearchError | null {
  if (raw.kind === 'label-sets' || (raw.kind === 'numbers' && (raw.width ?? 1) !== 1)) {
    const received = raw.kind === 'label-sets' ? 'sets of labels' : `${raw.width} numbers a row`;
    return dataError(
      `The ${loss} loss needs one label for every row, but ${received} were given.`,
      'one label a row',
      received,
    );
  }
  if (raw.kind === 'numbers' && raw.texts === null) return lostTexts();
  const classes = distinctLabels(raw);
  if (classes.length >= 2) return null;
  const received = `all ${raw.values.length} rows have ${describe(classes[0])}`;
  const sentence = `The target must have at least two distinct values, but ${received}.`;
  return dataError(sentence, 'at least two classes', 'one class');
}

function codesOf(raw: RawTarget, classes: readonly ClassLabel[], code: (index: number) => number): Float64Array {
  const trouble =
    raw.kind === 'label-sets' || (raw.kind === 'numbers' && (raw.width ?? 1) !== 1) ? noClasses(raw, 'chosen') : null;
  if (trouble) throw trouble;
  const codes = new Map<unknown, number>(classes.map((label, index) => [label, code(index)]));
  const numeric = classes.every((label) => typeof label === 'number');
  const byValue = numeric ? codes : codesOfValues(codes);
  const labels = raw.kind === 'numbers' && raw.texts && !numeric ? raw.texts : raw.values;
  const codeOf = (label: ClassLabel): number | undefined =>
    codes.get(label) ?? codes.get(String(label)) ?? byValue.get(parseCell(String(label)));
  const index = indexOf(labels);
  const codeAt = index?.distinct.map(codeOf);
  const encoded = new Float64Array(labels.length);
  for (let row = 0; row < encoded.length; row++) {
    const label = labels[row] as ClassLabel;
    encoded[row] = (index ? codeAt![index.codes[row]!] : codeOf(label)) ?? unknownLabel(label, row, classes);
  }
  return encoded;
}

/** Classes of digits by their value, where no two have the same and none is a code, which its digits alone make. */
function codesOfValues(codes: ReadonlyMap<unknown, number>): ReadonlyMap<unknown, number> {
  if ([...codes.keys()].some((label) => isCode(String(label)))) return new Map();
  const values = new Map([...codes].map(([label, code]) => [parseCell(String(label)), code]));
  return values.size === codes.size && !values.has(NaN) ? values : new Map();
}

function unknownLabel(label: ClassLabel, row: number, classes: readonly ClassLabel[]): never {
  const expected = `among the ${classes.length} classes ${listed(classes)}`;
  const received = `${describe(label)} in row ${row} (counted from 0)`;
  throw dataError(`The labels must be ${expected}, but there is ${received}.`, expected, received);
}

function listed(classes: readonly ClassLabel[]): string {
  const shown = classes.slice(0, 10).map(describe).join(', ');
  return classes.length > 10 ? `${shown}, ...` : shown;
}
