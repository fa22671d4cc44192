/**
 * Every metric that applies to a model on labelled rows, under one name each:
 *
 *     two classes        loss, accuracy, balancedAccuracy, f1, rocAuc, averagePrecision, logLoss, calibrationError
 *     several classes    loss, accuracy, balancedAccuracy, f1 (macro), rocAuc (one against all others), logLoss, calibrationError
 *     sets of labels     loss, accuracy (of whole sets), f1 (micro), rocAuc (mean over the labels)
 *     numbers            loss, r2, rmse, mae; deviance and d2 for poisson, gamma and tweedie
 *     several tasks      loss
 *
 * Those of two classes take the second class for the positive one. `logLoss` and `calibrationError` are there where the loss has probabilities,
 * and `rocAuc` where every one of at most 100 classes has rows; r2 of a constant target is NaN.
 */
import type { Backend } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { Pace, paced } from '../core/pace.js';
import {
  decodeSteps,
  decodeTargetSteps,
  encodeSteps,
  readTarget,
  sourceOf,
  type GivenTarget,
  type MatrixData,
  type TrainingMatrix,
  type Task,
} from '../data/index.js';
import type { GivenRows, Model } from '../io/model.js';
import { codings, type ClassLabel, type Label } from '../losses/coding.js';
import type { Loss } from '../losses/loss.js';
import { probabilitySteps } from '../losses/probabilities.js';
import { balancedOf } from './accuracy.js';
import { areaUnderPrecision } from './average-precision.js';
import { calibrationSteps, errorOf } from './calibration-error.js';
import { confidenceSteps } from './confidence.js';
import { confusionSteps, occurring, type ConfusionMatrix } from './confusion-matrix.js';
import { gammaDeviance, poissonDeviance, tweedieDeviance } from './deviance.js';
import { f1Of, reportOf, type ClassReport } from './f1.js';
import { logLossSteps } from './log-loss.js';
import { r2Steps } from './r2.js';
import { mae, rmse } from './regression.js';
import { areaUnderRoc, rocAucOneVsRestSteps } from './roc.js';
import { meanOf, meanSteps, weigh, type WeightOf } from './rows.js';
import { thresholdsSteps } from './thresholds.js';

export const metricNames = [
  'loss',
  'accuracy',
  'balancedAccuracy',
  'f1',
  'rocAuc',
  'averagePrecision',
  'logLoss',
  'calibrationError',
  'r2',
  'rmse',
  'mae',
  'deviance',
  'd2',
] as const;

export type MetricName = (typeof metricNames)[number];

/** An area under a curve sorts all rows, one for each class. */
const MOST_AREAS = 100;

/** Metrics of which less is better. */
export const lessIsBetter: ReadonlySet<MetricName> = new Set([
  'loss',
  'logLoss',
  'calibrationError',
  'rmse',
  'mae',
  'deviance',
]);

export interface Evaluation {
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  /** For one label a row. */
  readonly confusion?: ConfusionMatrix;
  /** Precision, recall and F1 of every class, for one label a row. */
  readonly classes?: readonly ClassReport[];
}

export interface EvaluationOptions {
  readonly sampleWeights?: Float64Array | undefined;
  /** Added to the outputs, rows x outputs. */
  readonly offsets?: Float64Array | undefined;
  /** Multiplies the data; default: native where it loads. */
  readonly backend?: Backend | undefined;
}

/** What the metrics are computed from: the outputs for rows whose targets are known. */
export interface Outcome {
  readonly outputs: Float64Array;
  readonly encoded: Float64Array;
  readonly task: Task;
  readonly loss: Loss;
  readonly weights: Float64Array | undefined;
  readonly weightOf: WeightOf;
  /** What `encoded` encodes, where it is at hand. */
  readonly truth?: readonly Label[] | undefined;
}

type Metrics = Partial<Record<MetricName, number>>;

/** Every metric that applies to `model` on these rows. */
export async function evaluation(
  model: Model,
  data: GivenRows | TrainingMatrix,
  target: GivenTarget,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  return evaluationOf(await outcomeOf(model, data, target, options));
}

export async function outcomeOf(
  model: Model,
  data: GivenRows | TrainingMatrix,
  target: GivenTarget,
  { sampleWeights, offsets, backend }: EvaluationOptions = {},
): Promise<Outcome> {
  const { task } = model.spec;
  const { loss } = model;
  const outputs = await model.outputs(data, backend, offsets);
  const raw = await readTarget(target, outputs.length / task.outputs);
  const encoded = await paced(encodeSteps(raw, task, loss));
  const { length } = outputs;
  const weightOf = weigh({ length: length / task.outputs }, outputs, sampleWeights, task.outputs);
  return { outputs, encoded, task, loss, weights: sampleWeights, weightOf };
}

/** Judges models of one task by the same rows, which are copied, encoded and decoded once. */
export interface Judge {
  evaluation(model: Model): Promise<Evaluation>;
  dispose(): void;
}

/** @param model one of those to be judged */
export async function judgeOn(
  { spec: { task }, loss }: Model,
  x: MatrixData,
  target: GivenTarget,
  { sampleWeights, offsets, backend = selectBackend().backend }: EvaluationOptions,
): Promise<Judge> {
  const encoded = await paced(encodeSteps(await readTarget(target, x.rows), task, loss));
  const oneLabel = task.coding === 'two-classes' || task.coding === 'classes';
  const truth = oneLabel ? await paced(decodeTargetSteps(encoded, task)) : undefined;
  const weightOf = weigh({ length: x.rows }, { length: x.rows * task.outputs }, sampleWeights, task.outputs);
  const matrix = await backend.matrix(sourceOf(x), { frame: 'none', precision: 'float64' });
  return {
    async evaluation(model) {
      const outputs = await model.outputs(matrix, backend, offsets);
      return evaluationOf({ outputs, encoded, task, loss, weights: sampleWeights, weightOf, truth });
    },
    dispose: () => matrix.dispose(),
  };
}

export async function evaluationOf(outcome: Outcome): Promise<Evaluation> {
  const { task } = outcome;
  const mean = { loss: await meanLoss(outcome) };
  if (task.coding === 'numbers') return { metrics: { ...mean, ...(await ofNumbers(outcome)) } };
  if (task.coding === 'label-sets') return { metrics: { ...mean, ...(await ofLabelSets(outcome)) } };
  if (task.coding === 'by-task') return { metrics: mean };
  return ofClasses(outcome, mean);
}

function meanLoss({ outputs, encoded, task: { outputs: width }, loss, weightOf }: Outcome): Promise<number> {
  const targetWidth = loss.targetWidth(width);
  const ofRow = (row: number): number => loss.row(outputs, row * width, width, encoded, row * targetWidth, null, null);
  return paced(meanSteps(outputs.length / width, weightOf, ofRow));
}

function accuracyOf({ outputs, encoded, task, weightOf }: Outcome): Promise<number> {
  const { hits } = codings[task.coding];
  const width = task.outputs;
  return paced(meanSteps(outputs.length / width, weightOf, (row) => hits!(outputs, width, encoded, row, row + 1)));
}

/** Between two metrics, each of which looks at all rows. */
async function breathe(pace: Pace): Promise<void> {
  if (pace.due) await pace.yield();
}

async function ofNumbers({ outputs, encoded, task, loss, weights, weightOf }: Outcome): Promise<Metrics> {
  const width = task.outputs;
  const predicted = loss.prediction ? outputs.map((output) => loss.prediction!(output)) : outputs;
  let r2 = 0;
  for (let a = 0; a < width; a++) r2 += (await paced(r2Steps(predicted, encoded, a, width, weightOf))) / width;
  const each = weights && Float64Array.from(encoded, (_, e) => weights[Math.floor(e / width)]!);
  const options = { sampleWeights: each };
  const pace = new Pace();
  const metrics: Metrics = { r2, rmse: rmse(encoded, predicted, options) };
  await breathe(pace);
  metrics.mae = mae(encoded, predicted, options);
  await breathe(pace);
  return { ...metrics, ...deviances(loss, encoded, predicted, options) };
}

function deviances(
  { name, parameters }: Loss,
  truth: Float64Array,
  predicted: Float64Array,
  options: { readonly sampleWeights: Float64Array | undefined },
): Metrics {
  const powers: Readonly<Record<string, number>> = { poisson: 1, gamma: 2, tweedie: parameters['power'] ?? 1.5 };
  const power = powers[name];
  if (power === undefined) return {};
  const deviance = power === 1 ? poissonDeviance : power === 2 ? gammaDeviance : tweedieDeviance;
  const found = deviance(truth, predicted, { ...options, power });
  const mean = meanOf(truth.length, weigh(truth, truth, options.sampleWeights), (row) => truth[row]!);
  // A model of the mean alone; where every target is 0 there is none.
  if (mean === 0) return { deviance: found, d2: NaN };
  const whole = deviance(truth, new Float64Array(truth.length).fill(mean), { ...options, power });
  return { deviance: found, d2: whole === 0 ? NaN : 1 - found / whole };
}

async function ofLabelSets(outcome: Outcome): Promise<Metrics> {
  const { outputs, encoded, task, weightOf } = outcome;
  const width = task.outputs;
  let [hits, positives, predicted] = [0, 0, 0];
  outputs.forEach((output, e) => {
    const weight = weightOf(Math.floor(e / width));
    if (output > 0 && encoded[e]! > 0) hits += weight;
    if (output > 0) predicted += weight;
    if (encoded[e]! > 0) positives += weight;
  });
  const areas: Metrics = {};
  const columns = task.classes!.map((_, a) => encoded.filter((__, e) => e % width === a));
  if (columns.every((column) => column.some((y) => y > 0) && column.some((y) => y < 0))) {
    const sets = (await paced(decodeTargetSteps(encoded, task))) as (readonly string[])[];
    areas.rocAuc = await paced(rocAucOneVsRestSteps(sets, outputs, task.classes!, { sampleWeights: outcome.weights }));
  }
  return {
    accuracy: await accuracyOf(outcome),
    f1: predicted + positives > 0 ? (2 * hits) / (predicted + positives) : 0,
    ...areas,
  };
}

async function ofClasses(outcome: Outcome, mean: Metrics): Promise<Evaluation> {
  const { outputs, encoded, task, loss, weights } = outcome;
  const classes = task.classes!;
  const options = { sampleWeights: weights };
  const truth = (outcome.truth ?? (await paced(decodeTargetSteps(encoded, task)))) as readonly ClassLabel[];
  const predicted = (await paced(decodeSteps(outputs, task.outputs, task, loss))) as ClassLabel[];
  const confusion = await paced(confusionSteps(truth, predicted, { labels: classes, ...options }));
  const reports = reportOf(confusion);
  const two = task.coding === 'two-classes';
  const metrics: Metrics = {
    ...mean,
    accuracy: await accuracyOf(outcome),
    balancedAccuracy: balancedOf(confusion),
    f1: two ? reports[1]!.f1 : f1Of(occurring(confusion), {}),
  };
  const probabilities = loss.probabilities ? await paced(probabilitySteps(outputs, task, loss)) : null;
  if (classes.length <= MOST_AREAS && reports.every(({ support }) => support > 0)) {
    if (two) {
      const thresholds = await paced(thresholdsSteps(truth, outputs, { positive: classes[1]!, ...options }));
      metrics.rocAuc = areaUnderRoc(thresholds);
      metrics.averagePrecision = areaUnderPrecision(thresholds);
    } else metrics.rocAuc = await paced(rocAucOneVsRestSteps(truth, probabilities ?? outputs, classes, options));
  }
  if (probabilities) {
    metrics.logLoss = await paced(logLossSteps(truth, probabilities, classes, options));
    const sure = await paced(confidenceSteps(truth, predicted, probabilities, classes));
    metrics.calibrationError = errorOf(await paced(calibrationSteps(sure.cameTrue, sure.probabilities, options)));
  }
  return { metrics, confusion, classes: reports };
}
