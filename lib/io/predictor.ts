/**
 * A model made ready to answer: one row or a small batch at a time, synchronously, into memory that is there already. For whoever
 * predicts inside a request; many rows at once are the part of `Model.outputs`, which is asynchronous and uses all processors.
 */
import { checkFinite, typedArrayName } from '../backends/arguments.js';
import { AFFINE_SPARE, type Precision, type VectorAlgebra } from '../backends/backend.js';
import { checkAttached } from '../core/attached.js';
import { lookUp, PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { layerRange } from '../core/parameters.js';
import type { ClassLabel, Label } from '../losses/coding.js';
import { decode } from '../losses/task.js';
import { Interpreter } from '../networks/interpreter.js';
import { programOf } from '../networks/program.js';
import type { Model } from './model.js';

export interface PredictorOptions {
  /**
   * Of the rows that are given and of the first layer: 'float64' (default), or 'float32' for half the memory traffic and numbers right to
   * about 1e-6. What is behind the first layer is float64.
   */
  readonly precision?: Precision;
  /** Most rows of one call, at least 1. Default 1. */
  readonly rows?: number;
}

const precisions = { float32: 'float32', float64: 'float64' } as const;

/** Multiplications of a call with several rows, at most: about 5 ms, for which the event loop can wait. */
const MOST_MULTIPLICATIONS = 2 ** 24;

/** The kernels may read a vector behind the numbers. */
const READ_AHEAD = 16;

/** Made by `model.predictor()`. What it returns is its own memory, which the next call overwrites. */
export class Predictor {
  readonly inputs: number;
  readonly maxRows: number;
  readonly precision: Precision;
  readonly #vectors: VectorAlgebra;
  readonly #parameters: Float64Array;
  readonly #layer: Float64Array | Float32Array;
  readonly #tracked: Float64Array;
  readonly #net: Interpreter;
  readonly #model: Model;
  readonly #meanings: Float64Array;
  readonly #classes: readonly ClassLabel[];

  /** @param vectors of the backend that multiplies */
  constructor(model: Model, vectors: VectorAlgebra, options: PredictorOptions) {
    const { architecture, parameters, task } = model.spec;
    const { layout, trackedWidth, outputs } = programOf(architecture);
    const rows = requireInteger('The rows of a predictor', options.rows ?? 1, 1);
    if (rows > 1 && rows * layout.size > MOST_MULTIPLICATIONS) {
      const most = Math.max(1, Math.floor(MOST_MULTIPLICATIONS / layout.size));
      const sentence = `The rows of a predictor must be at most ${most} for ${layout.size} parameters, but ${rows} were asked for: use model.outputs.`;
      throw new PlanesearchError('INVALID_OPTION', sentence, { expected: `at most ${most}`, received: `${rows}` });
    }
    this.precision = lookUp(precisions, 'precision', options.precision ?? 'float64');
    this.inputs = model.inputs;
    this.maxRows = rows;
    this.#model = model;
    this.#vectors = vectors;
    this.#parameters = parameters.slice();
    const [begin, end] = layerRange(layout, 0);
    const Array = this.precision === 'float32' ? Float32Array : Float64Array;
    this.#layer = new Array(end - begin + READ_AHEAD).subarray(0, end - begin);
    this.#layer.set(parameters.subarray(begin, end));
    this.#tracked = new Float64Array(rows * trackedWidth + AFFINE_SPARE);
    this.#net = new Interpreter(architecture, rows);
    const perRow = task.coding === 'two-classes' ? 2 : outputs;
    this.#meanings = new Float64Array(rows * perRow);
    this.#classes = task.classes ?? [];
  }

  /**
   * Raw network outputs, row-major: those of the rows given come first, what is behind them is left from calls with more rows.
   *
   * @param x rows one after the other, in the precision of the predictor
   * @throws PlanesearchError INVALID_ARGUMENT, DIMENSION_MISMATCH for no whole number of rows or too many, INVALID_DATA for a number that
   *   is not finite
   */
  outputs(x: Float64Array | Float32Array): Float64Array {
    const { inputs } = this;
    const rows = this.#rowsOf(x);
    const { trackedWidth } = this.#net.program;
    this.#vectors.affineInto(x, rows, this.#layer, trackedWidth, this.#tracked);
    // No sum over a row is finite if a number in it is not.
    for (let i = 0; i < rows; i++)
      if (!Number.isFinite(this.#tracked[i * trackedWidth])) checkFinite(x, inputs, this.precision);
    this.#net.forward(rows, this.#tracked, 0, this.#parameters);
    return this.#net.outputs;
  }

  /** The label of one row: its class, its number or numbers, or its set of labels (the last two are new arrays). */
  predict(x: Float64Array | Float32Array): Label {
    const outputs = this.outputs(x);
    if (x.length !== this.inputs) reject('DIMENSION_MISMATCH', 'A row', `${this.inputs} numbers`, x.length);
    const { coding, outputs: width } = this.#model.spec.task;
    if (coding === 'two-classes') return this.#classes[outputs[0]! > 0 ? 1 : 0]!;
    if (coding === 'classes') return this.#classes[largest(outputs, 0, width)]!;
    if (coding === 'label-sets') return this.#classes.filter((_, a) => outputs[a]! > 0).map(String);
    const { loss } = this.#model;
    if (coding === 'by-task') return decode(outputs.subarray(0, width), width, this.#model.spec.task, loss)[0]!;
    const { prediction } = loss;
    if (width === 1) return prediction ? prediction(outputs[0]!) : outputs[0]!;
    return Array.from(outputs.subarray(0, width), (output) => (prediction ? prediction(output) : output));
  }

  /**
   * The probabilities of the classes or labels, row-major rows x classes (two of them for two classes); memory as of `outputs`.
   *
   * @throws PlanesearchError INCOMPATIBLE for a loss that has none
   */
  probabilities(x: Float64Array | Float32Array): Float64Array {
    const { inverseLink, name } = this.#model.loss;
    const { coding, outputs: width } = this.#model.spec.task;
    if (inverseLink !== 'sigmoid' && inverseLink !== 'softmax')
      throw new PlanesearchError('INCOMPATIBLE', `The loss '${name}' says nothing about probabilities.`);
    const outputs = this.outputs(x);
    const count = (x.length / this.inputs) * width;
    const p = this.#meanings;
    if (inverseLink === 'softmax') for (let at = 0; at < count; at += width) softmaxInto(outputs, at, width, p);
    else if (coding !== 'two-classes') for (let e = 0; e < count; e++) p[e] = sigmoid(outputs[e]!);
    else {
      for (let e = 0; e < count; e++) {
        p[2 * e] = sigmoid(-outputs[e]!);
        p[2 * e + 1] = sigmoid(outputs[e]!);
      }
    }
    return p;
  }

  #rowsOf(x: Float64Array | Float32Array): number {
    const wanted = this.precision === 'float32' ? 'Float32Array' : 'Float64Array';
    if (typedArrayName(x) !== wanted)
      reject('INVALID_ARGUMENT', 'The rows', `a ${wanted}, as of a ${this.precision} predictor`, x);
    checkAttached('The rows', x);
    const rows = x.length / this.inputs;
    if (rows >= 1 && rows <= this.maxRows && Number.isInteger(rows)) return rows;
    const what =
      this.maxRows === 1 ? `${this.inputs} numbers, one row` : `from 1 to ${this.maxRows} rows of ${this.inputs} numbers`;
    return reject('DIMENSION_MISMATCH', 'The rows', what, x.length);
  }
}

function sigmoid(o: number): number {
  return 1 / (1 + Math.exp(-o));
}

function largest(o: Float64Array, at: number, width: number): number {
  let best = 0;
  for (let a = 1; a < width; a++) if (o[at + a]! > o[at + best]!) best = a;
  return best;
}

function softmaxInto(o: Float64Array, at: number, width: number, p: Float64Array): void {
  const top = o[at + largest(o, at, width)]!;
  let sum = 0;
  for (let e = at; e < at + width; e++) sum += p[e] = Math.exp(o[e]! - top);
  for (let e = at; e < at + width; e++) p[e] = p[e]! / sum;
}
