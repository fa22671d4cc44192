/** Curvature that went to 0, for a dead layer at once and near separable data by and by, and the metric that is built from it. */
import { describe, expect, it } from 'vitest';
import { blockOf } from '../../lib/core/parameters.js';
import { kronecker, kroneckerLbfgs, type Direction } from '../../lib/directions/index.js';
import { plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { openAtStart } from '../support/problems.js';
import { dot, plus, relativeError } from '../support/reference.js';
import { train } from '../support/runs.js';
import { readCapture } from './capture.js';

describe.each(backends)('on the $name backend', (backend) => {
  describe.each([kronecker(), kroneckerLbfgs()] as Direction[])('$name with dead hidden layers', (direction) => {
    const { problem, l2 } = readCapture('dead-units');

    it('whose factors have no Cholesky factorization: finite and downhill, and the output bias takes the mean', async () => {
      const { objective } = await openAtStart(problem, { backend, l2 });
      const { inputs, outputs } = await objective.factors({ maxRows: problem.rows, seed: 0 }, true);
      for (const l of [0, 1]) {
        const layer = problem.layers[l]!;
        expect(await objective.matrices.cholesky(inputs[l]!.slice(), layer.inputs + 1)).toBe(false);
        expect(await objective.matrices.cholesky(outputs[l]!.slice(), layer.outputs)).toBe(false);
      }
      const [d] = await direction.next(direction.start(), objective);
      expect(d!.every(Number.isFinite)).toBe(true);
      expect(dot(d!, objective.gradient)).toBeLessThan(0);
      // No gradient comes back through dead units, so their layers must not move.
      for (const block of objective.layout.blocks.slice(0, 4)) expect(blockOf(d!, block).every((x) => x === 0)).toBe(true);

      const {
        history,
        parameters,
        objective: end,
      } = await train(problem, {
        backend,
        frame: 'none',
        direction,
        stepRule: plane(gaussNewton()),
        memory: 1,
        l2,
        iterations: 3,
      });
      const mean = problem.targets.reduce((sum, y) => sum + y / problem.rows, 0);
      const variance = problem.targets.reduce((sum, y) => sum + (y - mean) ** 2 / problem.rows, 0);
      expect(history[1]!.status).toBe('step');
      expect(parameters.at(-1)).toBeCloseTo(mean, 9);
      expect(end).toBeCloseTo(variance / 2, 12);
    });
  });

  describe.each([kronecker(), kroneckerLbfgs()] as Direction[])(
    '$name with dead hidden layers and a penalty',
    (direction) => {
      it('was not a number, and every iteration fell back: it shrinks those layers', async () => {
        const { problem } = readCapture('dead-units');
        const l2 = 1e-3;
        const { objective } = await openAtStart(problem, { backend, l2 });
        const [d] = await direction.next(direction.start(), objective);
        // All that the objective knows of a dead layer is (l2/2) |w|^2; the damping, relative to the layer that lives, shortens d = -w.
        for (const block of objective.layout.blocks.slice(0, 4).filter(({ penalized }) => penalized)) {
          const [step, weights] = [blockOf(d!, block), blockOf(problem.start, block)];
          const share = -dot(step, weights) / dot(weights, weights);
          expect(share).toBeGreaterThan(0);
          expect(share).toBeLessThan(1);
          expect(
            relativeError(
              step,
              weights.map((w) => -share * w),
            ),
          ).toBeLessThan(1e-9);
        }
        const { history } = await train(problem, {
          backend,
          frame: 'none',
          direction,
          stepRule: plane(gaussNewton()),
          memory: 1,
          l2,
          iterations: 2,
        });
        expect(history.map(({ status }) => status)).toEqual(['start', 'step', 'step']);
      });
    },
  );

  it('curvature of 1e-317 made scales of 0 times infinity, and the run threw: the metric is finite and downhill', async () => {
    const { problem, l2 } = readCapture('vanishing-curvature');
    const { objective } = await openAtStart(problem, { backend, l2 });
    const { outputs } = await objective.factors({ maxRows: problem.rows, seed: 0 }, true);
    const [curvature] = outputs[0]!;
    expect(curvature).toBeGreaterThan(0);
    expect(1 / curvature!).toBe(Infinity);
    const direction = kronecker() as Direction;
    const [d] = await direction.next(direction.start(), objective);
    expect(d!.every(Number.isFinite)).toBe(true);
    expect(dot(d!, objective.gradient)).toBeLessThan(0);
    const { history } = await train(problem, {
      backend,
      frame: 'none',
      direction,
      stepRule: plane(gaussNewton()),
      memory: 1,
      l2,
      iterations: 3,
    });
    history.slice(1).forEach(({ objective: f }, i) => expect(f).toBeLessThanOrEqual(history[i]!.objective));
  });

  it('a damping relative to vanished curvature took units to 0 by the penalty alone: the largest curvature met stays', async () => {
    const { problem, l2, iterations } = readCapture('killed-units');
    const { objective } = await openAtStart(problem, { backend, l2 });
    const late = plus(problem.start, 1, iterations[0]!.direction);
    const { inputs, outputs: units } = problem.layers[0]!;
    const normOf = (parameters: Float64Array, a: number): number => {
      return Math.hypot(...Array.from({ length: inputs }, (_, j) => parameters[j * units + a]!));
    };
    /** The least share of its norm that a unit step at the last of `points` leaves the weights of a unit. */
    const leastLeft = async (points: readonly Float64Array[]): Promise<number> => {
      const direction = kronecker({ damping: 1 });
      const state = direction.start();
      let end = late;
      for (const point of points) {
        await objective.start(point);
        end = plus(point, 1, (await direction.next(state, objective))[0]!);
      }
      return Math.min(...Array.from({ length: units }, (_, a) => normOf(end, a) / normOf(late, a)));
    };
    // A metric that has seen no other point is relative to the curvature there.
    expect(await leastLeft([late])).toBeLessThan(0.7);
    expect(await leastLeft([problem.start, late])).toBeGreaterThan(0.9);
  });

  it('small output weights sent the hidden layer far away, and its units saturated: the damping is one for all layers', async () => {
    const { problem, l2 } = readCapture('killed-units');
    const hiddenStep = async (scale: number): Promise<number> => {
      const start = problem.start.slice();
      const { objective } = await openAtStart({ ...problem, start }, { backend, l2 });
      const [hidden, , output] = objective.layout.blocks;
      blockOf(start, output!).forEach((w, e, weights) => (weights[e] = scale * w));
      await objective.start(start);
      const direction = kronecker();
      const [d] = await direction.next(direction.start(), objective);
      return Math.hypot(...blockOf(d!, hidden!)) / Math.hypot(...blockOf(start, hidden!));
    };
    // The gradient of the hidden layer goes with the scale and its own curvature with the square: relative to that, steps grew as 1 / scale.
    const [plain, small, smaller] = [await hiddenStep(1), await hiddenStep(1e-2), await hiddenStep(1e-4)];
    expect(plain).toBeLessThan(1);
    expect(small).toBeLessThan(plain);
    expect(smaller).toBeLessThan(small);
  });
});
