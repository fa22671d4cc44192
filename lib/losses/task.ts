/**
 * A task says what is learned from a target: the loss with its parameters, how labels are coded, and the classes. Plain
 * JSON, kept in the model file; with it, labels become targets and outputs become predictions.
 */
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { atOnce, endsStride, type Steps } from '../core/pace.js';
import { dataError } from '../data/data-error.js';
import type { RawTarget } from '../data/table.js';
import { codings, rowsOfTarget, type ClassLabel, type CodingName, type Label } from './coding.js';
import { lossByName, losses } from './index.js';
import type { Loss } from './loss.js';

export interface Task {
  /** Name of the loss: one of the registry, or of a loss of the user's own. */
  readonly loss: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly coding: CodingName;
  /** Absent for numbers. */
  readonly classes?: readonly ClassLabel[];
  /** Outputs of the network, at least 1. */
  readonly outputs: number;
}

/** What a target is to be taken for; `auto` leaves it to the loss, or to the rule of `chooseTask`. */
export type TaskKind = 'auto' | 'classification' | 'regression';

export const taskKinds = ['auto', 'classification', 'regression'] as const satisfies readonly TaskKind[];

/** @throws PlanesearchError INVALID_OPTION for a kind of another name */
export function checkKind(kind: TaskKind): void {
  if (!taskKinds.includes(kind)) reject('INVALID_OPTION', 'task', `one of ${taskKinds.join(', ')}`, kind);
}

/** What the targets of a loss are, by its codings; `auto` for one that takes numbers and labels. */
export function kindOfLoss({ codings: names }: Pick<Loss, 'codings'>): TaskKind {
  const regression = names.includes('numbers');
  const classification = names.some((coding) => coding !== 'numbers');
  return regression === classification ? 'auto' : regression ? 'regression' : 'classification';
}

/**
 * The task of `loss` on these labels, by the first of its codings that fits them.
 *
 * @param kind which of its codings are meant
 * @throws PlanesearchError INVALID_DATA when none fits; INCOMPATIBLE for a loss that is not of that kind
 */
export function taskOf(raw: RawTarget, loss: Loss, kind: TaskKind = 'auto'): Task {
  return atOnce(taskSteps(raw, loss, kind));
}

export function* taskSteps(raw: RawTarget, loss: Loss, kind: TaskKind = 'auto'): Steps<Task> {
  checkKind(kind);
  yield* checkFinite(raw);
  const { name, parameters } = loss;
  const wanted = loss.codings.filter((coding) => kind === 'auto' || (coding === 'numbers') === (kind === 'regression'));
  if (wanted.length === 0 && loss.codings.length > 0) {
    const sentence = `The loss must be one for ${kind}, but ${describe(name)} was given; leave one of loss and task out.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: kind, received: name });
  }
  const problems: { readonly error: PlanesearchError; readonly meant: boolean }[] = [];
  for (const coding of wanted) {
    const { kinds, problem, classes: classesOf, outputs } = codings[coding];
    const error = yield* problem(raw, name);
    if (error) {
      problems.push({ error, meant: kinds.includes(raw.kind) });
      continue;
    }
    const classes = yield* classesOf(raw);
    return {
      loss: name,
      parameters: { ...parameters },
      coding,
      ...(classes ? { classes } : {}),
      outputs: outputs(raw, classes, loss),
    };
  }
  const problem = problems.find(({ meant }) => meant) ?? problems[0];
  throw (
    problem?.error ?? new PlanesearchError('INCOMPATIBLE', `The loss '${name}' names no coding of labels (\`codings\`).`)
  );
}

/**
 * The loss of a task from the registry.
 *
 * @throws PlanesearchError INCOMPATIBLE for a loss of the user's own, which has to be given as an object
 */
export function lossOf(task: Pick<Task, 'loss' | 'parameters'>): Loss {
  if (Object.hasOwn(losses, task.loss)) return lossByName(task.loss, task.parameters);
  const sentence = `The loss '${task.loss}' is not built in: give the loss itself along with the task.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: Object.keys(losses).join(', '), received: task.loss });
}

/**
 * The target as `loss` wants it, rows x `loss.targetWidth(task.outputs)`.
 *
 * @throws PlanesearchError INVALID_DATA for a label that is not among the classes, text where numbers are needed, numbers
 *   that are not finite, and with `loss` given numbers that it cannot take
 */
export function encode(raw: RawTarget, task: Task, loss?: Loss): Float64Array {
  return atOnce(encodeSteps(raw, task, loss));
}

export function* encodeSteps(raw: RawTarget, task: Task, loss?: Loss): Steps<Float64Array> {
  yield* checkFinite(raw);
  const encoded = yield* codings[task.coding].encode(raw, task.classes ?? [], task.outputs);
  if (!loss) return encoded;
  const width = encoded.length / rowsOfTarget(raw);
  if (loss.tasks && width !== loss.targetWidth(task.outputs))
    reject('DIMENSION_MISMATCH', 'The target', `of ${loss.targetWidth(task.outputs)} numbers a row`, width);
  yield* checkTargets(encoded, task, loss);
  return encoded;
}

/** One prediction a row from the outputs of a network, `width` a row. */
export function decode(outputs: Float64Array, width: number, task: Task, loss?: Loss): Label[] {
  return atOnce(decodeSteps(outputs, width, task, loss));
}

export function decodeSteps(outputs: Float64Array, width: number, task: Task, loss: Loss = lossOf(task)): Steps<Label[]> {
  return codings[task.coding].decode(outputs, width, task.classes ?? [], loss);
}

/** Undoes {@link encode}; of several tasks with their loss. */
export function decodeTargets(encoded: Float64Array, task: Task, loss?: Loss): Label[] {
  return atOnce(decodeTargetSteps(encoded, task, loss));
}

export function decodeTargetSteps(encoded: Float64Array, task: Task, loss?: Loss): Steps<Label[]> {
  return codings[task.coding].decodeTargets(encoded, task.outputs, task.classes ?? [], loss);
}

function* checkTargets(encoded: Float64Array, { outputs }: Task, loss: Loss): Steps<void> {
  const width = loss.targetWidth(outputs);
  const problemAt = (e: number): string | null => loss.targetProblem(encoded[e]!, outputs, e % width);
  let bad = 0;
  for (; bad < encoded.length && problemAt(bad) === null; bad++) if (endsStride(bad)) yield;
  if (bad === encoded.length) return;
  const expected = problemAt(bad)!;
  const received = `${encoded[bad]} in row ${Math.floor(bad / width)} (counted from 0)`;
  throw dataError(`The target must hold ${expected}, but there is ${received}.`, expected, received);
}

function* checkFinite(raw: RawTarget): Steps<void> {
  if (raw.kind !== 'numbers') return;
  const { values } = raw;
  let bad = 0;
  for (; bad < values.length && Number.isFinite(values[bad]); bad++) if (endsStride(bad)) yield;
  if (bad === values.length) return;
  const received = `${values[bad]} in row ${Math.floor(bad / (raw.width ?? 1))} (counted from 0)`;
  throw dataError(`The target must hold finite numbers, but there is ${received}.`, 'a finite number', received);
}
