import { describe, expect, it } from 'vitest';
import type { Objective, Split } from '../../lib/core/objective.js';
import { createRandom } from '../../lib/core/random.js';
import type { SubspaceFunction } from '../../lib/core/subspace-function.js';
import { backends } from '../support/backends.js';
import { errorOrder } from '../support/order.js';
import {
  cases,
  drawPoint,
  networkNamed,
  normals,
  openAtStart,
  smallProblem,
  type SmallProblem,
} from '../support/problems.js';
import { dot, plus, referenceObjective, referenceOutputs, relativeError } from '../support/reference.js';

const L2 = 0.05;
const splits: readonly Split[] = ['joint', 'layers'];

/** phi over two fresh directions and one past step, at a point that was reached by a step. */
async function spanned(objective: Objective, problem: SmallProblem, split: Split): Promise<SubspaceFunction> {
  const random = createRandom(11);
  await objective.span([drawPoint(random, problem.layers)], 1, 'joint');
  await objective.commit(Float64Array.of(0.2));
  return objective.span([drawPoint(random, problem.layers), drawPoint(random, problem.layers)], 1, split);
}

describe.each(backends)('phi on the $name backend', (backend) => {
  it.each(cases)('value, slopes and slopes at 0: $label', async ({ network, loss, outputs, label }) => {
    for (const split of splits) {
      const problem = smallProblem({ seed: 6, rows: 23, network, loss, outputs, weighted: split === 'layers' });
      const { objective } = await openAtStart(problem, { backend, memory: 1, l2: L2 });
      const phi = await spanned(objective, problem, split);
      const random = createRandom(12);
      const t = normals(random, phi.dimension, 0.3);
      const at = await phi.evaluate(t);
      expect(await phi.value(t)).toBeCloseTo(at.value, 14);
      expect(at.value).toBeCloseTo(referenceObjective(problem, plus(objective.parameters, 1, phi.stepVector(t)), L2), 12);

      const direction = normals(random, phi.dimension);
      const model = dot(at.slopes, direction);
      const order = await errorOrder(async (h) => (await phi.value(plus(t, h, direction))) - (at.value + h * model));
      expect(order, `${label}, ${split}`).toBeGreaterThan(1.97);
      expect(order, `${label}, ${split}`).toBeLessThan(2.03);

      const atZero = await phi.evaluate(new Float64Array(phi.dimension));
      expect(atZero.value).toBeCloseTo(phi.value0, 13);
      expect(relativeError(phi.slopes0, atZero.slopes)).toBeLessThan(1e-13);
    }
  });

  // huber and squared-hinge have kinks in their slopes, and huber a stand-in for its second derivative.
  const smooth = cases.filter(
    ({ network, loss }) => network.name === 'linear' && loss !== 'huber' && loss !== 'squared-hinge',
  );
  it.each(smooth)('curvature is exact: $label', async ({ network, loss, outputs }) => {
    const problem = smallProblem({ seed: 7, network, loss, outputs });
    const { objective } = await openAtStart(problem, { backend, memory: 1, l2: L2 });
    const phi = await spanned(objective, problem, 'joint');
    const random = createRandom(13);
    const t = normals(random, phi.dimension, 0.3);
    const direction = normals(random, phi.dimension);
    const at = await phi.evaluate(t);
    const quadraticForm = dot(direction, product(at.curvature, direction));
    const second = async (h: number): Promise<number> => {
      const value = await phi.value(plus(t, h, direction));
      return value - (at.value + h * dot(at.slopes, direction) + 0.5 * h * h * quadraticForm);
    };
    if (loss === 'squared') {
      // Quadratic: the second-order model is phi itself, at any distance.
      expect(Math.abs(await second(3))).toBeLessThan(1e-12);
      return;
    }
    const order = await errorOrder(async (h) => {
      const { slopes } = await phi.evaluate(plus(t, h, direction));
      return dot(direction, slopes) - (dot(direction, at.slopes) + h * quadraticForm);
    });
    expect(order).toBeGreaterThan(1.97);
    expect(order).toBeLessThan(2.03);
  });

  it.each(cases)("curvature is the Gauss-Newton matrix J' H J + l2 D'D: $label", async ({ network, loss, outputs }) => {
    const problem = smallProblem({ seed: 8, rows: 13, network, loss, outputs });
    for (const split of splits) {
      const { objective } = await openAtStart(problem, { backend, memory: 1, l2: L2 });
      const phi = await spanned(objective, problem, split);
      const t = normals(createRandom(14), phi.dimension, 0.2);
      const { curvature } = await phi.evaluate(t);
      expect(relativeError(curvature, gaussNewtonMatrix(problem, objective, phi, t))).toBeLessThan(1e-7);
    }
  });
});

describe('phi', () => {
  it('names the variables by layer and direction', async () => {
    const problem = smallProblem({ network: networkNamed('mlp 4 identity') });
    const { objective } = await openAtStart(problem, { memory: 1 });
    const phi = await spanned(objective, problem, 'layers');
    expect(phi.dimension).toBe(6);
    expect(phi.stepsByLayer(Float64Array.of(1, 2, 3, 4, 5, 6))).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    expect(Array.from(phi.main)).toEqual([1, 1, 0, 0, 0, 0]);
    expect(Array.from(phi.momentum)).toEqual([0, 0, 0, 0, 1, 1]);
    const joint = await objective.span([objective.gradient], 1, 'joint');
    expect(joint.stepsByLayer(Float64Array.of(1, 2))).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(joint.norms[0]).toBeCloseTo(Math.sqrt(dot(objective.gradient, objective.gradient)), 14);
  });

  it('counts its evaluations', async () => {
    const problem = smallProblem();
    const { objective } = await openAtStart(problem);
    const phi = await objective.span([objective.gradient], 0, 'joint');
    expect(phi.evaluations).toBe(0);
    await phi.value(Float64Array.of(1));
    await phi.evaluate(Float64Array.of(1));
    expect(phi.evaluations).toBe(2);
  });
});

function product(C: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, u) => dot(C.subarray(u * x.length, (u + 1) * x.length), x));
}

/** From central differences of the outputs and the second derivatives of the loss at them, all by the reference formulas. */
function gaussNewtonMatrix(
  problem: SmallProblem,
  objective: Objective,
  phi: SubspaceFunction,
  t: Float64Array,
): Float64Array {
  const k = phi.dimension;
  const h = 1e-5;
  const at = (u: Float64Array): Float64Array => plus(objective.parameters, 1, phi.stepVector(u));
  const unit = (v: number): Float64Array => new Float64Array(k).fill(1, v, v + 1);
  const C = new Float64Array(k * k);
  for (let i = 0; i < problem.rows; i++) {
    const outputs = Float64Array.from(referenceOutputs(problem, at(t), i));
    const width = outputs.length;
    const columns = Array.from({ length: k }, (_, v) => {
      const ahead = Float64Array.from(referenceOutputs(problem, at(plus(t, h, unit(v))), i));
      return plus(ahead, -1, Float64Array.from(referenceOutputs(problem, at(plus(t, -h, unit(v))), i))).map(
        (x) => x / (2 * h),
      );
    });
    const H = lossHessian(problem, i, outputs);
    for (let u = 0; u < k; u++) {
      for (let v = 0; v < k; v++) {
        for (let a = 0; a < width; a++) {
          for (let b = 0; b < width; b++) C[u * k + v]! += (columns[u]![a]! * H(a, b) * columns[v]![b]!) / problem.rows;
        }
      }
    }
  }
  const blocks = objective.layout.blocks.filter((block) => block.penalized);
  const D = Array.from({ length: k }, (_, v) => phi.stepVector(unit(v)));
  for (let u = 0; u < k; u++) {
    for (let v = 0; v < k; v++) {
      for (const { offset, size } of blocks) {
        C[u * k + v]! += L2 * dot(D[u]!.subarray(offset, offset + size), D[v]!.subarray(offset, offset + size));
      }
    }
  }
  return C;
}

/** What the loss gives for its curvature, which may be a stand-in for the second derivative; `test/losses` compares the two. */
function lossHessian(
  { loss, targets, rows }: SmallProblem,
  row: number,
  outputs: Float64Array,
): (a: number, b: number) => number {
  const width = outputs.length;
  const curvature = new Float64Array(width * width);
  loss.row(outputs, 0, width, targets, (row * targets.length) / rows, new Float64Array(width), curvature);
  return (a, b) => curvature[a * width + b]!;
}
