/** Small random problems, one for every network and loss, and the objective over them. */
import { activations } from '../../lib/activations/index.js';
import type { Backend, DataMatrix } from '../../lib/backends/backend.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { Objective, type ObjectiveSpec } from '../../lib/core/objective.js';
import { layoutOf, type LayerShape } from '../../lib/core/parameters.js';
import { createRandom, type Random } from '../../lib/core/random.js';
import { losses, type Loss, type LossName } from '../../lib/losses/index.js';
import { linear, mlp, type Network } from '../../lib/networks/index.js';

export const javascript = createJavascriptBackend();

export interface ProblemOptions {
  readonly seed?: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly network?: Network;
  readonly loss?: LossName;
  readonly outputs?: number;
  readonly weighted?: boolean;
}

export interface SmallProblem {
  readonly rows: number;
  readonly columns: number;
  readonly x: Float64Array;
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

/** linear, and mlp with every activation, one and two hidden layers. */
export const networkCases: readonly NetworkCase[] = [
  { label: 'linear', network: linear() },
  ...Object.keys(activations).flatMap((name) => {
    const activation = name as keyof typeof activations;
    return [
      { label: `mlp 4 ${name}`, network: mlp({ hidden: [4], activation }) },
      { label: `mlp 4,3 ${name}`, network: mlp({ hidden: [4, 3], activation }) },
    ];
  }),
];

/** The network of that label; cases are picked by name, because the list grows. */
export function networkNamed(label: string): Network {
  return networkCases.find((one) => one.label === label)!.network;
}

export interface LossCase {
  readonly label: string;
  readonly loss: LossName;
  readonly outputs: number;
}

export const lossCases: readonly LossCase[] = [
  { label: 'squared', loss: 'squared', outputs: 1 },
  { label: 'squared, 2 outputs', loss: 'squared', outputs: 2 },
  { label: 'logistic', loss: 'logistic', outputs: 1 },
  { label: 'softmax', loss: 'softmax', outputs: 3 },
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
  const { rows = 30, columns = 4, loss = 'logistic', network = linear() } = options;
  const outputs = options.outputs ?? (loss === 'softmax' ? 3 : 1);
  const random = createRandom(options.seed ?? 1);
  const x = normals(random, rows * columns);
  const targets = drawTargets(random, x, rows, columns, loss, outputs);
  const layers = network.layers(columns, outputs);
  const sampleWeights = options.weighted ? Float64Array.from({ length: rows }, () => 0.25 + 2 * random.uniform()) : undefined;
  return { rows, columns, x, layers, loss: losses[loss], targets, sampleWeights, start: drawPoint(random, layers) };
}

function drawTargets(
  random: Random, x: Float64Array, rows: number, columns: number, loss: LossName, outputs: number,
): Float64Array {
  const teacher = normals(random, columns * outputs);
  const scores = normals(random, rows * outputs, 0.7);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let a = 0; a < outputs; a++) scores[i * outputs + a]! += x[i * columns + j]! * teacher[j * outputs + a]!;
    }
  }
  if (loss === 'squared') return scores;
  if (loss === 'logistic') return scores.map((score) => (score > 0 ? 1 : -1));
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
  readonly memory?: number;
  readonly loss?: Loss;
}

export interface Opened {
  readonly objective: Objective;
  readonly matrix: DataMatrix;
}

/** Objective over `problem`; l2 0.01 unless told otherwise. */
export function open(problem: SmallProblem, options: OpenOptions = {}): Opened {
  const { backend = javascript, l2 = 0.01, memory = 0, loss = problem.loss } = options;
  const matrix = backend.matrix(problem.x, problem.rows, problem.columns);
  const { layers, targets, sampleWeights } = problem;
  const spec: ObjectiveSpec = { matrix, layers, loss, targets, sampleWeights, l2, memory };
  return { matrix, objective: new Objective(spec, backend) };
}

/** As `open`, with the starting point accepted. */
export async function openAtStart(problem: SmallProblem, options: OpenOptions = {}): Promise<Opened> {
  const opened = open(problem, options);
  await opened.objective.start(problem.start);
  return opened;
}
