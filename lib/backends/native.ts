/**
 * The native backend: the classes of the addon behind the interface of `backend.ts`.
 *
 * The addon runs short work at once and returns the value; longer work runs on threads of its own and returns a promise.
 * A loss written by a user has no native code: its tracked loss is the javascript one, over native products.
 */
import { PlanesearchError, requireInteger } from '../core/errors.js';
import { layoutOf } from '../core/parameters.js';
import type { ActivationName } from '../activations/index.js';
import { losses, type LossName } from '../losses/index.js';
import { checkArray, checkMatrixShape, checkPair, checkProduct, checkScale } from './arguments.js';
import type {
  Backend, CoordinateRequest, CoordinateSearch, CoordinateSweep, CurvatureFactors, DataMatrix, Evaluation, FactorRequest, MaybePromise,
  ProductCounts, TrackedLoss, TrackedLossSpec, VectorAlgebra,
} from './backend.js';
import { checkSweep } from './coordinate-search.js';
import { createJavascriptTrackedLoss } from './javascript-tracked-loss.js';
import { call, same } from './native-call.js';
import { createNativeMatrices } from './native-matrices.js';
import { loadNative, type NativeMatrix, type NativeModule, type NativeTrackedLoss } from './native-module.js';

export { loadNative, nativeInfo, type NativeInfo, type NativeModule } from './native-module.js';

/** The numbers of native/activations/activation.h and native/losses/loss.h. */
const activationNumbers: Readonly<Record<ActivationName, number>> = { identity: 0, tanh: 1, relu: 2, sigmoid: 3 };
const lossNumbers: Readonly<Record<LossName, number>> = { squared: 0, logistic: 1, softmax: 2 };

/** The numbers of native/coordinate/request.h. */
const searchNumbers: Readonly<Record<CoordinateSearch, number>> = { doubling: 0, newton: 1, exact: 2 };

class NativeDataMatrix implements DataMatrix {
  readonly counts: ProductCounts;
  readonly native: NativeMatrix;

  constructor(module: NativeModule, values: Float64Array, readonly rows: number, readonly columns: number, threads: number) {
    checkMatrixShape(values, rows, columns);
    const native = call(() => new module.DataMatrix(values, rows, columns, threads), same) as NativeMatrix;
    this.native = native;
    this.counts = {
      get multiply() {
        return native.multiplied;
      },
      get multiplyTransposed() {
        return native.multipliedTransposed;
      },
      get gram() {
        return native.grams;
      },
    };
  }

  multiply(W: Float64Array, width: number): MaybePromise<Float64Array> {
    checkProduct('W', W, this.columns, width);
    return call(() => this.native.multiply(W, width), same);
  }

  multiplyTransposed(R: Float64Array, width: number): MaybePromise<Float64Array> {
    checkProduct('R', R, this.rows, width);
    return call(() => this.native.multiplyTransposed(R, width), same);
  }

  gram(scale: Float64Array, stride: number): MaybePromise<Float64Array> {
    checkScale(scale, this.rows, stride);
    return call(() => this.native.gram(scale, stride), same);
  }

  dispose(): void {
    this.native.dispose();
  }
}

class NativeTracked implements TrackedLoss {
  readonly #native: NativeTrackedLoss;
  readonly #size: number;
  readonly #network: Pick<TrackedLossSpec, 'layers' | 'loss'>;
  /** Number of variables; null while there is no span, which the addon then says. */
  #k: number | null = null;

  constructor(module: NativeModule, spec: TrackedLossSpec, loss: LossName, matrix: NativeDataMatrix, threads: number) {
    const { layers, targets, sampleWeights, memory } = spec;
    const outputs = layers.at(-1)!.outputs;
    const width = spec.loss.targetWidth(outputs);
    checkArray('The targets', targets, matrix.rows * width, `${matrix.rows} rows x ${width}`);
    if (sampleWeights) checkArray('The sample weights', sampleWeights, matrix.rows, 'one per row');
    const total = sampleWeights?.reduce((sum, s) => sum + s, 0) ?? matrix.rows;
    this.#size = layoutOf(layers).size;
    this.#network = { layers, loss: spec.loss };
    const nativeSpec = {
      matrix: matrix.native,
      threads,
      layers: Int32Array.from(layers.flatMap((layer) => [layer.inputs, layer.outputs, activationNumbers[layer.activation]])),
      loss: lossNumbers[loss],
      targets,
      weights: sampleWeights ? sampleWeights.map((s) => s / total) : new Float64Array(matrix.rows).fill(1 / total),
      memory,
    };
    this.#native = call(() => new module.TrackedLoss(nativeSpec), same) as NativeTrackedLoss;
  }

  restart(parameters: Float64Array): MaybePromise<number> {
    this.#checkVector('The parameter vector', parameters);
    this.#k = null;
    return call(() => this.#native.restart(parameters), same);
  }

  span(fresh: readonly Float64Array[], memory: readonly Float64Array[], variables: Int32Array, k: number): MaybePromise<void> {
    fresh.forEach((direction, j) => this.#checkVector(`Fresh direction ${j}`, direction));
    memory.forEach((direction, j) => this.#checkVector(`Memory direction ${j}`, direction));
    const expected = (fresh.length + memory.length) * this.#network.layers.length;
    if (!(variables instanceof Int32Array) || variables.length !== expected) {
      const sentence = `The variables must be an Int32Array of length ${expected}, one per direction and layer.`;
      throw new PlanesearchError('INVALID_ARGUMENT', sentence);
    }
    this.#k = k;
    return call(() => this.#native.span(fresh, memory, variables, k), () => undefined);
  }

  value(t: Float64Array): MaybePromise<number> {
    this.#checkSteps(t);
    return call(() => this.#native.value(t), same);
  }

  evaluate(t: Float64Array): MaybePromise<Evaluation> {
    this.#checkSteps(t);
    return call(() => this.#native.evaluate(t), same);
  }

  advance(t: Float64Array | null, gradient: Float64Array): MaybePromise<number> {
    if (t !== null) this.#checkSteps(t);
    this.#checkVector('The gradient', gradient);
    return call(() => this.#native.advance(t), (result) => {
      if (t !== null) this.#k = null;
      this.#checkVector('The gradient', gradient);
      gradient.set(result.gradient);
      return result.value;
    });
  }

  factors({ maxRows, seed }: FactorRequest, inputFactor: boolean): MaybePromise<CurvatureFactors> {
    requireInteger('The number of rows for curvature factors', maxRows, 1);
    requireInteger('The seed of curvature factors', seed, 0, 2 ** 32 - 1);
    return call(() => this.#native.factors(maxRows, seed, inputFactor), same);
  }

  coordinateSweep(request: CoordinateRequest): MaybePromise<CoordinateSweep> {
    checkSweep(this.#network, request);
    this.#checkVector('The gradient', request.gradient);
    this.#checkVector('The parameter vector', request.parameters);
    return call(() => this.#native.coordinateSweep({ ...request, search: searchNumbers[request.search] }), same);
  }

  cancel(): void {
    this.#native.cancel();
  }

  dispose(): void {
    this.#native.dispose();
  }

  #checkVector(what: string, vector: Float64Array): void {
    checkArray(what, vector, this.#size, 'the number of parameters');
  }

  #checkSteps(t: Float64Array): void {
    if (this.#k !== null) checkArray('The step vector', t, this.#k, 'one step per variable');
  }
}

/** @param options.threads threads that a computation may use, from 1 to 256 */
export function createNativeBackend(options: { readonly threads: number }): Backend {
  const { threads } = options;
  const module = loadNative();
  const vectors: VectorAlgebra = {
    dot(a, b) {
      checkPair(a, b);
      return module.dot(a, b);
    },
    axpy(alpha, x, y) {
      checkPair(x, y);
      module.axpby(alpha, x, 1, y);
    },
    axpby(alpha, x, beta, y) {
      checkPair(x, y);
      module.axpby(alpha, x, beta, y);
    },
  };
  return {
    name: 'native',
    threads,
    vectors,
    matrices: createNativeMatrices(module),
    matrix: (values, rows, columns) => new NativeDataMatrix(module, values, rows, columns, threads),
    trackedLoss(spec) {
      const name = (Object.keys(losses) as LossName[]).find((key) => losses[key] === spec.loss);
      if (name === undefined || !(spec.matrix instanceof NativeDataMatrix)) return createJavascriptTrackedLoss(spec);
      return new NativeTracked(module, spec, name, spec.matrix, threads);
    },
  };
}
