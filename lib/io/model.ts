/**
 * A trained model: everything that prediction needs, in memory and as a file.
 *
 * The file is a safetensors container; its metadata entry `planesearch` is one JSON object with the format version, the
 * network's steps, the task (loss, coding, classes) and the schema of the training data. Weights are in the units of the
 * data as given.
 */
import { checkSource, ownNumbers } from '../backends/arguments.js';
import type { Backend, DataMatrix, FileSource } from '../backends/backend.js';
import { isFile } from '../backends/file-source.js';
import { selectBackend } from '../backends/index.js';
import { PlanesearchError, reject, requireFunctions, requireInteger } from '../core/errors.js';
import { checkOffsets } from '../core/objective-spec.js';
import { refuseUnknown } from '../core/option-names.js';
import { outOfMemory } from '../core/out-of-memory.js';
import { paced } from '../core/pace.js';
import { blockOf, type ParameterBlock, type ParameterLayout } from '../core/parameters.js';
import { columnNamesOf, columnsSchemaOf } from '../data/features.js';
import {
  areTableRows,
  areTexts,
  checkPixels,
  isSparse,
  decodeSteps,
  encodeRows,
  encodeSteps,
  encodeTexts,
  ownIfFew,
  readMatrix,
  readTarget,
  recognizeTraining,
  sourceOf,
  type DataSchema,
  type GivenMatrix,
  type GivenTarget,
  type MatrixData,
  type TrainingMatrix,
  type MatrixReading,
  type TableRow,
  type Task,
} from '../data/index.js';
import type { Label } from '../losses/coding.js';
import type { Loss } from '../losses/loss.js';
import { probabilitySteps, requireProbabilities, topLabelSteps, type RankedLabel } from '../losses/probabilities.js';
import { lossOf } from '../losses/task.js';
import type { Architecture } from '../networks/network.js';
import { programOf } from '../networks/program.js';
import { checkHeader, headerOf, type Refuse } from './model-header.js';
import { modelJson, type ModelJson } from './model-json.js';
import { areFew, outputsOf } from './model-outputs.js';
import { readTensorFile, writeTensorFile } from './model-file.js';
import { Predictor, type PredictorOptions } from './predictor.js';
import { takeTensors, type TensorFile } from './safetensors.js';
import { scores, type Scores } from '../metrics/scores.js';
import { checkTrainingSummary } from './check-training-summary.js';
import { measureJson, parseStrictJson } from './strict-json.js';
import type { TrainingSummary } from './training-summary.js';

export { MODEL_FORMAT_VERSION } from './model-header.js';

export interface ModelSpec {
  /** Name of the network, for people: what it computes is in its architecture. */
  readonly network: string;
  readonly architecture: Architecture;
  /** The loss, how labels are coded, and the classes in the order of the outputs. */
  readonly task: Task;
  /** How to read a data file; absent for a model trained from arrays. */
  readonly schema?: DataSchema | undefined;
  readonly parameters: Float64Array;
}

/** Rows to predict: a matrix, in memory or in a file, or rows with names for a model of a table, or texts for one of texts. */
export type GivenRows = GivenMatrix | FileSource | readonly TableRow[] | readonly string[];

/** The metadata entry of a training summary: of its own, so that a planesearch that does not know it reads the model all the same. */
const TRAINING_ENTRY = 'planesearch.training';

export class Model {
  #loss: Loss | null;
  #training: TrainingSummary | (() => TrainingSummary) | null = null;

  /** @param loss needed for a loss of your own; the built-in ones are known by the name in the task */
  constructor(
    readonly spec: ModelSpec,
    loss?: Loss,
  ) {
    this.#loss = loss ?? null;
  }

  /** How it was trained, for a report; kept in the model file. Null for a model that `train` has not made. */
  get training(): TrainingSummary | null {
    if (typeof this.#training === 'function') this.#training = this.#training();
    return this.#training;
  }

  set training(summary: TrainingSummary | (() => TrainingSummary) | null) {
    this.#training = summary;
  }

  /** Number of features. */
  get inputs(): number {
    return this.spec.architecture.inputs;
  }

  /** Names of the columns of X, for a model that was trained from a table with names. */
  get columnNames(): readonly string[] | null {
    const named = columnsSchemaOf(this.spec.schema);
    return named ? columnNamesOf(named.features) : null;
  }

  /** How the parameters lie in `spec.parameters`. */
  get layout(): ParameterLayout {
    return programOf(this.spec.architecture).layout;
  }

  get loss(): Loss {
    return (this.#loss ??= lossOf(this.spec.task));
  }

  /**
   * Raw network outputs, row-major rows x outputs, for data in any of the forms of `GivenMatrix`, a data matrix that a backend holds already, or an
   * array of objects with a value for every column, which the schema of a model trained on a table encodes (`encodeRows`), or of texts for one
   * trained on texts.
   *
   * Up to 65536 numbers are copied at once, so that they may change as soon as the promise is there; more must stay as they are until it
   * is fulfilled.
   *
   * @param backend multiplies the data; default: native where it loads, otherwise javascript
   * @param offsets added to the outputs, rows x outputs
   * @throws DIMENSION_MISMATCH when the data has another number of columns
   */
  async outputs(given: GivenRows | DataMatrix, backend?: Backend, offsets?: Float64Array): Promise<Float64Array> {
    const { architecture, parameters, task } = this.spec;
    const data = areTableRows(given) || areTexts(given) ? await this.#encode(given) : given;
    const x = isMatrix(data) ? data : recognizeTraining(data);
    if (x.columns !== this.inputs)
      reject('DIMENSION_MISMATCH', 'The data', `${this.inputs} columns wide, as the model`, x.columns);
    if (backend) checkBackend(backend);
    if (offsets) checkOffsets(offsets, x.rows, task.outputs);
    const added = offsets?.slice();
    const own = isMatrix(x) ? x : (this.#readAtOnce(x) ?? (await ownData(x)));
    if (!isMatrix(own) && !isFile(own) && !own.ranks) {
      checkSource(sourceOf(own));
      if (this.#hasPixels) await checkPixels(own, this.spec.schema);
    }
    try {
      return await outputsOf(architecture, parameters, own, backend, added);
    } catch (error) {
      throw outOfMemory(error) ?? error;
    }
  }

  /** One label a row: its class, its number or numbers, or its set of labels. */
  async predict(data: GivenRows, backend?: Backend, offsets?: Float64Array): Promise<Label[]> {
    const { task } = this.spec;
    return paced(decodeSteps(await this.outputs(data, backend, offsets), task.outputs, task, this.loss));
  }

  /**
   * Probabilities, row-major rows x classes in the order of `spec.task.classes`: of each class, summing to 1 (logistic with two classes has two
   * columns, softmax), or of each label of a set on its own.
   *
   * @throws PlanesearchError INCOMPATIBLE for a model of numbers, and for a loss whose outputs are scores only (squared hinge)
   */
  async probabilities(
    data: GivenRows | TrainingMatrix | DataMatrix,
    backend?: Backend,
    offsets?: Float64Array,
  ): Promise<Float64Array> {
    requireProbabilities(this.spec.task, this.loss);
    return paced(probabilitySteps(await this.outputs(data, backend, offsets), this.spec.task, this.loss));
  }

  /**
   * For every row the `k` labels with the largest outputs, largest first, each with its output and its probability.
   *
   * @param k at least 1; with fewer classes all of them come
   */
  async topK(
    data: GivenRows | TrainingMatrix | DataMatrix,
    k: number,
    backend?: Backend,
    offsets?: Float64Array,
  ): Promise<RankedLabel[][]> {
    requireInteger('k', k, 1);
    return paced(topLabelSteps(await this.outputs(data, backend, offsets), k, this.spec.task, this.loss));
  }

  /** Mean loss and accuracy (classes) or r2 (numbers) against known targets; every row counts the same. */
  async evaluate(
    given: GivenRows | DataMatrix,
    target: GivenTarget,
    backend?: Backend,
    offsets?: Float64Array,
  ): Promise<Scores> {
    const added = offsets && ownNumbers('The offsets', offsets);
    const data = areTableRows(given) || areTexts(given) ? await this.#encode(given) : given;
    const x = isMatrix(data) ? data : recognizeTraining(data);
    const [raw, own] = await Promise.all([readTarget(target, x.rows), isMatrix(x) ? x : ownData(x)]);
    const encoded = await paced(encodeSteps(raw, this.spec.task, this.loss));
    const outputs = await this.outputs(own, backend, added);
    return paced(scores(outputs, encoded, this.spec.task, this.loss));
  }

  /** Few numbers that go through the network before the caller has a turn: they need no copy. */
  #readAtOnce({ data }: MatrixReading<TrainingMatrix>): MatrixData | null {
    if (data === null || isFile(data) || isSparse(data) || this.#hasPixels) return null;
    return areFew(data, this.layout.size) ? data : null;
  }

  get #hasPixels(): boolean {
    return this.spec.schema?.format === 'idx';
  }

  #encode(rows: readonly TableRow[] | readonly string[]): Promise<MatrixData> {
    const { schema } = this.spec;
    if (schema !== undefined) return areTexts(rows) ? encodeTexts(rows, schema) : encodeRows(rows, schema);
    const what = areTexts(rows) ? 'Texts need' : 'Rows with names need';
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `${what} a model that was trained with the schema of a table, but this one was trained without.`,
    );
  }

  /**
   * The model made ready for one row or a small batch at a time, without a promise and without new memory: see `lib/io/predictor.ts`.
   *
   * @param backend multiplies the data; default: native where it loads, otherwise javascript
   */
  predictor(options: PredictorOptions = {}, backend?: Backend): Predictor {
    refuseUnknown(options, ['precision', 'rows'], { what: 'The options of a predictor' });
    if (backend) checkBackend(backend);
    return new Predictor(this, (backend ?? selectBackend().backend).vectors, options);
  }

  /** Plain numbers and names, for `JSON.stringify(model)`: see `lib/io/model-json.ts`. @throws INCOMPATIBLE above 2^20 parameters */
  toJSON(): ModelJson {
    return modelJson(this);
  }

  /**
   * Writes the model file: to a temporary file first, then renamed, so that a half-written model never exists.
   *
   * @throws UNWRITABLE_FILE, also for a device, a pipe and a folder; the mode of a file that is replaced stays
   */
  async save(path: string): Promise<void> {
    const { parameters } = this.spec;
    const tensors = this.layout.blocks.map((block) => ({
      name: block.name,
      shape: shapeOf(block),
      values: blockOf(parameters, block),
    }));
    const header = JSON.stringify(headerOf(this.spec));
    measureJson(Buffer.from(header), (problem) => {
      throw new PlanesearchError('UNWRITABLE_FILE', `The description of a model ${problem}.`);
    });
    const training = this.training && { [TRAINING_ENTRY]: JSON.stringify(this.training) };
    await writeTensorFile(path, { metadata: { planesearch: header, ...training }, tensors });
  }

  /**
   * @param loss for a model that was trained with a loss of your own
   * @throws FILE_NOT_FOUND, UNREADABLE_FILE for what is no regular file, or INVALID_MODEL when the file is no model, a damaged
   *   one or of another format version
   */
  static async load(path: string, loss?: Loss): Promise<Model> {
    return decodeModel(await readTensorFile(path), path, loss);
  }
}

/** @throws PlanesearchError INVALID_MODEL with what is wrong about the file `path` */
export function decodeModel({ metadata, tensors }: TensorFile, path: string, loss?: Loss): Model {
  const refuse: Refuse = (problem, cause) => {
    throw new PlanesearchError('INVALID_MODEL', `${path} is not a planesearch model: ${problem}.`, { cause });
  };
  if (!metadata['planesearch']) refuse('its metadata has no entry "planesearch"');
  const header = parseStrictJson(Buffer.from(metadata['planesearch']!), (problem, cause) =>
    refuse(`its metadata entry "planesearch" ${problem}`, cause),
  );
  const spec = checkHeader(header, path, refuse, loss !== undefined);
  const { layout } = programOf(spec.architecture);
  // All are looked at before memory is taken for them: damaged sizes may ask for any amount.
  const wanted = layout.blocks.map((block) => ({ name: block.name, shape: shapeOf(block) }));
  const found = takeTensors(tensors, wanted, refuse);
  const parameters = new Float64Array(layout.size);
  layout.blocks.forEach((block, b) => parameters.set(found[b]!, block.offset));
  const model = new Model({ ...spec, parameters }, loss);
  const training = metadata[TRAINING_ENTRY];
  if (training === undefined) return model;
  const refuseEntry: Refuse = (problem, cause) => refuse(`its metadata entry "${TRAINING_ENTRY}" ${problem}`, cause);
  model.training = checkTrainingSummary(parseStrictJson(Buffer.from(training), refuseEntry), refuseEntry);
  return model;
}

/** A matrix of another library may multiply, but not transposed. */
function isMatrix(data: GivenMatrix | MatrixReading<TrainingMatrix> | TrainingMatrix | DataMatrix): data is DataMatrix {
  return typeof (data as Partial<DataMatrix> | null)?.multiplyTransposed === 'function';
}

/** Few numbers are copied before the first await. */
async function ownData(given: MatrixReading<TrainingMatrix>): Promise<TrainingMatrix> {
  const { data } = given;
  if (data === null) return readMatrix(given);
  return isFile(data) ? data : ownIfFew(data);
}

function checkBackend(backend: Backend): void {
  requireFunctions('The backend', 'one that selectBackend gives', backend, ['matrix', 'trackedLoss']);
  requireFunctions('The vectors of the backend', 'those of one that selectBackend gives', backend.vectors, ['affineInto']);
}

/** A bias is a vector, a weight a matrix. */
function shapeOf({ rows, columns, penalized }: ParameterBlock): number[] {
  return penalized ? [rows, columns] : [columns];
}
