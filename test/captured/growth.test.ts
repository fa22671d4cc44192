/** Steps that moved a layer out of all proportion, and the guard against them, which once held too much. */
import { describe, expect, it } from 'vitest';
import { blockOf } from '../../lib/core/parameters.js';
import type { SubspaceFunction } from '../../lib/core/subspace-function.js';
import { gradient } from '../../lib/directions/index.js';
import { layerwise, plane, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { dot } from '../support/reference.js';
import { train } from '../support/runs.js';
import { phiAt, readCapture, replay } from './capture.js';

const solver = gaussNewton();
const context = { iteration: 1, unitStep: false };

/** Most that a step may move the weights of a layer, in units of their norm. */
const LIMIT = 1;

describe.each(backends)('on the $name backend', (backend) => {
  describe('layerwise rates that left along a scale symmetry of tanh', () => {
    const capture = readCapture('runaway');

    it('saturated every unit: the guard keeps each layer within twice its norm, and the hidden layer goes on learning', async () => {
      const after = async (choose: (phi: SubspaceFunction) => Promise<{ t: Float64Array; value: number }>) => {
        const objective = await replay(capture, backend);
        const phi = await phiAt(objective, 'layers');
        const { t, value } = await choose(phi);
        expect(value).toBeLessThan(phi.value0);
        await objective.commit(t);
        const hidden = blockOf(objective.gradient, objective.layout.blocks[0]!);
        return { growth: Math.max(...phi.layerGrowth(t)), hiddenGradient: Math.hypot(...hidden) };
      };
      const alone = await after((phi) => solver.minimize(phi));
      expect(alone.growth).toBeGreaterThan(1e12);
      expect(alone.hiddenGradient).toBe(0);
      const guarded = await after((phi) => layerwise(solver).choose(phi, null, context));
      expect(guarded.growth).toBeLessThanOrEqual(LIMIT * (1 + 1e-12));
      expect(guarded.hiddenGradient).toBeGreaterThan(0.01);
    });

    it('ended the run high up: with the guard it comes down to less than half of that', async () => {
      const unguarded: StepRule = {
        ...(layerwise(solver) as StepRule),
        async choose(phi) {
          const { decreased, ...solution } = await solver.minimize(phi);
          return { ...solution, accepted: decreased };
        },
      };
      const options = { backend, direction: gradient(), memory: 1, l2: capture.l2, iterations: 40 };
      const alone = await train(capture.problem, { ...options, stepRule: unguarded });
      const guarded = await train(capture.problem, { ...options, stepRule: layerwise(solver) as StepRule });
      expect(guarded.objective).toBeLessThan(0.5 * alone.objective);
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

      const choice = await rule.choose(phi, null, context);
      expect(choice.accepted).toBe(true);
      // The gradient of the hidden layer is 0 here, so phi is the parabola phi(0) + s t + C t^2 / 2 of the output layer.
      const { slopes, curvature } = await phi.evaluate(t.map(() => 0));
      const minimum = phi.value0 - slopes.at(-1)! ** 2 / (2 * curvature.at(-1)!);
      expect(minimum).toBeLessThan(0.5 * phi.value0);
      expect(Math.abs(choice.value / minimum - 1)).toBeLessThan(1e-12);
    });
  });
});
