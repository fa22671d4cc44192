/** What a model file says about itself, beside the numbers: checked piece by piece, since files come from anywhere. */
import { describe, reject } from '../core/errors.js';
import { isCount, isObject } from '../core/plain.js';
import { checkSchema } from '../data/index.js';
import { codings } from '../losses/coding.js';
import { losses } from '../losses/index.js';
import { lossOf, type Task } from '../losses/task.js';
import type { Architecture } from '../networks/network.js';
import { programOf, type Program } from '../networks/program.js';
import type { ModelSpec } from './model.js';

/** Raised whenever an older planesearch could not read the file. */
export const MODEL_FORMAT_VERSION = 3;

/** Version 2 (planesearch 0.2) knows columns of numbers and of categories only, and has nothing to stand for missing cells. */
const READ_VERSIONS: readonly unknown[] = [2, MODEL_FORMAT_VERSION];

export type Refuse = (problem: string, cause?: unknown) => never;
type Json = Readonly<Record<string, unknown>>;

export function headerOf({ network, architecture, task, schema }: ModelSpec): object {
  return { formatVersion: MODEL_FORMAT_VERSION, network, architecture, task, ...(schema ? { schema } : {}) };
}

/** @param ownLoss whether the caller brings the loss, which then need not be a built-in one */
export function checkHeader(header: unknown, path: string, refuse: Refuse, ownLoss: boolean): Omit<ModelSpec, 'parameters'> {
  if (!isObject(header)) return refuse(`its metadata entry "planesearch" must be an object, but it is ${describe(header)}`);
  const { formatVersion, network, architecture, task, schema } = header;
  if (!READ_VERSIONS.includes(formatVersion)) {
    reject(
      'INVALID_MODEL',
      `The format version of ${path}`,
      `${READ_VERSIONS.join(' or ')}, which this planesearch reads`,
      formatVersion,
    );
  }
  if (typeof network !== 'string') return refuse(`its network must be a name, but it is ${describe(network)}`);
  const { inputs, outputs } = checkArchitecture(architecture, refuse);
  checkTask(task, outputs, refuse, ownLoss);
  const spec = { network, architecture: architecture as Architecture, task };
  if (schema === undefined) return spec;
  const checked = checkSchema(schema);
  if (checked.columns !== inputs)
    refuse(`its data schema has ${checked.columns} columns, but its first layer has ${inputs} inputs`);
  return { ...spec, schema: checked };
}

const STEP_FIELDS: Readonly<Record<string, (step: Json) => boolean>> = {
  slice: ({ of, from, width }) => of === 'tracked' && typeof from === 'number' && typeof width === 'number',
  affine: ({ of, layer, outputs }) => typeof of === 'string' && typeof layer === 'string' && typeof outputs === 'number',
  activation: ({ of, activation, sharpness = 1 }) => [of, activation].every(isString) && typeof sharpness === 'number',
  product: ({ of }) => Array.isArray(of) && of.length === 2 && of.every(isString),
  sum: ({ of }) => Array.isArray(of) && of.length === 2 && of.every(isString),
};

function checkArchitecture(architecture: unknown, refuse: Refuse): Program {
  const { inputs, tracked, steps } = isObject(architecture)
    ? architecture
    : refuse(`its architecture is ${describe(architecture)}`);
  if (!isObject(tracked) || typeof tracked['layer'] !== 'string' || !isCount(tracked['outputs'], 1) || !isCount(inputs, 1)) {
    return refuse('its first layer must have a name, inputs and outputs of at least 1');
  }
  if (!Array.isArray(steps)) return refuse(`its steps must be a list, but they are ${describe(steps)}`);
  steps.forEach((step: unknown, at) => {
    if (!isObject(step) || !isString(step['value'])) return refuse(`its step ${at} is ${describe(step)}`);
    const kind = step['step'];
    if (!isString(kind) || !Object.hasOwn(STEP_FIELDS, kind)) {
      return refuse(`its step ${at} must be one of ${Object.keys(STEP_FIELDS).join(', ')}, but it is ${describe(kind)}`);
    }
    if (!STEP_FIELDS[kind]!(step))
      refuse(`its step ${at} (${describe(step['value'])}) lacks what a step '${kind}' has to say`);
  });
  try {
    return programOf(architecture as unknown as Architecture);
  } catch (cause) {
    return refuse(`its network does not fit together (${(cause as Error).message.replace(/\.$/, '')})`, cause);
  }
}

function checkTask(task: unknown, outputs: number, refuse: Refuse, ownLoss: boolean): asserts task is Task {
  const {
    loss,
    parameters,
    coding,
    classes,
    outputs: wanted,
  } = isObject(task) ? task : refuse(`its task is ${describe(task)}`);
  if (!isString(loss) || !(ownLoss || Object.hasOwn(losses, loss))) {
    return refuse(`its loss must be one of ${Object.keys(losses).join(', ')}, but it is ${describe(loss)}`);
  }
  if (!isObject(parameters) || !Object.values(parameters).every((value) => typeof value === 'number')) {
    return refuse(`the parameters of its loss must be numbers by name, but they are ${describe(parameters)}`);
  }
  const known = ownLoss ? Object.keys(codings) : codingsOf(task as unknown as Task, refuse);
  if (!isString(coding) || !known.includes(coding)) {
    const owner = ownLoss ? '' : `, as its loss is ${loss}`;
    return refuse(
      `its coding must be ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}${owner}, but it is ${describe(coding)}`,
    );
  }
  if (wanted !== outputs) refuse(`its task has ${describe(wanted)} outputs, but its network has ${outputs}`);
  const count = coding === 'two-classes' ? 2 : coding === 'numbers' || coding === 'by-task' ? null : outputs;
  if (coding === 'two-classes' && outputs !== 1) refuse(`the coding two-classes needs 1 output, but there are ${outputs}`);
  if (count === null) return;
  if (!Array.isArray(classes) || classes.length !== count || new Set(classes).size !== count || !classes.every(isLabel)) {
    refuse(`the coding ${coding} needs ${count} different classes, but they are ${describe(classes)}`);
  }
}

/** Those that the built-in loss of a task works with. */
function codingsOf(task: Task, refuse: Refuse): readonly string[] {
  try {
    return lossOf(task).codings;
  } catch (cause) {
    return refuse(`its loss is none (${(cause as Error).message.replace(/\.$/, '')})`, cause);
  }
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isLabel(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}
