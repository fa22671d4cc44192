/**
 * From the target as it stands in a file to the numbers a loss works with, and back.
 *
 * | loss | encoded target |
 * |---|---|
 * | `squared` | the number itself |
 * | `logistic` | -1 for the first, +1 for the second of two classes in ascending order |
 * | `softmax` | the index of the class, classes in ascending order |
 *
 * Numeric classes are in numeric order (and `+1`, `1`, `1.0` are one class), strings in the order of their code units.
 */
import { describe, lookUp, reject } from '../core/errors.js';
import { losses } from '../losses/index.js';
import { dataError } from './data-error.js';
import { isNumber, parseCell } from './number-cell.js';
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

/**
 * Chooses the loss and finds the classes. `format` is where the labels come from, `'array'` for memory.
 *
 * With `auto`: two distinct labels give `logistic`; strings and IDX labels give `softmax`; so do LIBSVM labels that are
 * integers, at most 1000 distinct ones, each occurring twice on average or more; anything else is `squared`. Integer
 * classes in a CSV file or an array are therefore regressed unless `softmax` is asked for.
 *
 * @throws PlanesearchError INVALID_OPTION for a loss of another name; INVALID_DATA for a single class, more than two for
 *   `logistic`, text for `squared`, and numbers that are not finite
 */
export function chooseTask(raw: RawTarget, format: DataFormat | 'array', loss: 'auto' | TaskLoss): Task {
  lookUp(CHOICES, 'loss', loss);
  checkFinite(raw);
  if (loss === 'squared') {
    if (raw.kind === 'strings') {
      const received = describe(firstText(raw.values));
      throw dataError(`The squared loss needs numbers as target, but ${received} was given.`, 'numbers', received);
    }
    return { loss };
  }
  if (loss === 'auto' && raw.kind === 'numbers' && format !== 'idx' && hasManyValues(raw.values)) return { loss: 'squared' };
  const classes = distinct(raw);
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
  const encoded = new Float64Array(raw.values.length);
  for (let row = 0; row < encoded.length; row++) {
    const label = raw.values[row]!;
    const code = codes.get(label) ?? codes.get(numeric ? parseCell(String(label)) : String(label));
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

function distinct(raw: RawTarget): (string | number)[] {
  // -0 and 0 are one key of a Set.
  if (raw.kind === 'numbers') return [...new Set(raw.values)].sort((a, b) => a - b);
  return [...new Set(raw.values)].sort();
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
