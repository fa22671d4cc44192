import { describe, expect, it } from 'vitest';
import { barzilaiBorwein } from '../../lib/subspace/index.js';
import { known, quadratic, rescaled, type KnownFunction } from '../support/phi.js';

describe('barzilai-borwein', () => {
  it('searches along the main direction first', async () => {
    const points: number[][] = [];
    const f = quadratic([1, 0, 0, 1], [4, 4]);
    const watched: KnownFunction = {
      ...f,
      main: [0, 1],
      value: (t) => (points.push(Array.from(t)), f.value(t)),
    };
    const problem = known(watched);
    points.length = 0;
    await barzilaiBorwein().minimize(problem);
    expect(points[0]).toEqual([0, 1]);
  });

  it('finds the step length of a one-dimensional quadratic from two slopes: exact at the third point', async () => {
    const problem = known(quadratic([0.5], [3]));
    const { t } = await barzilaiBorwein({ slopeTolerance: 1e-9 }).minimize(problem);
    expect(t[0]).toBeCloseTo(3, 12);
    expect(problem.evaluations).toBeLessThanOrEqual(4);
  });

  it('measures in unit columns: the length of a column changes nothing but t', async () => {
    const plain = quadratic([3, 1, 1, 2], [1, -1]);
    const short = await barzilaiBorwein().minimize(known(plain));
    for (const scale of [2 ** -20, 2 ** 20]) {
      const scaled = await barzilaiBorwein().minimize(known(rescaled(plain, [scale, scale])));
      expect(Array.from(scaled.t, (x) => x * scale)).toEqual(Array.from(short.t));
      expect(scaled.value).toBe(short.value);
    }
  });

  it('walks against an ascent direction', async () => {
    const { t, decreased } = await barzilaiBorwein().minimize(known(quadratic([1], [-2])));
    expect(decreased).toBe(true);
    expect(t[0]).toBeCloseTo(-2, 6);
  });

  it('spends at most half of its budget on the main direction', async () => {
    // Along the first variable nothing ever falls, although the slope says so; the second one has the minimum.
    const f: KnownFunction = {
      dimension: 2,
      value: (t) => (t[0] === 0 ? 0.5 * (t[1]! - 1) ** 2 : 10),
      slopes: (t) => [-1e-3, t[1]! - 1],
      curvature: () => [1, 0, 0, 1],
    };
    const problem = known(f);
    const { decreased, reason } = await barzilaiBorwein({ maxEvaluations: 12 }).minimize(problem);
    expect(decreased).toBe(false);
    expect(reason).toBe('the budget of 12 evaluations is used up');
    expect(problem.evaluations).toBe(12);
  });
});
