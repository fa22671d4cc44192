/**
 * How lazy a training was: how far the parameters went from where they began, and how far the tangent kernel went with them.
 *
 *     movement = |theta - theta_0| / |theta_0|
 *     K_(ia)(jb) = (d o_a(x_i) / d theta)' (d o_b(x_j) / d theta)        change = |K - K_0|_F / |K_0|_F
 *
 * Where both are near 0 the network was as good as linear in its parameters all the way (arXiv 2404.04859; "lazy": Chizat, Oyallon & Bach,
 * arXiv 1812.07956). Everything is in the frame, the centered and scaled columns in which training happens: no unit of a column matters.
 *
 * The Jacobian matrix is never formed. A layer computes [h_i; 1]' V of its input h_i, and output a has the derivative q_ia by what it computes:
 *
 *     K_(ia)(jb) = sum over layers of ([h_i; 1]'[h_j; 1]) (q_ia' q_jb)
 *
 * so that the first layer, where nearly all parameters are, takes the gram of a few rows of X.
 */
import { AFFINE_SPARE, type Backend, type DataMatrix } from '../backends/backend.js';
import { PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { Pace } from '../core/pace.js';
import { layerRange } from '../core/parameters.js';
import type { GivenMatrix } from '../data/index.js';
import type { Model } from '../io/model.js';
import { Interpreter } from '../networks/interpreter.js';
import { matrixChoice, pointOf, withMatrix, type MatrixChoice } from './data-matrix.js';

export interface RelativeMovement {
  /** Of all parameters, biases included; Infinity where they began at 0 and have moved. */
  readonly all: number;
  /** Layer by layer, the first one first. */
  readonly layers: readonly { readonly name: string; readonly movement: number }[];
}

export interface TangentKernelOptions extends MatrixChoice {
  /** Rows of X that the kernel is of, spread evenly over it, at least 1; they are held as numbers. Default 64, or all where X has fewer. */
  readonly rows?: number | undefined;
}

export interface TangentKernel {
  /** K, size x size, row-major, symmetric; output a of the i-th row taken is at i * outputs + a. */
  readonly values: Float64Array;
  readonly size: number;
  /** The rows taken, by their number. */
  readonly rows: Uint32Array;
}

/**
 * How far training has moved the parameters, relative to their length at the start.
 *
 * @param before the start: `running.model()` of a callback at iteration 0, or of `train` with `maxIterations: 0`
 * @param x the data of the training, whose means and standard deviations are the frame
 * @throws PlanesearchError INCOMPATIBLE for models of two architectures, DIMENSION_MISMATCH for data of another width
 */
export async function relativeMovement(
  before: Model,
  after: Model,
  x: GivenMatrix | DataMatrix,
  options: MatrixChoice = {},
): Promise<RelativeMovement> {
  refuseUnknown(options, matrixChoice, { what: 'The options of relativeMovement' });
  checkPair(before, after);
  return withMatrix(x, options, async ({ frame, columns }) => {
    checkColumns(before, columns);
    const [start, end] = [pointOf(before, frame), pointOf(after, frame)];
    const { layout } = before;
    const movement = (from: number, to: number): number => distance(start.subarray(from, to), end.subarray(from, to));
    return {
      all: movement(0, layout.size),
      layers: layout.layers.map(({ name }, l) => ({ name, movement: movement(...layerRange(layout, l)) })),
    };
  });
}

/**
 * How far training has changed the tangent kernel on a few rows: |K - K_0|_F / |K_0|_F, exact for these rows.
 *
 * @param before the start, as for {@link relativeMovement}
 * @throws PlanesearchError as {@link relativeMovement}, and INVALID_OPTION
 */
export async function kernelChange(
  before: Model,
  after: Model,
  x: GivenMatrix | DataMatrix,
  options: TangentKernelOptions = {},
): Promise<number> {
  checkPair(before, after);
  checkKernelOptions(options, 'kernelChange');
  return withMatrix(x, options, async (matrix, backend) => {
    const rows = await takeRows(before, matrix, options.rows);
    return distance(await kernelOf(before, rows, backend), await kernelOf(after, rows, backend));
  });
}

/**
 * The tangent kernel of a model on a few rows of X, in the frame.
 *
 * @throws PlanesearchError DIMENSION_MISMATCH for data of another width, INVALID_OPTION
 */
export async function tangentKernel(
  model: Model,
  x: GivenMatrix | DataMatrix,
  options: TangentKernelOptions = {},
): Promise<TangentKernel> {
  checkKernelOptions(options, 'tangentKernel');
  return withMatrix(x, options, async (matrix, backend) => {
    const taken = await takeRows(model, matrix, options.rows);
    return {
      values: await kernelOf(model, taken, backend),
      size: taken.numbers.length * model.spec.task.outputs,
      rows: taken.numbers,
    };
  });
}

function checkKernelOptions(options: TangentKernelOptions, name: string): void {
  refuseUnknown(options, [...matrixChoice, 'rows'], { what: `The options of ${name}` });
}

function checkPair(before: Model, after: Model): void {
  if (JSON.stringify(before.spec.architecture) === JSON.stringify(after.spec.architecture)) return;
  throw new PlanesearchError('INCOMPATIBLE', 'The two models must be of one architecture, but they differ in it.');
}

export function checkColumns(model: Model, columns: number): void {
  if (columns !== model.inputs)
    reject('DIMENSION_MISMATCH', 'The data', `${model.inputs} columns wide, as the model`, columns);
}

/** |b - a| / |a|, 0 where nothing has moved. */
function distance(a: Float64Array, b: Float64Array): number {
  const moved = norm(a.map((value, e) => b[e]! - value));
  return moved === 0 ? 0 : moved / norm(a);
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** A few rows of X in the frame. */
interface FewRows {
  readonly numbers: Uint32Array;
  /** Row-major. */
  readonly values: Float64Array;
  readonly frame: DataMatrix['frame'];
}

async function takeRows(model: Model, matrix: DataMatrix, wanted: number | undefined): Promise<FewRows> {
  const { rows, columns, frame } = matrix;
  checkColumns(model, columns);
  const count = wanted === undefined ? Math.min(64, rows) : requireInteger('rows', wanted, 1, rows);
  const numbers = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
  const values = new Float64Array(count * columns);
  for (const [i, from] of numbers.entries())
    values.set(await matrix.multiplyTransposed(Float64Array.of(1), 1, { from, count: 1 }), i * columns);
  return { numbers, values, frame };
}

async function kernelOf(model: Model, { numbers, values, frame }: FewRows, { vectors }: Backend): Promise<Float64Array> {
  const net = new Interpreter(model.spec.architecture, 1);
  const { layers, layout, nodes, trackedWidth, outputs } = net.program;
  const point = pointOf(model, frame);
  const rows = numbers.length;
  const tracked = new Float64Array(rows * trackedWidth + AFFINE_SPARE);
  vectors.affineInto(values, rows, point.subarray(...layerRange(layout, 0)), trackedWidth, tracked);
  const read = nodes.flatMap(({ kind, layer, inputs }) => (kind === 'affine' ? [{ layer, input: inputs[0]! }] : []));
  const inputs = layers.map((layer, l) => (l === 0 ? values : new Float64Array(rows * layer.inputs)));
  const slopes = layers.map((layer) => new Float64Array(rows * outputs * layer.outputs));
  const pace = new Pace();
  for (let i = 0; i < rows; i++) {
    net.forward(1, tracked, i * trackedWidth, point);
    for (const { layer, input } of read) inputs[layer]!.set(net.value(input), i * layers[layer]!.inputs);
    for (let a = 0; a < outputs; a++) {
      const one = new Float64Array(outputs);
      one[a] = 1;
      net.backward(point, one, (l, q) => slopes[l]!.set(q, (i * outputs + a) * q.length));
    }
    if (pace.due) await pace.yield();
  }
  const K = new Float64Array((rows * outputs) ** 2);
  for (const [l, { inputs: width, outputs: units }] of layers.entries()) {
    const H = await gram(inputs[l]!, width, pace);
    const Q = await gram(slopes[l]!, units, pace);
    const size = rows * outputs;
    for (let e = 0; e < K.length; e++) {
      const i = Math.floor(Math.floor(e / size) / outputs);
      const j = Math.floor((e % size) / outputs);
      K[e] = K[e]! + (H[i * rows + j]! + 1) * Q[e]!;
    }
  }
  return K;
}

/** A A' for the rows of A, each `width` long. */
async function gram(A: Float64Array, width: number, pace: Pace): Promise<Float64Array> {
  const rows = A.length / width;
  const out = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += A[i * width + k]! * A[j * width + k]!;
      out[i * rows + j] = out[j * rows + i] = sum;
    }
    if (pace.due) await pace.yield();
  }
  return out;
}
