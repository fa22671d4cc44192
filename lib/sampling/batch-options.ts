/** From the options of `train` to a run of epochs over mini-batches; what does not go together with them is refused. */
import type { Backend } from '../backends/backend.js';
import { PlanesearchError, reject } from '../core/errors.js';
import type { ObjectiveSpec } from '../core/objective-spec.js';
import type { Direction } from '../directions/direction.js';
import { plane } from '../steps/plane.js';
import type { StepRule } from '../steps/step-rule.js';
import { gaussNewton } from '../subspace/gauss-newton.js';
import type { TrainOptions } from '../train.js';
import { Batches, requireBatch } from './batches.js';
import { miniBatches, type MiniBatchOptions, type SolveOn } from './mini-batches.js';

export interface BatchChoice {
  /** Wanted of a batch. */
  readonly rows: number;
  readonly solveOn: SolveOn;
}

const PLACES: readonly SolveOn[] = ['same', 'next', 'both'];

/** @returns null for a run without mini-batches */
export function planBatches({ batch, solveOn, sample, memory, layers }: TrainOptions, rows: number): BatchChoice | null {
  if (batch === undefined) {
    if (solveOn === undefined) return null;
    throw new PlanesearchError('INCOMPATIBLE', 'solveOn is for mini-batches, but no batch was asked for.');
  }
  if (layers === 'in turn')
    throw new PlanesearchError('INCOMPATIBLE', 'batch and layers in turn exclude each other: an epoch moves all layers.');
  if (sample !== undefined && sample !== 'auto')
    throw new PlanesearchError(
      'INCOMPATIBLE',
      'batch and sample exclude each other: a sample that grows, or batches of all rows.',
    );
  if (solveOn !== undefined && !PLACES.includes(solveOn))
    reject('INVALID_OPTION', 'solveOn', `one of ${PLACES.join(', ')}`, solveOn);
  if (typeof memory === 'number' && memory > 1) reject('INCOMPATIBLE', 'memory', 'at most 1 with mini-batches', memory);
  return { rows: requireBatch(batch, rows), solveOn: solveOn ?? 'both' };
}

const SEARCHES: readonly unknown[] = ['auto', 'plane', 'layerwise'];

/** What `auto` is over mini-batches, when there are any: the gradient, the last step beside it, one plane search. */
export function batchOptions(options: TrainOptions): TrainOptions {
  const { direction = 'auto', steps = 'auto', memory = 'auto' } = options;
  if (options.batch === undefined) return options;
  return {
    ...options,
    direction: direction === 'auto' ? 'gradient' : direction,
    steps: steps === 'auto' ? 'plane' : steps,
    memory: memory === 'auto' ? (SEARCHES.includes(steps) ? 1 : 0) : memory,
  };
}

/** Epochs before whose displacements join the search over all rows; they cost no product. */
const EPOCHS_KEPT = 2;

/** Of a minimum over a few rows; a rate that is laid down, or that backtracking has found, is meant as it is. */
const DAMPED: readonly string[] = ['line', 'plane', 'layerwise'];
const DAMPING = 0.5;

export interface EpochParts extends Omit<MiniBatchOptions, 'batches' | 'rule' | 'solveOn'>, BatchChoice {
  readonly stepRule: StepRule;
}

/**
 * What the trainer iterates: epochs as directions, with a plane search over all rows that takes them. Where the noise of the batches is what
 * is left, the displacement of an epoch is mostly noise, and the search takes a small share of it, which averages; and the objective
 * never rises.
 */
export function epochs(
  spec: ObjectiveSpec,
  backend: Backend,
  { rows, stepRule: rule, ...rest }: EpochParts,
): { readonly direction: Direction; readonly stepRule: StepRule; readonly memory: number } {
  if (rest.direction.difference !== undefined)
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `Mini-batches are for gradients, which '${rest.direction.name}' does not form.`,
    );
  const batches = new Batches({ ...spec, sample: undefined }, backend, rows);
  const damping = DAMPED.includes(rule.name) ? DAMPING : 1;
  const direction = miniBatches({ ...rest, rule, batches, damping });
  return { direction: direction as Direction, stepRule: plane(gaussNewton()) as StepRule, memory: EPOCHS_KEPT };
}
