/**
 * A trained model: everything that prediction needs, in memory and as a file.
 *
 * The file is a safetensors container; its metadata entry `planesearch` is one JSON object with the format version, the
 * network's steps, the task (loss, coding, classes) and the schema of the training data. Weights are in the units of the
 * data as given.
 */
import { checkSource } from '../backends/arguments.js';
import type { Backend, DataMatrix } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { PlanesearchError, reject } from '../core/errors.js';
import { outOfMemory } from '../core/out-of-memory.js';
import { Pace } from '../core/pace.js';
import { blockOf, type ParameterBlock, type ParameterLayout } from '../core/parameters.js';
import {
  checkPixels,
  checkShape,
  decodeLabels,
  encodeTarget,
  readTarget,
  type DataSchema,
  type DenseData,
  type GivenTarget,
  type RawTarget,
  type Task,
} from '../data/index.js';
import type { Label } from '../losses/coding.js';
import type { Loss } from '../losses/loss.js';
import { lossOf } from '../losses/task.js';
import type { Architecture } from '../networks/network.js';
import { programOf } from '../networks/program.js';
import { checkHeader, headerOf, type Refuse } from './model-header.js';
import { outputsOf } from './model-outputs.js';
import { readTensorFile, writeTensorFile } from './model-file.js';
import { takeTensors, type TensorFile } from './safetensors.js';
import { agreement, meanLoss, type Scores } from './scores.js';

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

export class Model {
  #loss: Loss | null;

  /** @param loss needed for a loss of your own; the built-in ones are known by the name in the task */
  constructor(
    readonly spec: ModelSpec,
    loss?: Loss,
  ) {
    this.#loss = loss ?? null;
  }

  /** Number of features. */
  get inputs(): number {
    return this.spec.architecture.inputs;
  }

  /** How the parameters lie in `spec.parameters`. */
  get layout(): ParameterLayout {
    return programOf(this.spec.architecture).layout;
  }

  get loss(): Loss {
    return (this.#loss ??= lossOf(this.spec.task));
  }

  /**
   * Raw network outputs, row-major rows x outputs, for dense data or a data matrix that a backend holds already.
   *
   * @param backend multiplies dense data; default: native where it loads, otherwise javascript
   * @param offsets added to the outputs, rows x outputs
   * @throws DIMENSION_MISMATCH when the data has another number of columns
   */
  async outputs(data: DenseData | DataMatrix, backend?: Backend, offsets?: Float64Array): Promise<Float64Array> {
    const { architecture, parameters, task } = this.spec;
    if (typeof (data as Partial<DataMatrix> | null)?.multiply !== 'function') checkShape(data as DenseData);
    if (data.columns !== this.inputs)
      reject('DIMENSION_MISMATCH', 'The data', `${this.inputs} columns wide, as the model`, data.columns);
    const size = data.rows * task.outputs;
    if (offsets && offsets.length !== size)
      reject('DIMENSION_MISMATCH', 'The offsets', `of length ${size}, rows x outputs`, offsets);
    if (!('multiply' in data)) {
      checkSource({ kind: 'dense', values: data.values, rows: data.rows, columns: data.columns });
      await checkPixels(data, this.spec.schema);
    }
    try {
      return await outputsOf(architecture, parameters, data, () => backend ?? selectBackend().backend, offsets);
    } catch (error) {
      throw outOfMemory(error) ?? error;
    }
  }

  /** One label a row: its class, its number or numbers, or its set of labels. */
  async predict(data: DenseData, backend?: Backend, offsets?: Float64Array): Promise<Label[]> {
    const { task } = this.spec;
    return decodeLabels(await this.outputs(data, backend, offsets), task.outputs, task, this.loss);
  }

  /** Mean loss and accuracy (classes) or r2 (numbers) against known targets; every row counts the same. */
  async evaluate(
    data: DenseData | DataMatrix,
    target: GivenTarget,
    backend?: Backend,
    offsets?: Float64Array,
  ): Promise<Scores> {
    return this.#evaluate(data, await readTarget(target), backend, offsets);
  }

  async #evaluate(
    data: DenseData | DataMatrix,
    target: RawTarget,
    backend?: Backend,
    offsets?: Float64Array,
  ): Promise<Scores> {
    const { task } = this.spec;
    const { outputs: width } = task;
    const { loss } = this;
    const pace = new Pace();
    const encoded = encodeTarget(target, task, loss);
    if (pace.due) await pace.yield();
    const targetWidth = loss.targetWidth(width);
    if (encoded.length !== data.rows * targetWidth)
      reject('DIMENSION_MISMATCH', 'The target', `of length ${data.rows}, one per row`, encoded);
    const outputs = await this.outputs(data, backend, offsets);
    return {
      loss: await meanLoss(outputs, encoded, width, loss),
      ...(await agreement(outputs, encoded, task, loss)),
    };
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
    await writeTensorFile(path, { metadata: { planesearch: JSON.stringify(headerOf(this.spec)) }, tensors });
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

function decodeModel({ metadata, tensors }: TensorFile, path: string, loss: Loss | undefined): Model {
  const refuse: Refuse = (problem, cause) => {
    throw new PlanesearchError('INVALID_MODEL', `${path} is not a planesearch model: ${problem}.`, { cause });
  };
  if (!metadata['planesearch']) refuse('its metadata has no entry "planesearch"');
  const spec = checkHeader(parseHeader(metadata['planesearch']!, refuse), path, refuse, loss !== undefined);
  const { layout } = programOf(spec.architecture);
  // All are looked at before memory is taken for them: damaged sizes may ask for any amount.
  const wanted = layout.blocks.map((block) => ({ name: block.name, shape: shapeOf(block) }));
  const found = takeTensors(tensors, wanted, refuse);
  const parameters = new Float64Array(layout.size);
  layout.blocks.forEach((block, b) => parameters.set(found[b]!, block.offset));
  return new Model({ ...spec, parameters }, loss);
}

/** A bias is a vector, a weight a matrix. */
function shapeOf({ rows, columns, penalized }: ParameterBlock): number[] {
  return penalized ? [rows, columns] : [columns];
}

function parseHeader(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return refuse('its metadata entry "planesearch" is not JSON', cause);
  }
}
