/**
 * A trained model: everything that prediction needs, in memory and as a file.
 *
 * The file is a safetensors container; its metadata entry `planesearch` is one JSON object with the format version, the
 * network's layers, the loss, the classes and the schema of the training data. Standardization is folded into the weights.
 */
import { activations } from '../activations/index.js';
import type { Backend, DataMatrix } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { describe, PlanesearchError, reject } from '../core/errors.js';
import { accuracy, r2 } from '../core/metrics.js';
import { Pace } from '../core/pace.js';
import { blockOf, layoutOf, type LayerShape, type ParameterBlock } from '../core/parameters.js';
import { checkSchema, decodeLabels, encodeTarget, type DataSchema, type DenseData, type RawTarget, type Task } from '../data/index.js';
import { losses } from '../losses/index.js';
import { FeedForward } from '../networks/feed-forward.js';
import { readTensorFile, writeTensorFile } from './model-file.js';
import { takeTensors, type TensorFile } from './safetensors.js';

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
    const classOf = (y: number): string | number => task.classes![task.loss === 'logistic' ? Number(y > 0) : y]!;
    const truth = Array.from(encoded, classOf);
    return { loss: mean, accuracy: accuracy(decodeLabels(outputs, width, task), truth) };
  }

  /**
   * Writes the model file: to a temporary file first, then renamed, so that a half-written model never exists.
   *
   * @throws UNWRITABLE_FILE, also for a device, a pipe and a folder; the mode of a file that is replaced stays
   */
  async save(path: string): Promise<void> {
    const { network, layers, task, schema, parameters } = this.spec;
    const header = { formatVersion: MODEL_FORMAT_VERSION, network, layers, task, ...(schema ? { schema } : {}) };
    const tensors = layoutOf(layers).blocks.map((block) => ({
      name: block.name, shape: shapeOf(block), values: blockOf(parameters, block),
    }));
    await writeTensorFile(path, { metadata: { planesearch: JSON.stringify(header) }, tensors });
  }

  /**
   * @throws FILE_NOT_FOUND, UNREADABLE_FILE for what is no regular file, or INVALID_MODEL when the file is no model, a damaged one or of
   *   another format version
   */
  static async load(path: string): Promise<Model> {
    return Model.#decode(await readTensorFile(path), path);
  }

  static #decode({ metadata, tensors }: TensorFile, path: string): Model {
    const refuse: Refuse = (problem, cause) => {
      throw new PlanesearchError('INVALID_MODEL', `${path} is not a planesearch model: ${problem}.`, { cause });
    };
    if (!metadata['planesearch']) refuse('its metadata has no entry "planesearch"');
    const spec = checkHeader(parseHeader(metadata['planesearch']!, refuse), path, refuse);
    const layout = layoutOf(spec.layers);
    // All are looked at before memory is taken for them: damaged layers may ask for any amount.
    const found = takeTensors(tensors, layout.blocks.map((block) => ({ name: block.name, shape: shapeOf(block) })), refuse);
    const parameters = new Float64Array(layout.size);
    layout.blocks.forEach((block, b) => parameters.set(found[b]!, block.offset));
    return new Model({ ...spec, parameters });
  }
}

/** A bias is a vector, a weight a matrix. */
function shapeOf({ rows, columns, penalized }: ParameterBlock): number[] {
  return rows === 1 && !penalized ? [columns] : [rows, columns];
}

type Refuse = (problem: string, cause?: unknown) => never;
type Json = Readonly<Record<string, unknown>>;

function parseHeader(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return refuse('its metadata entry "planesearch" is not JSON', cause);
  }
}

function checkHeader(header: unknown, path: string, refuse: Refuse): Omit<ModelSpec, 'parameters'> {
  if (!isObject(header)) return refuse(`its metadata entry "planesearch" must be an object, but it is ${describe(header)}`);
  const { formatVersion, network, layers, task, schema } = header;
  if (formatVersion !== MODEL_FORMAT_VERSION) {
    reject('INVALID_MODEL', `The format version of ${path}`, `${MODEL_FORMAT_VERSION}, which this planesearch reads`, formatVersion);
  }
  if (typeof network !== 'string') return refuse(`its network must be a name, but it is ${describe(network)}`);
  checkLayers(layers, refuse);
  checkTask(task, layers.at(-1)!.outputs, refuse);
  if (schema === undefined) return { network, layers, task };
  const checked = checkSchema(schema);
  const { inputs } = layers[0]!;
  if (checked.columns !== inputs) refuse(`its data schema has ${checked.columns} columns, but its first layer has ${inputs} inputs`);
  return { network, layers, task, schema: checked };
}

function checkLayers(layers: unknown, refuse: Refuse): asserts layers is readonly LayerShape[] {
  if (!Array.isArray(layers) || layers.length === 0) return refuse(`its layers must be a list, but they are ${describe(layers)}`);
  const names = new Set<string>();
  layers.forEach((layer: unknown, l) => {
    const { name, inputs, outputs, activation } = isObject(layer) ? layer : refuse(`its layer ${l} is ${describe(layer)}`);
    if (typeof name !== 'string') refuse(`the name of its layer ${l} is ${describe(name)}`);
    if (!isSize(inputs) || !isSize(outputs)) {
      refuse(`its layer ${l} must have sizes of at least 1, but they are ${describe(inputs)} and ${describe(outputs)}`);
    }
    if (l > 0 && inputs !== (layers[l - 1] as LayerShape).outputs) refuse(`its layer ${l} does not take the outputs of the layer before`);
    if (names.has(name)) refuse(`two of its layers are called ${describe(name)}`);
    names.add(name);
    if (!isKey(activations, activation)) {
      refuse(`the activation of its layer ${l} must be one of ${Object.keys(activations).join(', ')}, but it is ${describe(activation)}`);
    }
  });
}

function checkTask(task: unknown, outputs: number, refuse: Refuse): asserts task is Task {
  const { loss, classes } = isObject(task) ? task : refuse(`its task is ${describe(task)}`);
  if (!isKey(losses, loss)) return refuse(`its loss must be one of ${Object.keys(losses).join(', ')}, but it is ${describe(loss)}`);
  if (loss !== 'softmax' && outputs !== 1) refuse(`the ${loss} loss needs 1 output, but there are ${outputs}`);
  if (loss === 'squared') return;
  const count = loss === 'logistic' ? 2 : outputs;
  if (!Array.isArray(classes) || classes.length !== count || new Set(classes).size !== count || !classes.every(isLabel)) {
    refuse(`the ${loss} loss needs ${count} different classes, but they are ${describe(classes)}`);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKey<T extends object>(registry: T, name: unknown): name is keyof T {
  return typeof name === 'string' && Object.hasOwn(registry, name);
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isLabel(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}
