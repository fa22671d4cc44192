/**
 * The coordinate sweep in plain TypeScript, weight by weight: the reference of native/coordinate/sweep.h.
 *
 * One pass over the rows forms, for every layer, S_ik = share of row i in the Gauss-Newton curvature by the pre-activation of
 * unit k; the curvature of weight (j, k) is then sum_i x_ij^2 S_ik. What is known beyond the curvature depends on the layer:
 *
 *     bent    hidden layer of a two-layer network: the outputs move by (h(z_k + delta x) - h(z_k)) V_k, every trial is exact in h
 *     straight   the outputs move by delta x V_k: one parabola is the bound itself
 *     guessed    in front of deeper layers: the parabola is a model only; a step may change what goes into its unit by at most 1
 */
import { activations } from '../activations/index.js';
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { blockOf, type LayerShape } from '../core/parameters.js';
import { FeedForward } from '../networks/feed-forward.js';
import type { CoordinateRequest, CoordinateSweep, TrackedLossSpec } from './backend.js';
import { checkSweep, searchCoordinate, type CoordinateFunction, type CoordinateTerms } from './coordinate-search.js';
import type { AcceptedPoint } from './javascript-factors.js';

/**
 * Change of the outputs, times the growth of the loss, up to which the bound is trusted; there the second derivative has grown by
 * at most e, and loss(o + t v) <= loss + s t + (e - 2) c t^2 replaces 1/2 c t^2.
 */
const TRUST = 1;
const INFLATION = 2 * (Math.E - 2);

type Kind = 'bent' | 'straight' | 'guessed';

export function kindOf(layers: readonly LayerShape[], l: number): Kind {
  const behind = layers.slice(l + 1);
  if (behind.length > 1 || behind.some(({ activation }) => activation !== 'identity')) return 'guessed';
  if (layers[l]!.activation === 'identity') return 'straight';
  return l === 0 && behind.length === 1 ? 'bent' : 'guessed';
}

interface Curves {
  /** H_{l-1} for every layer, X for the first; row-major. */
  readonly inputs: Float64Array[];
  /** S, row-major. */
  readonly shares: Float64Array[];
  /** Of the first layer, before the activation's derivative: weighted slopes, and half of the weighted curvatures. */
  readonly slopes: Float64Array;
  readonly halves: Float64Array;
  /** Growth of the loss by the units of each layer. */
  readonly growths: Float64Array[];
}

export async function javascriptSweep(
  spec: TrackedLossSpec, point: AcceptedPoint, request: CoordinateRequest, check: () => void,
): Promise<CoordinateSweep> {
  checkCapabilities(spec, request);
  const { layers } = spec;
  const curves = await formCurves(spec, point, check);
  const { blocks, size } = new FeedForward(layers, 1).layout;
  const proposal = new Float64Array(size);
  let searched = 0;
  let evaluations = 0;
  const pace = new Pace();
  for (const [index, block] of blocks.entries()) {
    if (request.moving[index] === 0) continue;
    const { inputs, outputs } = layers[block.layer]!;
    const weighted = block.penalized;
    for (let j = 0; j < block.rows; j++) {
      const x = weighted ? columnOf(curves.inputs[block.layer]!, inputs, j) : new Float64Array(spec.matrix.rows).fill(1);
      for (let k = 0; k < outputs; k++) {
        const e = block.offset + j * outputs + k;
        const slope = request.gradient[e]!;
        if (!(request.threshold > 0 && Math.abs(slope) <= request.threshold)) {
          proposal[e] = -request.gradientRate * slope;
          continue;
        }
        const { q, terms } = coordinate(spec, point, curves, request, { layer: block.layer, k, e, x, l2: weighted ? request.l2 : 0 });
        const found = searchCoordinate(q, terms, request);
        proposal[e] = found.delta;
        evaluations += found.evaluations;
        searched++;
      }
      check();
      if (pace.due) await pace.yield();
    }
  }
  return { proposal, searched, evaluations };
}

function checkCapabilities(spec: TrackedLossSpec, request: CoordinateRequest): void {
  const { loss, matrix } = spec;
  const refuse = (sentence: string): never => {
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  };
  if (!loss.curvatureRoot || !loss.growth) refuse(`A coordinate search needs a loss with curvatureRoot and growth, but '${loss.name}' lacks them.`);
  if (!matrix.entries) refuse(`A coordinate search with the loss '${loss.name}' of your own needs the javascript backend.`);
  checkSweep(spec, request);
}

async function formCurves(spec: TrackedLossSpec, point: AcceptedPoint, check: () => void): Promise<Curves> {
  const { layers, loss, matrix, targets } = spec;
  const n = matrix.rows;
  const net = new FeedForward(layers, 1);
  const width = layers[0]!.outputs;
  const outputs = layers.at(-1)!.outputs;
  const targetWidth = loss.targetWidth(outputs);
  const shares = layers.map((layer) => new Float64Array(n * layer.outputs));
  const inputs = layers.map((layer, l) => (l === 0 ? matrix.entries!() : new Float64Array(n * layer.inputs)));
  const slopes = new Float64Array(n * width);
  const halves = new Float64Array(n * width);
  const growths = layers.map((_, l) => growthOf(spec, point.parameters, l));
  const bent = kindOf(layers, 0) === 'bent';
  const V = bent ? blockOf(point.parameters, net.layout.blocks[2]!) : new Float64Array(0);
  const slope = new Float64Array(outputs);
  const root = new Float64Array(outputs);
  const pace = new Pace();
  for (let i = 0; i < n; i++) {
    const weight = point.weights[i]!;
    net.activity[0]!.set(point.Z.subarray(i * width, (i + 1) * width));
    net.forward(1, point.parameters);
    for (let l = 1; l < layers.length; l++) inputs[l]!.set(net.activity[l - 1]!, i * layers[l]!.inputs);
    loss.row(net.outputs, 0, outputs, targets, i * targetWidth, slope, null);
    if (bent) for (let k = 0; k < width; k++) slopes[i * width + k] = weight * inner(V, k, slope);
    for (let a = 0; a < outputs; a++) {
      // Column a of C^(1/2): the curvature is the sum over the columns of what each carries back, squared.
      root.fill(0);
      root[a] = 1;
      loss.curvatureRoot!(net.outputs, 0, outputs, root);
      for (let k = 0; bent && k < width; k++) {
        halves[i * width + k]! += 0.5 * inflation(growths[0]![k]!) * weight * inner(V, k, root) ** 2;
      }
      net.backward(point.parameters, root, (l, q) => {
        const row = i * layers[l]!.outputs;
        for (let k = 0; k < layers[l]!.outputs; k++) shares[l]![row + k]! += inflation(growths[l]![k]!) * weight * q[k]! ** 2;
      });
    }
    check();
    if (pace.due) await pace.yield();
  }
  return { inputs, shares, slopes, halves, growths };
}

const inflation = (growth: number): number => (growth > 0 ? INFLATION : 1);

function inner(V: Float64Array, k: number, v: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < v.length; a++) sum += V[k * v.length + a]! * v[a]!;
  return sum;
}

/** Growth of the loss along the outputs that each unit of layer l moves; 1 where nothing is known: that limits the step. */
function growthOf({ layers, loss }: TrackedLossSpec, parameters: Float64Array, l: number): Float64Array {
  const { outputs } = layers[l]!;
  const growths = new Float64Array(outputs);
  if (kindOf(layers, l) === 'guessed') return growths.fill(1);
  if (l < layers.length - 1) {
    const next = blockOf(parameters, new FeedForward(layers, 1).layout.blocks[2 * (l + 1)]!);
    const width = layers[l + 1]!.outputs;
    return growths.map((_, k) => loss.growth!(next, k * width, width));
  }
  const unit = new Float64Array(outputs);
  return growths.map((_, k) => loss.growth!(unit.fill(0).fill(1, k, k + 1), 0, outputs));
}

interface Place {
  readonly layer: number;
  readonly k: number;
  /** Index of the weight among all parameters. */
  readonly e: number;
  readonly x: Float64Array;
  readonly l2: number;
}

function coordinate(
  spec: TrackedLossSpec, point: AcceptedPoint, curves: Curves, request: CoordinateRequest, { layer, k, e, x, l2 }: Place,
): { q: CoordinateFunction; terms: CoordinateTerms | null } {
  const width = spec.layers[layer]!.outputs;
  const S = curves.shares[layer]!;
  const growth = curves.growths[layer]![k]!;
  let curvature = l2;
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    curvature += x[i]! * x[i]! * S[i * width + k]!;
    largest = Math.max(largest, Math.abs(x[i]!));
  }
  const reach = growth * largest > 0 ? TRUST / (growth * largest) : Infinity;
  const slope = request.gradient[e]!;
  if (kindOf(spec.layers, layer) !== 'bent') {
    return { q: { slope, curvature, reach, value: (delta) => delta * (slope + 0.5 * curvature * delta) }, terms: null };
  }
  const terms = {
    x, l2, w: request.parameters[e]!, z: columnOf(point.Z, width, k), a: columnOf(curves.slopes, width, k), b: columnOf(curves.halves, width, k),
  };
  const { value: h } = activations[spec.layers[layer]!.activation];
  const value = (delta: number): number => {
    let sum = l2 * delta * (terms.w + 0.5 * delta);
    for (let i = 0; i < x.length; i++) {
      const change = h(terms.z[i]! + delta * x[i]!) - h(terms.z[i]!);
      sum += change * (terms.a[i]! + terms.b[i]! * change);
    }
    return sum;
  };
  return { q: { slope, curvature, reach, value }, terms };
}

function columnOf(values: Float64Array, width: number, k: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, i) => values[i * width + k]!);
}
