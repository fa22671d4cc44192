/** The tracked loss over rows that are with the ranks, as rank 0 sees it: sums of theirs, divided by the weight of all. */
import { checkAhead, checkArray, checkGrowth, checkRange, checkTracked, requireAllRows } from '../backends/arguments.js';
import type {
  Accepted,
  CurvatureFactors,
  Evaluation,
  FactorRequest,
  RowRange,
  TrackedLoss,
  TrackedLossSpec,
} from '../backends/backend.js';
import { requireInteger } from '../core/errors.js';
import { layerRange } from '../core/parameters.js';
import { programOf, type Program } from '../networks/program.js';
import { listsOf, type DistributedMatrix } from './distributed-matrix.js';
import type { Leader } from './leader.js';
import type { PartRows } from './wire.js';

export class DistributedLoss implements TrackedLoss {
  readonly #leader: Leader;
  readonly #matrix: DistributedMatrix;
  readonly #spec: TrackedLossSpec;
  readonly #program: Program;
  readonly #range: RowRange;
  readonly #id: number;
  /** Fails when the ranks could not make it. */
  readonly #made: Promise<unknown>;
  #sample: number;
  #disposed = false;

  constructor(leader: Leader, matrix: DistributedMatrix, spec: TrackedLossSpec) {
    this.#leader = leader;
    this.#matrix = matrix;
    this.#spec = spec;
    this.#program = programOf(spec.architecture);
    this.#range = checkRange(spec.range, matrix.rows);
    this.#sample = requireInteger('The sample', spec.sample ?? this.#range.count, 1, this.#range.count);
    this.#id = leader.nextId();
    const { architecture, loss, memory } = spec;
    const { name, parameters } = loss;
    const track = { op: 'track', loss: this.#id, matrix: matrix.place.id, architecture, name, parameters, memory } as const;
    this.#made = leader.run(track, this.#partRows(), matrix.place.owners);
    this.#made.catch(() => undefined);
  }

  async restart(parameters: Float64Array): Promise<number> {
    this.#checkVector('The parameter vector', parameters);
    const { largest } = await this.#run({ op: 'restart', loss: this.#id, parameters });
    this.#count('multiply', this.#sample);
    return largest;
  }

  async span(
    fresh: readonly Float64Array[],
    memory: readonly Float64Array[],
    variables: Int32Array,
    k: number,
  ): Promise<void> {
    for (const direction of [...fresh, ...memory]) this.#checkVector('A direction', direction);
    await this.#run({ op: 'span', loss: this.#id, fresh, memory: this.#behind(memory), variables, k });
    const { length: layers } = this.#program.layers;
    const multiplied = fresh.filter((_, j) => variables[j * layers]! >= 0);
    this.#count('multiply', multiplied.length * this.#sample);
  }

  async value(t: Float64Array): Promise<number> {
    const { sum } = await this.#run({ op: 'value', loss: this.#id, t });
    return meanOf(sum, 1, 2)[0]!;
  }

  async evaluate(t: Float64Array): Promise<Evaluation> {
    const { sum } = await this.#run({ op: 'evaluate', loss: this.#id, t });
    const k = t.length;
    return { value: meanOf(sum, 1, 2)[0]!, slopes: meanOf(sum, 2, 2 + k), curvature: meanOf(sum, 2 + k, sum.length) };
  }

  async advance(t: Float64Array | null, gradient: Float64Array): Promise<Accepted> {
    this.#checkVector('The gradient', gradient);
    const { sum, largest } = await this.#run({ op: 'advance', loss: this.#id, t });
    this.#count('multiplyTransposed', this.#sample);
    const [value, slopeMass] = meanOf(sum, 1, 3);
    meanInto(sum, 3, gradient);
    return { value: value!, slopeMass: slopeMass!, largestSlope: largest };
  }

  async move(t: Float64Array): Promise<number> {
    const { sum } = await this.#run({ op: 'move', loss: this.#id, t });
    return meanOf(sum, 1, 2)[0]!;
  }

  async grow(parameters: Float64Array, memory: readonly Float64Array[], rows: number): Promise<void> {
    for (const vector of [parameters, ...memory]) this.#checkVector('A vector of parameters', vector);
    checkGrowth(rows, this.#sample, this.#range.count);
    await this.#run({ op: 'grow', loss: this.#id, parameters, memory, samples: this.#samples(rows) });
    this.#count('multiply', (1 + memory.length) * (rows - this.#sample));
    this.#sample = rows;
  }

  async preview(parameters: Float64Array, count: number): Promise<number> {
    this.#checkVector('The parameter vector', parameters);
    checkAhead(count, this.#sample, this.#range.count);
    const samples = this.#samples(this.#sample + count);
    const { sum } = await this.#run({ op: 'preview', loss: this.#id, parameters, samples });
    this.#count('multiply', count);
    return meanOf(sum, 1, 2)[0]!;
  }

  async factors({ maxRows, seed, shares = true }: FactorRequest, inputFactor: boolean): Promise<CurvatureFactors> {
    requireInteger('The number of rows for curvature factors', maxRows, 1);
    requireInteger('The seed of curvature factors', seed, 0, 2 ** 32 - 1);
    if (inputFactor) requireAllRows('Factors of the inputs', this.#spec.range);
    const stride = Math.ceil(this.#sample / maxRows);
    const { sum, parts } = await this.#run({ op: 'factors', loss: this.#id, stride, seed, inputFactor, shares });
    if (inputFactor) this.#count('gram', this.#sample);
    const { layers } = this.#program;
    let at = 1 + layers.length;
    const next = (total: number, size: number): Float64Array => {
      const matrix = sum.slice(at, (at += size * size));
      return total > 0 ? matrix.map((value) => value / total) : matrix;
    };
    const outputs = layers.map((layer) => next(sum[0]!, layer.outputs));
    const inputs = layers.map((layer, l) => (l > 0 || inputFactor ? next(sum[1 + l]!, layer.inputs + 1) : null));
    const own = this.#gathered(parts, 1);
    return { outputs, inputs, shares: sum[1]! > 0 ? own.map((value) => value / sum[1]!) : own, stride: 1 };
  }

  async outputs(): Promise<Float64Array> {
    const { parts } = await this.#run({ op: 'outputs', loss: this.#id });
    return this.#gathered(parts, this.#program.outputs);
  }

  async products(): Promise<Float64Array[]> {
    const { parts } = await this.#run({ op: 'products', loss: this.#id });
    const lists = parts as ReadonlyMap<number, Float64Array[]>;
    const count = Math.max(...[...lists.values()].map(({ length }) => length));
    return Array.from({ length: count }, (_, j) => {
      const products = new Map([...lists].map(([part, own]) => [part, own[j]]));
      return this.#gathered(products, this.#program.trackedWidth);
    });
  }

  async resume(parameters: Float64Array, products: readonly Float64Array[], rows = this.#range.count): Promise<void> {
    this.#checkVector('The parameter vector', parameters);
    requireInteger('The sample', rows, 1, this.#range.count);
    const { trackedWidth: width } = this.#program;
    checkTracked(products, rows * width, this.#spec.memory);
    const { placement, owners } = this.#matrix.place;
    const range = { from: this.#range.from, count: rows };
    const lists = products.map((product) => placement.scatter(product, width, range));
    const given = new Map(owners.map((_, part) => [part, lists.map((list) => list[part]!)]));
    const whole = rows === this.#range.count;
    const command = { op: 'resume', loss: this.#id, parameters, samples: this.#samples(rows), whole } as const;
    await this.#run(command, given);
    this.#sample = rows;
  }

  async nodeValue(at: number): Promise<Float64Array> {
    requireInteger('The node of a network', at, 0, this.#program.nodes.length - 1);
    const { parts } = await this.#run({ op: 'nodeValue', loss: this.#id, node: at });
    return this.#gathered(parts, this.#program.nodes[at]!.width);
  }

  replaceBehind(parameters: Float64Array): void {
    this.#checkVector('The parameter vector', parameters);
    this.#leader.forget({ op: 'replaceBehind', loss: this.#id, parameters });
  }

  /** The rows that are here stop soon, those of the other ranks come to the end of their call. */
  cancel(): void {
    this.#leader.cancel(this.#id);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#leader.forget({ op: 'dispose', matrix: null, loss: this.#id });
  }

  async #run(command: Parameters<Leader['run']>[0], given?: ReadonlyMap<number, unknown>) {
    const running = this.#leader.run(command, given, this.#matrix.place.owners);
    running.catch(() => undefined);
    await this.#made;
    return running;
  }

  #partRows(): ReadonlyMap<number, PartRows> {
    const { targets, offsets, sampleWeights, loss } = this.#spec;
    const { placement, chunkOf } = this.#matrix.place;
    const rows = this.#range.count;
    const { outputs } = this.#program;
    const width = loss.targetWidth(outputs);
    checkArray('The targets', targets, rows * width, `${rows} rows x ${width}`);
    if (offsets) checkArray('The offsets', offsets, rows * outputs, `${rows} rows x ${outputs} outputs`);
    if (sampleWeights) checkArray('The sample weights', sampleWeights, rows, 'one per row');
    const ranges = placement.ranges(this.#range);
    const samples = this.#samples(this.#sample);
    const own = placement.scatter(targets, width, this.#range);
    const added = offsets && placement.scatter(offsets, outputs, this.#range);
    const weights = sampleWeights && placement.scatter(sampleWeights, 1, this.#range);
    const totalWeight = sampleWeights?.reduce((sum, weight) => sum + weight, 0) ?? rows;
    // A sample of a part weighs as if it were all of it: those add up by masses.
    const chunked = chunkOf !== null && rows === this.#matrix.rows && this.#sample === rows;
    return new Map(
      ranges.map((range, part) => [
        part,
        {
          range,
          targets: own[part]!,
          offsets: added?.[part],
          sampleWeights: weights?.[part],
          sample: samples[part]!,
          chunk: chunked ? { totalWeight, share: part === 0 ? 1 : 0 } : null,
        },
      ]),
    );
  }

  /** How many of the first `rows` rows every part has. */
  #samples(rows: number): Uint32Array {
    const ranges = this.#matrix.place.placement.ranges({ from: this.#range.from, count: rows });
    return Uint32Array.from(ranges, ({ count }) => count);
  }

  #gathered(parts: ReadonlyMap<number, unknown>, width: number): Float64Array {
    const { placement } = this.#matrix.place;
    return placement.gather(listsOf(parts, placement.parts), width, { from: this.#range.from, count: this.#sample });
  }

  /** Of the first layer of a past step nothing is read, and it is most of it. */
  #behind(memory: readonly Float64Array[]): readonly Float64Array[] {
    const [, first] = layerRange(this.#program.layout, 0);
    return memory.map((step) => step.subarray(first));
  }

  #count(product: 'multiply' | 'multiplyTransposed' | 'gram', rows: number): void {
    const { counts, rows: all } = this.#matrix;
    counts[product] += rows / all;
  }

  #checkVector(what: string, vector: Float64Array): void {
    checkArray(what, vector, this.#program.layout.size, 'the number of parameters');
  }
}

/** Numbers [from, end) of sums of masses, divided by the whole weight, which is the first; 0 where nothing weighs anything. */
function meanOf(sum: Float64Array, from: number, end: number): Float64Array {
  return meanInto(sum, from, new Float64Array(end - from));
}

/** Likewise as many from there on as `out` has room for, in plain steps: all ranks wait meanwhile. */
function meanInto(sum: Float64Array, from: number, out: Float64Array): Float64Array {
  const mass = sum[0]!;
  for (let e = 0; e < out.length; e++) out[e] = mass > 0 ? sum[from + e]! / mass : 0;
  return out;
}
