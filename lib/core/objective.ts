/**
 * The objective and the idea of this package, in one screen.
 *
 *     f(theta) = (1/sum s) sum_i s_i loss(output(x_i; theta), y_i)  +  (l2/2) ||weights||^2      (biases are never penalized)
 *
 * Nearly all the cost lies in the products with the n x d data matrix X: `Z = X W + b` on the way in, `X' Q` on the way
 * back. The *tracked product* Z is kept. A search direction D moves W along D_W, and its product `P = X D_W` is formed
 * once. Then for any step sizes t
 *
 *     Z(t) = Z + sum_j t_j P_j
 *
 * so phi(t) = f(theta + D t), its slopes and its curvature need no further product with X, however many step vectors a
 * search tries. A past step theta_k - theta_{k-1} has the known product Z_k - Z_{k-1}: momentum is free. An iteration is
 *
 *     direction from the gradient  ->  span (1 product X D)  ->  search phi  ->  commit (1 product X' Q, next gradient)
 *
 * two products, whatever the step rule. Facts and formulas: arXiv 2406.17954.
 *
 * What is as long as the data lives behind `TrackedLoss` (`lib/backends/backend.ts`); this class adds what is as long as
 * the parameters: the l2 term, which along a subspace is a small quadratic from Gram products, and the past steps.
 */
import type {
  Backend, CoordinateRequest, CoordinateSweep, CurvatureFactors, DataMatrix, Evaluation, FactorRequest, MatrixAlgebra, ProductCounts,
  TrackedLoss, VectorAlgebra,
} from '../backends/backend.js';
import type { Loss } from '../losses/loss.js';
import { DRIFT_LIMIT, DriftEstimate } from './drift-estimate.js';
import { checkArray } from '../backends/arguments.js';
import { PlanesearchError, reject, requireInteger, requireNumber } from './errors.js';
import { Pace } from './pace.js';
import { blockOf, layoutOf, type LayerShape, type ParameterLayout } from './parameters.js';
import { SubspaceFunction } from './subspace-function.js';

export interface ObjectiveSpec {
  readonly matrix: DataMatrix;
  readonly layers: readonly LayerShape[];
  readonly loss: Loss;
  /** rows x `loss.targetWidth(outputs)`, in the encoding of the loss. */
  readonly targets: Float64Array;
  /** Non-negative, at least one positive. */
  readonly sampleWeights?: Float64Array | undefined;
  /** Weight of the penalty, at least 0. */
  readonly l2: number;
  /** Past steps kept as columns with known products, 0 or more. */
  readonly memory: number;
}

/** How step sizes are shared: one per direction for the whole network, or one per direction and layer. */
export type Split = 'joint' | 'layers';

export class Objective {
  readonly layout: ParameterLayout;
  readonly vectors: VectorAlgebra;
  readonly matrices: MatrixAlgebra;
  readonly l2: number;
  readonly #matrix: DataMatrix;
  readonly #tracked: TrackedLoss;
  readonly #memory: number;
  #parameters: Float64Array;
  #gradient: Float64Array;
  #previousGradient: Float64Array | null = null;
  #value = NaN;
  /** Past steps, newest first; at most `memory`, but at least the newest one for the directions. */
  #steps: Float64Array[] = [];
  #phi: SubspaceFunction | null = null;
  readonly #drift: DriftEstimate;
  #cancelled = false;
  readonly #pace = new Pace();

  constructor(spec: ObjectiveSpec, backend: Backend) {
    checkSpec(spec);
    this.layout = layoutOf(spec.layers);
    this.vectors = backend.vectors;
    this.matrices = backend.matrices;
    this.l2 = spec.l2;
    this.#matrix = spec.matrix;
    this.#memory = spec.memory;
    this.#drift = new DriftEstimate(spec.memory);
    this.#tracked = backend.trackedLoss(spec);
    this.#parameters = new Float64Array(this.layout.size);
    this.#gradient = new Float64Array(this.layout.size);
  }

  /** f at the accepted point. */
  get value(): number {
    return this.#value;
  }

  /** The accepted parameters; replaced, never changed in place, by `commit`. */
  get parameters(): Float64Array {
    return this.#parameters;
  }

  /** Gradient at the accepted point; replaced, never changed in place, by `commit`. */
  get gradient(): Float64Array {
    return this.#gradient;
  }

  /** Gradient at the point before, null before the first commit. */
  get previousGradient(): Float64Array | null {
    return this.#previousGradient;
  }

  /** The last step theta_k - theta_{k-1}, null before the first commit. */
  get step(): Float64Array | null {
    return this.#steps[0] ?? null;
  }

  /** Memory columns available now: min(memory, commits so far), fewer where rounding has spoiled their products. */
  get pastSteps(): number {
    return Math.min(this.#memory, this.#steps.length, this.#drift.usable);
  }

  /** Whether rounding in the tracked product may have grown so far that a refresh is worth its product. */
  get refreshDue(): boolean {
    return this.#drift.relativeTo(norm(this.vectors, this.#parameters)) > DRIFT_LIMIT;
  }

  /** Rows of the data matrix. */
  get rows(): number {
    return this.#matrix.rows;
  }

  get products(): ProductCounts {
    const { multiply, multiplyTransposed, gram } = this.#matrix.counts;
    return { multiply, multiplyTransposed, gram };
  }

  /** Accepts a starting point: two products with X. */
  async start(parameters: Float64Array): Promise<void> {
    if (parameters.length !== this.layout.size) {
      reject('DIMENSION_MISMATCH', 'The parameter vector', `of length ${this.layout.size}`, parameters);
    }
    this.#parameters = parameters.slice();
    this.#steps = [];
    this.#previousGradient = null;
    this.#drift.restart();
    this.#cancelled = false;
    await this.#tracked.restart(this.#parameters);
    await this.#accept(null, new Float64Array(this.layout.size));
  }

  /**
   * Spans the search subspace of `fresh` directions (one product with X each) and the last `memory` steps (free), and
   * returns phi over it. `split` gives every layer step sizes of its own.
   */
  async span(fresh: readonly Float64Array[], memory: number, split: Split): Promise<SubspaceFunction> {
    for (const direction of fresh) {
      if (direction.length !== this.layout.size) reject('DIMENSION_MISMATCH', 'A direction', `of length ${this.layout.size}`, direction);
    }
    const past = this.#steps.slice(0, Math.min(memory, this.pastSteps));
    const directions = [...fresh, ...past];
    const layers = this.layout.layers.length;
    const k = split === 'layers' ? directions.length * layers : directions.length;
    const variables = new Int32Array(directions.length * layers);
    for (let j = 0; j < directions.length; j++) {
      for (let l = 0; l < layers; l++) variables[j * layers + l] = split === 'layers' ? j * layers + l : j;
    }
    await this.#turn();
    await this.#tracked.span(fresh, past, variables, k);
    const phi = new SubspaceFunction({
      tracked: this.#tracked, turn: () => this.#turn(), vectors: this.vectors, layout: this.layout, l2: this.l2,
      value: this.#value, parameters: this.#parameters, gradient: this.#gradient,
      directions, freshCount: fresh.length, variables, k,
    });
    this.#phi = phi;
    return phi;
  }

  /** Moves the accepted point to theta + D t and forms the gradient there: one product with X. */
  async commit(t: Float64Array): Promise<void> {
    const phi = this.#phi;
    if (!phi) throw new PlanesearchError('INVALID_ARGUMENT', 'A step can be committed only after span().');
    this.#phi = null;
    const step = phi.stepVector(t);
    const parameters = this.#parameters.slice();
    this.vectors.axpy(1, step, parameters);
    this.#parameters = parameters;
    this.#steps = [step, ...this.#steps].slice(0, Math.max(1, this.#memory));
    this.#drift.add(phi.lengths(t), phi.freshCount, norm(this.vectors, step));
    const previous = this.#gradient;
    await this.#accept(t, new Float64Array(this.layout.size));
    this.#previousGradient = previous;
  }

  /** Second moments at the accepted point, for Kronecker metrics; with `inputFactor` one gram of X. */
  async factors(request: FactorRequest, inputFactor: boolean): Promise<CurvatureFactors> {
    await this.#turn();
    return this.#tracked.factors(request, inputFactor);
  }

  /** Every weight's own search from the accepted point, penalty included; work with X, but no product. */
  async coordinateSweep(options: Omit<CoordinateRequest, 'gradient' | 'parameters' | 'l2'>): Promise<CoordinateSweep> {
    await this.#turn();
    return this.#tracked.coordinateSweep({ ...options, gradient: this.#gradient, parameters: this.#parameters, l2: this.l2 });
  }

  /** Forms the tracked product, and with it the value, anew (one product) and returns the relative rounding drift that this mended. */
  async refresh(): Promise<number> {
    this.#phi = null;
    await this.#turn();
    this.#drift.refresh();
    const drift = await this.#tracked.restart(this.#parameters);
    // Searches start from the value: it has to be that of the product which they will see.
    const here = await this.span([], 0, 'joint');
    this.#value = await here.value(new Float64Array(0));
    this.#phi = null;
    return drift;
  }

  /** Makes the running call, or the next one, reject with an error of name `AbortError`; `start` makes all good again. */
  cancel(): void {
    this.#cancelled = true;
    this.#tracked.cancel();
  }

  dispose(): void {
    this.#tracked.dispose();
  }

  /** Before every call of the tracked loss: many short calls in a row must not starve the event loop, nor outrun a cancel. */
  async #turn(): Promise<void> {
    if (this.#pace.due) await this.#pace.yield();
    if (this.#cancelled) throw new DOMException('The objective was cancelled.', 'AbortError');
  }

  async #accept(t: Float64Array | null, gradient: Float64Array): Promise<void> {
    await this.#turn();
    let value = await this.#tracked.advance(t, gradient);
    for (const block of this.layout.blocks) {
      if (!block.penalized || this.l2 === 0) continue;
      const weights = blockOf(this.#parameters, block);
      value += 0.5 * this.l2 * this.vectors.dot(weights, weights);
      this.vectors.axpy(this.l2, weights, blockOf(gradient, block));
    }
    this.#value = value;
    this.#gradient = gradient;
  }
}

function norm(vectors: VectorAlgebra, v: Float64Array): number {
  return Math.sqrt(vectors.dot(v, v));
}

function checkSpec(spec: ObjectiveSpec): void {
  const { matrix, layers, loss, targets, sampleWeights } = spec;
  requireNumber('l2', spec.l2, 0);
  requireInteger('memory', spec.memory, 0);
  if (layers[0]!.inputs !== matrix.columns) {
    reject('DIMENSION_MISMATCH', 'The first layer', `${matrix.columns} inputs wide, as the data matrix`, layers[0]!.inputs);
  }
  layers.slice(1).forEach((layer, l) => {
    const { outputs } = layers[l]!;
    if (layer.inputs === outputs) return;
    reject('DIMENSION_MISMATCH', `Layer ${l + 1}`, `${outputs} inputs wide, as the layer before it`, layer.inputs);
  });
  const width = loss.targetWidth(layers.at(-1)!.outputs);
  if (targets.length !== matrix.rows * width) {
    reject('DIMENSION_MISMATCH', 'The targets', `of length ${matrix.rows * width} (${matrix.rows} rows x ${width})`, targets);
  }
  const outputs = layers.at(-1)!.outputs;
  targets.forEach((y, i) => {
    const problem = loss.targetProblem(y, outputs);
    if (problem) reject('INVALID_DATA', `Target ${i}`, problem, y);
  });
  if (sampleWeights) checkSampleWeights(sampleWeights, matrix.rows);
}

function checkSampleWeights(weights: Float64Array, rows: number): void {
  checkArray('The sample weights', weights, rows, 'one per row');
  const bad = weights.findIndex((s) => !(s >= 0 && Number.isFinite(s)));
  if (bad >= 0) reject('INVALID_DATA', `Sample weight ${bad}`, 'a finite number of at least 0', weights[bad]);
  const sum = weights.reduce((total, s) => total + s, 0);
  if (!(sum > 0 && Number.isFinite(sum))) reject('INVALID_DATA', 'The sum of the sample weights', 'finite and positive', sum);
}

export type { Evaluation };
