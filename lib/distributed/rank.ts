/** What one rank holds, and what it does when rank 0 says so. Every answer is of its own parts. */
import type { Backend, Chunked, DataMatrix, DenseSource, Precision } from '../backends/backend.js';
import type { Communicator } from '../backends/communicator.js';
import type { Frame } from '../backends/frame.js';
import { PlanesearchError } from '../core/errors.js';
import { takeRows, type MatrixData } from '../data/matrix-data.js';
import { lossByName } from '../losses/index.js';
import type { Loss } from '../losses/loss.js';
import { programOf, type Program } from '../networks/program.js';
import { PartLoss } from './part-loss.js';
import { lineStarts, quotesIn, readParts, type HeldRows } from './read-parts.js';
import { recut } from './recut.js';
import { inTurn } from './in-turn.js';
import type { ByPart, Command, FileSpan, LineMark, PartRows, PartToLoad, RowOrder } from './wire.js';

/** Sums are added over parts and ranks, of `largest` the largest counts, `parts` are handed to rank 0 as they are. */
export interface Answer {
  /** One a part, `length` numbers each; null where it has none. */
  readonly terms?: readonly (Float64Array | null)[];
  readonly length?: number;
  readonly largest?: number;
  readonly parts?: ByPart;
}

/** A matrix in the making has its rows and no numbers yet; a part without rows stays so. */
interface PartMatrix {
  readonly part: number;
  readonly source: HeldRows;
  readonly order: RowOrder;
  readonly rows: number;
  made: DataMatrix | null;
}

interface HeldMatrix {
  readonly precision: Precision;
  readonly columns: number;
  readonly chunkOf: Chunked | null;
  readonly parts: PartMatrix[];
}

interface HeldLoss {
  readonly matrix: number;
  readonly program: Program;
  readonly parts: Map<number, PartLoss>;
}

/** Commands about a tracked loss that is there. */
type OfLoss = Exclude<Extract<Command, { readonly loss: number }>, { readonly op: 'track' }>;
type Of<Op extends Command['op']> = Extract<Command, { readonly op: Op }>;

export class Rank {
  readonly #backend: Backend;
  readonly #losses: readonly Loss[];
  readonly #sources = new Map<number, Map<number, HeldRows>>();
  readonly #matrices = new Map<number, HeldMatrix>();
  readonly #tracked = new Map<number, HeldLoss>();

  /** @param losses that are not built in, by their names */
  constructor(backend: Backend, losses: readonly Loss[]) {
    this.#backend = backend;
    this.#losses = losses;
  }

  #hold(source: number, parts: ReadonlyMap<number, HeldRows>): void {
    this.#sources.set(source, new Map(parts));
  }

  async execute(command: Command, given: ByPart, communicator: Communicator): Promise<Answer> {
    if (command.op === 'recut') return this.#recut(command, communicator);
    return 'loss' in command && command.op !== 'track' && command.op !== 'dispose'
      ? this.#ofLoss(command, given)
      : this.#ofMatrix(command, given);
  }

  cancel(loss: number): void {
    for (const part of this.#tracked.get(loss)?.parts.values() ?? []) part.cancel();
  }

  dispose(): void {
    for (const { parts } of this.#tracked.values()) for (const loss of parts.values()) loss.dispose();
    for (const { parts } of this.#matrices.values()) for (const { made } of parts) made?.dispose();
    this.#sources.clear();
    this.#tracked.clear();
    this.#matrices.clear();
  }

  async #ofMatrix(command: Command, given: ByPart): Promise<Answer> {
    switch (command.op) {
      case 'hold':
        this.#hold(command.source, given as ReadonlyMap<number, HeldRows>);
        return {};
      case 'load':
        return this.#load(command, given);
      case 'quotes':
        return { parts: await quotesIn(given as ReadonlyMap<number, FileSpan>) };
      case 'lineStarts':
        return { parts: await lineStarts(given as ReadonlyMap<number, LineMark>) };
      case 'widen':
        return this.#widen(command);
      case 'alive':
        return {};
      case 'release':
        this.#sources.delete(command.source);
        return {};
      case 'arrange':
        return this.#arrange(command, given);
      case 'measure':
        return this.#measure(command);
      case 'distances':
      case 'squares':
        return this.#moments(command);
      case 'firstRows':
        return this.#firstRows(command);
      case 'moments':
        return this.#chunkMoments(command);
      case 'frame':
        return this.#frame(command);
      case 'multiply':
        return this.#multiply(command);
      case 'multiplyTransposed':
        return this.#multiplyTransposed(command, given);
      case 'gram':
        return this.#gram(command, given);
      case 'count':
        return this.#count(command);
      case 'track':
        return this.#track(command, given);
      case 'dispose':
        return this.#dispose(command);
      default:
        throw new PlanesearchError('INTERNAL', `A rank was asked for '${command.op}', which it does not know.`);
    }
  }

  async #load({ source }: Of<'load'>, given: ByPart): Promise<Answer> {
    const { shards, held } = await readParts(given as ReadonlyMap<number, PartToLoad>);
    this.#hold(source, new Map([...(this.#sources.get(source) ?? []), ...held]));
    return { parts: shards };
  }

  #widen({ source, columns }: Of<'widen'>): Answer {
    const held = this.#sources.get(source)!;
    for (const [part, own] of held) {
      if (own.columns === columns) continue;
      if (own.kind === 'csr') {
        held.set(part, { ...own, columns });
        continue;
      }
      const values = new (own.values.constructor as Float64ArrayConstructor)(own.rows * columns);
      for (let i = 0; i < own.rows; i++)
        values.set(own.values.subarray(i * own.columns, (i + 1) * own.columns), i * columns);
      held.set(part, { ...own, values, columns });
    }
    return {};
  }

  async #recut({ source, from, to }: Of<'recut'>, communicator: Communicator): Promise<Answer> {
    this.#hold(source, await recut(communicator, this.#sources.get(source) ?? new Map(), from, to));
    return {};
  }

  #arrange({ matrix, source, columns, precision, chunkOf }: Of<'arrange'>, given: ByPart): Answer {
    const parts: PartMatrix[] = [];
    for (const [part, held] of this.#sources.get(source) ?? []) {
      const order = (given.get(part) ?? null) as RowOrder;
      parts.push({ part, source: held, order, rows: order?.length ?? held.rows, made: null });
    }
    this.#matrices.set(matrix, { precision, columns, chunkOf, parts });
    return {};
  }

  /** Every part by itself; answers with the first row of each. */
  async #measure({ matrix }: Of<'measure'>): Promise<Answer> {
    const { parts } = this.#matrix(matrix);
    await inTurn(parts, async (part) => {
      if (part.rows > 0) part.made = await this.#make(matrix, part, 'standard');
    });
    return { parts: new Map(parts.map(({ part, made }) => [part, made?.frame.origin ?? null])) };
  }

  /** As numbers of X are kept. */
  #firstRows({ matrix }: Of<'firstRows'>): Answer {
    const { parts, columns, precision } = this.#matrix(matrix);
    const kept = precision === 'float32' ? Math.fround : Number;
    const first = ({ source }: PartMatrix) => Float64Array.from((source as DenseSource).values.subarray(0, columns), kept);
    return { parts: new Map(parts.map((part) => [part.part, first(part)])) };
  }

  async #chunkMoments({ matrix, origin, mean, inverseUnit }: Of<'moments'>): Promise<Answer> {
    const { parts, columns } = this.#matrix(matrix);
    const found = await inTurn(parts, async (part) => {
      part.made ??= await this.#make(matrix, part, 'none');
      return part.made.moments!(origin, mean, inverseUnit);
    });
    const longest = new Map(parts.map(({ part }, at) => [part, found[at]!.longest]));
    return { terms: found.map(({ sums }) => sums), length: columns, parts: longest };
  }

  /** Sums over the columns of n_p (mean_p - origin) / n, or of n_p (spread_p^2 + (mean_p - mean)^2) / n. */
  #moments(command: Of<'distances' | 'squares'>): Answer {
    const { parts, columns } = this.#matrix(command.matrix);
    const terms = parts.map(({ made, rows }) => {
      if (!made) return null;
      const { origin, distance, scale, constant } = made.frame;
      return origin.map((first, j) => {
        const away = first - command.origin[j]! + distance[j]!;
        if (command.op === 'distances') return rows * away;
        const off = away - command.distance[j]!;
        const spread = constant[j] === 1 ? 0 : scale[j]!;
        return (rows / command.rows) * (spread * spread + off * off);
      });
    });
    return { terms, length: columns };
  }

  async #frame({ matrix, frame }: Of<'frame'>): Promise<Answer> {
    const held = this.#matrix(matrix);
    await inTurn(held.parts, async (part) => {
      if (part.rows === 0) return;
      part.made?.dispose();
      part.made = await this.#make(matrix, part, frame);
    });
    return {};
  }

  async #make(matrix: number, { source, order }: PartMatrix, frame: Frame | 'none' | 'standard'): Promise<DataMatrix> {
    const { precision, chunkOf } = this.#matrix(matrix);
    if (order === null || order.length === source.rows)
      return this.#backend.matrix(source, { frame, precision, ...(order && { order }), ...(chunkOf && { chunkOf }) });
    return this.#backend.matrix(takeRows(source as MatrixData, order) as HeldRows, { frame, precision });
  }

  async #multiply({ matrix, W, width, ranges }: Of<'multiply'>): Promise<Answer> {
    const { parts } = this.#matrix(matrix);
    const products = await inTurn(parts, ({ part, made }) => {
      const range = ranges[part]!;
      return made && range.count > 0 ? made.multiply(W, width, range) : new Float64Array(0);
    });
    return { parts: new Map(parts.map(({ part }, at) => [part, products[at]])) };
  }

  async #multiplyTransposed({ matrix, width, ranges }: Of<'multiplyTransposed'>, given: ByPart): Promise<Answer> {
    const { parts, columns } = this.#matrix(matrix);
    const terms = await inTurn(parts, ({ part, made }) => {
      const range = ranges[part]!;
      const R = given.get(part) as Float64Array;
      return made && range.count > 0 ? made.multiplyTransposed(R, width, range) : null;
    });
    return { terms, length: columns * width };
  }

  async #gram({ matrix, chosen }: Of<'gram'>, given: ByPart): Promise<Answer> {
    const { parts, columns } = this.#matrix(matrix);
    const terms = await inTurn(parts, ({ part, made }) => {
      const scale = given.get(part) as Float64Array;
      const own = made && scale.length > 0 ? made : null;
      return own && (chosen ? own.gramOf(chosen, scale) : own.gram(scale, 1, scale.length));
    });
    return { terms, length: ((chosen?.length ?? columns) + 1) ** 2 };
  }

  #track({ loss, matrix, architecture, name, parameters, memory }: Of<'track'>, given: ByPart): Answer {
    const own = this.#losses.find((known) => known.name === name) ?? lossByName(name, parameters);
    const parts = new Map<number, PartLoss>();
    const { parts: pieces } = this.#matrix(matrix);
    for (const { part, made } of pieces) {
      const rows = given.get(part) as PartRows;
      if (!made || rows.range.count === 0) continue;
      parts.set(part, new PartLoss(this.#backend, made, { architecture, loss: own, memory }, rows));
    }
    this.#tracked.set(loss, { matrix, program: programOf(architecture), parts });
    return {};
  }

  async #ofLoss(command: OfLoss, given: ByPart): Promise<Answer> {
    const { parts, program } = this.#loss(command.loss);
    const each = <T>(ask: (loss: PartLoss, part: number) => Promise<T>): Promise<T[]> =>
      inTurn(parts, ([part, own]) => ask(own, part));
    switch (command.op) {
      case 'restart':
        return { largest: Math.max(0, ...(await each((loss) => loss.restart(command.parameters)))) };
      case 'span': {
        // Of past steps came what is behind the first layer, and nothing else of them is read.
        const { size } = program.layout;
        const memory = command.memory.map((tail) => {
          const step = new Float64Array(size);
          step.set(tail, size - tail.length);
          return step;
        });
        await each((loss) => loss.span(command.fresh, memory, command.variables, command.k));
        return {};
      }
      case 'value':
        return { terms: await each((loss) => loss.value(command.t)), length: 2 };
      case 'move':
        return { terms: await each((loss) => loss.move(command.t)), length: 2 };
      case 'evaluate':
        return {
          terms: await each((loss) => loss.evaluate(command.t)),
          length: 2 + command.t.length * (1 + command.t.length),
        };
      case 'advance': {
        const answers = await each((loss) => loss.advance(command.t));
        const terms = answers.map(({ sums }) => sums);
        return { terms, length: 3 + program.layout.size, largest: Math.max(0, ...answers.map(({ largest }) => largest)) };
      }
      case 'grow':
        await each((loss, part) => loss.grow(command.parameters, command.memory, command.samples[part]!));
        return {};
      case 'preview':
        return { terms: await each((loss, part) => loss.preview(command.parameters, command.samples[part]!)), length: 2 };
      case 'factors':
        return this.#factors(command);
      case 'outputs':
        return byPart(parts, await each((loss) => loss.outputs()));
      case 'products':
        return byPart(parts, await each((loss) => loss.products()));
      case 'nodeValue':
        return byPart(parts, await each((loss) => loss.nodeValue(command.node)));
      case 'replaceBehind':
        for (const loss of parts.values()) loss.replaceBehind(command.parameters);
        return {};
      case 'resume':
        await each((loss, part) =>
          loss.resume(command.parameters, given.get(part) as Float64Array[], command.samples[part]!, command.whole),
        );
        return {};
    }
  }

  async #factors({ loss, stride, seed, inputFactor, shares }: Of<'factors'>): Promise<Answer> {
    const { parts, program } = this.#loss(loss);
    // Rows are numbered anew in every part: other signs there.
    const answers = await inTurn(parts, ([part, own]) =>
      own.factors(stride, (seed ^ Math.imul(part, 0x9e3779b1)) >>> 0, inputFactor),
    );
    const sums = answers.map((answer) => answer?.sums ?? null);
    const given = shares
      ? byPart(
          parts,
          answers.map((answer) => answer?.shares ?? new Float64Array(0)),
        )
      : {};
    return { ...given, terms: sums, length: factorsLength(program, inputFactor) };
  }

  #dispose({ matrix, loss }: Of<'dispose'>): Answer {
    if (loss !== null) {
      for (const part of this.#tracked.get(loss)?.parts.values() ?? []) part.dispose();
      this.#tracked.delete(loss);
    }
    if (matrix !== null) {
      for (const { made } of this.#matrices.get(matrix)?.parts ?? []) made?.dispose();
      this.#matrices.delete(matrix);
    }
    return {};
  }

  /** Rows multiplied so far: X W, X' R, gram. */
  #count({ matrix }: Of<'count'>): Answer {
    const terms = this.#matrix(matrix).parts.map(({ made, rows }) => {
      const { multiply, multiplyTransposed, gram } = made?.counts ?? { multiply: 0, multiplyTransposed: 0, gram: 0 };
      return Float64Array.of(multiply, multiplyTransposed, gram).map((share) => Math.round(share * rows));
    });
    return { terms, length: 3 };
  }

  #matrix(id: number): HeldMatrix {
    const held = this.#matrices.get(id);
    if (!held) throw new PlanesearchError('DISPOSED', 'This data matrix has been disposed.');
    return held;
  }

  #loss(id: number): HeldLoss {
    const held = this.#tracked.get(id);
    if (!held) throw new PlanesearchError('DISPOSED', 'This tracked loss has been disposed.');
    return held;
  }
}

/** Numbers of what `PartLoss.factors` gives: the weight, the length of each layer, then the matrices. */
function factorsLength({ layers }: Program, inputFactor: boolean): number {
  return layers.reduce(
    (sum, { inputs, outputs }, l) => sum + 1 + outputs ** 2 + (l > 0 || inputFactor ? (inputs + 1) ** 2 : 0),
    1,
  );
}

function byPart(parts: Map<number, PartLoss>, answers: readonly unknown[]): Answer {
  return { parts: new Map([...parts.keys()].map((part, at) => [part, answers[at]])) };
}
