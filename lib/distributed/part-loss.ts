/**
 * The tracked loss of one part, in sums: a mean times the weight of its rows, so that those of all parts can be added before they are
 * divided. (A chunk of X gives sums of shares.) While no row of the part is in the sample there is no loss yet, and every sum is 0.
 */
import type { Backend, DataMatrix, FactorRequest, TrackedLoss, TrackedLossSpec } from '../backends/backend.js';
import { biasBlock, blockOf, weightBlock } from '../core/parameters.js';
import { programOf, type Program } from '../networks/program.js';
import type { PartRows } from './wire.js';

export type PartSpec = Pick<TrackedLossSpec, 'architecture' | 'loss' | 'memory'>;

export class PartLoss {
  readonly #backend: Backend;
  readonly #matrix: DataMatrix;
  readonly #spec: PartSpec;
  readonly #rows: PartRows;
  readonly #program: Program;
  /** Null where its sums are masses. */
  #chunk: PartRows['chunk'];
  #loss: TrackedLoss | null = null;
  #sample = 0;
  /** Sum of the weights of the sample. */
  #mass = 0;
  /** What `advance` answers, written anew every time: parameters of many parts are much to collect. */
  #sums = new Float64Array(0);

  constructor(backend: Backend, matrix: DataMatrix, spec: PartSpec, rows: PartRows) {
    this.#backend = backend;
    this.#matrix = matrix;
    this.#spec = spec;
    this.#rows = rows;
    this.#chunk = rows.chunk;
    this.#program = programOf(spec.architecture);
    if (rows.sample > 0) this.#begin(rows.sample);
  }

  /** 0 while there is nothing to restart. */
  async restart(parameters: Float64Array): Promise<number> {
    return this.#loss ? this.#loss.restart(parameters) : 0;
  }

  async span(
    fresh: readonly Float64Array[],
    memory: readonly Float64Array[],
    variables: Int32Array,
    k: number,
  ): Promise<void> {
    await this.#loss?.span(fresh, memory, variables, k);
  }

  /** Weight of the rows, and that times the loss. */
  async value(t: Float64Array): Promise<Float64Array | null> {
    return this.#loss && this.#weighed([await this.#loss.value(t)]);
  }

  /** The same at the point moved to. */
  async move(t: Float64Array): Promise<Float64Array | null> {
    return this.#loss && this.#weighed([await this.#loss.move(t)]);
  }

  /** Likewise with slopes and curvature behind the loss. */
  async evaluate(t: Float64Array): Promise<Float64Array | null> {
    if (!this.#loss) return null;
    const { value, slopes, curvature } = await this.#loss.evaluate(t);
    return this.#weighed([value], slopes, curvature);
  }

  /** Likewise the loss, the slope mass and the gradient, until the next call; the largest slope apart. */
  async advance(t: Float64Array | null): Promise<{ readonly sums: Float64Array | null; readonly largest: number }> {
    if (!this.#loss) return { sums: null, largest: 0 };
    const length = 3 + this.#program.layout.size;
    if (this.#sums.length !== length) this.#sums = new Float64Array(length);
    const sums = this.#sums;
    const { value, slopeMass, largestSlope } = await this.#loss.advance(t, sums.subarray(3));
    sums.set([this.#own, value, slopeMass]);
    return { sums: this.#inMasses(sums), largest: largestSlope };
  }

  async grow(parameters: Float64Array, memory: readonly Float64Array[], rows: number): Promise<void> {
    if (rows === this.#sample) return;
    if (this.#loss) await this.#loss.grow(parameters, memory, rows);
    else {
      const products: Float64Array[] = [];
      for (const vector of [parameters, ...memory]) products.push(await this.#product(vector, rows));
      await this.resume(parameters, products, rows, false);
    }
    this.#look(rows);
  }

  /** Weight of the rows behind the sample up to `rows`, and that times their loss. */
  async preview(parameters: Float64Array, rows: number): Promise<Float64Array | null> {
    if (rows === this.#sample) return null;
    const mass = this.#massOf(this.#sample, rows, 1);
    if (this.#loss) return Float64Array.of(mass, mass * (await this.#loss.preview(parameters, rows - this.#sample)));
    const passing = this.#track(rows);
    try {
      await passing.restart(parameters);
      await passing.span([], [], new Int32Array(0), 0);
      return Float64Array.of(mass, mass * (await passing.value(new Float64Array(0))));
    } finally {
      passing.dispose();
    }
  }

  /**
   * `CurvatureFactors` before they are normalized: the weight of the rows taken, by layer the sum w |q|^2 and w q q', and with that of the
   * layer the inputs; null matrices are left out. Rows of a part are every k-th of its own, k as near to `stride` as its rows allow.
   */
  async factors(
    stride: number,
    seed: number,
    inputFactor: boolean,
  ): Promise<{ readonly sums: Float64Array; readonly shares: Float64Array } | null> {
    if (!this.#loss) return null;
    const request: FactorRequest = { maxRows: Math.ceil(this.#sample / stride), seed };
    const { outputs, inputs, shares } = await this.#loss.factors(request, inputFactor);
    const own = Math.ceil(this.#sample / request.maxRows);
    const mass = this.#massOf(0, this.#sample, own);
    const lengths = this.#program.layers.map(({ outputs: width }, l) => {
      const G = outputs[l]!;
      let trace = 0;
      for (let a = 0; a < width; a++) trace += G[a * (width + 1)]!;
      return mass * trace;
    });
    const sums = concatenated([
      Float64Array.of(mass, ...lengths),
      ...outputs.map((G) => G.map((value) => mass * value)),
      ...inputs.flatMap((A, l) => (A ? [A.map((value) => lengths[l]! * value)] : [])),
    ]);
    const every = new Float64Array(this.#sample);
    for (let i = 0; i < every.length; i += own) every[i] = lengths[0]! * shares[i / own]!;
    return { sums, shares: every };
  }

  async outputs(): Promise<Float64Array> {
    return this.#loss ? this.#loss.outputs() : new Float64Array(0);
  }

  async nodeValue(node: number): Promise<Float64Array> {
    return this.#loss ? this.#loss.nodeValue(node) : new Float64Array(0);
  }

  async products(): Promise<Float64Array[]> {
    return this.#loss ? this.#loss.products() : [];
  }

  /** @param whole whether the sample is all rows of all parts: shares of their mean are told of no other */
  async resume(parameters: Float64Array, products: readonly Float64Array[], rows: number, whole: boolean): Promise<void> {
    const chunk = whole ? this.#rows.chunk : null;
    if (rows === 0 || chunk !== this.#chunk) this.dispose();
    this.#chunk = chunk;
    if (rows === 0) {
      this.#look(0);
      return;
    }
    if (!this.#loss) this.#begin(rows);
    await this.#loss!.resume(parameters, products, rows);
    this.#look(rows);
  }

  replaceBehind(parameters: Float64Array): void {
    this.#loss?.replaceBehind(parameters);
  }

  cancel(): void {
    this.#loss?.cancel();
  }

  dispose(): void {
    this.#loss?.dispose();
    this.#loss = null;
  }

  #begin(sample: number): void {
    this.#loss = this.#track(sample);
    this.#look(sample);
  }

  #track(sample: number): TrackedLoss {
    const { sample: _, chunk: __, ...rows } = this.#rows;
    const { totalWeight } = this.#chunk ?? {};
    const spec = { ...this.#spec, ...rows, range: this.#range, matrix: this.#matrix, sample, totalWeight };
    return this.#backend.trackedLoss(spec);
  }

  /** All rows of the matrix need not be said, and then more can be asked for. */
  get #range(): PartRows['range'] | undefined {
    const { range } = this.#rows;
    return range.count === this.#matrix.rows ? undefined : range;
  }

  #look(rows: number): void {
    this.#sample = rows;
    this.#mass = this.#massOf(0, rows, 1);
  }

  #massOf(from: number, end: number, stride: number): number {
    const { sampleWeights } = this.#rows;
    if (!sampleWeights) return Math.ceil((end - from) / stride);
    let mass = 0;
    for (let i = from; i < end; i += stride) mass += sampleWeights[i]!;
    return mass;
  }

  /** A chunk has been told the weight of all, and answers in shares of the mean. */
  #weighed(numbers: readonly number[], ...means: readonly Float64Array[]): Float64Array {
    return this.#inMasses(concatenated([Float64Array.of(this.#own, ...numbers), ...means]));
  }

  /** Of its own mean, or of that of all. */
  get #own(): number {
    return this.#chunk ? this.#chunk.share : 1;
  }

  #inMasses(sums: Float64Array): Float64Array {
    if (!this.#chunk) for (let e = 0; e < sums.length; e++) sums[e] = sums[e]! * this.#mass;
    return sums;
  }

  /** X D + d of the first rows for the first layer of a parameter-sized vector. */
  async #product(vector: Float64Array, rows: number): Promise<Float64Array> {
    const { layout, trackedWidth: width } = this.#program;
    const range = { from: this.#rows.range.from, count: rows };
    const product = await this.#matrix.multiply(blockOf(vector, weightBlock(layout, 0)), width, range);
    const bias = blockOf(vector, biasBlock(layout, 0));
    for (let e = 0; e < product.length; e++) product[e] = product[e]! + bias[e % width]!;
    return product;
  }
}

function concatenated(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}
