/** On least squares phi is a quadratic: line optimization has a closed form, plane search is the conjugate gradient method. */
import { describe, expect, it } from 'vitest';
import { gradient } from '../../lib/directions/index.js';
import { layerwise, line, plane } from '../../lib/steps/index.js';
import { backends } from '../support/backends.js';
import { openAtStart, smallProblem, type SmallProblem } from '../support/problems.js';
import { dot, plus, relativeError } from '../support/reference.js';
import { tightSolvers, train } from '../support/runs.js';

const L2 = 0.02;

/** Hessian of the objective times v, parameters (w, b) of one linear output: X~'X~ v / n + l2 [w; 0], X~ = [X 1]. */
function hessianTimes({ rows, columns, x }: SmallProblem, v: Float64Array): Float64Array {
  const out = v.map((w, j) => (j < columns ? L2 * w : 0));
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.of(...x.subarray(i * columns, (i + 1) * columns), 1);
    const share = dot(row, v) / rows;
    row.forEach((entry, j) => (out[j] = out[j]! + share * entry));
  }
  return out;
}

/** Iterates of linear conjugate gradients (Hestenes & Stiefel) from `start`, whose gradient is `g`. */
function conjugateGradients(
  problem: SmallProblem,
  start: Float64Array,
  g: Float64Array,
  iterations: number,
): Float64Array[] {
  let theta: Float64Array = start;
  let residual: Float64Array = g.map((x) => -x);
  let direction = residual;
  const iterates: Float64Array[] = [];
  for (let k = 0; k < iterations; k++) {
    const image = hessianTimes(problem, direction);
    const rate = dot(residual, residual) / dot(direction, image);
    theta = plus(theta, rate, direction);
    const next = plus(residual, -rate, image);
    direction = plus(next, dot(next, next) / dot(residual, residual), direction);
    residual = next;
    iterates.push(theta);
  }
  return iterates;
}

describe.each(backends)('least squares on the $name backend', (backend) => {
  const problem = smallProblem({ rows: 60, columns: 12, loss: 'squared' });

  it.each(tightSolvers)("line by $name takes the step g'g / g'Hg", async (solver) => {
    const { objective } = await openAtStart(problem, { backend, l2: L2 });
    const g = objective.gradient;
    const expected = dot(g, g) / dot(g, hessianTimes(problem, g));
    const { history, parameters } = await train(problem, {
      backend,
      frame: 'none',
      l2: L2,
      stepRule: line(solver),
      iterations: 1,
    });
    expect(history[1]!.steps.output!.gradient! / expected).toBeCloseTo(1, 7);
    expect(relativeError(parameters, plus(problem.start, -expected, g))).toBeLessThan(1e-7);
  });

  const rules = [
    ['plane', plane],
    ['layerwise', layerwise],
  ] as const;

  it.each(rules)('%s with the gradient and one past step gives the iterates of conjugate gradients', async (_, rule) => {
    const { objective } = await openAtStart(problem, { backend, l2: L2 });
    const expected = conjugateGradients(problem, problem.start, objective.gradient, 10);
    for (let k = 1; k <= 10; k++) {
      const { parameters } = await train(problem, {
        backend,
        frame: 'none',
        l2: L2,
        stepRule: rule(tightSolvers[0]!),
        memory: 1,
        iterations: k,
      });
      expect(relativeError(parameters, expected[k - 1]!), `iterate ${k}`).toBeLessThan(1e-8);
    }
  });

  it('plane search by barzilai-borwein follows the first of them', async () => {
    const { objective } = await openAtStart(problem, { backend, l2: L2 });
    const expected = conjugateGradients(problem, problem.start, objective.gradient, 4);
    for (let k = 1; k <= 4; k++) {
      const { parameters } = await train(problem, {
        backend,
        frame: 'none',
        l2: L2,
        stepRule: plane(tightSolvers[1]!),
        memory: 1,
        iterations: k,
      });
      expect(relativeError(parameters, expected[k - 1]!), `iterate ${k}`).toBeLessThan(1e-4);
    }
  });

  it('more past steps add nothing to conjugate gradients, and 13 unknowns need 13 iterations', async () => {
    const options = { backend, l2: L2, stepRule: plane(tightSolvers[0]!), direction: gradient() };
    const one = await train(problem, { ...options, memory: 1, iterations: 13 });
    const three = await train(problem, { ...options, memory: 3, iterations: 13 });
    expect(relativeError(three.parameters, one.parameters)).toBeLessThan(1e-6);
    expect(one.gradientNorm).toBeLessThan(1e-7 * one.history[0]!.gradientNorm);
  });
});
