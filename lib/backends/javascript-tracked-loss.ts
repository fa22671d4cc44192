/**
 * The tracked loss in plain TypeScript: the readable reference of `native/objective/tracked_loss.h`, and what carries a
 * loss written by a user (over native products, when the matrix is native).
 */
import type { CoordinateRequest, CoordinateSweep } from '../coordinate/request.js';
import { javascriptSweep } from '../coordinate/javascript-sweep.js';
import { PlanesearchError, requireInteger } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { biasBlock, layerRange, weightBlock } from '../core/parameters.js';
import { Interpreter } from '../networks/interpreter.js';
import { programOf, type Program } from '../networks/program.js';
import { checkAhead, checkArray, checkGrowth, checkRange, checkTracked, requireAllRows } from './arguments.js';
import type {
  Accepted,
  CurvatureFactors,
  Evaluation,
  FactorRequest,
  RowRange,
  TrackedLoss,
  TrackedLossSpec,
  VectorAlgebra,
} from './backend.js';
import { javascriptFactors, type AcceptedPoint } from './javascript-factors.js';
import { javascriptTaskGradients } from './javascript-task-gradients.js';
import { OutputLoss } from './output-loss.js';
import { accumulate, addDirections, addProducts, assign, type Span } from './javascript-span.js';

/** Rows that one pass through the network handles at a time. */
const BLOCK = 64;

class JavascriptTrackedLoss implements TrackedLoss {
  readonly #spec: TrackedLossSpec;
  readonly #program: Program;
  /** The rows of X that it is over. */
  readonly #range: RowRange;
  /** Of the sample. */
  #rows: number;
  readonly #width: number;
  readonly #losses: OutputLoss;
  readonly #parameters: Float64Array;
  readonly #vectors: VectorAlgebra;
  #Z: Float64Array | null = null;
  #past: Float64Array[] = [];
  #span: Span | null = null;
  #cancelled = false;
  #disposed = false;

  constructor(spec: TrackedLossSpec, vectors: VectorAlgebra) {
    this.#vectors = vectors;
    this.#spec = spec;
    this.#program = programOf(spec.architecture);
    this.#range = checkRange(spec.range, spec.matrix.rows);
    this.#rows = requireInteger('The sample', spec.sample ?? this.#range.count, 1, this.#range.count);
    this.#width = this.#program.trackedWidth;
    this.#losses = new OutputLoss(spec, this.#program.outputs);
    this.#losses.weigh(0, this.#rows);
    this.#parameters = new Float64Array(this.#program.layout.size);
  }

  async restart(parameters: Float64Array): Promise<number> {
    this.#begin();
    this.#checkVector('The parameter vector', parameters);
    this.#parameters.set(parameters);
    const Z = await this.#firstProduct(this.#parameters, this.#sample());
    const before = this.#Z;
    this.#Z = Z;
    if (before === null) return 0;
    let difference = 0;
    let norm = 0;
    for (let e = 0; e < Z.length; e++) {
      difference += (Z[e]! - before[e]!) ** 2;
      norm += Z[e]! ** 2;
    }
    return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
  }

  async span(
    fresh: readonly Float64Array[],
    memory: readonly Float64Array[],
    variables: Int32Array,
    k: number,
  ): Promise<void> {
    this.#begin();
    const { owners, ...span } = assign(this.#program, [...fresh, ...memory], variables, k);
    const copies = fresh.map((direction) => direction.slice());
    const products: Float64Array[] = [];
    const layers = this.#program.layers.length;
    for (const [j, direction] of copies.entries()) {
      const moves = variables[j * layers]! >= 0;
      products.push(moves ? await this.#firstProduct(direction, this.#sample()) : new Float64Array(0));
    }
    products.push(...this.#past.slice(0, memory.length));
    this.#span = { ...span, products: owners.map((list) => list.map((j) => products[j]!)) };
  }

  async value(t: Float64Array): Promise<number> {
    return (await this.#along(t, false)).value;
  }

  evaluate(t: Float64Array): Promise<Evaluation> {
    return this.#along(t, true);
  }

  async advance(t: Float64Array | null, gradient: Float64Array): Promise<Accepted> {
    this.#begin();
    const Z = this.#requireStart();
    this.#checkVector('The gradient', gradient);
    if (t) this.#move(t);
    const { outputs } = this.#program;
    const width = this.#width;
    const Q = new Float64Array(this.#rows * width);
    const adjoint = new Float64Array(BLOCK * outputs);
    const slope = new Float64Array(outputs);
    gradient.fill(0);
    let value = 0;
    let slopeMass = 0;
    let largestSlope = 0;
    await this.#eachBlock(this.#sample(), (net, from, rows) => {
      net.forward(rows, Z, from * width, this.#parameters);
      const o = this.#losses.outputs(net, from, rows);
      for (let i = 0; i < rows; i++) {
        const weight = this.#losses.weights[from + i]!;
        value += weight * this.#losses.row(o, i, from, slope, null);
        let squares = 0;
        for (let a = 0; a < outputs; a++) {
          adjoint[i * outputs + a] = weight * slope[a]!;
          squares += slope[a]! * slope[a]!;
        }
        const length = Math.sqrt(squares);
        slopeMass += weight * length;
        if (weight > 0) largestSlope = Math.max(largestSlope, length);
      }
      net.adjoint(rows, this.#parameters, adjoint, gradient, Q.subarray(from * width, (from + rows) * width));
    });
    gradient.set(await this.#spec.matrix.multiplyTransposed(Q, width, this.#inMatrix(this.#sample())));
    this.#throwIfCancelled();
    return { value, slopeMass, largestSlope };
  }

  async move(t: Float64Array): Promise<number> {
    const { value } = await this.#along(t, false);
    this.#move(t);
    return value;
  }

  async grow(parameters: Float64Array, memory: readonly Float64Array[], rows: number): Promise<void> {
    this.#begin();
    const Z = this.#requireStart();
    checkGrowth(rows, this.#rows, this.#range.count);
    for (const vector of [parameters, ...memory]) this.#checkVector('A vector of parameters', vector);
    const joining = { from: this.#rows, count: rows - this.#rows };
    const [point, ...steps] = [parameters, ...memory].map((vector) => vector.slice());
    const grown = joined(Z, await this.#firstProduct(point!, joining));
    const past: Float64Array[] = [];
    for (const [j, step] of steps.slice(0, this.#past.length).entries())
      past.push(joined(this.#past[j]!, await this.#firstProduct(step, joining)));
    this.#Z = grown;
    this.#past = past;
    this.#span = null;
    this.#look(rows);
  }

  async preview(parameters: Float64Array, count: number): Promise<number> {
    this.#begin();
    this.#requireStart();
    this.#checkVector('The parameter vector', parameters);
    const range = { from: this.#rows, count };
    checkAhead(count, this.#rows, this.#range.count);
    const point = parameters.slice();
    const Z = await this.#firstProduct(point, range);
    this.#losses.weigh(range.from, range.from + count);
    let value = 0;
    await this.#eachBlock(range, (net, from, rows) => {
      net.forward(rows, Z, (from - range.from) * this.#width, this.#parameters);
      const o = this.#losses.outputs(net, from, rows);
      for (let i = 0; i < rows; i++) value += this.#losses.weights[from + i]! * this.#losses.row(o, i, from, null, null);
    });
    return value;
  }

  async factors(request: FactorRequest, inputFactor: boolean): Promise<CurvatureFactors> {
    this.#begin();
    if (inputFactor) requireAllRows('Factors of the inputs', this.#spec.range);
    const point = this.#acceptedPoint();
    const factors = await javascriptFactors(this.#spec, point, request, inputFactor);
    this.#throwIfCancelled();
    return factors;
  }

  async coordinateSweep(request: CoordinateRequest): Promise<CoordinateSweep> {
    this.#begin();
    requireAllRows('Searches of every weight', this.#spec.range);
    const point = this.#acceptedPoint();
    return javascriptSweep(this.#spec, point, request, () => this.#throwIfCancelled());
  }

  async taskGradients(tasks: readonly number[]): Promise<Float64Array[]> {
    this.#begin();
    const range = this.#inMatrix(this.#sample());
    return javascriptTaskGradients(this.#spec, this.#acceptedPoint(), tasks, range, () => this.#throwIfCancelled());
  }

  async outputs(): Promise<Float64Array> {
    this.#begin();
    const Z = this.#requireStart();
    const { outputs } = this.#program;
    const out = new Float64Array(this.#rows * outputs);
    await this.#eachBlock(this.#sample(), (net, from, rows) => {
      net.forward(rows, Z, from * this.#width, this.#parameters);
      out.set(this.#losses.outputs(net, from, rows).subarray(0, rows * outputs), from * outputs);
    });
    return out;
  }

  products(): Float64Array[] {
    return [this.#requireStart(), ...this.#past].map((product) => product.slice());
  }

  resume(parameters: Float64Array, products: readonly Float64Array[], rows = this.#range.count): void {
    this.#begin();
    this.#checkVector('The parameter vector', parameters);
    requireInteger('The sample', rows, 1, this.#range.count);
    checkTracked(products, rows * this.#width, this.#spec.memory);
    this.#look(rows);
    const [Z, ...past] = products.map((product) => product.slice());
    this.#parameters.set(parameters);
    this.#Z = Z!;
    this.#past = past;
    this.#span = null;
  }

  async nodeValue(at: number): Promise<Float64Array> {
    this.#begin();
    const Z = this.#requireStart();
    requireInteger('The node of a network', at, 0, this.#program.nodes.length - 1);
    const { width } = this.#program.nodes[at]!;
    const out = new Float64Array(this.#sample().count * width);
    await this.#eachBlock(this.#sample(), (net, from, rows) => {
      net.forward(rows, Z, from * this.#width, this.#parameters);
      out.set(net.value(at).subarray(0, rows * width), from * width);
    });
    return out;
  }

  replaceBehind(parameters: Float64Array): void {
    this.#begin();
    this.#requireStart();
    this.#checkVector('The parameter vector', parameters);
    const [, first] = layerRange(this.#program.layout, 0);
    this.#parameters.set(parameters.subarray(first), first);
    this.#span = null;
  }

  cancel(): void {
    this.#cancelled = true;
  }

  dispose(): void {
    this.#disposed = true;
    this.#Z = null;
    this.#past = [];
    this.#span = null;
  }

  #begin(): void {
    if (this.#disposed) throw new PlanesearchError('DISPOSED', 'This tracked loss has been disposed.');
    this.#cancelled = false;
  }

  #sample(): RowRange {
    return { from: 0, count: this.#rows };
  }

  /** Where these rows are in X. */
  #inMatrix({ from, count }: RowRange): RowRange {
    return { from: this.#range.from + from, count };
  }

  #look(rows: number): void {
    this.#rows = rows;
    this.#losses.weigh(0, rows);
  }

  #acceptedPoint(): AcceptedPoint {
    return { Z: this.#requireStart(), parameters: this.#parameters, losses: this.#losses, rows: this.#rows };
  }

  /** X D + d for the first-layer part of a parameter-sized vector, of a range of rows. */
  async #firstProduct(vector: Float64Array, range: RowRange): Promise<Float64Array> {
    const weights = weightBlock(this.#program.layout, 0);
    const { offset } = biasBlock(this.#program.layout, 0);
    const product = await this.#spec.matrix.multiply(
      vector.subarray(weights.offset, weights.offset + weights.size),
      this.#width,
      this.#inMatrix(range),
    );
    this.#throwIfCancelled();
    for (let e = 0; e < product.length; e++) product[e] = product[e]! + vector[offset + (e % this.#width)]!;
    return product;
  }

  #move(t: Float64Array): void {
    const span = this.#requireSpan();
    const step = new Float64Array(this.#rows * this.#width);
    for (let v = 0; v < span.k; v++) {
      for (const P of span.products[v]!) for (let e = 0; e < step.length; e++) step[e] = step[e]! + t[v]! * P[e]!;
    }
    addDirections(span, t, this.#parameters, this.#vectors);
    const Z = this.#Z!;
    for (let e = 0; e < step.length; e++) Z[e] = Z[e]! + step[e]!;
    this.#past = [step, ...this.#past].slice(0, this.#spec.memory);
    this.#span = null;
  }

  async #along(t: Float64Array, derivatives: boolean): Promise<Evaluation> {
    this.#begin();
    const span = this.#requireSpan();
    const { outputs } = this.#program;
    const { k } = span;
    const width = this.#width;
    const trial = this.#parameters.slice();
    addDirections(span, t, trial, this.#vectors);
    const steps = t.slice();
    const slopes = new Float64Array(derivatives ? k : 0);
    const curvature = new Float64Array(derivatives ? k * k : 0);
    const tracked = new Float64Array(BLOCK * width);
    const first = new Float64Array(BLOCK * width);
    const tangents = Array.from({ length: derivatives ? k : 0 }, () => new Float64Array(BLOCK * outputs));
    const slope = derivatives ? new Float64Array(outputs) : null;
    const hessian = derivatives ? new Float64Array(outputs * outputs) : null;
    let value = 0;
    await this.#eachBlock(this.#sample(), (net, from, rows) => {
      tracked.set(this.#Z!.subarray(from * width, (from + rows) * width));
      span.products.forEach((list, v) => addProducts(list, steps[v]!, from * width, rows * width, tracked));
      net.forward(rows, tracked, 0, trial);
      tangents.forEach((tangent, v) => {
        first.fill(0);
        addProducts(span.products[v]!, 1, from * width, rows * width, first);
        net.tangent(rows, trial, span.products[v]!.length > 0 ? first : null, span.directions[v]!, tangent);
      });
      const o = this.#losses.outputs(net, from, rows);
      for (let i = 0; i < rows; i++) {
        const weight = this.#losses.weights[from + i]!;
        value += weight * this.#losses.row(o, i, from, slope, hessian);
        if (derivatives) accumulate(tangents, i * outputs, outputs, weight, slope!, hessian!, slopes, curvature);
      }
    });
    return { value, slopes, curvature };
  }

  #checkVector(what: string, vector: Float64Array): void {
    checkArray(what, vector, this.#program.layout.size, 'the number of parameters');
  }

  #requireSpan(): Span {
    this.#requireStart();
    if (this.#span) return this.#span;
    throw new PlanesearchError(
      'INVALID_ARGUMENT',
      'A step needs a subspace: call span() before value(), evaluate() or advance(t).',
    );
  }

  #requireStart(): Float64Array {
    if (this.#Z) return this.#Z;
    throw new PlanesearchError(
      'INVALID_ARGUMENT',
      'A tracked loss needs an accepted point: call restart() or resume() first.',
    );
  }

  async #eachBlock(
    { from: first, count }: RowRange,
    work: (net: Interpreter, from: number, rows: number) => void,
  ): Promise<void> {
    const net = new Interpreter(this.#spec.architecture, BLOCK);
    const pace = new Pace();
    const end = first + count;
    for (let from = first; from < end; from += BLOCK) {
      work(net, from, Math.min(BLOCK, end - from));
      if (pace.due) await pace.yield();
      this.#throwIfCancelled();
    }
  }

  #throwIfCancelled(): void {
    if (this.#cancelled) throw new DOMException('The evaluation was cancelled.', 'AbortError');
  }
}

/** The rows of both. */
function joined(first: Float64Array, second: Float64Array): Float64Array {
  const out = new Float64Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

/** @param vectors those of the backend that the objective works with: both move their parameters by the same arithmetic */
export function createJavascriptTrackedLoss(spec: TrackedLossSpec, vectors: VectorAlgebra): TrackedLoss {
  return new JavascriptTrackedLoss(spec, vectors);
}
