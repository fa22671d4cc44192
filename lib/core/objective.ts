/**
 * The objective and the idea of this package, in one screen.
 *
 *     f(theta) = (1/sum s) sum_i s_i loss(output(x_i; theta), y_i)  +  (l2/2) sum_l c_l ||W_l||^2   (c_l = 1 unless given; no bias is penalized)
 *
 * Nearly all the cost lies in the products with the n x d data matrix X: `Z = X W + b` on the way in, `X' Q` on the way back. The *tracked
 * product* Z is kept. A search direction D moves W along D_W, and its product `P = X D_W` is formed once. Then for any step sizes t
 *
 *     Z(t) = Z + sum_j t_j P_j
 *
 * so phi(t) = f(theta + D t), its slopes and its curvature need no further product with X, however many step vectors a search tries. A
 * past step theta_k - theta_{k-1} has the known product Z_k - Z_{k-1}: momentum is free. An iteration is
 *
 *     direction from the gradient  ->  span (1 product X D)  ->  search phi  ->  commit (1 product X' Q, next gradient)
 *
 * two products, whatever the step rule. Facts and formulas: arXiv 2406.17954.
 *
 * Everything in here - the point, gradients, directions, metrics - is in the *frame*: X with centered and scaled columns
 * (`lib/backends/frame.ts`), so that no unit decides how a run goes. Parameters that enter and leave are in the caller's units.
 *
 * What is as long as the data lives behind `TrackedLoss` (`lib/backends/backend.ts`); this class adds what is as long as the parameters:
 * the penalty, which along a subspace is a small quadratic from Gram products, and the past steps.
 *
 * A run may begin on a *sample*, the first rows of X, and let it grow (`lib/sampling/`): the sums above are then over it, and a small
 * l2 is larger (`sample-penalty.ts`).
 */
import type {
  Backend,
  CurvatureFactors,
  DataMatrix,
  Evaluation,
  FactorRequest,
  MatrixAlgebra,
  MaybePromise,
  Precision,
  ProductCounts,
  VectorAlgebra,
} from '../backends/backend.js';
import type { Frame } from '../backends/frame.js';
import type { CoordinateSweep, SweepOptions } from '../coordinate/request.js';
import { programOf, type Program } from '../networks/program.js';
import { weighed, type Beside } from './beside.js';
import { DRIFT_LIMIT, DriftEstimate } from './drift-estimate.js';
import { PlanesearchError, reject } from './errors.js';
import { FramedLoss } from './framed-loss.js';
import { framed, unframed } from './framed-parameters.js';
import { HeldColumns } from './held-columns.js';
import { inputMoments } from './input-moments.js';
import { checkIdentity, identityOf, type Identity } from './identity.js';
import type { Part } from './needs.js';
import { checkSpec, partsOf, type ObjectiveSpec } from './objective-spec.js';
import type { ObjectiveState } from './objective-state.js';
import { errorOfValue, SLOPE_ROUNDING, VALUE_DOUBT, VALUE_ROUNDING } from './rounding.js';
import { firstLayers, joined, type ParameterLayout } from './parameters.js';
import { firstLayerNorm, norm } from './norm.js';
import { inputPenalty, layerL2, Penalty } from './penalty.js';
import { RunCounts } from './product-counts.js';
import { slopesAlong, variablesAlong } from './probes.js';
import { SpareVectors } from './spare-vectors.js';
import { taskGradients } from './task-gradients.js';
import { SubspaceFunction, variablesOf, type Split, type SubspaceColumns, type Trials } from './subspace-function.js';

export class Objective {
  readonly program: Program;
  readonly layout: ParameterLayout;
  readonly vectors: VectorAlgebra;
  readonly matrices: MatrixAlgebra;
  /** Of X and the products with it. */
  readonly precision: Precision;
  /** A matrix of a direction's own, row-major, as it is. */
  readonly matrixOf: (values: Float64Array, rows: number, columns: number) => MaybePromise<DataMatrix>;
  /** The columns in which everything here is expressed. */
  readonly frame: Frame;
  /** How many of them are not constant. */
  readonly varyingColumns: number;
  /** Loss, matrix and backend with what they offer, for `checkNeeds`. */
  readonly parts: readonly Part[];
  readonly spec: ObjectiveSpec;
  readonly backend: Backend;
  readonly #matrix: DataMatrix;
  /** Of the matrix, or of the range. */
  readonly #allRows: number;
  #rows: number;
  readonly #loss: FramedLoss;
  readonly #memory: number;
  readonly #penaltyOver: (rows: number) => Penalty;
  #penalty: Penalty;
  readonly #held: HeldColumns;
  readonly #identify: () => Identity;
  #identity: Identity | null = null;
  readonly #drift: DriftEstimate;
  readonly #spare: SpareVectors;
  #point: Float64Array;
  #parameters: Float64Array | null = null;
  #gradient: Float64Array;
  #movingGradient: Float64Array;
  #previousGradient: Float64Array | null = null;
  #value = NaN;
  #slopeMass = NaN;
  #largestSlope = NaN;
  /** Past steps, newest first; at most `memory`, but at least the newest one for the directions. */
  #steps: Float64Array[] = [];
  #phi: SubspaceFunction | null = null;
  /** Where set, no gradient is formed: it is NaN, and slopes of a span are measured by values so far on either side. */
  difference: number | null = null;
  /** Whether the run keeps no array of this one, so that those which are replaced can be written anew. */
  recycles = false;
  readonly #counts: RunCounts;

  constructor(spec: ObjectiveSpec, backend: Backend) {
    checkSpec(spec);
    const [{ matrix, penalize = 'given' }, { here = backend }] = [spec, backend];
    this.spec = spec;
    this.backend = backend;
    this.program = programOf(spec.architecture);
    this.layout = this.program.layout;
    this.vectors = backend.vectors;
    this.matrices = backend.matrices;
    this.parts = partsOf(spec, backend);
    this.#identify = () => (this.#identity ??= identityOf(spec, backend));
    this.#matrix = matrix;
    this.#allRows = spec.range?.count ?? matrix.rows;
    this.#rows = spec.sample ?? this.#allRows;
    this.#memory = spec.memory;
    this.precision = matrix.precision;
    this.matrixOf = (values, rows, columns) => here.matrix({ kind: 'dense', values, rows, columns }, { frame: 'none' });
    const byLayer = layerL2(spec, this.layout.layers.length);
    const inputs = inputPenalty(matrix.frame, byLayer[0]!, penalize);
    this.#held = new HeldColumns(this.layout, this.vectors, inputs, matrix.frame, byLayer[0]!, penalize);
    this.frame = this.#held.frame(matrix.frame);
    this.varyingColumns = this.frame.constant.reduce((count, constant) => count + (constant === 1 ? 0 : 1), 0);
    const whole = new Penalty(this.layout, backend.vectors, byLayer, this.#held.inputPenalty());
    this.#penaltyOver = (rows) => (spec.grows ? whole.onSample(rows, this.#allRows) : whole);
    this.#penalty = this.#penaltyOver(this.#rows);
    this.#drift = new DriftEstimate(spec.memory, matrix.precision);
    this.#loss = new FramedLoss(backend.trackedLoss(spec), this.#held);
    this.#counts = new RunCounts(matrix);
    this.#spare = new SpareVectors(this.layout.size);
    this.#point = new Float64Array(this.layout.size);
    this.#gradient = new Float64Array(this.layout.size);
    this.#movingGradient = this.#gradient;
  }

  /** f at the accepted point. */
  get value(): number {
    return this.#value;
  }

  /** sum_i w_i |slope_i|: what the gradient would be, up to the norm of a row, if nothing cancelled in it. */
  get slopeMass(): number {
    return this.#slopeMass;
  }

  /** Whether every row that weighs anything is predicted right at the accepted point, as short slopes tell; of softmax a few more may be. */
  get allRight(): boolean {
    return this.#largestSlope < (this.spec.loss.wrongSlope ?? 0) * (1 - SLOPE_ROUNDING);
  }

  /** The accepted parameters in the caller's units. */
  get parameters(): Float64Array {
    return (this.#parameters ??= this.toCaller(this.#point));
  }

  /** The accepted point, in the frame; replaced by `commit`, not changed, unless the direction `recycles`. */
  get point(): Float64Array {
    return this.#point;
  }

  /** Gradient at the accepted point, in the frame, 0 in layers that are held; replaced likewise. */
  get gradient(): Float64Array {
    return this.#movingGradient;
  }

  /** Euclidean norm of the gradient by all layers, held ones included. */
  get gradientNorm(): number {
    return norm(this.vectors, this.#gradient);
  }

  /** Number of layers that a search moves, the first ones. */
  get movingLayers(): number {
    return this.spec.moving === 'first' ? 1 : this.layout.layers.length;
  }

  /** Gradient at the point before, null before the first commit. */
  get previousGradient(): Float64Array | null {
    return this.#previousGradient;
  }

  /** Takes a point back that the run has left; it is written anew where the run keeps no array. */
  release(point: Float64Array): void {
    if (this.recycles && point !== this.#point) this.#spare.give(point);
  }

  /** The last step theta_k - theta_{k-1}, in the frame, null before the first commit. */
  get step(): Float64Array | null {
    return this.#steps[0] ?? null;
  }

  /** Weight of the penalty on each layer's weights over the rows that are looked at. */
  get layerL2(): Float64Array {
    return this.#penalty.layers;
  }

  /** That on each row of the first layer's weights, in the frame. */
  get inputPenalty(): Float64Array {
    return this.#penalty.inputs;
  }

  /** Memory columns available now: min(memory, commits so far), fewer where rounding has spoiled their products. */
  get pastSteps(): number {
    return Math.min(this.#memory, this.#steps.length, this.#drift.usable);
  }

  /** Whether rounding in the tracked product may have grown so far that a refresh is worth its product. */
  get refreshDue(): boolean {
    return this.#drift.relativeTo(firstLayerNorm(this.vectors, this.layout, this.#point)) > DRIFT_LIMIT[this.precision];
  }

  /** Whether the value may differ from that of the parameters in a digit that counts: then it is worth a product to form it anew. */
  get valueInDoubt(): boolean {
    return (
      this.refreshDue ||
      errorOfValue(this, this.#drift.gathered) > VALUE_DOUBT[this.#matrix.precision] * Math.abs(this.#value)
    );
  }

  /** Decrease of the value below which it cannot be told from rounding: that of the sum, and that of the outputs in it. */
  get rounding(): number {
    const ofOutputs = errorOfValue(this, Number.EPSILON * firstLayerNorm(this.vectors, this.layout, this.#point));
    return VALUE_ROUNDING * Math.abs(this.#value) + ofOutputs;
  }

  /** Rows of the sample. */
  get rows(): number {
    return this.#rows;
  }

  /** Rows of the data matrix, or of the range of them that it is over. */
  get allRows(): number {
    return this.#allRows;
  }

  /** Of this run, those before a `resume` included. */
  get products(): ProductCounts {
    return this.#counts.total;
  }

  /** Accepts a starting point in the caller's units: two products with X. */
  async start(parameters: Float64Array): Promise<void> {
    this.#checkLength('The parameter vector', parameters);
    return this.startAt(this.toFrame(parameters));
  }

  /** Accepts a network's own starting point, drawn as if every column had mean 0 and spread 1, held columns near 0. */
  async startInFrame(values: Float64Array): Promise<void> {
    this.#checkLength('The parameter vector', values);
    const point = this.#held.heldNear(values, this.frame.constant, this.layerL2[0]!);
    return this.startAt(this.#held.fromMatrix(point));
  }

  /** Accepts a point in the frame, which from here on belongs to the objective: two products. */
  async startAt(point: Float64Array): Promise<void> {
    await this.trackAt(point);
    await this.#accept(null);
  }

  /** Accepts a point in the frame, likewise, but without a gradient there: one product. */
  async trackAt(point: Float64Array): Promise<void> {
    this.#checkLength('The parameter vector', point);
    this.#setPoint(point);
    this.#steps = [];
    this.#phi = null;
    this.#previousGradient = null;
    this.#counts.restart();
    this.#drift.restart();
    this.#loss.uncancel();
    await this.#loss.restart(point);
  }

  /** All that evolves, as copies. */
  async state(): Promise<ObjectiveState> {
    return {
      point: this.#point.slice(),
      gradient: this.#gradient.slice(),
      previousGradient: this.#previousGradient?.slice() ?? null,
      value: this.#value,
      slopeMass: this.#slopeMass,
      largestSlope: this.#largestSlope,
      rows: this.#rows,
      steps: this.#steps.map((step) => step.slice()),
      drift: this.#drift.state,
      tracked: await this.#loss.products(),
      products: this.products,
      identity: this.#identify(),
    };
  }

  /** Goes on from a state of an equal objective; no product with X. */
  async resume(state: ObjectiveState): Promise<void> {
    checkIdentity(this.#identify(), state.identity);
    const { point, gradient, previousGradient, steps } = state;
    for (const vector of [point, gradient, previousGradient ?? gradient, ...steps])
      this.#checkLength('A vector of the state', vector);
    this.#setPoint(state.point.slice());
    this.#setGradient(state.gradient.slice());
    this.#previousGradient = state.previousGradient?.slice() ?? null;
    this.#value = state.value;
    this.#slopeMass = state.slopeMass;
    this.#largestSlope = state.largestSlope;
    this.#steps = state.steps.map((step) => step.slice());
    this.#phi = null;
    this.#drift.resume(state.drift);
    this.#loss.uncancel();
    await this.#loss.resume(this.#point, state.tracked, state.rows);
    this.#look(state.rows);
    this.#counts.resume(state.products);
  }

  /**
   * Accepts parameters whose layers behind the first differ; the first one, of which nothing is read, stays with its tracked product and
   * past steps. One product with X, for the gradient.
   */
  async acceptBehind(parameters: Float64Array): Promise<void> {
    this.#checkLength('The parameter vector', parameters);
    this.#setPoint(joined(this.layout, this.#point, parameters));
    this.#phi = null;
    await this.#loss.replaceBehind(this.#point);
    await this.#accept(null);
    this.#previousGradient = null;
  }

  /** The value of node `at` of the program at the accepted point, row-major; no product with X. */
  async nodeValue(at: number): Promise<Float64Array> {
    return this.#loss.nodeValue(at);
  }

  /** The outputs at the accepted point, offsets included, rows x outputs; no product with X. */
  async outputs(): Promise<Float64Array> {
    return this.#loss.outputs();
  }

  /** Counts work with another matrix that was done for this objective, to a row. */
  countToo(products: ProductCounts): void {
    this.#counts.add(products);
  }

  /** phi over `fresh` directions (one product with X each) and the last `memory` steps (free); `split` gives every layer steps of its own. */
  async span(fresh: readonly Float64Array[], memory: number, split: Split): Promise<SubspaceFunction> {
    for (const direction of fresh) this.#checkLength('A direction', direction);
    const past = this.#steps.slice(0, Math.min(memory, this.pastSteps));
    const directions = [...fresh, ...past];
    const { variables, k } = variablesAlong(directions, this.layout, split, this.movingLayers, this.difference);
    await this.#loss.span(fresh, past, variables, k);
    const tracked = this.trials;
    const slopes = await slopesAlong(tracked, k, this.#gradient, this.difference);
    return this.#phiOver({ tracked, directions, freshCount: fresh.length, variables, k, value: this.#value, ...slopes });
  }

  /**
   * Likewise, of columns whose products are not known here, and without the gradient: a product for each, value and slopes at 0 with phi.
   * With `beside`, another objective's loss at this point along these columns, phi is the mean over the rows of both.
   */
  async spanAnew(fresh: Float64Array[], past: Float64Array[], split: Split, beside?: Beside): Promise<SubspaceFunction> {
    const directions = [...fresh, ...past];
    for (const direction of directions) this.#checkLength('A direction', direction);
    const { variables, k } = variablesOf(directions.length, this.layout.layers.length, split);
    await this.#loss.span(directions, [], variables, k);
    const tracked = beside ? weighed(this.trials, beside) : this.trials;
    const { value, slopes } = await tracked.evaluate(new Float64Array(k));
    const here = { value: value + this.#penalty.value(this.#point), lossSlopes: slopes };
    const newest = fresh.length;
    return this.#phiOver({ tracked, directions, freshCount: directions.length, newest, variables, k, ...here });
  }

  /** The mean loss alone, without the penalty, along the columns of the last span. */
  get trials(): Trials {
    return this.#loss.trials;
  }

  #phiOver(columns: SubspaceColumns): SubspaceFunction {
    this.#phi = new SubspaceFunction({
      ...columns,
      turn: () => this.#loss.turn(),
      vectors: this.vectors,
      layout: this.layout,
      penalty: this.#penalty,
      parameters: this.#point,
      precision: this.#matrix.precision,
    });
    return this.#phi;
  }

  /** Moves the accepted point to theta + D t and forms the gradient there: one product with X. */
  async commit(t: Float64Array): Promise<void> {
    const phi = this.#phi;
    if (!phi) throw new PlanesearchError('INVALID_ARGUMENT', 'A step can be committed only after span().');
    this.#phi = null;
    const steps = [phi.stepVector(t, this.#spare.take()), ...this.#steps];
    this.#setPoint(phi.movedPoint(t, this.#spare.take()));
    this.#steps = steps.slice(0, Math.max(1, this.#memory));
    for (const past of [this.#previousGradient, ...steps.slice(this.#steps.length)])
      if (past && this.recycles) this.#spare.give(past);
    const [step] = steps as [Float64Array];
    this.#drift.add(phi.trackedLengths(t), phi.freshCount, firstLayerNorm(this.vectors, this.layout, step));
    const previous = this.#movingGradient;
    await this.#accept(t);
    this.#previousGradient = previous;
  }

  /**
   * Lets the rows up to `rows` join the sample: only they are multiplied, once for the point and once for every past step, and the
   * gradient is formed anew. The change of the gradient over the last step stays that of the rows which saw it.
   */
  async grow(rows: number): Promise<void> {
    this.#phi = null;
    await this.#loss.grow(this.#point, this.#steps.slice(0, this.pastSteps), rows);
    this.#look(rows);
    const [before, previous] = [this.#gradient, this.#previousGradient];
    await this.#accept(null);
    if (!previous) return;
    this.#previousGradient = new Float64Array(previous.length);
    this.vectors.combine(previous, Float64Array.of(1, -1), [this.#gradient, before], this.#previousGradient);
  }

  /** Of a loss of tasks the gradient of each, penalty included, of which `gradient` is the mean: one product less than tasks. */
  async taskGradients(): Promise<Float64Array[]> {
    const addPenalty = (gradient: Float64Array): void => this.#penalty.addGradient(this.#point, gradient);
    const all = await taskGradients(this.#loss, this.spec, this.vectors, this.#gradient, addPenalty);
    return all.map((gradient) => firstLayers(this.layout, this.movingLayers, gradient));
  }

  /** f at the accepted point over the `count` rows behind the sample; of these rows one product. */
  async preview(count: number): Promise<number> {
    return (await this.#loss.preview(this.#point, count)) + this.#penalty.value(this.#point);
  }

  /** Second moments at the accepted point, for Kronecker metrics; with `inputFactor` one gram of X. */
  factors(request: FactorRequest, inputFactor: boolean): Promise<CurvatureFactors> {
    return this.#loss.factors(request, inputFactor);
  }

  /**
   * A W for A = sum_i s_i [x; 1][x; 1]' over every `stride`-th row x, without A: two products with X, of `width` columns. W and the
   * result are (columns + 1) x `width`.
   */
  async inputMoments(W: Float64Array, width: number, shares: Float64Array, stride: number): Promise<Float64Array> {
    await this.#loss.turn();
    return inputMoments(this.#matrix, this.#held, { W, width, shares, stride, rows: this.#rows });
  }

  /** The diagonal of that A when every row has the same share: the spreads of the columns in the frame, squared, and 1. */
  inputSpread(): Float64Array {
    return this.#held.spreads(this.frame.constant);
  }

  /** Every weight's own search from the accepted point, penalty included; work with X, but no product. */
  coordinateSweep(options: SweepOptions): Promise<CoordinateSweep> {
    const penalties = { inputPenalty: this.#penalty.asStrong(this.#held.penalty), layerL2: this.layerL2 };
    return this.#loss.coordinateSweep({ ...options, gradient: this.#gradient, parameters: this.#point, ...penalties });
  }

  /** Forms the tracked product, and with it the value, anew (one product) and returns the relative rounding drift that this mended. */
  async refresh(): Promise<number> {
    this.#phi = null;
    const drift = await this.#loss.restart(this.#point);
    this.#drift.refresh();
    // Searches start from the value: it has to be that of the product which they will see.
    this.#value = await this.#valueHere();
    return drift;
  }

  /** f at a point in the frame over all rows, from scratch: one product. The accepted point is lost; `start` or `resume` must follow. */
  async valueAnew(point: Float64Array): Promise<number> {
    this.#setPoint(point);
    this.#steps = [];
    this.#loss.uncancel();
    await this.#loss.restart(point);
    if (this.#rows < this.allRows) await this.#loss.grow(point, [], this.allRows);
    this.#look(this.allRows);
    return this.#valueHere();
  }

  /** From the caller's units to the frame. */
  toFrame(parameters: Float64Array): Float64Array {
    return framed(this.layout, this.frame, parameters);
  }

  /** From the frame to the caller's units. */
  toCaller(point: Float64Array): Float64Array {
    return unframed(this.layout, this.frame, point);
  }

  /** The penalty's part of f at a point in the frame. */
  penaltyAt(point: Float64Array): number {
    return this.#penalty.value(point);
  }

  /** Makes the running call, or the next one, reject with an error of name `AbortError`; `start` makes all good again. */
  cancel(): void {
    this.#loss.cancel();
  }

  dispose(): void {
    this.#loss.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #accept(t: Float64Array | null): Promise<void> {
    const gradient = this.#spare.take();
    const { value, slopeMass, largestSlope } = await this.#loss.advance(t, gradient, this.difference);
    this.#penalty.addGradient(this.#point, gradient);
    this.#value = value + this.#penalty.value(this.#point);
    this.#slopeMass = slopeMass;
    this.#largestSlope = largestSlope;
    this.#setGradient(gradient);
  }

  #setGradient(gradient: Float64Array): void {
    this.#gradient = gradient;
    this.#movingGradient = firstLayers(this.layout, this.movingLayers, gradient);
  }

  /** f at the accepted point, evaluated as a search would see it. */
  async #valueHere(): Promise<number> {
    const here = await this.span([], 0, 'joint');
    const value = await here.value(new Float64Array(0));
    this.#phi = null;
    return value;
  }

  #setPoint(point: Float64Array): void {
    this.#point = point;
    this.#parameters = null;
  }

  #look(rows: number): void {
    this.#rows = rows;
    this.#penalty = this.#penaltyOver(rows);
  }

  #checkLength(what: string, vector: Float64Array): void {
    if (vector.length !== this.layout.size) reject('DIMENSION_MISMATCH', what, `of length ${this.layout.size}`, vector);
  }
}

export type { Evaluation, ObjectiveSpec, ObjectiveState, Split };
