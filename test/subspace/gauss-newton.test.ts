import { describe, expect, it } from 'vitest';
import { gaussNewton } from '../../lib/subspace/index.js';
import { known, quadratic, type KnownFunction } from '../support/phi.js';
import { relativeError } from '../support/reference.js';

describe('gauss-newton', () => {
  it('solves a quadratic in one step: two evaluations, one to start and one to arrive', async () => {
    const problem = known(quadratic([4, 1, 1, 3], [1.5, -2], 7));
    const { t, value, modelRatio } = await gaussNewton().minimize(problem);
    expect(t[0]).toBeCloseTo(1.5, 14);
    expect(t[1]).toBeCloseTo(-2, 14);
    expect(value).toBeCloseTo(7, 14);
    expect(modelRatio).toBeCloseTo(1, 12);
    expect(problem.evaluations).toBe(2);
  });

  it('goes on while a step promises the asked share of what has been gained', async () => {
    const quartic: KnownFunction = {
      dimension: 1,
      value: (t) => (t[0]! - 1) ** 4,
      slopes: (t) => [4 * (t[0]! - 1) ** 3],
      curvature: (t) => [12 * (t[0]! - 1) ** 2],
    };
    const loose = known(quartic);
    const tight = known(quartic);
    const first = await gaussNewton({ worthwhile: 0.1 }).minimize(loose);
    const second = await gaussNewton({ worthwhile: 0.001, maxEvaluations: 50 }).minimize(tight);
    expect(loose.evaluations).toBeLessThan(tight.evaluations);
    expect(second.value).toBeLessThan(first.value);
    expect(first.reason).toContain('under 0.1 of the');
  });

  it('shortens a step that overshoots until the function falls', async () => {
    // The curvature claimed is 100 times too small.
    const problem = known({ ...quadratic([100], [1]), curvature: () => [1] });
    const { value, decreased, modelRatio } = await gaussNewton({ worthwhile: 0, maxEvaluations: 60 }).minimize(problem);
    expect(decreased).toBe(true);
    expect(modelRatio).toBe(0);
    expect(value).toBeLessThan(1e-6);
  });

  describe('with a guess', () => {
    it('that is the minimizer: one evaluation, and the foretold decrease', async () => {
      const problem = known(quadratic([4, 1, 1, 3], [1.5, -2], 7));
      const solution = await gaussNewton().minimize(problem, Float64Array.of(1.5, -2));
      expect(Array.from(solution.t)).toEqual([1.5, -2]);
      expect(solution.modelRatio).toBeCloseTo(1, 12);
      expect(problem.evaluations).toBe(1);
    });

    it('elsewhere: the second evaluation is at the minimum of a quadratic', async () => {
      const problem = known(quadratic([4, 1, 1, 3], [1.5, -2], 7));
      const { t, value } = await gaussNewton({ worthwhile: 0 }).minimize(problem, Float64Array.of(1, 0));
      expect(relativeError(t, [1.5, -2])).toBeLessThan(1e-12);
      expect(value).toBeCloseTo(7, 12);
      expect(problem.evaluations).toBe(2);
    });

    it('higher than the start: refused, and the curvature met there leads down', async () => {
      const problem = known(quadratic([4], [1], 7));
      const { t, modelRatio } = await gaussNewton().minimize(problem, Float64Array.of(5));
      expect(t[0]).toBeCloseTo(1, 12);
      expect(modelRatio).toBe(0);
      expect(problem.evaluations).toBe(2);
    });

    it('where the function is not finite: the search begins at 0', async () => {
      const wall: KnownFunction = {
        dimension: 1,
        value: (t) => (t[0]! < 2 ? 0.5 * (t[0]! - 1) ** 2 : NaN),
        slopes: (t) => [t[0]! - 1],
        curvature: () => [1],
      };
      const { t, modelRatio } = await gaussNewton({ maxEvaluations: 2 }).minimize(known(wall), Float64Array.of(3));
      expect(t[0]).toBe(1);
      expect(modelRatio).toBe(0);
    });

    it('uphill, or 0: as good as none', async () => {
      for (const guess of [[-1], [0]]) {
        const { t } = await gaussNewton().minimize(known(quadratic([4], [1], 7)), Float64Array.from(guess));
        expect(t[0]).toBeCloseTo(1, 12);
      }
    });

    it('at a minimum, where only rounding tells values apart: nothing is found', async () => {
      const flat: KnownFunction = {
        dimension: 1,
        value: (t) => (t[0] === 0 ? 1 : 1 - 4 * Number.EPSILON),
        slopes: () => [-1e-15],
        curvature: () => [1e-15],
      };
      expect(await gaussNewton({ worthwhile: 0 }).minimize(known(flat), Float64Array.of(1))).toMatchObject({
        decreased: false,
        value: 1,
      });
    });
  });

  it('learns the curvature of a kink from the slopes at both ends of a refused step', async () => {
    // |t - 1| + t^2 / 200: to the model a line with a curvature of 1/100, whose first step is 100 times too long.
    const kink: KnownFunction = {
      dimension: 1,
      value: (t) => Math.abs(t[0]! - 1) + t[0]! ** 2 / 200,
      slopes: (t) => [Math.sign(t[0]! - 1) + t[0]! / 100],
      curvature: () => [0.01],
    };
    const problem = known(kink);
    const { decreased } = await gaussNewton({ maxEvaluations: 10 }).minimize(problem);
    expect(decreased).toBe(true);
    expect(problem.evaluations).toBeLessThanOrEqual(8);
  });
});
