/**
 * `train` with `pca`: on the principal components of X instead of its columns, with a model of the columns as the result.
 *
 * The components are learned from the rows that are trained on, those held out by a share excepted. What the run sees (penalty, gradients,
 * `standardize`) is about components; the model that comes back, and the one that callbacks get, has them in its first layer.
 */
import { ownNumbers } from './backends/arguments.js';
import type { FileSource } from './backends/backend.js';
import { isFile } from './backends/file-source.js';
import { PlanesearchError, reject } from './core/errors.js';
import {
  matrixAtOnce,
  readMatrix,
  readTarget,
  recognizeMatrix,
  stratifiedRows,
  takeRows,
  toMatrix,
  type GivenMatrix,
  type MatrixData,
} from './data/index.js';
import { ownCopy } from './data/matrix-data.js';
import { labelsOf, wantedValidation, type ValidationData } from './held-out.js';
import { Model } from './io/model.js';
import { foldedLinear } from './preprocessing/fold.js';
import { PCA } from './preprocessing/pca.js';
import type { PathMember } from './selection/penalty-path.js';
import { checkSchemaOf, chooseLoss, withoutLossOptions } from './train-parts.js';
import type { TrainingCallback } from './running-training.js';
import type { Training, TrainingData, TrainOptions } from './train-options.js';

/** What became of the columns. */
export interface ComponentsReport {
  readonly components: number;
  /** Share of the variance of all columns that they have, together. */
  readonly explained: number;
}

type Run = (data: TrainingData, options: TrainOptions) => Promise<Training>;

const secondsSince = (began: number): number => (performance.now() - began) / 1000;

/** Copies that the caller cannot reach. */
function ownValidation({ x, y, offsets, sampleWeights, ...rest }: ValidationData) {
  const own = ownCopy(inMemory(x));
  const reading = readTarget(y, own.rows);
  reading.catch(() => undefined);
  return {
    ...rest,
    x: own,
    y: reading,
    ...(offsets && { offsets: ownNumbers('The offsets of the validation data', offsets) }),
    ...(sampleWeights && { sampleWeights: ownNumbers('The sample weights of the validation data', sampleWeights) }),
  };
}

/** What components are formed of. */
function inMemory(x: GivenMatrix | FileSource): MatrixData {
  if (isFile(x)) reject('INCOMPATIBLE', 'With pca, the x of the validation data', 'in memory', x);
  return toMatrix(x);
}

/** @param run trains on what it is given */
export async function trainOnComponents(data: TrainingData, options: TrainOptions, run: Run): Promise<Training> {
  const began = performance.now();
  const { pca: wanted, start, callbacks = [], signal, timeLimit } = options;
  if (start !== undefined && !(start !== null && typeof start === 'object' && 'state' in start))
    reject('INCOMPATIBLE', 'With pca, start', 'the state of a run or left out, since models are of columns', start);
  if (isFile(data.x)) reject('INCOMPATIBLE', 'With pca, x', 'in memory', data.x);
  const { seed = 0, backend, threads, precision } = options;
  if (typeof backend === 'object')
    throw new PlanesearchError('INCOMPATIBLE', 'Components are formed in one process, but a backend of several was given.');
  const asked = typeof wanted === 'object' ? wanted : { components: wanted as number };
  const pca = new PCA({ seed, backend, threads, precision, ...asked });
  const reading = recognizeMatrix(data.x);
  const { rows, columns } = reading;
  checkSchemaOf(data, columns);
  // What is given is copied before the first await.
  const target = readTarget(data.y, rows);
  const atOnce = matrixAtOnce(reading);
  const given = atOnce ? ownCopy(atOnce) : readMatrix(reading);
  const own = {
    offsets: data.offsets && ownNumbers('The offsets', data.offsets),
    sampleWeights: data.sampleWeights && ownNumbers('The sample weights', data.sampleWeights),
  };
  const validation = wantedValidation(options);
  const held = typeof validation === 'object' ? ownValidation(validation) : validation;
  const y = await target;
  const x = await given;
  await pca.fit(
    typeof held === 'number' ? takeRows(x, stratifiedRows(rows, labelsOf(y, rows), held, seed).train) : x,
    signal,
  );
  const { loss } = await chooseLoss(y, data.schema?.format ?? 'array', options);
  const fold = (model: Model): Model => {
    const { spec } = foldedLinear(model, pca.linear);
    return new Model({ ...spec, schema: data.schema }, loss);
  };
  const training = await run(
    { x: await pca.transform(x), y, ...own },
    {
      ...withoutLossOptions(options),
      pca: undefined,
      loss,
      ...(held !== undefined && {
        validation: typeof held === 'object' ? { ...held, y: await held.y, x: await pca.transform(held.x) } : held,
      }),
      ...(timeLimit !== undefined && { timeLimit: Math.max(0, timeLimit - secondsSince(began)) }),
      callbacks: callbacks.map((callback) => folding(callback, fold)),
    },
  );
  const { components } = pca.options;
  const explained = pca.learned.explainedVarianceRatio.reduce((sum, ratio) => sum + ratio, 0);
  const model = fold(training.model);
  const { length: parameters } = model.spec.parameters;
  return { ...training, model, columns, parameters, seconds: secondsSince(began), pca: { components, explained } };
}

/** Callbacks see the model of columns; penalties are told as they are. `end` is for the caller of the run to call. */
function folding(callback: TrainingCallback, fold: (model: Model) => Model): TrainingCallback {
  const folded: TrainingCallback = (record, running) =>
    callback(record, {
      history: running.history,
      state: () => running.state(),
      get parameters() {
        return running.parameters;
      },
      get bestParameters() {
        return running.bestParameters;
      },
      model: () => fold(running.model()),
      best: () => fold(running.best()),
    });
  return Object.assign(folded, callback.penalty && { penalty: (tried: PathMember) => callback.penalty!(tried) });
}
