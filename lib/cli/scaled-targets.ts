/**
 * Numbers that a network learns are trained at mean 0 and spread 1, as those of `MLPRegressor` are: a network begins with outputs of about that size, and
 * the penalty sees its weights, so that prices in pence would be another problem than prices in pounds. With s the spread,
 *
 *     f = mean 1/2 ||(o - y) / s||^2  +  (l2 / 2) ||weights of the scaled network||^2
 *
 * The model that comes out speaks the unit of y, and what is shown is in it as well: s^2 times objectives and losses.
 */
import type { IterationRecord } from '../core/iteration-record.js';
import type { RawTarget } from '../data/table.js';
import { Estimator, type Fitting } from '../estimators/estimator.js';
import {
  measureTargets,
  scaledModel,
  scaledTargets,
  scaledValidation,
  unscaledModel,
  type TargetScale,
} from '../estimators/target-scale.js';
import { Model } from '../io/model.js';
import { summaryOf } from '../io/training-summary.js';
import type { PathMember } from '../selection/penalty-path.js';
import { chooseLoss } from '../train-parts.js';
import { train, type Training, type TrainingCallback, type TrainingData, type TrainOptions } from '../train.js';

/** How the summary of a training calls them. */
export const SCALED = 'targets at mean 0 and spread 1';

/** Reasons of an end that quote no objective and no loss. */
const PLAIN_REASONS: ReadonlySet<string> = new Set(['iterations', 'time', 'products', 'aborted']);

type Numbers = Extract<RawTarget, { kind: 'numbers' }>;

type Read = Omit<TrainingData, 'y'> & { readonly y: RawTarget };

/** How it was trained: everything else is in the caller's unit. */
export interface FramedTraining extends Training {
  readonly targets: 'given' | 'scaled';
}

/** Whether a network with these options is trained so: one with hidden units and the squared loss. */
export async function scalesTargets({ y, schema }: Pick<Read, 'y' | 'schema'>, options: TrainOptions): Promise<boolean> {
  if (y.kind !== 'numbers' || (options.network ?? 'linear') === 'linear') return false;
  const { loss } = await chooseLoss(y, schema?.format ?? 'array', options);
  return loss.name === 'squared';
}

/** `train`, of scaled targets where that is the way. */
export async function trainFramed(data: Read, options: TrainOptions): Promise<FramedTraining> {
  const { y } = data;
  const start = typeof options.start === 'string' ? await modelIn(options.start) : options.start;
  // Weights of other programs are those of targets as given.
  if (y.kind !== 'numbers' || start === null || !(await scalesTargets(data, options)))
    return { ...(await train(data, options)), targets: 'given' };
  const { callbacks = [] } = options;
  const scale = withOneSpread(measureTargets(y));
  const square = scale.scale[0]! ** 2;
  const call = scaledCall({ ...data, y }, { ...options, ...(start && { start }) }, scale);
  const told = callbacks.map((callback) => inUnitOf(callback, square));
  const finished = trainingIn(await train(call.data, { ...call.options, callbacks: told }), scale, square);
  finished.model.training = summaryOf(finished, options);
  return finished;
}

/** The same behind `fit`, for folds and searches. */
export class ScaledEstimator extends Estimator {
  protected override prepare(data: TrainingData, y: RawTarget, options: TrainOptions): Fitting {
    if (y.kind !== 'numbers') return { data, options };
    const scale = withOneSpread(measureTargets(y, data.sampleWeights));
    return { ...scaledCall({ ...data, y }, options, scale), finish: (model) => unscaledModel(model, scale) };
  }
}

function scaledCall(data: TrainingData & { readonly y: Numbers }, options: TrainOptions, scale: TargetScale): Fitting {
  const { earlyStopping, start } = options;
  const early = typeof earlyStopping === 'object' && earlyStopping.monitor !== 'r2' ? earlyStopping : {};
  const minDelta = early.minDelta === undefined ? undefined : early.minDelta / scale.scale[0]! ** 2;
  return {
    data: { ...data, y: scaledTargets(data.y, scale) },
    options: {
      ...scaledValidation(options, scale),
      ...(start instanceof Model && { start: scaledModel(start, scale) }),
      ...(minDelta !== undefined && { earlyStopping: { ...early, minDelta } }),
    },
  };
}

/** A callback that is told of the numbers in the caller's unit. */
function inUnitOf(callback: TrainingCallback, square: number): TrainingCallback {
  const told: TrainingCallback = (record, run) => callback(recordIn(record, square), run);
  const penalty = callback.penalty && ((tried: PathMember) => callback.penalty!(memberIn(tried, square)));
  return Object.assign(told, callback, penalty && { penalty });
}

function memberIn(member: PathMember, square: number): PathMember {
  const { loss, standardError, slope, slopes } = member;
  return {
    ...member,
    ...{ loss: loss * square, standardError: standardError * square },
    ...(slope !== undefined && { slope: slope * square }),
    ...(slopes && { slopes: slopes.map((one) => one * square) }),
  };
}

/** Several targets keep what they weigh beside each other, and a loss is a number of times s^2. */
function withOneSpread({ center, scale }: TargetScale): TargetScale {
  const spread = Math.sqrt(scale.reduce((sum, one) => sum + one * one, 0) / scale.length);
  return { center, scale: scale.map(() => spread) };
}

/** Null for a file of weights that is no model of ours. */
async function modelIn(path: string): Promise<Model | null> {
  return Model.load(path).catch(() => null);
}

function recordIn(record: IterationRecord, square: number): IterationRecord {
  const { objective, loss, validation, grown } = record;
  return {
    ...record,
    objective: objective * square,
    ...(loss !== undefined && { loss: loss * square }),
    ...(validation && { validation: { ...validation, loss: validation.loss * square } }),
    ...(grown && { grown: { ...grown, objective: grown.objective * square } }),
  };
}

function trainingIn(training: Training, scale: TargetScale, square: number): FramedTraining {
  const { model, objective, stop, scores, validation, history, penalty } = training;
  const inUnit = <Scored extends { readonly loss: number }>(scored: Scored): Scored => ({
    ...scored,
    loss: scored.loss * square,
  });
  return {
    ...training,
    targets: 'scaled',
    model: unscaledModel(model, scale),
    objective: objective * square,
    stop: { ...stop, detail: PLAIN_REASONS.has(stop.reason) ? stop.detail : `${stop.detail} (of ${SCALED})` },
    scores: inUnit(scores),
    validation: validation && inUnit(validation),
    history: history.map((record) => recordIn(record, square)),
    penalty: penalty && {
      ...penalty,
      path: penalty.path.map((member) => memberIn(member, square)),
    },
  };
}
