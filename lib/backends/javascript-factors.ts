/**
 * Curvature factors in plain TypeScript, row by row: the reference of native/objective/factors.h. See `CurvatureFactors`.
 */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { Interpreter } from '../networks/interpreter.js';
import type { CurvatureFactors, FactorRequest, TrackedLossSpec } from './backend.js';
import type { OutputLoss } from './output-loss.js';
import { randomSign } from './random-sign.js';

/**
 * The accepted point: first-layer products (rows x width of the tracked product), parameters, and the losses of the rows.
 */
export interface AcceptedPoint {
  readonly Z: Float64Array;
  readonly parameters: Float64Array;
  readonly losses: OutputLoss;
  /** Of the sample. */
  readonly rows: number;
}

export async function javascriptFactors(
  { architecture, loss, matrix }: TrackedLossSpec,
  { Z, parameters, losses, rows }: AcceptedPoint,
  { maxRows, seed }: FactorRequest,
  inputFactor: boolean,
): Promise<CurvatureFactors> {
  if (!loss.curvatureRoot) {
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `A Kronecker metric needs a loss with curvatureRoot, but '${loss.name}' has none.`,
    );
  }
  const stride = Math.ceil(rows / maxRows);
  const taken = Math.ceil(rows / stride);
  const net = new Interpreter(architecture, 1);
  const { layers, nodes, trackedWidth } = net.program;
  const read = nodes.flatMap(({ kind, layer, inputs }) => (kind === 'affine' ? [{ layer, input: inputs[0]! }] : []));
  const inputOf = new Map(read.map(({ layer, input }) => [layer, net.value(input)]));
  const outputs = layers.map((layer) => new Float64Array(layer.outputs ** 2));
  const inputs: (Float64Array | null)[] = layers.map((layer, l) =>
    l === 0 ? null : new Float64Array((layer.inputs + 1) ** 2),
  );
  const shares = layers.map(() => 0);
  const firstShare = new Float64Array(taken);
  const e = new Float64Array(net.program.outputs);
  let total = 0;
  const pace = new Pace();
  for (let m = 0; m < taken; m++) {
    const row = m * stride;
    const weight = losses.weights[row]!;
    total += weight;
    net.forward(1, Z, row * trackedWidth, parameters);
    for (let a = 0; a < e.length; a++) e[a] = randomSign(seed, row, a);
    losses.curvatureRoot(losses.outputs(net, row, 1), 0, row, e);
    net.backward(parameters, e, (l, q) => {
      const share = weight * addOuter(outputs[l]!, weight, q, q.length, false);
      shares[l] = shares[l]! + share;
      if (l === 0) firstShare[m] = share;
      else addOuter(inputs[l]!, share, inputOf.get(l)!, layers[l]!.inputs + 1, true);
    });
    if (pace.due) await pace.yield();
  }
  for (const factor of outputs) normalize(factor, total);
  inputs.forEach((factor, l) => factor && normalize(factor, shares[l]!));
  normalize(firstShare, shares[0]!);
  if (inputFactor) inputs[0] = await matrix.gram(firstShare, stride, rows);
  return { outputs, inputs, shares: firstShare };
}

/** F += weight v v', v of `size` entries, the last one 1 when `homogeneous`; returns |v|^2. */
function addOuter(F: Float64Array, weight: number, v: Float64Array, size: number, homogeneous: boolean): number {
  const at = (i: number): number => (homogeneous && i === size - 1 ? 1 : v[i]!);
  let norm = 0;
  for (let i = 0; i < size; i++) {
    norm += at(i) ** 2;
    for (let j = 0; j < size; j++) F[i * size + j] = F[i * size + j]! + weight * at(i) * at(j);
  }
  return norm;
}

/** values / total, or 0; the reciprocal of a total that is nearly 0 would overflow. */
function normalize(values: Float64Array, total: number): void {
  for (let i = 0; i < values.length; i++) values[i] = total > 0 ? values[i]! / total : 0;
}
