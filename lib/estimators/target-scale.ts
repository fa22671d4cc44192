/**
 * Targets of a regression by a network are trained at mean 0 and spread 1,
 *
 *     y' = (y - center) / scale        o = scale o' + center
 *
 * because a network begins with outputs of about that size, and because the penalty sees its output weights. What is trained is then put
 * back into the last layer, so that the model speaks the caller's units; a warm start goes the other way.
 */
import { biasBlock, blockOf, weightBlock, type ParameterLayout } from '../core/parameters.js';
import { rawTarget } from '../data/index.js';
import type { RawTarget } from '../data/table.js';
import { Model } from '../io/model.js';
import type { TrainOptions } from '../train.js';

type Numbers = Extract<RawTarget, { kind: 'numbers' }>;

export interface TargetScale {
  /** One a target. */
  readonly center: Float64Array;
  /** One a target, positive. */
  readonly scale: Float64Array;
}

/** Weighted means and (population) standard deviations of the targets; 1 for one that does not vary. */
export function measureTargets({ values, width = 1 }: Numbers, weights?: Float64Array): TargetScale {
  const center = new Float64Array(width);
  const squares = new Float64Array(width);
  let mass = 0;
  for (let row = 0; row < values.length / width; row++) {
    const weight = weights ? weights[row]! : 1;
    if (!(weight > 0)) continue;
    mass += weight;
    for (let a = 0; a < width; a++) {
      const distance = values[row * width + a]! - center[a]!;
      center[a] = center[a]! + (weight / mass) * distance;
      squares[a] = squares[a]! + weight * distance * (values[row * width + a]! - center[a]!);
    }
  }
  const scale = squares.map((square) => {
    const spread = Math.sqrt(square / mass);
    return spread > 0 && spread < Infinity ? spread : 1;
  });
  return { center, scale };
}

export function scaledTargets(target: Numbers, { center, scale }: TargetScale): Numbers {
  const { values, width = 1 } = target;
  return { kind: 'numbers', values: values.map((y, e) => (y - center[e % width]!) / scale[e % width]!), width };
}

/** Validation rows that come with targets of their own are scaled like the others. */
export function scaledValidation(options: TrainOptions, scale: TargetScale): TrainOptions {
  const { validation } = options;
  if (typeof validation !== 'object') return options;
  const target = rawTarget(validation.y);
  if (target.kind !== 'numbers') return options;
  const offsets = validation.offsets?.map((offset, e) => offset / scale.scale[e % scale.scale.length]!);
  const scaled = { ...validation, y: scaledTargets(target, scale), ...(offsets ? { offsets } : {}) };
  return { ...options, validation: scaled };
}

/** The model of the scaled targets as one of the targets as given. */
export function unscaledModel({ spec, layout, loss }: Model, scale: TargetScale): Model {
  return new Model({ ...spec, parameters: rescaled(spec.parameters, layout, scale, true) }, loss);
}

/** Undoes {@link unscaledModel}, for a warm start. */
export function scaledModel({ spec, layout, loss }: Model, scale: TargetScale): Model {
  return new Model({ ...spec, parameters: rescaled(spec.parameters, layout, scale, false) }, loss);
}

function rescaled(given: Float64Array, layout: ParameterLayout, { center, scale }: TargetScale, out: boolean): Float64Array {
  const parameters = given.slice();
  const last = layout.layers.length - 1;
  const weights = blockOf(parameters, weightBlock(layout, last));
  const biases = blockOf(parameters, biasBlock(layout, last));
  const width = biases.length;
  weights.forEach((w, e) => (weights[e] = out ? w * scale[e % width]! : w / scale[e % width]!));
  biases.forEach((b, a) => (biases[a] = out ? b * scale[a]! + center[a]! : (b - center[a]!) / scale[a]!));
  return parameters;
}
