import { describe, expect, it } from 'vitest';
import { gaussNewton } from '../../lib/subspace/index.js';
import { known, quadratic, type KnownFunction } from '../support/phi.js';

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
});
