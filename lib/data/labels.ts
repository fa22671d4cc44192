/**
 * What is to be learned from a target when nobody says so: the chooser of `auto`. Codings are in `lib/losses/coding.ts`,
 * tasks in `lib/losses/task.ts`.
 */
import { describe, lookUp } from '../core/errors.js';
import { distinctLabels, firstText, rowsOfTarget, type ClassLabel } from '../losses/coding.js';
import { lossByName, losses } from '../losses/index.js';
import type { Loss } from '../losses/loss.js';
import {
  decode as decodeLabels,
  decodeTargets as decodeTarget,
  encode as encodeTarget,
  taskOf,
  type Task,
} from '../losses/task.js';
import { dataError } from './data-error.js';
import type { DataFormat, RawTarget } from './table.js';

/** The names that a caller may give. */
const CHOICES = { auto: null, ...losses };

/** More distinct labels than this are not taken for classes unless asked for by name. */
const LARGEST_CLASS_COUNT = 1000;

/**
 * Chooses the loss and finds the classes. `format` is where the labels come from, `'array'` for memory.
 *
 * With `auto`: two distinct labels and sets of labels give `logistic`; strings and IDX labels give `softmax`; so do LIBSVM
 * labels that are integers, at most 1000 distinct ones, each occurring twice on average or more; anything else is `squared`.
 * Integer classes in a CSV file or an array are therefore regressed unless `softmax` is asked for.
 *
 * @param loss 'auto', the name of a loss with its default parameters, or a loss
 * @throws PlanesearchError INVALID_OPTION for a loss of another name; INVALID_DATA for labels that the loss cannot take, a
 *   single class, and numbers that are not finite
 */
export function chooseTask(raw: RawTarget, format: DataFormat | 'array', loss: string | Loss): Task {
  if (typeof loss !== 'string') return taskOf(raw, loss);
  lookUp(CHOICES, 'loss', loss);
  return taskOf(raw, loss === 'auto' ? chooseLoss(raw, format) : lossByName(loss));
}

function chooseLoss(raw: RawTarget, format: DataFormat | 'array'): Loss {
  if (raw.kind === 'label-sets') return losses.logistic();
  if (raw.kind === 'numbers') {
    if ((raw.width ?? 1) > 1 || (format !== 'idx' && hasManyValues(raw.values))) return losses.squared();
  }
  const classes = distinctLabels(raw);
  // Of a single class softmax complains in the right words.
  if (classes.length < 2) return losses.softmax();
  if (classes.length === 2) return losses.logistic();
  if (raw.kind === 'strings' && classes.length > LARGEST_CLASS_COUNT) {
    const expected = `numbers or at most ${LARGEST_CLASS_COUNT} classes`;
    const received = `${classes.length} distinct values such as ${describe(firstText(raw.values))}`;
    const sentence = `The target must have ${expected} unless the softmax loss is asked for, but has ${received}.`;
    throw dataError(sentence, expected, received);
  }
  return raw.kind === 'strings' || format === 'idx' || (format === 'libsvm' && looksLikeClasses(classes, raw.values.length))
    ? losses.softmax()
    : losses.squared();
}

/** @throws PlanesearchError INVALID_DATA unless there is one label per row */
export function checkLabelCount(labels: number, rows: number): void {
  if (labels === rows) return;
  const sentence = `There must be one label per row, but ${labels} labels came with ${rows} rows.`;
  throw dataError(sentence, `${rows} labels`, `${labels} labels`);
}

/** Spares sorting a million distinct numbers. */
function hasManyValues(values: Float64Array): boolean {
  const seen = new Set<number>();
  return values.some((value) => seen.add(value).size > LARGEST_CLASS_COUNT);
}

function looksLikeClasses(classes: readonly ClassLabel[], rows: number): boolean {
  return classes.every(Number.isInteger) && rows >= 2 * classes.length;
}

export { decodeLabels, decodeTarget, encodeTarget, rowsOfTarget };
export type { Task };
