/**
 * The compiled core behind the interface of `backend.ts`: the classes of the addon (`native.ts`), or of the same code in WebAssembly
 * (`wasm/`).
 *
 * The addon runs short work at once and returns the value; longer work runs on threads of its own and returns a promise. WebAssembly has one
 * thread and runs all work at once.
 * A loss written by a user has no native code: its tracked loss is the javascript one, over native products.
 */
import { checkSweep } from '../coordinate/kinds.js';
import { nativeSweepRequest } from '../coordinate/native-request.js';
import type { CoordinateRequest, CoordinateSweep } from '../coordinate/request.js';
import { reject, requireInteger } from '../core/errors.js';
import type { Loss } from '../losses/loss.js';
import { nativeNameOf } from '../losses/vectorized.js';
import { programOf, type Program } from '../networks/program.js';
import {
  checkAhead,
  checkArray,
  checkGrowth,
  checkPair,
  checkRange,
  checkTracked,
  requireAllRows,
  typedArrayName,
} from './arguments.js';
import type {
  Accepted,
  Backend,
  CurvatureFactors,
  Evaluation,
  FactorRequest,
  FileSource,
  MatrixOptions,
  MaybePromise,
  RowRange,
  TrackedLoss,
  TrackedLossSpec,
} from './backend.js';
import { withFewNumbers } from './few-numbers.js';
import { createJavascriptTrackedLoss } from './javascript-tracked-loss.js';
import { call, same } from './native-call.js';
import { createNativeMatrices } from './native-matrices.js';
import { createNativeMatrix, NativeDataMatrix } from './native-matrix.js';
import type { NativeFile, NativeModule, NativeTrackedLoss } from './native-module.js';
import { nativeNetwork, type NativeNetwork } from './native-network.js';

/** The core, and what it can where it runs. */
export interface CompiledCore {
  readonly name: 'native' | 'wasm';
  readonly module: NativeModule;
  /** That a computation may use. */
  readonly threads: number;
  /** X in a file as the core takes it; null where there are no files. */
  readonly file: ((source: FileSource, options: MatrixOptions) => NativeFile) | null;
}

/** What a native tracked loss is made of. */
interface NativeParts {
  readonly module: NativeModule;
  readonly matrix: NativeDataMatrix;
  readonly network: NativeNetwork;
  /** Name of the loss in the addon. */
  readonly loss: string;
  readonly threads: number;
}

class NativeTracked implements TrackedLoss {
  readonly #native: NativeTrackedLoss;
  readonly #program: Program;
  readonly #loss: Loss;
  readonly #memory: number;
  readonly #range: RowRange | undefined;
  /** Of X, or of the range. */
  readonly #allRows: number;
  /** Of the sample. */
  #rows: number;
  /** Number of variables; null while there is no span, which the addon then says. */
  #k: number | null = null;

  constructor(spec: TrackedLossSpec, { module, matrix, network, loss, threads }: NativeParts) {
    const { targets, sampleWeights, offsets, memory } = spec;
    const { from, count: rows } = checkRange(spec.range, matrix.rows);
    this.#range = spec.range;
    this.#program = programOf(spec.architecture);
    this.#loss = spec.loss;
    this.#memory = memory;
    this.#allRows = rows;
    this.#rows = requireInteger('The sample', spec.sample ?? rows, 1, rows);
    const { outputs } = this.#program;
    const width = spec.loss.targetWidth(outputs);
    checkArray('The targets', targets, rows * width, `${rows} rows x ${width}`);
    if (offsets) checkArray('The offsets', offsets, rows * outputs, `${rows} rows x ${outputs} outputs`);
    if (sampleWeights) checkArray('The sample weights', sampleWeights, rows, 'one per row');
    const total = spec.totalWeight ?? sampleWeights?.reduce((sum, s) => sum + s, 0);
    const weights = sampleWeights ?? (spec.totalWeight === undefined ? null : new Float64Array(rows).fill(1));
    const nativeSpec = {
      ...network,
      matrix: matrix.native,
      threads,
      loss,
      targets,
      offsets: offsets ?? null,
      memory,
      from,
      count: rows,
      sample: this.#rows,
      lossParameters: Float64Array.from(Object.values(spec.loss.parameters)),
      // A range of rows may weigh nothing.
      weights: weights?.map((s) => (total === 0 ? 0 : s / total!)) ?? null,
    };
    this.#native = call(() => new module.TrackedLoss(nativeSpec), same) as NativeTrackedLoss;
  }

  restart(parameters: Float64Array): MaybePromise<number> {
    this.#checkVector('The parameter vector', parameters);
    this.#k = null;
    return call(() => this.#native.restart(parameters), same);
  }

  span(
    fresh: readonly Float64Array[],
    memory: readonly Float64Array[],
    variables: Int32Array,
    k: number,
  ): MaybePromise<void> {
    fresh.forEach((direction, j) => this.#checkVector(`Fresh direction ${j}`, direction));
    memory.forEach((direction, j) => this.#checkVector(`Memory direction ${j}`, direction));
    const expected = (fresh.length + memory.length) * this.#program.layers.length;
    if (typedArrayName(variables) !== 'Int32Array' || variables.length !== expected) {
      reject(
        'INVALID_ARGUMENT',
        'The variables',
        `an Int32Array of length ${expected}, one per direction and layer`,
        variables,
      );
    }
    this.#k = k;
    return call(
      () => this.#native.span(fresh, memory, variables, k),
      () => undefined,
    );
  }

  value(t: Float64Array): MaybePromise<number> {
    this.#checkSteps(t);
    return call(() => this.#native.value(t), same);
  }

  evaluate(t: Float64Array): MaybePromise<Evaluation> {
    this.#checkSteps(t);
    return call(() => this.#native.evaluate(t), same);
  }

  advance(t: Float64Array | null, gradient: Float64Array): MaybePromise<Accepted> {
    if (t !== null) this.#checkSteps(t);
    this.#checkVector('The gradient', gradient);
    return call(
      () => this.#native.advance(t, gradient),
      (accepted) => {
        if (t !== null) this.#k = null;
        this.#checkVector('The gradient', gradient);
        return accepted;
      },
    );
  }

  move(t: Float64Array): MaybePromise<number> {
    this.#checkSteps(t);
    return call(
      () => this.#native.move(t),
      (value) => {
        this.#k = null;
        return value;
      },
    );
  }

  grow(parameters: Float64Array, memory: readonly Float64Array[], rows: number): MaybePromise<void> {
    this.#checkVector('The parameter vector', parameters);
    memory.forEach((step, j) => this.#checkVector(`Past step ${j}`, step));
    checkGrowth(rows, this.#rows, this.#allRows);
    this.#k = null;
    return call(
      () => this.#native.grow(parameters, memory, rows),
      () => {
        this.#rows = rows;
      },
    );
  }

  preview(parameters: Float64Array, count: number): MaybePromise<number> {
    this.#checkVector('The parameter vector', parameters);
    checkAhead(count, this.#rows, this.#allRows);
    return call(() => this.#native.preview(parameters, count), same);
  }

  factors({ maxRows, seed }: FactorRequest, inputFactor: boolean): MaybePromise<CurvatureFactors> {
    requireInteger('The number of rows for curvature factors', maxRows, 1);
    requireInteger('The seed of curvature factors', seed, 0, 2 ** 32 - 1);
    if (inputFactor) requireAllRows('Factors of the inputs', this.#range);
    return call(() => this.#native.factors(maxRows, seed, inputFactor), same);
  }

  coordinateSweep(request: CoordinateRequest): MaybePromise<CoordinateSweep> {
    requireAllRows('Searches of every weight', this.#range);
    checkSweep(this.#program, this.#loss, request);
    this.#checkVector('The gradient', request.gradient);
    this.#checkVector('The parameter vector', request.parameters);
    return call(() => this.#native.coordinateSweep(nativeSweepRequest(this.#program, request)), same);
  }

  outputs(): MaybePromise<Float64Array> {
    return call(() => this.#native.outputs(), same);
  }

  products(): MaybePromise<Float64Array[]> {
    return call(() => this.#native.products(), same);
  }

  resume(parameters: Float64Array, products: readonly Float64Array[], rows = this.#allRows): MaybePromise<void> {
    this.#checkVector('The parameter vector', parameters);
    requireInteger('The sample', rows, 1, this.#allRows);
    checkTracked(products, rows * this.#program.trackedWidth, this.#memory);
    this.#k = null;
    return call(
      () => this.#native.resume(parameters, products, rows),
      () => {
        this.#rows = rows;
      },
    );
  }

  nodeValue(at: number): MaybePromise<Float64Array> {
    requireInteger('The node of a network', at, 0, this.#program.nodes.length - 1);
    return call(() => this.#native.nodeValue(at), same);
  }

  replaceBehind(parameters: Float64Array): void {
    this.#checkVector('The parameter vector', parameters);
    this.#k = null;
    void call(() => this.#native.replaceBehind(parameters), same);
  }

  cancel(): void {
    this.#native.cancel();
  }

  dispose(): void {
    this.#native.dispose();
  }

  #checkVector(what: string, vector: Float64Array): void {
    checkArray(what, vector, this.#program.layout.size, 'the number of parameters');
  }

  #checkSteps(t: Float64Array): void {
    if (this.#k !== null) checkArray('The step vector', t, this.#k, 'one step per variable');
  }
}

export function createCompiledBackend(core: CompiledCore): Backend {
  const { name, module, threads } = core;
  const vectors = withFewNumbers({
    dot: (a, b) => module.dot(a, b, threads),
    axpy(alpha, x, y) {
      checkPair(x, y);
      module.axpby(alpha, x, 1, y, threads);
    },
    axpby(alpha, x, beta, y) {
      checkPair(x, y);
      module.axpby(alpha, x, beta, y, threads);
    },
    dots: (left, right, weights) => module.dots(left, right, weights ?? null, threads),
    combine: (base, scales, vectors, out) => module.combine(base, scales, vectors, out, threads),
    axpyByRow(weights, X, Y) {
      checkPair(X, Y);
      module.axpyByRow(weights, X, Y, threads);
    },
    scaleRows(weights, X, out) {
      checkPair(X, out);
      module.scaleRows(weights, X, out, threads);
    },
    affineInto: module.affineInto,
  });
  return {
    name,
    threads,
    offers: ['coordinate-search', 'task-gradients'],
    vectors,
    matrices: createNativeMatrices(module, threads),
    matrix: (source, options) => createNativeMatrix(core, source, options),
    chunks: (rows, columns) => Array.from(module.chunks(rows, columns)),
    trackedLoss(spec) {
      const loss = nativeNameOf(spec.loss);
      const network = nativeNetwork(programOf(spec.architecture), module.activations);
      const { matrix } = spec;
      // A loss or an activation without native code, or a matrix of another backend: the javascript head over the products there are.
      if (loss === null || !module.losses.includes(loss) || !network || !(matrix instanceof NativeDataMatrix)) {
        return createJavascriptTrackedLoss(spec, vectors);
      }
      return new NativeTracked(spec, { module, matrix, network, loss, threads });
    },
  };
}
