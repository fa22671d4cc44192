/**
 * From the target as it stands in a file to the numbers a loss works with, and back.
 *
 * | loss | encoded target |
 * |---|---|
 * | `squared` | the number itself |
 * | `logistic` | -1 for the first, +1 for the second of two classes in ascending order |
 * | `softmax` | the index of the class, classes in ascending order |
 *
 * Numeric classes are in numeric order, strings in the order of their code units. Labels go through unchanged: numbers that
 * would not print as they are written (`2.10`) make classes of text, in numeric order. A model's numeric class 1 is found as `1`,
 * `+1` and `1.0`.
 */
import { describe, lookUp, PlanesearchError, reject } from '../core/errors.js';
import { losses } from '../losses/index.js';
import { dataError } from './data-error.js';
import { isCode, isNumber, parseCell } from './number-cell.js';
import type { DataFormat, RawTarget } from './table.js';

export type TaskLoss = 'squared' | 'logistic' | 'softmax';

/** What is to be learned from a target: the loss, and the classes unless it is `squared`. */
export interface Task {
  readonly loss: TaskLoss;
  readonly classes?: readonly (string | number)[];
}

/** The names that a caller may give. */
const CHOICES = { auto: null, ...losses };

/** More distinct labels than this are not taken for classes unless asked for by name. */
const LARGEST_CLASS_COUNT = 1000;

/** What a target is to be taken for; `auto` leaves it to the rule of {@link chooseTask}. */
export type TaskKind = 'auto' | 'classification' | 'regression';

export const taskKinds = ['auto', 'classification', 'regression'] as const satisfies readonly TaskKind[];

/**
 * Chooses the loss and finds the classes. `format` is where the labels come from, `'array'` for memory.
 *
 * With `auto`: two distinct labels give `logistic`; strings and IDX labels give `softmax`; so do LIBSVM labels that are
 * integers, at most 1000 distinct ones, each occurring twice on average or more; anything else is `squared`. Integer
 * classes in a CSV file or an array are therefore regressed unless `softmax` is asked for, or `kind` is `classification`.
 *
 * @throws PlanesearchError INVALID_OPTION for a loss or kind of another name; INCOMPATIBLE for a loss that is not of that kind;
 *   INVALID_DATA for a single class, more than two for `logistic`, text for `squared`, labels that cannot be told apart, and
 *   numbers that are not finite
 */
export function chooseTask(
  raw: RawTarget, format: DataFormat | 'array', given: 'auto' | TaskLoss, kind: TaskKind = 'auto',
): Task {
  lookUp(CHOICES, 'loss', given);
  const loss = lossOfKind(given, kind);
  checkFinite(raw);
  if (loss === 'squared') {
    if (raw.kind === 'strings') {
      const received = describe(firstText(raw.values));
      if (raw.values.every(isNumber)) return { loss };
      throw dataError(`The squared loss needs numbers as target, but ${received} was given.`, 'numbers', received);
    }
    return { loss };
  }
  const free = loss === 'auto' && kind === 'auto';
  if (free && raw.kind === 'numbers' && format !== 'idx' && hasManyValues(raw.values)) return { loss: 'squared' };
  const classes = distinct(raw, free);
  if (classes.length < 2) {
    const rows = raw.values.length;
    const sentence = `The target must have at least two distinct values, but all ${rows} rows have ${describe(classes[0])}.`;
    throw dataError(sentence, 'at least two classes', 'one class');
  }
  if (loss === 'logistic' && classes.length > 2) {
    const received = `${classes.length} classes`;
    const sentence = `The logistic loss needs two classes, but the target has ${received}: ${listed(classes)}.`;
    throw dataError(sentence, '2 classes', received);
  }
  if (loss !== 'auto') return { loss, classes };
  if (classes.length === 2) return { loss: 'logistic', classes };
  if (kind === 'classification') return { loss: 'softmax', classes };
  if (raw.kind === 'strings' && classes.length > LARGEST_CLASS_COUNT) {
    const expected = `numbers or at most ${LARGEST_CLASS_COUNT} classes`;
    const received = `${classes.length} distinct values such as ${describe(firstText(raw.values))}`;
    const sentence = `The target must have ${expected} unless the softmax loss is asked for, but has ${received}.`;
    throw dataError(sentence, expected, received);
  }
  return raw.kind === 'strings' || format === 'idx' || (format === 'libsvm' && looksLikeClasses(classes, raw.values.length))
    ? { loss: 'softmax', classes }
    : { loss: 'squared' };
}

/**
 * The target in the encoding of `task.loss`.
 *
 * @throws PlanesearchError INVALID_DATA for a label that is not among the classes, text where numbers are needed, and
 *   numbers that are not finite
 */
export function encodeTarget(raw: RawTarget, task: Task): Float64Array {
  checkFinite(raw);
  if (task.loss === 'squared') return raw.kind === 'numbers' ? raw.values.slice() : numbersOf(raw.values);
  const classes = task.classes!;
  const codes = new Map(classes.map((label, code) => [label, task.loss === 'logistic' ? 2 * code - 1 : code]));
  const numeric = classes.every((label) => typeof label === 'number');
  const byValue = numeric ? codes : valuesOf(codes);
  const labels = raw.kind === 'numbers' && raw.texts && !numeric ? raw.texts : raw.values;
  const encoded = new Float64Array(labels.length);
  for (let row = 0; row < encoded.length; row++) {
    const label = labels[row]!;
    const code = codes.get(label) ?? codes.get(String(label)) ?? byValue.get(parseCell(String(label)));
    if (code === undefined) {
      const expected = `among the ${classes.length} classes ${listed(classes)}`;
      const received = `${describe(label)} in row ${row} (counted from 0)`;
      throw dataError(`The labels must be ${expected}, but there is ${received}.`, expected, received);
    }
    encoded[row] = code;
  }
  return encoded;
}

/**
 * Labels (for `squared`: numbers) from the outputs of a network, `width` per row: the second class where the logistic
 * output is positive, the class of the largest softmax output (the first of equals).
 */
export function decodeLabels(outputs: Float64Array, width: number, task: Task): (string | number)[] {
  if (task.loss === 'squared') return Array.from(outputs);
  const classes = task.classes!;
  if (task.loss === 'logistic') return Array.from(outputs, (output) => classes[output > 0 ? 1 : 0]!);
  const labels: (string | number)[] = [];
  for (let start = 0; start < outputs.length; start += width) {
    let best = 0;
    for (let k = 1; k < width; k++) if (outputs[start + k]! > outputs[start + best]!) best = k;
    labels.push(classes[best]!);
  }
  return labels;
}

/** Undoes {@link encodeTarget}. */
export function decodeTarget(encoded: Float64Array, task: Task): (string | number)[] {
  if (task.loss !== 'softmax') return decodeLabels(encoded, 1, task);
  const classes = task.classes!;
  return Array.from(
    encoded,
    (code) => classes[code] ?? reject('INVALID_ARGUMENT', 'An encoded label', 'the index of a class', code),
  );
}

/** @throws PlanesearchError INVALID_DATA unless there is one label per row */
export function checkLabelCount(labels: number, rows: number): void {
  if (labels === rows) return;
  const sentence = `There must be one label per row, but ${labels} labels came with ${rows} rows.`;
  throw dataError(sentence, `${rows} labels`, `${labels} labels`);
}

function checkFinite(raw: RawTarget): void {
  const bad = raw.kind === 'numbers' ? raw.values.findIndex((value) => !Number.isFinite(value)) : -1;
  if (bad < 0) return;
  const received = `${raw.values[bad]} in row ${bad} (counted from 0)`;
  throw dataError(`The target must hold finite numbers, but there is ${received}.`, 'a finite number', received);
}

/** Spares sorting a million distinct numbers. */
function hasManyValues(values: Float64Array): boolean {
  const seen = new Set<number>();
  return values.some((value) => seen.add(value).size > LARGEST_CLASS_COUNT);
}

/** `free`: nobody has said whether these are labels or numbers. */
function distinct(raw: RawTarget, free: boolean): (string | number)[] {
  if (raw.kind === 'strings') return [...setOf(raw.values)].sort();
  // -0 and 0 are one key of a Set.
  const values = [...setOf(raw.values)].sort((a, b) => a - b);
  if (raw.texts === undefined) return values;
  if (raw.texts === null) {
    if (free) return values;
    const expected = 'read as labels, of which some would not print as they are written';
    const sentence = `The target must be ${expected}, but was read as numbers; give loadTable the task 'classification'.`;
    throw dataError(sentence, expected, 'numbers');
  }
  const texts = [...setOf(raw.texts)].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  if (!free || texts.length === values.length || texts.length <= 2 || values.length > 2) return texts;
  const twice = texts.findIndex((text, k) => k > 0 && Number(text) === Number(texts[k - 1]));
  const received = `${describe(texts[twice - 1])} and ${describe(texts[twice])}`;
  const sentence = `The target must have labels that differ as numbers, but has ${received}; `
    + '--task classification keeps them apart, --task regression takes them for numbers.';
  throw dataError(sentence, 'labels that differ as numbers', received);
}

/** As many classes as anybody could want; a Set has an end of its own at 2^24. */
const MOST_CLASSES = 2 ** 20;

function setOf<T>(labels: Iterable<T>): Set<T> {
  const found = new Set<T>();
  for (const label of labels) {
    if (found.add(label).size <= MOST_CLASSES) continue;
    const expected = `at most ${MOST_CLASSES} different labels`;
    throw dataError(`The target must have ${expected}, but has more.`, expected, `more than ${MOST_CLASSES}`);
  }
  return found;
}

/** Classes of digits by their value, where no two have the same and none is a code, which its digits alone make. */
function valuesOf(codes: ReadonlyMap<string | number, number>): ReadonlyMap<string | number, number> {
  if ([...codes.keys()].some((label) => isCode(String(label)))) return new Map();
  const values = new Map([...codes].map(([label, code]) => [parseCell(String(label)), code]));
  return values.size === codes.size && !values.has(NaN) ? values : new Map();
}

function lossOfKind(loss: 'auto' | TaskLoss, kind: TaskKind): 'auto' | TaskLoss {
  if (!taskKinds.includes(kind)) reject('INVALID_OPTION', 'task', `one of ${taskKinds.join(', ')}`, kind);
  if (kind === 'auto' || loss === 'auto') return kind === 'regression' ? 'squared' : loss;
  if ((kind === 'regression') === (loss === 'squared')) return loss;
  const sentence = `The loss must be one for ${kind}, but ${describe(loss)} was given; leave one of loss and task out.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: kind, received: loss });
}

/** Why `chooseTask` chose as it did, for a summary; with what would say otherwise where nobody has. */
export function explainTask(
  task: Task, raw: RawTarget, format: DataFormat | 'array', given: 'auto' | TaskLoss, kind: TaskKind,
): string {
  const classes = task.classes?.length ?? 0;
  const what = task.loss === 'squared' ? 'regression' : `classification into ${classes} classes`;
  if (kind !== 'auto' || given !== 'auto') return `${what}, as asked for`;
  if (task.loss === 'squared') {
    const rule = format === 'libsvm' ? 'are not integers that each come twice or more' : 'are numbers, more than two different ones';
    return `${what}, because the targets ${rule} (--task classification takes them for labels)`;
  }
  if (raw.kind === 'strings') return `${what}, because the targets are text`;
  const why = classes === 2 ? 'there are two different targets'
    : format === 'idx' ? 'the labels of IDX data are classes' : 'the targets are integers that repeat in LIBSVM data';
  return `${what}, because ${why} (--task regression takes them for numbers)`;
}

function looksLikeClasses(classes: readonly (string | number)[], rows: number): boolean {
  return classes.every(Number.isInteger) && rows >= 2 * classes.length;
}

function numbersOf(labels: readonly string[]): Float64Array {
  const bad = labels.findIndex((label) => !isNumber(label));
  if (bad >= 0) {
    const received = `${describe(labels[bad])} in row ${bad} (counted from 0)`;
    throw dataError(`The target must hold numbers, but there is ${received}.`, 'a number', received);
  }
  return Float64Array.from(labels, Number);
}

function firstText(labels: readonly string[]): string | undefined {
  return labels.find((label) => !isNumber(label)) ?? labels[0];
}

function listed(classes: readonly (string | number)[]): string {
  const shown = classes.slice(0, 10).map(describe).join(', ');
  return classes.length > 10 ? `${shown}, ...` : shown;
}
