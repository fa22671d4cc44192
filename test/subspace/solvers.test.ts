/** What both subspace solvers promise, on small functions with known minima. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { barzilaiBorwein, gaussNewton, solvers, type SubspaceSolver } from '../../lib/subspace/index.js';
import { known, quadratic, rescaled, type KnownFunction } from '../support/phi.js';
import { normals } from '../support/problems.js';
import { dot, relativeError } from '../support/reference.js';
import { tightSolvers } from '../support/runs.js';

/** A known minimum at (1, 1) with value 0, in a bent valley; the curvature is that of Gauss-Newton. */
const rosenbrock: KnownFunction = {
  dimension: 2,
  value: (t) => 0.5 * ((1 - t[0]!) ** 2 + 10 * (t[1]! - t[0]! ** 2) ** 2),
  slopes: (t) => [-(1 - t[0]!) - 20 * t[0]! * (t[1]! - t[0]! ** 2), 10 * (t[1]! - t[0]! ** 2)],
  curvature: (t) => [1 + 40 * t[0]! ** 2, -20 * t[0]!, -20 * t[0]!, 10],
};

/** log(2 cosh(t - 3)): convex, with the slope bounded by 1 and hardly any curvature far away. */
const logCosh: KnownFunction = {
  dimension: 1,
  value: (t) => Math.log(2 * Math.cosh(t[0]! - 3)),
  slopes: (t) => [Math.tanh(t[0]! - 3)],
  curvature: (t) => [1 / Math.cosh(t[0]! - 3) ** 2],
};

function randomQuadratic(seed: number, k: number): KnownFunction {
  const random = createRandom(seed);
  // Long rows make the matrix well conditioned.
  const F = normals(random, k * (k + 12));
  const row = (u: number): Float64Array => F.subarray(u * (k + 12), (u + 1) * (k + 12));
  const A = Array.from({ length: k * k }, (_, e) => dot(row(Math.floor(e / k)), row(e % k)));
  return quadratic(A, Array.from(normals(random, k)), 1);
}

describe.each(tightSolvers)('$name with tight options', (solver) => {
  it('minimizes random quadratics of 1 to 8 variables', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 8 }), async (seed, k) => {
        const solution = await solver.minimize(known(randomQuadratic(seed, k)));
        expect(solution.decreased).toBe(true);
        expect(solution.value - 1).toBeLessThan(1e-11);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('follows a bent valley', async () => {
    const { t, value } = await solver.minimize(known(rosenbrock));
    expect(value).toBeLessThan(1e-14);
    expect(relativeError(t, [1, 1])).toBeLessThan(1e-6);
  });

  it('finds a minimum far away where the function is nearly straight at 0', async () => {
    const { t } = await solver.minimize(known(logCosh));
    expect(t[0]).toBeCloseTo(3, 6);
  });

  it('takes columns whose lengths differ by a factor of 1e16', async () => {
    const scales = [1e-8, 1, 1e8];
    const plain = randomQuadratic(5, 3);
    const { t, value } = await solver.minimize(known(rescaled(plain, scales)));
    const { t: expected } = await solver.minimize(known(plain));
    expect(value - 1).toBeLessThan(1e-11);
    expect(
      relativeError(
        t.map((x, v) => x * scales[v]!),
        expected,
      ),
    ).toBeLessThan(1e-5);
  });

  it('takes a column twice: the minimum is that of one', async () => {
    const once = quadratic([3], [2]);
    const twice: KnownFunction = {
      dimension: 2,
      value: (t) => once.value(Float64Array.of(t[0]! + t[1]!)),
      slopes: (t) => [0, 1].map(() => once.slopes(Float64Array.of(t[0]! + t[1]!))[0]!),
      curvature: () => [3, 3, 3, 3],
    };
    const { t, value } = await solver.minimize(known(twice));
    expect(value).toBeLessThan(1e-15);
    expect(t[0]! + t[1]!).toBeCloseTo(2, 7);
  });

  it('takes a column of length 0 beside one that helps', async () => {
    const f = { ...quadratic([2, 0, 0, 0], [1.5, 0]), norms: [1, 0] };
    const { t, value } = await solver.minimize(known(f));
    expect(value).toBeLessThan(1e-15);
    expect(t[1]).toBe(0);
  });
});

const all: readonly SubspaceSolver[] = Object.values(solvers).map((create) => create());

describe.each(all)('$name', (solver) => {
  it('stays at 0 on a flat function, and says why', async () => {
    const flat: KnownFunction = { dimension: 2, value: () => 5, slopes: () => [0, 0], curvature: () => [0, 0, 0, 0] };
    const solution = await solver.minimize(known(flat));
    expect(solution).toMatchObject({ decreased: false, value: 5 });
    expect(Array.from(solution.t)).toEqual([0, 0]);
    expect(solution.reason).toMatch(/slopes are 0|promises a decrease of 0/);
  });

  it('stays at 0 when 0 is the minimum', async () => {
    const solution = await solver.minimize(known(quadratic([2, 1, 1, 3], [0, 0], 1)));
    expect(solution).toMatchObject({ decreased: false, value: 1 });
  });

  it('never leaves the region where the function is finite', async () => {
    // -log(1 - t) - 3 t: infinite from t = 1 on, minimum at 2/3; the first full step of either solver goes beyond.
    const barrier: KnownFunction = {
      dimension: 1,
      value: (t) => (t[0]! < 1 ? -Math.log(1 - t[0]!) - 3 * t[0]! : NaN),
      slopes: (t) => [t[0]! < 1 ? 1 / (1 - t[0]!) - 3 : NaN],
      curvature: (t) => [t[0]! < 1 ? 1 / (1 - t[0]!) ** 2 : NaN],
    };
    const { t, value, decreased } = await solver.minimize(known(barrier));
    expect(decreased).toBe(true);
    expect(value).toBe(barrier.value(t));
    expect(t[0]).toBeGreaterThan(0);
    expect(t[0]).toBeLessThan(1);
  });

  it.each([NaN, Infinity])('a function that is %s everywhere but at 0 ends at 0', async (bad) => {
    const spike: KnownFunction = {
      dimension: 1,
      value: (t) => (t[0] === 0 ? 1 : bad),
      slopes: (t) => [t[0] === 0 ? -1 : bad],
      curvature: (t) => [t[0] === 0 ? 1 : bad],
    };
    expect(await solver.minimize(known(spike))).toMatchObject({ decreased: false, value: 1 });
  });

  it('a function that is nowhere a number ends at 0', async () => {
    const nowhere: KnownFunction = { dimension: 1, value: () => NaN, slopes: () => [NaN], curvature: () => [NaN] };
    const solution = await solver.minimize(known(nowhere));
    expect(solution.decreased).toBe(false);
    expect(Array.from(solution.t)).toEqual([0]);
  });

  it('the value it returns is that of its t, and never above the start', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed);
      const [a, b] = [normals(random, 3), normals(random, 3)];
      // A wavy bowl with several minima.
      const wavy: KnownFunction = {
        dimension: 3,
        value: (t) => t.reduce((sum, x, v) => sum + 0.5 * (x - a[v]!) ** 2 + Math.sin(4 * x + b[v]!), 0),
        slopes: (t) => Array.from(t, (x, v) => x - a[v]! + 4 * Math.cos(4 * x + b[v]!)),
        curvature: () => [1, 0, 0, 0, 1, 0, 0, 0, 1],
      };
      const problem = known(wavy);
      const { t, value } = await solver.minimize(problem);
      expect(value).toBe(wavy.value(t));
      expect(value).toBeLessThanOrEqual(problem.value0);
    }
  });
});

describe('budgets', () => {
  it.each([2, 3, 7, 25])('of %i evaluations are kept', async (maxEvaluations) => {
    for (const solver of [
      gaussNewton({ worthwhile: 0, maxEvaluations }),
      barzilaiBorwein({ maxEvaluations, slopeTolerance: 0, decreaseTolerance: 0 }),
    ]) {
      const problem = known(rosenbrock);
      const { reason } = await solver.minimize(problem);
      expect(problem.evaluations).toBeLessThanOrEqual(maxEvaluations);
      if (maxEvaluations <= 7) expect(reason).toBe(`the budget of ${maxEvaluations} evaluations is used up`);
    }
  });

  it('and tolerances out of range are refused', () => {
    expect(() => gaussNewton({ maxEvaluations: 1 })).toThrow(
      'gauss-newton maxEvaluations must be an integer of at least 2, but 1',
    );
    expect(() => gaussNewton({ worthwhile: 2 })).toThrow('gauss-newton worthwhile must be a number from 0 to 1, but 2');
    expect(() => barzilaiBorwein({ maxEvaluations: 1 })).toThrow(
      'barzilai-borwein maxEvaluations must be an integer of at least 2',
    );
    expect(() => barzilaiBorwein({ slopeTolerance: -1 })).toThrow(
      'barzilai-borwein slopeTolerance must be a number from 0 to 1',
    );
    expect(() => barzilaiBorwein({ decreaseTolerance: NaN })).toThrow(
      'barzilai-borwein decreaseTolerance must be a number from 0 to 1',
    );
  });
});
