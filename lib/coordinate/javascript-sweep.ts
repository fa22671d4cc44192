/**
 * The coordinate sweep in plain TypeScript, weight by weight: the reference of `native/coordinate`.
 *
 * One pass over the rows forms, for every layer, S_ik = share of row i in the Gauss-Newton curvature by what unit k computes
 * before its activation; the curvature of weight (j, k) is then sum_i x_ij^2 S_ik. What is known beyond the curvature
 * depends on the layer: see `lib/coordinate/kinds.ts`. X comes in blocks of columns, from any matrix that offers them.
 */
import { activations } from '../activations/index.js';
import type { TrackedLossSpec } from '../backends/backend.js';
import type { AcceptedPoint } from '../backends/javascript-factors.js';
import { Pace } from '../core/pace.js';
import { Interpreter } from '../networks/interpreter.js';
import { programOf, type Program } from '../networks/program.js';
import { checkSweep, firstUnits, kindsOf, outputEffects } from './kinds.js';
import { SEARCH_CONSTANTS, type CoordinateRequest, type CoordinateSweep } from './request.js';
import { searchCoordinate, type CoordinateFunction, type CoordinateTerms } from './searches.js';

/** Columns of X are asked for in blocks of about this many numbers. */
const BLOCK_NUMBERS = 2 ** 18;

interface Curves {
  /** Activation and sharpness of every unit of a bent first layer; null when it is not bent. */
  readonly units: ReturnType<typeof firstUnits> | null;
  /** What every affine layer reads, row-major rows x inputs; nothing for the first layer, which reads X. */
  readonly inputs: readonly Float64Array[];
  /** S, row-major. */
  readonly shares: readonly Float64Array[];
  /** Of a bent first layer, before the activation's derivative: weighted slopes, and half of the weighted curvatures. */
  readonly slopes: Float64Array;
  readonly halves: Float64Array;
  /** Growth of the loss by the units of each layer. */
  readonly growths: readonly Float64Array[];
}

export async function javascriptSweep(
  spec: TrackedLossSpec,
  point: AcceptedPoint,
  given: CoordinateRequest,
  check: () => void,
): Promise<CoordinateSweep> {
  const program = programOf(spec.architecture);
  checkSweep(program, spec.loss, given);
  // The caller may change its own from the first `await` on.
  const request = {
    ...given,
    gradient: given.gradient.slice(),
    parameters: given.parameters.slice(),
    inputPenalty: given.inputPenalty.slice(),
    layerL2: given.layerL2.slice(),
    moving: given.moving.slice(),
  };
  const curves = await formCurves(spec, program, point, check);
  const { blocks, size } = program.layout;
  const proposal = new Float64Array(size);
  const { rows } = point;
  const all = spec.matrix.rows;
  const ones = new Float64Array(rows).fill(1);
  let searched = 0;
  let evaluations = 0;
  const pace = new Pace();
  for (const [index, block] of blocks.entries()) {
    if (request.moving[index] === 0) continue;
    const { layer, columns: outputs } = block;
    const bundle = layer === 0 && block.penalized ? Math.max(1, Math.floor(BLOCK_NUMBERS / all)) : block.rows;
    for (let from = 0; from < block.rows; from += bundle) {
      const count = Math.min(bundle, block.rows - from);
      const X = layer === 0 && block.penalized ? await spec.matrix.columnBlock(from, count) : null;
      for (let j = from; j < from + count; j++) {
        const x = X
          ? X.subarray((j - from) * all, (j - from) * all + rows)
          : block.penalized
            ? columnOf(curves.inputs[layer]!, block.rows, j)
            : ones;
        const penalty = !block.penalized ? 0 : layer === 0 ? request.inputPenalty[j]! : request.layerL2[layer]!;
        for (let k = 0; k < outputs; k++) {
          const e = block.offset + j * outputs + k;
          const slope = request.gradient[e]!;
          const scale = block.layer === 0 && block.penalized ? request.inputScale[j]! : 1;
          if (!(request.threshold > 0 && Math.abs(scale * slope) <= request.threshold)) {
            proposal[e] = -request.gradientRate * scale * scale * slope;
            continue;
          }
          const { q, terms } = coordinate(program, point, curves, request, { layer, k, e, x, penalty });
          const found = searchCoordinate(q, terms, request);
          proposal[e] = found.delta;
          evaluations += found.evaluations;
          searched++;
        }
        check();
        if (pace.due) await pace.yield();
      }
    }
  }
  return { proposal, searched, evaluations };
}

async function formCurves(
  spec: TrackedLossSpec,
  program: Program,
  point: AcceptedPoint,
  check: () => void,
): Promise<Curves> {
  const { loss } = spec;
  const { rows: n } = point;
  const { layers, nodes, trackedWidth: width, outputs } = program;
  const kinds = kindsOf(program);
  const net = new Interpreter(spec.architecture, 1);
  const read = nodes.flatMap(({ kind, layer, inputs: [input] }) =>
    kind === 'affine' ? [{ layer, value: net.value(input!) }] : [],
  );
  const shares = layers.map((layer) => new Float64Array(n * layer.outputs));
  const inputs = layers.map((layer, l) => new Float64Array(l === 0 ? 0 : n * layer.inputs));
  const effects = layers.map((_, l) => (kinds[l] === 'guessed' ? null : outputEffects(program, point.parameters, l)));
  // 1 where nothing is known: that limits the step.
  const growths = layers.map((layer, l) =>
    new Float64Array(layer.outputs).map((_, k) => (effects[l] ? loss.growth!(effects[l], k * outputs, outputs) : 1)),
  );
  const V = kinds[0] === 'bent' ? effects[0]! : null;
  const slopes = new Float64Array(V ? n * width : 0);
  const halves = new Float64Array(V ? n * width : 0);
  const slope = new Float64Array(outputs);
  const root = new Float64Array(outputs);
  const pace = new Pace();
  for (let i = 0; i < n; i++) {
    const weight = point.losses.weights[i]!;
    net.forward(1, point.Z, i * width, point.parameters);
    const o = point.losses.outputs(net, i, 1);
    for (const { layer, value } of read) inputs[layer]!.set(value, i * value.length);
    point.losses.row(o, 0, i, slope, null);
    if (V) for (let k = 0; k < width; k++) slopes[i * width + k] = weight * inner(V, k, slope);
    for (let a = 0; a < outputs; a++) {
      // Column a of C^(1/2): the curvature is the sum over the columns of what each carries back, squared.
      root.fill(0);
      root[a] = 1;
      point.losses.curvatureRoot(o, 0, i, root);
      if (V)
        for (let k = 0; k < width; k++)
          halves[i * width + k]! += 0.5 * inflation(growths[0]![k]!) * weight * inner(V, k, root) ** 2;
      net.backward(point.parameters, root, (l, q) => {
        const row = i * layers[l]!.outputs;
        for (let k = 0; k < layers[l]!.outputs; k++)
          shares[l]![row + k]! += inflation(growths[l]![k]!) * weight * q[k]! ** 2;
      });
    }
    check();
    if (pace.due) await pace.yield();
  }
  return { units: kinds[0] === 'bent' ? firstUnits(program) : null, inputs, shares, slopes, halves, growths };
}

const inflation = (growth: number): number => (growth > 0 ? SEARCH_CONSTANTS.inflation : 1);

function inner(V: Float64Array, k: number, v: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < v.length; a++) sum += V[k * v.length + a]! * v[a]!;
  return sum;
}

interface Place {
  readonly layer: number;
  readonly k: number;
  /** Index of the weight among all parameters. */
  readonly e: number;
  readonly x: Float64Array;
  readonly penalty: number;
}

const STRAIGHT = { activation: 'identity', sharpness: 1 } as const;

function coordinate(
  program: Program,
  point: AcceptedPoint,
  curves: Curves,
  request: CoordinateRequest,
  { layer, k, e, x, penalty }: Place,
): { q: CoordinateFunction; terms: CoordinateTerms | null } {
  const width = program.layers[layer]!.outputs;
  const S = curves.shares[layer]!;
  const growth = curves.growths[layer]![k]!;
  let curvature = penalty;
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    curvature += x[i]! * x[i]! * S[i * width + k]!;
    largest = Math.max(largest, Math.abs(x[i]!));
  }
  const { activation, sharpness } = (layer === 0 && curves.units?.[k]) || STRAIGHT;
  // The activated unit changes by at most sharpness |delta x|.
  const change = growth * sharpness * largest;
  const reach = change > 0 ? SEARCH_CONSTANTS.trust / change : Infinity;
  const slope = request.gradient[e]!;
  if (activation === 'identity') {
    return { q: { slope, curvature, reach, value: (delta) => delta * (slope + 0.5 * curvature * delta) }, terms: null };
  }
  const terms = {
    x,
    l2: penalty,
    w: request.parameters[e]!,
    z: columnOf(point.Z, width, k),
    a: columnOf(curves.slopes, width, k),
    b: columnOf(curves.halves, width, k),
  };
  const { value: h } = activations[activation];
  const value = (delta: number): number => {
    let sum = penalty * delta * (terms.w + 0.5 * delta);
    for (let i = 0; i < x.length; i++) {
      const change = h(sharpness * (terms.z[i]! + delta * x[i]!)) - h(sharpness * terms.z[i]!);
      sum += change * (terms.a[i]! + terms.b[i]! * change);
    }
    return sum;
  };
  return { q: { slope, curvature, reach, value }, terms };
}

function columnOf(values: Float64Array, width: number, k: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, i) => values[i * width + k]!);
}
