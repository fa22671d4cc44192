/**
 * From one and the same state: f(layerwise) <= f(plane) <= f(line) <= f(backtracking), for the minima over the subspaces of the
 * rules. (A step that would let a layer run away is shortened by the rule afterwards, see `runaway-limit.ts`.)
 */
import { describe, expect, it } from 'vitest';
import { gradient, lbfgs, type Direction } from '../../lib/directions/index.js';
import { backtracking, layerwise, line, plane, type StepRule } from '../../lib/steps/index.js';
import type { SubspaceSolver } from '../../lib/subspace/index.js';
import { quickest } from '../support/backends.js';
import { afterSteps, chosen } from '../support/phi-of.js';
import { cases, openAtStart, smallProblem, type SmallProblem } from '../support/problems.js';
import { tightSolvers } from '../support/runs.js';

const [tightGaussNewton, tightBarzilaiBorwein] = tightSolvers as [SubspaceSolver, SubspaceSolver];

/** Values of the four rules, largest subspace first, from the state after `steps` iterations. */
async function valuesOf(
  problem: SmallProblem,
  direction: Direction,
  solver: SubspaceSolver,
  steps: number,
): Promise<number[]> {
  const { objective } = await openAtStart(problem, { backend: quickest, memory: 2, l2: 0.01 });
  const history = await afterSteps(objective, direction, steps);
  const values: number[] = [];
  for (const rule of [layerwise(solver), plane(solver), line(solver)]) {
    const memory = Math.min(rule.maxMemory, 2);
    const { choice, phi } = await chosen(history, rule, memory, direction.unitStep);
    const { value } = await solver.minimize(phi, direction.unitStep ? phi.main : null);
    expect(value).toBeLessThan(objective.value);
    if (choice.reason.startsWith('held: ')) expect(choice.value).toBeGreaterThanOrEqual(value);
    else expect(choice.value).toBe(value);
    values.push(value);
  }
  const { choice } = await chosen(history, backtracking() as StepRule, 0, direction.unitStep);
  expect(choice.value).toBeLessThan(objective.value);
  return [...values, choice.value];
}

function expectOrder(values: readonly number[], tolerance: number): void {
  for (let i = 1; i < values.length; i++) expect(values[i - 1]!).toBeLessThanOrEqual(values[i]! + tolerance);
}

describe.each<Direction>([gradient(), lbfgs() as Direction])(
  'a larger subspace never ends higher, with the direction $name',
  (direction) => {
    // A network's phi has several valleys and both minima are local ones: now and then (1 of 7 seeds tried) the order fails, and behind
    // a log link, where a step can go anywhere, more often.
    const calm = cases.filter(
      ({ network, loss }) => network.name === 'linear' || !['poisson', 'gamma', 'tweedie'].includes(loss),
    );
    it.each(calm)('gauss-newton: $label', async ({ network, loss, outputs }) => {
      expectOrder(await valuesOf(smallProblem({ seed: 29, network, loss, outputs }), direction, tightGaussNewton, 3), 1e-12);
    });

    // Convex phi only: on a network's phi this solver, which has no curvature, may slide into another valley.
    it.each(cases.filter(({ network }) => network.name === 'linear'))(
      'barzilai-borwein: $label',
      async ({ network, loss, outputs }) => {
        expectOrder(
          await valuesOf(smallProblem({ seed: 22, network, loss, outputs }), direction, tightBarzilaiBorwein, 3),
          1e-9,
        );
      },
    );
  },
);

describe('both solvers', () => {
  it.each(cases.filter(({ network }) => network.name === 'linear'))(
    'agree on the minimum: $label',
    async ({ network, loss, outputs }) => {
      const problem = smallProblem({ seed: 23, network, loss, outputs });
      const first = await valuesOf(problem, gradient(), tightGaussNewton, 2);
      const second = await valuesOf(problem, gradient(), tightBarzilaiBorwein, 2);
      first.forEach((value, i) => expect(second[i]!).toBeCloseTo(value, 9));
    },
  );
});
