/**
 * What is to be learned from a target when nobody says so: the chooser of `auto`. Codings are in `lib/losses/coding.ts`,
 * tasks in `lib/losses/task.ts`.
 */
import { describe, lookUp } from '../core/errors.js';
import { atOnce, findSteps, type Steps } from '../core/pace.js';
import { differentSteps, distinctSteps, firstText, rowsOfTarget, type ClassLabel } from '../losses/coding.js';
import { lossByName, losses } from '../losses/index.js';
import type { Loss } from '../losses/loss.js';
import {
  checkKind,
  decode as decodeLabels,
  decodeTargets as decodeTarget,
  decodeTargetSteps,
  decodeSteps,
  encode as encodeTarget,
  encodeSteps,
  taskKinds,
  taskSteps,
  type Task,
  type TaskKind,
} from '../losses/task.js';
import { dataError } from './data-error.js';
import { indexOf } from './label-index.js';
import type { DataOrigin, RawTarget } from './table.js';

/** The names that a caller may give. */
const CHOICES = { auto: null, ...losses };

/** More distinct labels than this are not taken for classes unless asked for by name. */
const LARGEST_CLASS_COUNT = 1000;

/**
 * Chooses the loss and finds the classes. `format` is where the labels come from, `'array'` for memory.
 *
 * With `auto`: two distinct labels and sets of labels give `logistic`; strings and IDX labels give `softmax`; so do LIBSVM
 * labels that are integers, at most 1000 distinct ones, each occurring twice on average or more; anything else is `squared`.
 * Integer classes in a CSV file or an array are therefore regressed unless `softmax` is asked for, or `kind` is
 * `classification`.
 *
 * @param loss 'auto', the name of a loss with its default parameters, or a loss
 * @throws PlanesearchError INVALID_OPTION for a loss or kind of another name; INCOMPATIBLE for a loss that is not of that
 *   kind; INVALID_DATA for labels that the loss cannot take, a single class, labels that cannot be told apart, and numbers
 *   that are not finite
 */
export function chooseTask(raw: RawTarget, format: DataOrigin, loss: string | Loss, kind: TaskKind = 'auto'): Task {
  if (typeof loss !== 'string') return atOnce(taskSteps(raw, loss, kind));
  lookUp(CHOICES, 'loss', loss);
  return atOnce(taskSteps(raw, loss === 'auto' ? atOnce(lossSteps(raw, format, kind)) : lossByName(loss), kind));
}

/** The loss that `auto` is. */
export function* lossSteps(raw: RawTarget, format: DataOrigin, kind: TaskKind): Steps<Loss> {
  checkKind(kind);
  if (kind === 'regression') return losses.squared();
  if (raw.kind === 'label-sets') return losses.logistic();
  if (kind === 'classification') {
    if (raw.kind === 'numbers' && (raw.width ?? 1) > 1) return losses.softmax();
    return lossOfClasses((yield* differentSteps(raw)).size);
  }
  if (raw.kind === 'numbers') {
    if ((raw.width ?? 1) > 1 || (format !== 'idx' && (yield* hasManyValues(raw)))) return losses.squared();
    yield* refuseTwins(raw);
  }
  // Texts that were too many to keep leave the numbers, which may still be regressed.
  const classes = yield* differentSteps(raw.kind === 'numbers' && raw.texts === null ? { ...raw, texts: undefined } : raw);
  if (classes.size <= 2) return lossOfClasses(classes.size);
  if (raw.kind === 'strings' && classes.size > LARGEST_CLASS_COUNT) {
    const expected = `numbers or at most ${LARGEST_CLASS_COUNT} classes`;
    const received = `${classes.size} distinct values such as ${describe(firstText(raw.values))}`;
    const sentence = `The target must have ${expected} unless the softmax loss is asked for, but has ${received}.`;
    throw dataError(sentence, expected, received);
  }
  return raw.kind === 'strings' || format === 'idx' || (format === 'libsvm' && looksLikeClasses(classes, raw.values.length))
    ? losses.softmax()
    : losses.squared();
}

/** Of a single class softmax complains in the right words. */
function lossOfClasses(count: number): Loss {
  return count === 2 ? losses.logistic() : losses.softmax();
}

/** Two numbers that are written in more than two ways: two classes or more, which only the caller knows. */
function* refuseTwins({ values, texts }: Extract<RawTarget, { kind: 'numbers' }>): Steps<void> {
  if (!texts || (yield* differentSteps({ kind: 'numbers', values })).size > 2) return;
  const written = yield* distinctSteps({ kind: 'numbers', values, texts });
  const twice = written.findIndex((text, k) => k > 0 && Number(text) === Number(written[k - 1]));
  if (written.length <= 2 || twice < 0) return;
  const received = `${describe(written[twice - 1])} and ${describe(written[twice])}`;
  const sentence =
    `The target must have labels that differ as numbers, but has ${received}; ` +
    '--task classification keeps them apart, --task regression takes them for numbers.';
  throw dataError(sentence, 'labels that differ as numbers', received);
}

/** Why `chooseTask` chose as it did, for a summary; with what would say otherwise where nobody has. */
export function explainTask(
  { classes, coding }: Task,
  raw: RawTarget,
  format: DataOrigin,
  given: string | Loss,
  kind: TaskKind,
): string {
  const count = classes?.length ?? 0;
  const what =
    classes === undefined
      ? 'regression'
      : `classification into ${coding === 'label-sets' ? `sets of ${count} labels` : `${count} classes`}`;
  if (kind !== 'auto' || given !== 'auto') return `${what}, as asked for`;
  if (raw.kind === 'label-sets') return `${what}, because the targets are sets of labels`;
  if (classes === undefined) {
    if ((raw.kind === 'numbers' ? (raw.width ?? 1) : 1) > 1) return `${what}, because the targets are several numbers a row`;
    const rule =
      format === 'libsvm' ? 'are not integers that each come twice or more' : 'are numbers, more than two different ones';
    return `${what}, because the targets ${rule} (--task classification takes them for labels)`;
  }
  if (raw.kind === 'strings') return `${what}, because the targets are text`;
  const why =
    count === 2
      ? 'there are two different targets'
      : format === 'idx'
        ? 'the labels of IDX data are classes'
        : 'the targets are integers that repeat in LIBSVM data';
  return `${what}, because ${why} (--task regression takes them for numbers)`;
}

/** @throws PlanesearchError INVALID_DATA unless there is one label per row */
export function checkLabelCount(labels: number, rows: number): void {
  if (labels === rows) return;
  const sentence = `There must be one label per row, but ${labels} labels came with ${rows} rows.`;
  throw dataError(sentence, `${rows} labels`, `${labels} labels`);
}

/** Too many for classes that nobody has asked for. */
function* hasManyValues({ values }: Extract<RawTarget, { kind: 'numbers' }>): Steps<boolean> {
  const index = indexOf(values);
  if (index) return index.distinct.length > LARGEST_CLASS_COUNT;
  const seen = new Set<number>();
  return (yield* findSteps(values, (value) => seen.add(value).size > LARGEST_CLASS_COUNT)) >= 0;
}

function looksLikeClasses(classes: ReadonlySet<ClassLabel>, rows: number): boolean {
  return rows >= 2 * classes.size && [...classes].every(Number.isInteger);
}

export { decodeLabels, decodeSteps, decodeTarget, decodeTargetSteps, encodeSteps, encodeTarget, rowsOfTarget, taskKinds };
export type { Task, TaskKind };
