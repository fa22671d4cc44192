/**
 * A metric for the parameters of all layers: the Gauss-Newton matrix of each layer as a Kronecker product of two small
 * factors,
 *
 *     H_l ~ A_l (x) G_l        A_l: second moments of the layer's inputs [h; 1],   G_l: of what comes back to its outputs
 *
 * so that H_l^-1 applied to a gradient block is A_l^-1 g_l G_l^-1 (K-FAC: Martens & Grosse 2015, arXiv 1503.05671). Two
 * things differ here. X is fixed, so the expensive factor A_1 = X' diag(s) X is formed a few times in a whole run. And the
 * length of the step is left to the search over the true objective, so no rescaling rule is needed. The inputs are weighted
 * by each row's share s of the curvature, which makes the product exact for one output (the linear network gets Newton's
 * method).
 *
 * Damping. Each factor gets a multiple of the identity, so that H_l ~ (A_l + a I) (x) (G_l + g I) with a g = lambda scale +
 * l2 (that of the layer) and a : g as the mean diagonals of A_l : G_l. `scale` is the largest mean curvature of any layer, one number for all of
 * them: a layer of small curvature (the hidden one, while the output weights are small) is held back, and not sent far away
 * for what another layer does with a short step (seen on targets of size 40, tanh: hidden units saturated within five
 * iterations).
 *
 * Networks with a saturating activation take the largest curvature that any iteration has met. Near separable data the
 * curvature vanishes, and a damping relative to it would vanish too: the steps, made by the penalty alone, would then kill
 * hidden units that the data still need (seen on mushrooms, tanh: a saddle with 11 of 50 units at 0). With relu that anchor
 * was measured to hurt.
 *
 * Penalty. It differs from column to column, p_j in the frame. What all columns share, min p_j, goes with the damping as l2
 * does; the excess p_j - min p is added where it belongs, to the diagonal of A_1, as (p_j - min p) / g: times the g I of the other
 * factor it is the penalty itself, in whatever direction of the outputs (as (p_j - min p) / mean diagonal of G_1 it vanishes where G_1
 * does, along the constant that softmax does not see: 67 iterations instead of 38 to 1e-3 on MNIST).
 *
 * The linear network with one output has an exact metric: it gets the penalty exactly, and lambda relative to each entry of
 * the diagonal.
 */
import type { Objective } from '../core/objective.js';
import { weightBlock, type LayerShape } from '../core/parameters.js';
import { MOMENTS_COLUMNS } from '../core/held-columns.js';
import { saturates } from '../networks/program.js';
import { diagonalOf, meanDiagonal, shiftDiagonal } from './diagonal.js';
import { sketchInput, type InputSketch } from './input-sketch.js';
import { addAndFactorize, inputSolver, positiveDefinite, type BlockSolver, type InputFactor } from './input-solver.js';

export interface MetricOptions {
  /**
   * Rows that take part in the factors of a network with hidden layers, null: a quarter, 2048 to 8192; linear networks use
   * all.
   */
  readonly maxRows: number | null;
  /** Iterations from the first input factor to the second; the gap doubles each time. At least 1. */
  readonly refresh: number;
}

/** What a metric remembers between iterations; plain numbers and arrays. */
export interface MetricState extends InputFactor {
  /** lambda, relative to the curvature. */
  damping: number;
  /** Iterations so far; also the seed of the next factors' random signs. */
  uses: number;
  /** The use at which the input factor is formed anew, and the gap before it. */
  refreshAt: number;
  gap: number;
  /** The factorized G of a linear network. */
  right: Float64Array | null;
  /** Largest mean curvature of any layer that has been met. */
  peak: number;
}

/** Overwrites a parameter-sized vector q by H^-1 q. */
export type Metric = (q: Float64Array) => Promise<void>;

export const DAMPING_RANGE = { least: 1e-6, most: 100 } as const;

/** Columns of the sketch of a wide input factor, and rows of a narrow one for each column of X. */
const SKETCH_RANK = 100;
const ROWS_PER_COLUMN = 24;

/** Multiplications of an input factor that take about as long as the rest of an iteration on few rows, 0.1 ms. */
const CHEAP_PRODUCTS = 2 ** 19;

/** Share of the mean diagonal that keeps a factor with empty columns (pixels that are always 0) invertible. */
const FLOOR = 1e-10;

/**
 * Least mean diagonal of a factor: those of a dead layer are 0, and quotients of two means must neither vanish nor overflow.
 */
const LEAST_MEAN = 1e-150;

export function startMetric(damping: number, refresh: number): MetricState {
  return {
    damping,
    uses: 0,
    refreshAt: 0,
    gap: refresh,
    inputFactor: null,
    added: null,
    sketch: null,
    right: null,
    peak: 0,
  };
}

/**
 * Levenberg-Marquardt on the damping: when the quadratic model of phi foretold the decrease well, trust the metric more;
 * when it did not, less.
 */
export function adaptDamping(state: MetricState, modelRatio: number): void {
  const factor = modelRatio > 0.75 ? 0.8 : modelRatio < 0.25 ? 1.25 : 1;
  state.damping = Math.min(DAMPING_RANGE.most, Math.max(DAMPING_RANGE.least, state.damping * factor));
}

/**
 * Rows that take part in the factors. A linear network takes enough for its moments to be those of all rows; with one output its metric
 * is Newton's and takes all.
 */
function rowsTaken({ rows, layout }: Objective): number {
  const [first] = layout.layers;
  if (layout.layers.length > 1) return Math.min(8192, Math.max(2048, Math.ceil(rows / 4)));
  return first!.outputs === 1 ? rows : Math.min(rows, Math.max(16384, ROWS_PER_COLUMN * first!.inputs));
}

/** Whether the input factor of a metric that is exact costs less than the iteration that it saves: then every iteration is Newton's. */
function formsCheaply({ layout }: Objective, rows: number): boolean {
  const [first] = layout.layers;
  return layout.layers.length === 1 && first!.outputs === 1 && rows * (first!.inputs + 1) ** 2 <= CHEAP_PRODUCTS;
}

/**
 * The first metrics of a linear network, each formed where it is used, and of how many later ones one is. Measured on mnist, fashion-mnist
 * (10000 rows each), embeddings, spambase, a9a and w8a: as many iterations as with all of them.
 */
const FIRST = 5;
const ONE_OF = 8;

/** Whether the metric of an iteration before serves on: of a state that has none, or whose factor was not positive definite, none does. */
function servesOn({ uses, refreshAt, added, right }: MetricState, { layout }: Objective): boolean {
  const has = layout.layers.length === 1 && added && right;
  return Boolean(has) && uses < refreshAt && uses >= FIRST && uses % ONE_OF !== 0;
}

/**
 * The metric for the accepted point, in place of the one that was formed with this state before: formed there, or, of a linear network, that one
 * once more.
 */
export async function metricAt(state: MetricState, objective: Objective, options: MetricOptions): Promise<Metric> {
  const parts = servesOn(state, objective) ? [await heldPart(state, objective)] : await formParts(state, objective, options);
  state.uses++;
  return async (q) => {
    for (const { offset, inputs, outputs, left, right } of parts) {
      const block = q.subarray(offset, offset + inputs * outputs);
      await left(block, outputs);
      await objective.matrices.solveRight(right, outputs, block, inputs);
    }
  };
}

async function heldPart(state: MetricState, objective: Objective): Promise<LayerMetric> {
  const left = await inputSolver(state, state.added!, objective);
  return { ...placeOf(objective, 0), left, right: state.right! };
}

function placeOf({ layout }: Objective, l: number): Pick<LayerMetric, 'offset' | 'inputs' | 'outputs'> {
  const { inputs, outputs } = layout.layers[l]!;
  return { offset: weightBlock(layout, l).offset, inputs: inputs + 1, outputs };
}

async function formParts(state: MetricState, objective: Objective, { maxRows }: MetricOptions): Promise<LayerMetric[]> {
  const layers = objective.layout.layers.slice(0, objective.movingLayers);
  const due = state.uses >= state.refreshAt;
  const { rows } = objective;
  const enough = maxRows ?? rowsTaken(objective);
  const wide = layers[0]!.inputs > MOMENTS_COLUMNS;
  const request = { maxRows: enough, seed: state.uses, shares: due && wide };
  const factors = await objective.factors(request, due && !wide);
  if (due) {
    const stride = factors.stride ?? Math.ceil(rows / enough);
    if (wide) state.sketch = await sketchInput(objective, factors.shares, stride, SKETCH_RANK, state.uses);
    else state.inputFactor = factors.inputs[0]!;
    state.added = null;
    if (formsCheaply(objective, enough)) state.refreshAt = state.uses + 1;
    else {
      state.refreshAt = state.uses + state.gap;
      state.gap *= 2;
    }
  }
  const pairs = layers.map((layer, l) =>
    factorPair(layer, l === 0 ? (state.sketch ?? state.inputFactor!) : factors.inputs[l]!, factors.outputs[l]!),
  );
  const largest = Math.max(...pairs.map(({ meanA, meanG }) => meanA * meanG));
  state.peak = Math.max(state.peak, largest);
  const scale = saturates(objective.program) ? state.peak : largest;
  const parts: LayerMetric[] = [];
  for (let l = 0; l < layers.length; l++) parts.push(await factorize(pairs[l]!, objective, l, state, scale));
  if (objective.layout.layers.length === 1) state.right = parts[0]!.right;
  return parts;
}

interface LayerMetric {
  readonly offset: number;
  /** Inputs of the layer plus the constant one. */
  readonly inputs: number;
  readonly outputs: number;
  /** The inverse of the damped A, applied to a block of some columns in place; the Cholesky factor of the damped G. */
  readonly left: BlockSolver;
  readonly right: Float64Array;
}

/** The two factors of a layer, with their mean diagonals; that of the inputs of X stays as it is. */
interface FactorPair {
  readonly A: Float64Array | InputSketch;
  readonly G: Float64Array;
  readonly meanA: number;
  readonly meanG: number;
}

function factorPair({ inputs, outputs }: LayerShape, A: Float64Array | InputSketch, G: Float64Array): FactorPair {
  return {
    A,
    G,
    meanA: Math.max(isSketch(A) ? mean(A.diagonal) : meanDiagonal(A, inputs + 1), LEAST_MEAN),
    meanG: Math.max(meanDiagonal(G, outputs), LEAST_MEAN),
  };
}

async function factorize(
  { A, G, meanA, meanG }: FactorPair,
  objective: Objective,
  l: number,
  state: MetricState,
  scale: number,
): Promise<LayerMetric> {
  const { layout, layerL2, inputPenalty, matrices } = objective;
  const { damping } = state;
  const place = placeOf(objective, l);
  const { inputs, outputs } = place;
  const features = inputs - 1;
  // What is added to the diagonal of A.
  const added = new Float64Array(inputs);
  if (layout.layers.length === 1 && outputs === 1) {
    const diagonal = isSketch(A) ? A.diagonal : diagonalOf(A, inputs);
    for (let i = 0; i < inputs; i++) {
      const penalty = i < features ? inputPenalty[i]! / meanG : 0;
      added[i] = damping * diagonal[i]! + penalty + FLOOR * meanA;
    }
  } else {
    const shared = l === 0 ? least(inputPenalty) : layerL2[l]!;
    const total = damping * scale + shared;
    const g = outputs === 1 ? meanG : Math.sqrt((total * meanG) / meanA);
    added.fill(total / g + (outputs === 1 ? 0 : FLOOR * meanA));
    if (l === 0) for (let i = 0; i < features; i++) added[i] = added[i]! + (inputPenalty[i]! - shared) / g;
    if (outputs > 1) shiftDiagonal(G, outputs, g + FLOOR * meanG);
  }
  await positiveDefinite(G, outputs, meanG, matrices.cholesky);
  if (l === 0 || isSketch(A)) return { ...place, left: await inputSolver(state, added, objective), right: G };
  await addAndFactorize(A, added, matrices);
  return { ...place, left: (block, width) => matrices.solveLeft(A, inputs, block, width), right: G };
}

function isSketch(A: Float64Array | InputSketch): A is InputSketch {
  return 'rank' in A;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function least(values: Float64Array): number {
  return values.reduce((smallest, value) => Math.min(smallest, value), Infinity);
}
