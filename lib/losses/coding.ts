/**
 * How labels become targets and outputs become predictions. A loss names the codings it can work with (`Loss.codings`).
 *
 *     numbers      one number or k numbers a row      k outputs, the targets themselves
 *     two-classes  one of two labels a row            one output, -1 for the first class, +1 for the second
 *     classes      one of several labels a row        one output a class, the target is the index of the class
 *     label-sets   any number of labels a row         one output a label, +1 where the row has it, -1 where not
 *     by-task      the targets of several tasks       the outputs of the tasks, targets as they are (`by-task.ts`)
 *
 * Classes are in ascending order: numbers in numeric order, strings in the order of their code units. Labels go through
 * unchanged: numbers that would not print as they are written (`2.10`) make classes of text, in numeric order. A model's
 * numeric class 1 is found as `1`, `+1` and `1.0`.
 */
import { describe, type PlanesearchError, reject } from '../core/errors.js';
import { endsStride, findSteps, type Steps } from '../core/pace.js';
import { dataError } from '../data/data-error.js';
import { isCode, isNumber, parseCell } from '../data/number-cell.js';
import { indexOf } from '../data/label-index.js';
import type { RawTarget } from '../data/table.js';
import { byTask } from './by-task.js';
import type { Loss } from './loss.js';

export type CodingName = 'numbers' | 'two-classes' | 'classes' | 'label-sets' | 'by-task';

export type ClassLabel = string | number;

/** What stands for one row: a class, a number, k numbers, or a set of labels. */
export type Label = ClassLabel | readonly number[] | readonly string[];

export interface Coding {
  /** Kinds of labels it is meant for: they decide whose complaint a user gets to read when no coding fits. */
  readonly kinds: readonly RawTarget['kind'][];
  /** Why the labels do not fit, with the name of the loss for the sentence; null when they do. */
  problem(raw: RawTarget, loss: string): Steps<PlanesearchError | null>;
  /** In ascending order; null for numbers. */
  classes(raw: RawTarget): Steps<ClassLabel[] | null>;
  /** How many outputs a network needs. */
  outputs(raw: RawTarget, classes: readonly ClassLabel[] | null, loss: Loss): number;
  /** @throws PlanesearchError INVALID_DATA for a label that is not among the classes, and text where numbers are needed */
  encode(raw: RawTarget, classes: readonly ClassLabel[], outputs: number): Steps<Float64Array>;
  /** One label a row of `width` outputs. */
  decode(
    outputs: Float64Array,
    width: number,
    classes: readonly ClassLabel[],
    loss?: Pick<Loss, 'prediction' | 'tasks'>,
  ): Steps<Label[]>;
  /** How many of the rows from `from` to `to` are predicted right, for codings with classes. */
  hits?(outputs: Float64Array, width: number, targets: Float64Array, from: number, to: number): number;
  /** Undoes `encode`. */
  decodeTargets(targets: Float64Array, outputs: number, classes: readonly ClassLabel[], loss?: Loss): Steps<Label[]>;
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
export function* distinctSteps(raw: RawTarget): Steps<ClassLabel[]> {
  const found = [...(yield* differentSteps(raw))];
  if (raw.kind !== 'numbers') return found.sort();
  if (raw.texts === undefined) return (found as number[]).sort((a, b) => a - b);
  return found.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
}

/** As {@link distinctSteps}, in the order in which they are met. */
export function* differentSteps(raw: RawTarget): Steps<ReadonlySet<ClassLabel>> {
  if (raw.kind === 'numbers' && raw.texts === null) throw lostTexts();
  const labels = raw.kind === 'numbers' ? (raw.texts ?? raw.values) : raw.values;
  // -0 and 0 are one key of a Set.
  const found = new Set<ClassLabel>();
  const each = distinctOf(labels) ?? labels;
  for (let i = 0; i < each.length; i++) {
    const label = each[i]!;
    if (typeof label === 'object') for (const one of label) found.add(one);
    else found.add(label);
    if (found.size > MOST_CLASSES) throw tooManyClasses();
    if (endsStride(i)) yield;
  }
  return found;
}

function distinctOf(labels: object): readonly ClassLabel[] | undefined {
  return indexOf(labels)?.distinct;
}

function tooManyClasses(): PlanesearchError {
  const expected = `at most ${MOST_CLASSES} different labels`;
  return dataError(`The target must have ${expected}, but has more.`, expected, `more than ${MOST_CLASSES}`);
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
  *problem(raw, loss) {
    if (raw.kind === 'numbers') return null;
    if (raw.kind === 'strings' && (yield* findSteps(distinctOf(raw.values) ?? raw.values, isText)) < 0) return null;
    const received = raw.kind === 'strings' ? describe(firstText(raw.values)) : 'a set of labels a row';
    return dataError(`The ${loss} loss needs numbers as target, but ${received} was given.`, 'numbers', received);
  },
  *classes() {
    yield;
    return null;
  },
  outputs: (raw) => (raw.kind === 'numbers' ? (raw.width ?? 1) : 1),
  *encode(raw, _classes, outputs) {
    const width = raw.kind === 'numbers' ? (raw.width ?? 1) : 1;
    if (width !== outputs) reject('DIMENSION_MISMATCH', 'The target', `of ${outputs} numbers a row`, width);
    if (raw.kind === 'numbers') return raw.values.slice();
    if (raw.kind === 'label-sets') throw yield* numbers.problem(raw, 'chosen');
    const encoded = new Float64Array(raw.values.length);
    for (let row = 0; row < encoded.length; row++) {
      const text = raw.values[row]!;
      if (isText(text)) throw noNumber(text, row);
      encoded[row] = Number(text);
      if (endsStride(row)) yield;
    }
    return encoded;
  },
  *decode(outputs, width, _classes, loss) {
    const prediction = (output: number): number => loss?.prediction?.(output) ?? output;
    return yield* byRow(outputs.length / width, (i) => {
      if (width === 1) return prediction(outputs[i]!);
      return Array.from(outputs.subarray(i * width, (i + 1) * width), prediction);
    });
  },
  decodeTargets: (targets, outputs, classes) => numbers.decode(targets, outputs, classes),
};

const isText = (label: ClassLabel): boolean => !isNumber(String(label));

function noNumber(text: string, row: number): PlanesearchError {
  const received = `${describe(text)} in row ${row} (counted from 0)`;
  return dataError(`The target must hold numbers, but there is ${received}.`, 'a number', received);
}

function* byRow(rows: number, label: (row: number) => Label): Steps<Label[]> {
  const labels: Label[] = [];
  for (let i = 0; i < rows; i++) {
    labels.push(label(i));
    if (endsStride(i)) yield;
  }
  return labels;
}

const twoClasses: Coding = {
  kinds: ['numbers', 'strings'],
  *problem(raw, loss) {
    const trouble = yield* noClasses(raw, loss);
    if (trouble) return trouble;
    const { size } = yield* differentSteps(raw);
    if (size === 2) return null;
    const received = `${size} classes`;
    const sentence = `The ${loss} loss needs two classes, but the target has ${received}: ${listed(yield* distinctSteps(raw))}.`;
    return dataError(sentence, '2 classes', received);
  },
  classes: distinctSteps,
  outputs: () => 1,
  encode: (raw, classes) => codesOf(raw, classes, (index) => 2 * index - 1),
  decode: (outputs, _width, classes) => byRow(outputs.length, (i) => classes[outputs[i]! > 0 ? 1 : 0]!),
  hits: sameSigns,
  decodeTargets: (targets, _outputs, classes) => twoClasses.decode(targets, 1, classes),
};

const severalClasses: Coding = {
  kinds: ['numbers', 'strings'],
  problem: noClasses,
  classes: distinctSteps,
  outputs: (_raw, classes) => classes!.length,
  encode: (raw, classes) => codesOf(raw, classes, (index) => index),
  decode: (outputs, width, classes) => byRow(outputs.length / width, (i) => classes[largest(outputs, i * width, width)]!),
  hits(outputs, width, targets, from, to) {
    let count = 0;
    for (let i = from; i < to; i++) if (largest(outputs, i * width, width) === targets[i]) count++;
    return count;
  },
  decodeTargets: (targets, _outputs, classes) =>
    byRow(
      targets.length,
      (i) => classes[targets[i]!] ?? reject('INVALID_ARGUMENT', 'An encoded label', 'the index of a class', targets[i]),
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
  *problem(raw, loss) {
    if (raw.kind !== 'label-sets') {
      const received = `${raw.kind} were given`;
      return dataError(
        `The ${loss} loss needs a list of labels for every row, but ${received}.`,
        'sets of labels',
        raw.kind,
      );
    }
    if ((yield* differentSteps(raw)).size > 0) return null;
    return dataError('The target must have at least one label, but no row has any.', 'at least one label', 'none');
  },
  classes: distinctSteps,
  outputs: (_raw, classes) => classes!.length,
  *encode(raw, classes, outputs) {
    if (raw.kind !== 'label-sets') throw yield* labelSets.problem(raw, 'chosen');
    const columns = new Map<ClassLabel, number>(classes.map((label, a) => [label, a]));
    const encoded = new Float64Array(raw.values.length * outputs);
    const index = indexOf(raw.values);
    const column = index?.distinct.map((label) => columns.get(label));
    let at = 0;
    for (let row = 0; row < raw.values.length; row++) {
      encoded.fill(-1, row * outputs, (row + 1) * outputs);
      for (const label of raw.values[row]!) {
        const a = index ? column![index.codes[at++]!] : columns.get(label);
        encoded[row * outputs + (a ?? unknownLabel(label, row, classes))] = 1;
      }
      if (endsStride(row)) yield;
    }
    return encoded;
  },
  decode: (outputs, width, classes) =>
    byRow(outputs.length / width, (i) => classes.filter((_label, a) => outputs[i * width + a]! > 0).map(String)),
  hits: sameSigns,
  decodeTargets: (targets, outputs, classes) => labelSets.decode(targets, outputs, classes),
};

export const codings: Readonly<Record<CodingName, Coding>> = {
  numbers,
  'two-classes': twoClasses,
  classes: severalClasses,
  'label-sets': labelSets,
  'by-task': byTask,
};

/** What keeps labels from being classes at all. */
function* noClasses(raw: RawTarget, loss: string): Steps<PlanesearchError | null> {
  if (raw.kind === 'label-sets' || (raw.kind === 'numbers' && (raw.width ?? 1) !== 1)) {
    const received = raw.kind === 'label-sets' ? 'sets of labels' : `${raw.width} numbers a row`;
    return dataError(
      `The ${loss} loss needs one label for every row, but ${received} were given.`,
      'one label a row',
      received,
    );
  }
  if (raw.kind === 'numbers' && raw.texts === null) return lostTexts();
  const [first, ...others] = yield* differentSteps(raw);
  if (others.length > 0) return null;
  const { length } = raw.values;
  const received = length === 1 ? `the only row has ${describe(first)}` : `all ${length} rows have ${describe(first)}`;
  const sentence = `The target must have at least two distinct values, but ${received}.`;
  return dataError(sentence, 'at least two classes', 'one class');
}

function* codesOf(raw: RawTarget, classes: readonly ClassLabel[], code: (index: number) => number): Steps<Float64Array> {
  if (raw.kind === 'label-sets' || (raw.kind === 'numbers' && (raw.width ?? 1) !== 1)) throw yield* noClasses(raw, 'chosen');
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
    if (endsStride(row)) yield;
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
