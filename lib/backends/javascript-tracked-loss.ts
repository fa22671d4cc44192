/**
 * The tracked loss in plain TypeScript: the readable reference of `native/objective/tracked_loss.h`, and what carries a
 * loss written by a user (over native products, when the matrix is native).
 */
import { FeedForward } from '../networks/feed-forward.js';
import { layoutOf } from '../core/parameters.js';
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import type {
  CoordinateRequest, CoordinateSweep, CurvatureFactors, Evaluation, FactorRequest, TrackedLoss, TrackedLossSpec,
} from './backend.js';
import { javascriptFactors } from './javascript-factors.js';
import { javascriptSweep } from './javascript-sweep.js';

/** Rows that one pass through the network handles at a time. */
const BLOCK = 64;

/** The current subspace: which products and which deeper parameters each variable moves. */
interface Span {
  readonly k: number;
  /** Products of the first layer that variable v scales. */
  readonly products: readonly (readonly Float64Array[])[];
  /** Parameter-sized direction of variable v, all layers. */
  readonly directions: readonly Float64Array[];
}

class JavascriptTrackedLoss implements TrackedLoss {
  readonly #spec: TrackedLossSpec;
  readonly #rows: number;
  readonly #width: number;
  readonly #weights: Float64Array;
  readonly #targetWidth: number;
  readonly #parameters: Float64Array;
  #Z: Float64Array | null = null;
  #past: Float64Array[] = [];
  #span: Span | null = null;
  #cancelled = false;
  #disposed = false;

  constructor(spec: TrackedLossSpec) {
    this.#spec = spec;
    this.#rows = spec.matrix.rows;
    this.#width = spec.layers[0]!.outputs;
    this.#targetWidth = spec.loss.targetWidth(spec.layers.at(-1)!.outputs);
    this.#parameters = new Float64Array(layoutOf(spec.layers).size);
    const total = spec.sampleWeights?.reduce((sum, s) => sum + s, 0) ?? this.#rows;
    this.#weights = Float64Array.from({ length: this.#rows }, (_, i) => (spec.sampleWeights?.[i] ?? 1) / total);
  }

  async restart(parameters: Float64Array): Promise<number> {
    this.#begin();
    this.#parameters.set(parameters);
    const Z = await this.#firstProduct(this.#parameters);
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

  async span(fresh: readonly Float64Array[], memory: readonly Float64Array[], variables: Int32Array, k: number): Promise<void> {
    this.#begin();
    const { layers } = this.#spec;
    const { blocks, size } = layoutOf(layers);
    const all = [...fresh, ...memory];
    const directions = Array.from({ length: k }, () => new Float64Array(size));
    const owners: number[][] = Array.from({ length: k }, () => []);
    all.forEach((direction, j) => {
      layers.forEach((_, l) => {
        const v = variables[j * layers.length + l]!;
        if (v < 0) return;
        const target = directions[v]!;
        for (const block of blocks) {
          if (block.layer !== l) continue;
          for (let e = block.offset; e < block.offset + block.size; e++) target[e] = target[e]! + direction[e]!;
        }
        if (l === 0) owners[v]!.push(j);
      });
    });
    const products: Float64Array[] = [];
    for (const direction of fresh) products.push(await this.#firstProduct(direction));
    products.push(...this.#past.slice(0, memory.length));
    this.#span = { k, directions, products: owners.map((list) => list.map((j) => products[j]!)) };
  }

  async value(t: Float64Array): Promise<number> {
    return (await this.#along(t, false)).value;
  }

  evaluate(t: Float64Array): Promise<Evaluation> {
    return this.#along(t, true);
  }

  async advance(t: Float64Array | null, gradient: Float64Array): Promise<number> {
    this.#begin();
    if (t) this.#move(t);
    const { loss, targets, matrix, layers } = this.#spec;
    const width = this.#width;
    const outputs = layers.at(-1)!.outputs;
    const Q = new Float64Array(this.#rows * width);
    const adjoint = new Float64Array(BLOCK * outputs);
    const slope = new Float64Array(outputs);
    gradient.fill(0);
    let value = 0;
    await this.#eachBlock((net, from, rows) => {
      net.activity[0]!.set(this.#Z!.subarray(from * width, (from + rows) * width));
      net.forward(rows, this.#parameters);
      for (let i = 0; i < rows; i++) {
        const weight = this.#weights[from + i]!;
        value += weight * loss.row(net.outputs, i * outputs, outputs, targets, (from + i) * this.#targetWidth, slope, null);
        for (let a = 0; a < outputs; a++) adjoint[i * outputs + a] = weight * slope[a]!;
      }
      net.adjoint(rows, this.#parameters, adjoint, gradient, Q.subarray(from * width, (from + rows) * width));
    });
    gradient.set(await matrix.multiplyTransposed(Q, width));
    this.#throwIfCancelled();
    return value;
  }

  async factors(request: FactorRequest, inputFactor: boolean): Promise<CurvatureFactors> {
    this.#begin();
    const factors = await javascriptFactors(
      this.#spec, { Z: this.#Z!, parameters: this.#parameters, weights: this.#weights }, request, inputFactor,
    );
    this.#throwIfCancelled();
    return factors;
  }

  coordinateSweep(request: CoordinateRequest): Promise<CoordinateSweep> {
    this.#begin();
    const point = { Z: this.#Z!, parameters: this.#parameters, weights: this.#weights };
    return javascriptSweep(this.#spec, point, request, () => this.#throwIfCancelled());
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

  /** X D + d for the first-layer part of a parameter-sized vector. */
  async #firstProduct(vector: Float64Array): Promise<Float64Array> {
    const { matrix } = this.#spec;
    const width = this.#width;
    const weights = matrix.columns * width;
    const product = await matrix.multiply(vector.subarray(0, weights), width);
    this.#throwIfCancelled();
    for (let e = 0; e < product.length; e++) product[e] = product[e]! + vector[weights + (e % width)]!;
    return product;
  }

  #move(t: Float64Array): void {
    const span = this.#requireSpan();
    const step = new Float64Array(this.#rows * this.#width);
    for (let v = 0; v < span.k; v++) {
      for (const P of span.products[v]!) for (let e = 0; e < step.length; e++) step[e] = step[e]! + t[v]! * P[e]!;
      const direction = span.directions[v]!;
      for (let e = 0; e < direction.length; e++) this.#parameters[e] = this.#parameters[e]! + t[v]! * direction[e]!;
    }
    const Z = this.#Z!;
    for (let e = 0; e < step.length; e++) Z[e] = Z[e]! + step[e]!;
    this.#past = [step, ...this.#past].slice(0, this.#spec.memory);
    this.#span = null;
  }

  async #along(t: Float64Array, derivatives: boolean): Promise<Evaluation> {
    this.#begin();
    const span = this.#requireSpan();
    const { loss, targets, layers } = this.#spec;
    const { k } = span;
    const width = this.#width;
    const outputs = layers.at(-1)!.outputs;
    const trial = Float64Array.from(this.#parameters);
    span.directions.forEach((direction, v) => {
      for (let e = 0; e < trial.length; e++) trial[e] = trial[e]! + t[v]! * direction[e]!;
    });
    const slopes = new Float64Array(derivatives ? k : 0);
    const curvature = new Float64Array(derivatives ? k * k : 0);
    const first = new Float64Array(BLOCK * width);
    const tangents = Array.from({ length: derivatives ? k : 0 }, () => new Float64Array(BLOCK * outputs));
    const slope = derivatives ? new Float64Array(outputs) : null;
    const hessian = derivatives ? new Float64Array(outputs * outputs) : null;
    let value = 0;
    await this.#eachBlock((net, from, rows) => {
      const Z = net.activity[0]!;
      Z.set(this.#Z!.subarray(from * width, (from + rows) * width));
      span.products.forEach((list, v) => addProducts(list, t[v]!, from * width, rows * width, Z));
      net.forward(rows, trial);
      tangents.forEach((tangent, v) => {
        first.fill(0);
        addProducts(span.products[v]!, 1, from * width, rows * width, first);
        net.tangent(rows, trial, span.products[v]!.length > 0 ? first : null, span.directions[v]!, tangent);
      });
      for (let i = 0; i < rows; i++) {
        const weight = this.#weights[from + i]!;
        const target = (from + i) * this.#targetWidth;
        value += weight * loss.row(net.outputs, i * outputs, outputs, targets, target, slope, hessian);
        if (derivatives) accumulate(tangents, i * outputs, outputs, weight, slope!, hessian!, slopes, curvature);
      }
    });
    return { value, slopes, curvature };
  }

  #requireSpan(): Span {
    if (this.#span) return this.#span;
    throw new PlanesearchError('INVALID_ARGUMENT', 'A step needs a subspace: call span() before value(), evaluate() or advance(t).');
  }

  async #eachBlock(work: (net: FeedForward, from: number, rows: number) => void): Promise<void> {
    const net = new FeedForward(this.#spec.layers, BLOCK);
    const pace = new Pace();
    for (let from = 0; from < this.#rows; from += BLOCK) {
      work(net, from, Math.min(BLOCK, this.#rows - from));
      if (pace.due) await pace.yield();
      this.#throwIfCancelled();
    }
  }

  #throwIfCancelled(): void {
    if (this.#cancelled) throw new DOMException('The evaluation was cancelled.', 'AbortError');
  }
}

/** out += scale * sum of the products' rows that start at element `from`. */
function addProducts(products: readonly Float64Array[], scale: number, from: number, length: number, out: Float64Array): void {
  for (const P of products) for (let e = 0; e < length; e++) out[e] = out[e]! + scale * P[from + e]!;
}

/** Adds one row's part to the slopes <loss', T_v> and the Gauss-Newton matrix T_u' Hess T_v. */
function accumulate(
  tangents: readonly Float64Array[], at: number, width: number, weight: number,
  slope: Float64Array, hessian: Float64Array, slopes: Float64Array, curvature: Float64Array,
): void {
  const k = tangents.length;
  for (let u = 0; u < k; u++) {
    const T = tangents[u]!;
    for (let a = 0; a < width; a++) slopes[u] = slopes[u]! + weight * slope[a]! * T[at + a]!;
    for (let v = 0; v <= u; v++) {
      const S = tangents[v]!;
      let sum = 0;
      for (let a = 0; a < width; a++) {
        for (let b = 0; b < width; b++) sum += T[at + a]! * hessian[a * width + b]! * S[at + b]!;
      }
      curvature[u * k + v] = curvature[u * k + v]! + weight * sum;
      if (u !== v) curvature[v * k + u] = curvature[u * k + v]!;
    }
  }
}

export function createJavascriptTrackedLoss(spec: TrackedLossSpec): TrackedLoss {
  return new JavascriptTrackedLoss(spec);
}
