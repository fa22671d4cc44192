/**
 * The map P = H^(-1/2) of the Kronecker-factored Gauss-Newton matrix (Martens & Grosse, arXiv 1503.05671): layer by layer H ~ A (x) G,
 * A = L L' of the inputs, G = M M' of the outputs, and a layer's part U of a vector goes to L^-T U M^-1. What is added to the diagonal of H, the
 * penalty among it, is shared out to the factors as there (factored Tikhonov damping).
 */
import type { MatrixAlgebra } from '../backends/backend.js';
import { PlanesearchError } from '../core/errors.js';
import type { Objective } from '../core/objective.js';
import { layerRange } from '../core/parameters.js';
import { solveTransposed } from '../selection/leave-one-out.js';

export interface Stretch {
  /** P u for an isotropic u: its entries are taken in an order of their own. */
  apply(u: Float64Array): Promise<Float64Array>;
  /** log |det P| */
  readonly logDeterminant: number;
}

/** @param damping of H, relative to the mean of its diagonal, layer by layer */
export async function kroneckerStretch(
  objective: Objective,
  matrices: MatrixAlgebra,
  damping: number,
  seed: number,
): Promise<Stretch> {
  const { layout } = objective;
  const { inputs, outputs } = await objective.factors({ maxRows: objective.rows, seed: seed >>> 0 }, true);
  const roots: { L: Float64Array; M: Float64Array; height: number; width: number; range: [number, number] }[] = [];
  let logDeterminant = 0;
  for (const [l, layer] of layout.layers.entries()) {
    const [height, width] = [layer.inputs + 1, layer.outputs];
    const [A, G] = [inputs[l]!, outputs[l]!];
    const [a, g] = [meanDiagonal(A, height), meanDiagonal(G, width)];
    const added = Math.sqrt(damping * a * g + objective.layerL2[l]!);
    const L = await rootOf(A, height, added * Math.sqrt(a / g), matrices);
    const M = await rootOf(G, width, added * Math.sqrt(g / a), matrices);
    logDeterminant -= width * logDiagonal(L, height) + height * logDiagonal(M, width);
    roots.push({ L, M, height, width, range: layerRange(layout, l) });
  }
  return {
    logDeterminant,
    async apply(u) {
      const out = new Float64Array(u.length);
      for (const { L, M, height, width, range } of roots) {
        const across = u.slice(...range);
        await solveTransposed(M, width, across, height);
        const part = out.subarray(...range);
        for (let j = 0; j < height; j++) for (let a = 0; a < width; a++) part[j * width + a] = across[a * height + j]!;
        await solveTransposed(L, height, part, width);
      }
      return out;
    },
  };
}

async function rootOf(factor: Float64Array, size: number, added: number, matrices: MatrixAlgebra): Promise<Float64Array> {
  const L = factor.slice();
  for (let k = 0; k < size; k++) L[k * size + k] = L[k * size + k]! + added;
  if (await matrices.cholesky(L, size)) return L;
  const sentence =
    "With precondition 'kronecker' the loss must have curvature here, and damping be above rounding, but a factor is singular.";
  throw new PlanesearchError('INCOMPATIBLE', sentence);
}

function meanDiagonal(factor: Float64Array, size: number): number {
  let trace = 0;
  for (let k = 0; k < size; k++) trace += factor[k * size + k]!;
  return trace / size;
}

function logDiagonal(L: Float64Array, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += Math.log(L[k * size + k]!);
  return sum;
}
