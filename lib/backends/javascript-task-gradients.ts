/**
 * Gradients of single tasks: the slopes by the outputs of the others are left out, and what is left is carried back through the network.
 * One pass over the rows for all of them, and a product X' Q for each.
 */
import { PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { Interpreter } from '../networks/interpreter.js';
import type { RowRange, TrackedLossSpec } from './backend.js';
import type { AcceptedPoint } from './javascript-factors.js';

const BLOCK = 64;

/** @param range where the rows of the sample are in X */
export async function javascriptTaskGradients(
  { architecture, loss, matrix }: TrackedLossSpec,
  { Z, parameters, losses, rows }: AcceptedPoint,
  wanted: readonly number[],
  range: RowRange,
  throwIfCancelled: () => void,
): Promise<Float64Array[]> {
  const parts = wanted.map((k) => {
    const part = loss.tasks?.[k];
    if (part) return part;
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `A loss must have the task ${k} for its gradient, but '${loss.name}' has none.`,
    );
  });
  const net = new Interpreter(architecture, BLOCK);
  const { layout, outputs, trackedWidth: width } = net.program;
  const gradients = parts.map(() => new Float64Array(layout.size));
  const slopes = parts.map(() => new Float64Array(rows * width));
  const adjoints = parts.map(() => new Float64Array(BLOCK * outputs));
  const slope = new Float64Array(outputs);
  const pace = new Pace();
  for (let from = 0; from < rows; from += BLOCK) {
    const count = Math.min(BLOCK, rows - from);
    net.forward(count, Z, from * width, parameters);
    const o = losses.outputs(net, from, count);
    for (let i = 0; i < count; i++) {
      losses.row(o, i, from, slope, null);
      const weight = losses.weights[from + i]!;
      parts.forEach(({ firstOutput, outputs: own, share }, p) => {
        for (let a = firstOutput; a < firstOutput + own; a++) adjoints[p]![i * outputs + a] = (weight * slope[a]!) / share;
      });
    }
    parts.forEach((_, p) => {
      net.adjoint(count, parameters, adjoints[p]!, gradients[p]!, slopes[p]!.subarray(from * width, (from + count) * width));
    });
    if (pace.due) await pace.yield();
    throwIfCancelled();
  }
  for (const [p, Q] of slopes.entries()) {
    gradients[p]!.set(await matrix.multiplyTransposed(Q, width, range));
    throwIfCancelled();
  }
  return gradients;
}
