/** Where a training begins: where the network does, at a model or its parameters, at the file of either, or at the state of another run. */
import { checkArray, ownNumbers, typedArrayName } from './backends/arguments.js';
import { describe, PlanesearchError, reject } from './core/errors.js';
import type { ParameterLayout } from './core/parameters.js';
import { createRandom } from './core/random.js';
import type { TrainerStart, TrainerState } from './core/trainer.js';
import type { Model, ModelSpec } from './io/model.js';
import { readStartFile } from './io/weights.js';
import type { Network } from './networks/index.js';
import { programOf } from './networks/program.js';
import type { TrainOptions } from './train-options.js';

/** Of this realm or another. */
function isVector(start: unknown): start is Float64Array {
  return typedArrayName(start) === 'Float64Array';
}

/** Of this copy of the package or another. */
function isModel(start: unknown): start is Model {
  return isVector((start as Partial<Model> | null | undefined)?.spec?.parameters);
}

/** A copy that the caller cannot reach; a model is held, and what is no start is left to be refused. */
export function ownStart(start: TrainOptions['start']): TrainOptions['start'] {
  if (isVector(start)) return ownNumbers('The start', start);
  if (start === undefined || typeof start === 'string' || isModel(start)) return start;
  const { state } = checkState(start);
  try {
    return { state: structuredClone(state) };
  } catch (error) {
    throw new PlanesearchError('INVALID_OPTION', 'The state to start from must hold numbers and typed arrays alone.', {
      cause: error,
    });
  }
}

type Start = Exclude<TrainOptions['start'], string>;

/** What a start that is the name of a file stands for. */
export async function startOfFile(start: TrainOptions['start'], layout: ParameterLayout): Promise<Start> {
  return typeof start === 'string' ? readStartFile(start, layout) : start;
}

/** Where to begin; a model that is another one than is to be trained is refused. */
export function chooseStart(
  start: Start,
  seed: number,
  wanted: Omit<ModelSpec, 'parameters'>,
  network: Network,
): TrainerStart {
  const { size } = programOf(wanted.architecture).layout;
  if (start === undefined) return { inFrame: network.initialize(wanted.architecture, createRandom(seed)) };
  if (isVector(start)) {
    if (start.length !== size) reject('DIMENSION_MISMATCH', 'The start', `a vector of ${size} parameters`, start);
    checkArray('The start', start, size, 'parameters');
    return { trained: start };
  }
  if (!isModel(start)) return checkState(start);
  const { spec } = start;
  const compared = [
    ['network', wanted.network, spec.network],
    ['inputs', wanted.architecture.inputs, spec.architecture.inputs],
    ['outputs', wanted.task.outputs, spec.task.outputs],
    ['steps', wanted.architecture, spec.architecture],
    ['loss', wanted.task.loss, spec.task.loss],
    ['parameters of the loss', wanted.task.parameters, spec.task.parameters],
    ['classes', wanted.task.classes, spec.task.classes],
  ] as const;
  for (const [what, here, there] of compared) {
    if (JSON.stringify(here) === JSON.stringify(there)) continue;
    const numbers = typeof here === 'object' || here === undefined ? 'others' : describe(there);
    const expected = typeof here === 'object' || here === undefined ? `the same ${what}` : `${what} ${describe(here)}`;
    throw new PlanesearchError('INCOMPATIBLE', `The model to start from must have ${expected}, but it has ${numbers}.`);
  }
  return { trained: spec.parameters };
}

function checkState(start: unknown): { readonly state: TrainerState } {
  const state: unknown = typeof start === 'object' && start !== null && 'state' in start ? start.state : null;
  if (typeof state === 'object' && state !== null) return { state: state as TrainerState };
  const expected = 'a model, a Float64Array of parameters, the file of either or { state } with the state of a run';
  return reject('INVALID_OPTION', 'start', expected, start);
}
