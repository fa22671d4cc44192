/**
 * A trained model: everything that prediction needs, in memory and as a file.
 *
 * The file is a safetensors container; its metadata entry `planesearch` is one JSON object with the format version, the
 * network's layers, the loss, the classes and the schema of the training data. Standardization is folded into the weights.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Backend, DataMatrix } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { describe, lookUp, PlanesearchError, reject } from '../core/errors.js';
import { accuracy, r2 } from '../core/metrics.js';
import { Pace } from '../core/pace.js';
import { blockOf, layoutOf, type LayerShape } from '../core/parameters.js';
import { decodeLabels, encodeTarget, type DataSchema, type DenseData, type RawTarget, type Task } from '../data/index.js';
import { losses } from '../losses/index.js';
import { FeedForward } from '../networks/feed-forward.js';
import { decodeTensors, encodeTensors } from './safetensors.js';

/** Raised whenever an older planesearch could not read the file. */
export const MODEL_FORMAT_VERSION = 1;

export interface ModelSpec {
  readonly network: string;
  readonly layers: readonly LayerShape[];
  /** Which loss, and the classes in the order of the outputs. */
  readonly task: Task;
  /** How to read a data file; absent for a model trained from arrays. */
  readonly schema?: DataSchema | undefined;
  readonly parameters: Float64Array;
}

export interface Scores {
  /** Mean loss, without the penalty. */
  readonly loss: number;
  /** For classes. */
  readonly accuracy?: number;
  /** For numbers. */
  readonly r2?: number;
}

const BLOCK = 256;

export class Model {
  constructor(readonly spec: ModelSpec) {}

  /** Number of features. */
  get inputs(): number {
    return this.spec.layers[0]!.inputs;
  }

  /**
   * Raw network outputs, row-major rows x outputs, for dense data or a data matrix that a backend holds already.
   *
   * @param backend multiplies dense data; default: native where it loads, otherwise javascript
   * @throws DIMENSION_MISMATCH when the data has another number of columns
   */
  async outputs(data: DenseData | DataMatrix, backend?: Backend): Promise<Float64Array> {
    if (data.columns !== this.inputs) reject('DIMENSION_MISMATCH', 'The data', `${this.inputs} columns wide, as the model`, data.columns);
    if ('multiply' in data) return this.#outputsOf(data);
    const matrix = (backend ?? selectBackend().backend).matrix(data.values, data.rows, data.columns);
    try {
      return await this.#outputsOf(matrix);
    } finally {
      matrix.dispose();
    }
  }

  async #outputsOf(matrix: DataMatrix): Promise<Float64Array> {
    const { layers, parameters } = this.spec;
    const width = layers[0]!.outputs;
    const weights = matrix.columns * width;
    const products = await matrix.multiply(parameters.subarray(0, weights), width);
    const net = new FeedForward(layers, BLOCK);
    const outputs = layers.at(-1)!.outputs;
    const out = new Float64Array(matrix.rows * outputs);
    const pace = new Pace();
    for (let from = 0; from < matrix.rows; from += BLOCK) {
      const rows = Math.min(BLOCK, matrix.rows - from);
      const Z = net.activity[0]!;
      for (let e = 0; e < rows * width; e++) Z[e] = products[from * width + e]! + parameters[weights + (e % width)]!;
      net.forward(rows, parameters);
      out.set(net.outputs.subarray(0, rows * outputs), from * outputs);
      if (pace.due) await pace.yield();
    }
    return out;
  }

  /** The class of every row, or its number for the squared loss. */
  async predict(data: DenseData, backend?: Backend): Promise<(string | number)[]> {
    return decodeLabels(await this.outputs(data, backend), this.spec.layers.at(-1)!.outputs, this.spec.task);
  }

  /** Mean loss and accuracy (classes) or r2 (numbers) against known targets; every row counts the same. */
  async evaluate(data: DenseData | DataMatrix, target: RawTarget, backend?: Backend): Promise<Scores> {
    const { task, layers } = this.spec;
    const encoded = encodeTarget(target, task);
    if (encoded.length !== data.rows) reject('DIMENSION_MISMATCH', 'The target', `of length ${data.rows}, one per row`, encoded);
    const width = layers.at(-1)!.outputs;
    const outputs = await this.outputs(data, backend);
    const loss = losses[task.loss];
    let sum = 0;
    for (let i = 0; i < data.rows; i++) sum += loss.row(outputs, i * width, width, encoded, i, null, null);
    const mean = sum / data.rows;
    if (task.loss === 'squared') return { loss: mean, r2: r2(outputs, encoded) };
    const truth = task.loss === 'logistic' ? Array.from(encoded, (y) => task.classes![y > 0 ? 1 : 0]!) : Array.from(encoded, (y) => task.classes![y]!);
    return { loss: mean, accuracy: accuracy(decodeLabels(outputs, width, task), truth) };
  }

  /** Writes the model file: to a temporary file first, then renamed, so that a half-written model never exists. */
  async save(path: string): Promise<void> {
    const { network, layers, task, schema, parameters } = this.spec;
    const header = { formatVersion: MODEL_FORMAT_VERSION, network, layers, task, ...(schema ? { schema } : {}) };
    const tensors = layoutOf(layers).blocks.map((block) => ({
      name: block.name, shape: block.rows === 1 && !block.penalized ? [block.columns] : [block.rows, block.columns], values: blockOf(parameters, block),
    }));
    const temporary = `${path}.${randomUUID()}.part`;
    try {
      await writeFile(temporary, encodeTensors({ metadata: { planesearch: JSON.stringify(header) }, tensors }));
      await rename(temporary, path);
    } catch (cause) {
      await rm(temporary, { force: true });
      throw new PlanesearchError('UNREADABLE_FILE', `The model could not be written to ${path}: ${(cause as Error).message}.`, { cause });
    }
  }

  /** @throws FILE_NOT_FOUND, or INVALID_MODEL when the file is no model or of another format version */
  static async load(path: string): Promise<Model> {
    let file: Buffer;
    try {
      file = await readFile(path);
    } catch (cause) {
      throw new PlanesearchError('FILE_NOT_FOUND', `The model file ${path} could not be read: ${(cause as Error).message}.`, { cause });
    }
    return Model.#decode(file, path);
  }

  static #decode(file: Buffer, path: string): Model {
    const { metadata, tensors } = decodeTensors(file, path);
    const refuse = (problem: string): never => {
      throw new PlanesearchError('INVALID_MODEL', `${path} is not a planesearch model: ${problem}.`);
    };
    if (!metadata.planesearch) refuse('its metadata has no entry "planesearch"');
    const header = JSON.parse(metadata.planesearch!) as Omit<ModelSpec, 'parameters'> & { formatVersion: number };
    if (header.formatVersion !== MODEL_FORMAT_VERSION) {
      reject('INVALID_MODEL', `The format version of ${path}`, `${MODEL_FORMAT_VERSION}, which this planesearch reads`, header.formatVersion);
    }
    const { network, layers, task, schema } = header;
    lookUp(losses, `The loss of ${path}`, task.loss);
    const layout = layoutOf(layers);
    const parameters = new Float64Array(layout.size);
    for (const block of layout.blocks) {
      const values = tensors.find((tensor) => tensor.name === block.name)?.values;
      if (values?.length !== block.size) refuse(`its tensor '${block.name}' should hold ${block.size} numbers, but it holds ${describe(values?.length)}`);
      parameters.set(values!, block.offset);
    }
    return new Model({ network, layers, task, schema, parameters });
  }
}
