/**
 * Calibrated probabilities: a function of each output of a model, fitted on rows that the model has not been trained on, one class against all
 * others. With several classes the row is divided by its sum, as scikit-learn's CalibratedClassifierCV does with a fitted model.
 */
import { PlanesearchError, reject } from '../core/errors.js';
import { paced } from '../core/pace.js';
import { encodeSteps, readTarget, type GivenTarget, type MatrixData } from '../data/index.js';
import type { Model } from '../io/model.js';
import type { ClassLabel, Label } from '../losses/coding.js';
import { isotonicRegression, isotonicValue, type IsotonicRegression } from './isotonic.js';
import { plattScaling, type PlattScaling } from './platt.js';

export type Calibration = PlattScaling | IsotonicRegression;

export interface CalibrationChoice {
  /** 'platt' (default): two parameters a class, for few rows; 'isotonic': any nondecreasing function, for a thousand and more. */
  readonly method?: Calibration['method'] | undefined;
  readonly sampleWeights?: Float64Array | undefined;
}

/** The probability that a score stands for. */
export function calibrated(calibration: Calibration, score: number): number {
  if (calibration.method === 'isotonic') return isotonicValue(calibration, score);
  return 1 / (1 + Math.exp(calibration.a * score + calibration.b));
}

/** A model of classes with calibrated probabilities. `calibrations` is plain JSON, to be kept beside the model file. */
export class CalibratedModel {
  constructor(
    readonly model: Model,
    /** One for each output of the model. */
    readonly calibrations: readonly Calibration[],
  ) {
    const { outputs } = model.spec.task;
    if (calibrations.length !== outputs)
      reject('DIMENSION_MISMATCH', 'The calibrations', `${outputs}, one for each output of the model`, calibrations);
    classesOf(model);
  }

  get classes(): readonly ClassLabel[] {
    return classesOf(this.model);
  }

  /** Row-major, rows x classes. */
  async probabilities(data: MatrixData): Promise<Float64Array> {
    const { outputs: width, coding } = this.model.spec.task;
    const outputs = await this.model.outputs(data);
    const each = outputs.map((score, e) => calibrated(this.calibrations[e % width]!, score));
    if (coding === 'label-sets') return each;
    if (coding === 'two-classes') {
      const both = new Float64Array(2 * each.length);
      each.forEach((p, row) => both.set([1 - p, p], 2 * row));
      return both;
    }
    for (let at = 0; at < each.length; at += width) {
      const row = each.subarray(at, at + width);
      const sum = row.reduce((total, p) => total + p, 0);
      // Where every class is said to be impossible none is preferred.
      row.forEach((p, a) => (row[a] = sum > 0 ? p / sum : 1 / width));
    }
    return each;
  }

  /** The most probable class of every row, or the labels more probable than not. */
  async predict(data: MatrixData): Promise<Label[]> {
    const { classes } = this;
    const width = classes.length;
    const probabilities = await this.probabilities(data);
    return Array.from({ length: data.rows }, (_, row): Label => {
      const own = probabilities.subarray(row * width, (row + 1) * width);
      if (this.model.spec.task.coding === 'label-sets') return classes.filter((_label, a) => own[a]! > 0.5).map(String);
      return classes[own.indexOf(own.reduce((most, p) => Math.max(most, p)))]!;
    });
  }
}

/**
 * Fits the calibrations of a trained model.
 *
 * @param data rows that the model has not been trained on
 * @throws PlanesearchError INCOMPATIBLE for a model of numbers; INVALID_DATA where a class has no rows, or all
 */
export async function calibrate(
  model: Model,
  data: MatrixData,
  target: GivenTarget,
  { method = 'platt', sampleWeights }: CalibrationChoice = {},
): Promise<CalibratedModel> {
  if (method !== 'platt' && method !== 'isotonic') reject('INVALID_OPTION', 'method', "'platt' or 'isotonic'", method);
  const { task } = model.spec;
  classesOf(model);
  const raw = await readTarget(target, data.rows);
  const encoded = await paced(encodeSteps(raw, task, model.loss));
  const outputs = await model.outputs(data);
  const { outputs: width, coding } = task;
  const calibration = method === 'platt' ? plattScaling : isotonicRegression;
  const calibrations = Array.from({ length: width }, (_, a) => {
    const scores = outputs.filter((_score, e) => e % width === a);
    const cameTrue =
      coding === 'classes' ? encoded.map((code) => Number(code === a)) : encoded.filter((_code, e) => e % width === a);
    return calibration(
      scores,
      cameTrue.map((code) => Number(code > 0)),
      { sampleWeights },
    );
  });
  return new CalibratedModel(model, calibrations);
}

function classesOf({ spec }: Model): readonly ClassLabel[] {
  if (spec.task.classes) return spec.task.classes;
  const sentence = 'What is calibrated must be a model of classes, but this one predicts numbers.';
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'classes', received: 'numbers' });
}
