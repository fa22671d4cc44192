/** Small random problems, one for every network and loss, and the objective over them. */
import { activations, type ActivationName } from '../../lib/activations/index.js';
import type { Backend, DataMatrix, MatrixOptions, MatrixSource, Precision } from '../../lib/backends/backend.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { Objective, type ObjectiveSpec } from '../../lib/core/objective.js';
import { layoutOf, type LayerShape } from '../../lib/core/parameters.js';
import { createRandom, type Random } from '../../lib/core/random.js';
import { lossByName, type LossName } from '../../lib/losses/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import { tasks } from '../../lib/losses/tasks.js';
import {
  gated,
  linear,
  linearlyGated,
  mlp,
  skip,
  type Architecture,
  type Network,
  type NetworkStep,
} from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { sparseOf, withZeros } from './sparse.js';

export const javascript = createJavascriptBackend();

export interface ProblemOptions {
  readonly seed?: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly network?: Network;
  readonly loss?: LossName;
  readonly outputs?: number;
  readonly weighted?: boolean;
  /** Share of X that is 0. Default 0. */
  readonly zeros?: number;
}

export interface SmallProblem {
  readonly rows: number;
  readonly columns: number;
  readonly x: Float64Array;
  readonly architecture: Architecture;
  /** Those of the architecture. */
  readonly layers: readonly LayerShape[];
  readonly loss: Loss;
  readonly targets: Float64Array;
  readonly sampleWeights: Float64Array | undefined;
  /** A starting point away from every symmetry, biases included. */
  readonly start: Float64Array;
}

export interface NetworkCase {
  readonly label: string;
  readonly network: Network;
}

/** linear; mlp with every activation, one and two hidden layers; gates of both kinds; a linear path beside the hidden units. */
export const networkCases: readonly NetworkCase[] = [
  { label: 'linear', network: linear() },
  ...(Object.keys(activations) as ActivationName[]).flatMap((activation) => [
    { label: `mlp 4 ${activation}`, network: mlp({ hidden: [4], activation }) },
    { label: `mlp 4,3 ${activation}`, network: mlp({ hidden: [4, 3], activation }) },
  ]),
  { label: 'gated 3', network: gated({ hidden: [3] }) },
  { label: 'linearly-gated 3,2 layers', network: linearlyGated({ hidden: [3, 2] }) },
  { label: 'linearly-gated 3,2 inputs', network: linearlyGated({ hidden: [3, 2], gates: 'inputs', sharpness: 2 }) },
  { label: 'skip 3', network: skip({ hidden: [3] }) },
];

/** By its label: no test depends on the order of the list. */
export function networkNamed(wanted: string): Network {
  const found = networkCases.find(({ label }) => label === wanted);
  if (!found) throw new Error(`There is no network case '${wanted}'.`);
  return found.network;
}

export interface LossCase {
  readonly label: string;
  readonly loss: LossName;
  readonly outputs: number;
}

/** Every loss, some with several outputs as well. */
export const lossCases: readonly LossCase[] = [
  { label: 'squared', loss: 'squared', outputs: 1 },
  { label: 'squared, 2 outputs', loss: 'squared', outputs: 2 },
  { label: 'logistic', loss: 'logistic', outputs: 1 },
  { label: 'logistic, 2 labels', loss: 'logistic', outputs: 2 },
  { label: 'softmax', loss: 'softmax', outputs: 3 },
  { label: 'huber', loss: 'huber', outputs: 1 },
  { label: 'squared-hinge', loss: 'squared-hinge', outputs: 1 },
  { label: 'poisson', loss: 'poisson', outputs: 1 },
  { label: 'gamma', loss: 'gamma', outputs: 1 },
  { label: 'tweedie', loss: 'tweedie', outputs: 1 },
];

/** Every network with every loss. */
export const cases = networkCases.flatMap((network) =>
  lossCases.map((loss) => ({ ...network, ...loss, label: `${network.label}, ${loss.label}` })),
);

export function normals(random: Random, length: number, scale = 1): Float64Array {
  return Float64Array.from({ length }, () => scale * random.normal());
}

/** Standard normal X; targets from a noisy linear teacher, so that there is something to learn and something to miss. */
export function smallProblem(options: ProblemOptions = {}): SmallProblem {
  const { rows = 30, columns = 4, loss: name = 'logistic', network = linear() } = options;
  const outputs = options.outputs ?? (name === 'softmax' ? 3 : 1);
  const random = createRandom(options.seed ?? 1);
  const dense = normals(random, rows * columns);
  const x = options.zeros === undefined ? dense : withZeros(dense, options.zeros, () => random.uniform());
  const targets = drawTargets(random, x, rows, columns, name, outputs);
  const sampleWeights = options.weighted
    ? Float64Array.from({ length: rows }, () => 0.25 + 2 * random.uniform())
    : undefined;
  const loss = lossByName(name);
  const architecture = network.architecture(columns, outputs);
  const { layers } = programOf(architecture);
  return { rows, columns, x, architecture, layers, loss, targets, sampleWeights, start: drawPoint(random, layers) };
}

/** A number and one of three classes to be learned at once, the number counting twice as much. */
export function taskProblem(options: Omit<ProblemOptions, 'loss' | 'outputs'> = {}): SmallProblem {
  const two = smallProblem({ ...options, loss: 'squared', outputs: 2 });
  const targets = two.targets.map((score, e) => (e % 2 === 0 ? score : score < -1 ? 0 : score < 1 ? 1 : 2));
  const loss = tasks([
    { outputs: 1, loss: 'squared', weight: 2 },
    { outputs: 3, loss: 'softmax' },
  ]);
  return withNetwork({ ...two, targets, loss }, options.network ?? linear(), 4);
}

/** The problem with another network, at the start given or one drawn for it. */
export function withNetwork(problem: SmallProblem, network: Network, outputs: number, start?: Float64Array): SmallProblem {
  const architecture = network.architecture(problem.columns, outputs);
  const { layers } = programOf(architecture);
  return { ...problem, architecture, layers, start: start ?? drawPoint(createRandom(1), layers) };
}

/** A stack of layers, each with its inputs, outputs and activation; an architecture that no network of the registry need make. */
export function stack(
  sizes: readonly (readonly [inputs: number, outputs: number, activation: ActivationName])[],
): Architecture {
  const last = sizes.length - 1;
  const name = (l: number): string => (l === last ? 'output' : `hidden${l + 1}`);
  const steps = sizes.flatMap(([, outputs, activation], l): NetworkStep[] => [
    ...(l === 0 ? [] : [{ value: `${name(l)}.sum`, step: 'affine', of: name(l - 1), layer: name(l), outputs } as const]),
    { value: name(l), step: 'activation', of: l === 0 ? 'tracked' : `${name(l)}.sum`, activation },
  ]);
  return { inputs: sizes[0]![0], tracked: { layer: name(0), outputs: sizes[0]![1] }, steps };
}

/** From scores to targets; softmax takes the largest of a row instead. */
const targetsFrom: Partial<Record<LossName, (score: number) => number>> = {
  logistic: (score) => (score > 0 ? 1 : -1),
  'squared-hinge': (score) => (score > 0 ? 1 : -1),
  poisson: (score) => Math.floor(Math.exp(0.5 * score) + 0.3),
  gamma: (score) => Math.exp(0.5 * score),
  tweedie: (score) => (score < -0.5 ? 0 : Math.exp(0.5 * score)),
};

function drawTargets(
  random: Random,
  x: Float64Array,
  rows: number,
  columns: number,
  loss: LossName,
  outputs: number,
): Float64Array {
  const teacher = normals(random, columns * outputs);
  const scores = normals(random, rows * outputs, 0.7);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let a = 0; a < outputs; a++) scores[i * outputs + a]! += x[i * columns + j]! * teacher[j * outputs + a]!;
    }
  }
  if (loss !== 'softmax') return scores.map(targetsFrom[loss] ?? ((score) => score));
  return Float64Array.from({ length: rows }, (_, i) => {
    const row = scores.subarray(i * outputs, (i + 1) * outputs);
    return row.indexOf(Math.max(...row));
  });
}

/** Random weights and biases of the size that keeps activations in their lively range. */
export function drawPoint(random: Random, layers: readonly LayerShape[]): Float64Array {
  const layout = layoutOf(layers);
  const point = new Float64Array(layout.size);
  for (const block of layout.blocks) {
    for (let e = 0; e < block.size; e++) point[block.offset + e] = (0.8 / Math.sqrt(block.rows)) * random.normal();
  }
  return point;
}

export interface OpenOptions {
  readonly backend?: Backend;
  readonly l2?: number;
  readonly layerPenalties?: readonly number[] | undefined;
  readonly memory?: number;
  readonly loss?: Loss;
  /** Default 'none': what is seen can be compared with the formula in the units of X. */
  readonly frame?: MatrixOptions['frame'];
  readonly penalize?: ObjectiveSpec['penalize'];
  /** How X is stored. Default float64, dense. */
  readonly precision?: Precision;
  readonly sparse?: boolean;
}

export interface Opened {
  readonly objective: Objective;
  readonly matrix: DataMatrix;
}

/** Objective over `problem`; l2 0.01 unless told otherwise. */
export async function open(problem: SmallProblem, options: OpenOptions = {}): Promise<Opened> {
  const { backend = javascript, l2 = 0.01, memory = 0, loss = problem.loss, frame = 'none', penalize = 'given' } = options;
  const { layerPenalties } = options;
  const { x, rows, columns, architecture, targets, sampleWeights } = problem;
  const source: MatrixSource = options.sparse ? sparseOf(x, rows, columns) : { kind: 'dense', values: x, rows, columns };
  const matrix = await backend.matrix(source, { frame, precision: options.precision });
  const spec: ObjectiveSpec = { matrix, architecture, loss, targets, sampleWeights, l2, layerPenalties, memory, penalize };
  return { matrix, objective: new Objective(spec, backend) };
}

/** As `open`, with the starting point accepted. */
export async function openAtStart(problem: SmallProblem, options: OpenOptions = {}): Promise<Opened> {
  const opened = await open(problem, options);
  await opened.objective.start(problem.start);
  return opened;
}
