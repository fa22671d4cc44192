/** Steps that moved a layer out of all proportion, and the guard against them, which once held too much. */
import { describe, expect, it } from 'vitest';
import { blockOf } from '../../lib/core/parameters.js';
import type { TrainingResult } from '../../lib/core/trainer.js';
import { gradient } from '../../lib/directions/index.js';
import { layerwise, plane, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton, type SubspaceSolver } from '../../lib/subspace/index.js';
import type { Precision } from '../backends/problem.js';
import { precisions } from '../parity/side-by-side.js';
import { backends } from '../support/backends.js';
import { dot } from '../support/reference.js';
import { train } from '../support/runs.js';
import { phiAt, readCapture, replay } from './capture.js';

const solver = gaussNewton();
/** Goes to the end of the ray; the first, loose solver that this was met with flew further. */
const exact = gaussNewton({ worthwhile: 0, maxEvaluations: 60 });
const context = { iteration: 1, unitStep: false };

/** Most that a step may move the weights of a layer, in units of their norm. */
const LIMIT = 1;

describe.each(backends)('on the $name backend', (backend) => {
  describe('layerwise rates that left along a scale symmetry of tanh', () => {
    const capture = readCapture('runaway');

    const run = (stepRule: StepRule, iterations: number, precision: Precision = 'float64') =>
      train(capture.problem, {
        backend,
        frame: 'none',
        direction: gradient(),
        memory: 1,
        l2: capture.l2,
        iterations,
        stepRule,
        precision,
      });
    const unguarded = (by: SubspaceSolver): StepRule => ({
      ...(layerwise(by) as StepRule),
      async choose(phi) {
        const { decreased, ...solution } = await by.minimize(phi);
        return { ...solution, accepted: decreased };
      },
    });

    it('saturated every unit: with the guard no layer more than doubles in an iteration', async () => {
      const growth = ({ history }: TrainingResult): number[] =>
        history.slice(1).flatMap(({ layerNorms }, i) => {
          return Object.entries(layerNorms).map(([name, norm]) => norm / history[i]!.layerNorms[name]!);
        });
      expect(Math.max(...growth(await run(unguarded(exact), 1)))).toBeGreaterThan(100);
      for (const precision of precisions) {
        expect(Math.max(...growth(await run(layerwise(exact) as StepRule, 20, precision)))).toBeLessThanOrEqual(
          (1 + LIMIT) * (1 + 1e-12),
        );
      }
    });
  });

  describe.each([plane(solver), layerwise(solver)])('$name and a layer whose weights start at 0', (rule) => {
    it('was held there and fell back: the layer moves to the minimizer along its gradient', async () => {
      const objective = await replay(readCapture('zero-layer'), backend);
      const phi = await phiAt(objective, rule.split);
      const { t, decreased } = await solver.minimize(phi);
      expect(decreased).toBe(true);
      // Growth in units of a norm of 0 is infinite, and what the limit leaves of the step is nothing.
      const [hidden, output] = [0, 2].map((b) => blockOf(phi.stepVector(t), objective.layout.blocks[b]!));
      expect(dot(hidden!, hidden!)).toBe(0);
      const growth = Math.sqrt(dot(output!, output!) / 0);
      expect(await phi.value(phi.scaledByLayer(t, [1, Math.min(1, LIMIT / growth)]))).toBe(await phi.value(t.map(() => 0)));

      const choice = await rule.choose(phi, { last: null }, context);
      expect(choice.accepted).toBe(true);
      // The gradient of the hidden layer is 0 here, so phi is the parabola phi(0) + s t + C t^2 / 2 of the output layer.
      const { slopes, curvature } = await phi.evaluate(t.map(() => 0));
      const minimum = phi.value0 - slopes.at(-1)! ** 2 / (2 * curvature.at(-1)!);
      expect(minimum).toBeLessThan(0.5 * phi.value0);
      expect(Math.abs(choice.value / minimum - 1)).toBeLessThan(1e-12);
    });
  });

  it('a layer of weights near 1e-12 was held as if it were full-grown: it moves as one at 0 does', async () => {
    const capture = readCapture('zero-layer');
    const start = capture.problem.start.slice();
    const objective = await replay({ ...capture, problem: { ...capture.problem, start } }, backend);
    const output = objective.layout.blocks[2]!;
    blockOf(start, output).forEach((_, e, weights) => (weights[e] = 1e-12 * (-1) ** e));
    await objective.start(start);
    const phi = await phiAt(objective, 'joint');
    const choice = await plane(solver).choose(phi, { last: null }, context);
    expect(choice.reason).not.toContain('held');
    expect(choice.value).toBeLessThan(0.5 * phi.value0);
  });
});
