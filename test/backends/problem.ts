/** Random problems over any network and loss, and a fixed course of calls over them, so that two backends can be laid side by side. */
import type { Backend, DataMatrix, TrackedLoss, TrackedLossSpec, VectorAlgebra } from '../../lib/backends/backend.js';
import type { CoordinateRequest, CoordinateSearch } from '../../lib/coordinate/request.js';
import { layerRange } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import type { Loss } from '../../lib/losses/loss.js';
import type { Architecture, Network } from '../../lib/networks/network.js';
import { programOf, type Program } from '../../lib/networks/program.js';
import { drawTargets } from '../losses/draw.js';
import { drawPoint, javascript } from '../support/problems.js';

/** `count` numbers in (-1, 1), the same for the same seed (a linear congruential generator is random enough here). */
export function numbers(count: number, seed: number): Float64Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export type Precision = DataMatrix['precision'];

export interface Problem {
  readonly rows: number;
  readonly columns: number;
  readonly architecture: Architecture;
  readonly program: Program;
  readonly loss: Loss;
  readonly values: Float64Array | Float32Array;
  readonly targets: Float64Array;
  readonly offsets: Float64Array | undefined;
  readonly sampleWeights: Float64Array | undefined;
  readonly memory: number;
  readonly parameters: Float64Array;
  readonly directions: readonly Float64Array[];
}

export interface ProblemOptions {
  readonly rows: number;
  readonly columns: number;
  readonly network: Network;
  readonly loss: Loss;
  readonly outputs: number;
  readonly seed: number;
  /** Default 2. */
  readonly memory?: number;
  /** Default 'float64'. */
  readonly precision?: Precision;
  /** Offsets and sample weights; default true. */
  readonly extras?: boolean;
}

export function problem(options: ProblemOptions): Problem {
  const { rows, columns, network, loss, outputs, seed, memory = 2, precision = 'float64', extras = true } = options;
  const random = createRandom(seed);
  const architecture = network.architecture(columns, outputs);
  const program = programOf(architecture);
  const values = numbers(rows * columns, seed + 2).map((x, e) => 3 * x + (e % columns));
  const draw = (): Float64Array => drawPoint(random, program.layers);
  return {
    rows,
    columns,
    architecture,
    program,
    loss,
    memory,
    values: precision === 'float32' ? Float32Array.from(values) : values,
    targets: Float64Array.from(Array.from({ length: rows }, () => [...drawTargets({ loss, outputs }, random)]).flat()),
    offsets: extras ? numbers(rows * outputs, seed + 4).map((o) => 0.4 * o) : undefined,
    sampleWeights: extras ? numbers(rows, seed + 3).map((s) => s + 1.001) : undefined,
    parameters: draw(),
    directions: [draw(), draw(), draw()],
  };
}

export async function matrixOf(given: Problem, backend: Backend): Promise<DataMatrix> {
  const { values, rows, columns } = given;
  return backend.matrix({ kind: 'dense', values, rows, columns });
}

export function trackedOver(given: Problem, matrix: DataMatrix, backend: Backend): TrackedLoss {
  const { architecture, loss, targets, offsets, sampleWeights, memory } = given;
  const spec: TrackedLossSpec = { matrix, architecture, loss, targets, offsets, sampleWeights, memory };
  return backend.trackedLoss(spec);
}

/** A variable for each direction and layer. */
export function everyVariable(
  { program }: Problem,
  directions: number,
): { readonly variables: Int32Array; readonly k: number } {
  const k = directions * program.layers.length;
  return { variables: Int32Array.from({ length: k }, (_, v) => v), k };
}

/** Spanned by the first two directions, each layer by itself, and a step vector to try. */
export async function spanned(
  given: Problem,
  backend: Backend,
): Promise<{ tracked: TrackedLoss; k: number; t: Float64Array }> {
  const matrix = await matrixOf(given, backend);
  const tracked = trackedOver(given, matrix, backend);
  await tracked.restart(given.parameters);
  const { variables, k } = everyVariable(given, 2);
  await tracked.span(given.directions.slice(0, 2), [], variables, k);
  return { tracked, k, t: numbers(k, 9).map((s) => 0.1 * s) };
}

/** point += sum_j t_jl direction_j in every layer l, as a tracked loss moves. */
export function movedBy(
  { program: { layers, layout } }: Problem,
  point: Float64Array,
  directions: readonly Float64Array[],
  variables: Int32Array,
  t: Float64Array,
  vectors: VectorAlgebra,
): Float64Array {
  const moved = point.slice();
  directions.forEach((direction, j) =>
    layers.forEach((_, l) => {
      const v = variables[j * layers.length + l]!;
      const [from, to] = layerRange(layout, l);
      if (v >= 0) vectors.axpy(t[v]!, direction.subarray(from, to), moved.subarray(from, to));
    }),
  );
  return moved;
}

const searches: readonly CoordinateSearch[] = ['doubling', 'newton', 'exact'];

/** Every weight searches; `slopes` is the gradient of the loss, to which the penalty is added. */
function sweepRequest(
  given: Problem,
  point: Float64Array,
  slopes: Float64Array,
  search: CoordinateSearch,
): CoordinateRequest {
  const {
    program: { layout },
    columns,
  } = given;
  const layerL2 = Float64Array.from(layout.layers, (_, l) => 0.03 * (l + 1));
  const inputPenalty = numbers(columns, 77).map((p) => 0.05 * (p + 1));
  const gradient = slopes.slice();
  for (const { layer, penalized, offset, size, columns: width } of layout.blocks) {
    if (!penalized) continue;
    for (let e = 0; e < size; e++)
      gradient[offset + e]! += (layer === 0 ? inputPenalty[Math.floor(e / width)]! : layerL2[layer]!) * point[offset + e]!;
  }
  return {
    gradient,
    parameters: point,
    inputPenalty,
    inputScale: new Float64Array(columns).fill(1),
    layerL2,
    search,
    threshold: Infinity,
    gradientRate: 1,
    maxTrials: 60,
    // No power of two: the reach of a guessed weight is 1 where X is, and no trial should end on it.
    firstStep: 0.37,
    moving: new Int32Array(layout.blocks.length).fill(1),
  };
}

/** What a call returned, by name. */
export interface Finding {
  readonly what: string;
  readonly numbers: Float64Array;
}

/**
 * Start, two steps (joint over two columns, then by layer with the last step as a column), factors, a refresh: everything that is
 * returned.
 */
export async function run(given: Problem, backend: Backend, matrix?: DataMatrix): Promise<Finding[]> {
  const X = matrix ?? (await matrixOf(given, backend));
  const tracked = trackedOver(given, X, backend);
  const layers = given.program.layers.length;
  const out: Finding[] = [];
  const note = (what: string, ...values: (number | ArrayLike<number>)[]): void => {
    out.push({
      what,
      numbers: Float64Array.from(values.flatMap((value) => (typeof value === 'number' ? [value] : Array.from(value)))),
    });
  };
  const gradient = new Float64Array(given.program.layout.size);
  const advance = async (what: string, t: Float64Array | null): Promise<void> => {
    const { value, slopeMass, largestSlope } = await tracked.advance(t, gradient);
    note(`${what}: loss`, value);
    note(`${what}: slope mass`, slopeMass);
    note(`${what}: largest slope`, largestSlope);
    note(`${what}: gradient`, gradient);
  };
  const evaluate = async (what: string, t: Float64Array): Promise<void> => {
    note(`${what}: value`, await tracked.value(t));
    const { value, slopes, curvature } = await tracked.evaluate(t);
    note(`${what}: evaluation`, value);
    note(`${what}: slopes`, slopes);
    note(`${what}: curvature`, curvature);
  };

  note('first drift', await tracked.restart(given.parameters));
  await advance('start', null);
  note('outputs at the start', await tracked.outputs());

  await tracked.span([given.directions[0]!], [], new Int32Array(layers), 1);
  await evaluate('line at 0', Float64Array.of(0));
  await evaluate('line', Float64Array.of(0.3));
  const step = given.directions[0]!.map((d) => 0.3 * d);
  await advance('first step', Float64Array.of(0.3));

  // The last variable scales nothing but the first layer of the past step when there is one layer, and the last layer otherwise.
  const { variables, k } = everyVariable(given, 2);
  variables[layers] = layers > 1 ? -1 : 0;
  const t = numbers(k, 8).map((s) => 0.2 * s);
  await tracked.span([given.directions[1]!], [step], variables, k);
  await evaluate('by layer', t);
  await advance('second step', t);

  note('outputs after two steps', await tracked.outputs());
  (await tracked.products()).forEach((product, j) => note(`product ${j}`, product));
  if (given.loss.curvatureRoot) {
    const { outputs, inputs } = await tracked.factors({ maxRows: Math.ceil(given.rows / 2), seed: 5 }, true);
    outputs.forEach((factor, l) => note(`output factor ${l}`, factor));
    inputs.forEach((factor, l) => note(`input factor ${l}`, factor!));
  }
  for (let at = 0; at < given.program.nodes.length; at++) note(`value of node ${at}`, await tracked.nodeValue(at));
  tracked.replaceBehind(given.parameters);
  await advance('other parameters behind', null);
  await tracked.restart(given.parameters);
  tracked.dispose();
  if (!matrix) X.dispose();
  return out;
}

/** The gradient of the loss at the start, in plain loops. */
export async function slopesAtStart(given: Problem): Promise<Float64Array> {
  const tracked = trackedOver(given, await matrixOf(given, javascript), javascript);
  await tracked.restart(given.parameters);
  const slopes = new Float64Array(given.program.layout.size);
  await tracked.advance(null, slopes);
  return slopes;
}

/**
 * A sweep of every search from the start; one that is refused leaves the reason in its name. `slopes` is the gradient of the loss: the
 * same for all backends, because a search that begins on a slope of rounding size goes where the rounding points.
 */
export async function sweeps(given: Problem, backend: Backend, slopes: Float64Array): Promise<Finding[]> {
  const matrix = await matrixOf(given, backend);
  const tracked = trackedOver(given, matrix, backend);
  await tracked.restart(given.parameters);
  const out: Finding[] = [];
  for (const search of searches) {
    try {
      const { proposal, searched, evaluations } = await tracked.coordinateSweep!(
        sweepRequest(given, given.parameters, slopes, search),
      );
      out.push(
        { what: `${search}: counts`, numbers: Float64Array.of(searched, evaluations) },
        { what: `${search}: proposal`, numbers: proposal },
      );
    } catch (error) {
      out.push({ what: `${search} refused: ${(error as Error).message}`, numbers: new Float64Array(0) });
    }
  }
  tracked.dispose();
  matrix.dispose();
  return out;
}
