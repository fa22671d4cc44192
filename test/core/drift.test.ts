/** The tracked product is updated, never recomputed: its rounding drift stays small for a thousand steps, and a refresh mends it. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { kroneckerLbfgs, type Direction } from '../../lib/directions/index.js';
import { backtracking, plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { networkNamed, normals, openAtStart, smallProblem } from '../support/problems.js';
import { referenceObjective, relativeError } from '../support/reference.js';
import { train } from '../support/runs.js';

describe.each(backends)('on the $name backend', (backend) => {
  it('a walk of 1000 random steps', async () => {
    const problem = smallProblem({ rows: 100, columns: 8, network: networkNamed('mlp 4 identity'), loss: 'squared' });
    const { objective } = await openAtStart(problem, { backend, memory: 1 });
    const random = createRandom(3);
    for (let k = 0; k < 1000; k++) {
      // Far out and back in, with a memory column, so that sums of very different sizes are cut off.
      const d = normals(random, objective.layout.size, k % 2 === 0 ? 10 : 0.1);
      const phi = await objective.span([d], 1, 'joint');
      await objective.commit(Float64Array.of(1, -0.5).subarray(0, phi.dimension));
    }
    const stale = objective.value;
    const drift = await objective.refresh();
    expect(drift).toBeGreaterThan(0);
    expect(drift).toBeLessThan(1e-12);
    expect(await objective.refresh()).toBe(0);
    // phi(0) after the refresh is exact again; the value tracked over 1000 steps was off by no more than the drift explains.
    const phi = await objective.span([objective.gradient], 0, 'joint');
    const exact = referenceObjective(problem, objective.parameters, 0.01);
    expect(relativeError([await phi.value(Float64Array.of(0))], [exact])).toBeLessThan(1e-13);
    expect(relativeError([stale], [exact])).toBeLessThan(1e-11);
    // Searches compare with the value: it is renewed with the product.
    expect(relativeError([objective.value], [exact])).toBeLessThan(1e-13);
    expect(objective.value).not.toBe(stale);
  });

  it.each([
    ['backtracking', backtracking(), 0],
    ['plane', plane(gaussNewton()), 1],
  ] as const)('a run of 1000 iterations of %s without a refresh', async (_, stepRule, memory) => {
    // Badly scaled columns, so that the run is still moving after 1000 iterations.
    const base = smallProblem({ rows: 50, columns: 6, loss: 'squared' });
    const problem = { ...base, x: base.x.map((x, e) => x * 10 ** ((e % 6) / 2)) };
    const { history } = await train(problem, {
      backend,
      stepRule: stepRule as never,
      memory,
      iterations: 1000,
      refreshEvery: 1000,
    });
    expect(history.at(-1)!.drift).toBeLessThan(1e-12);
  });

  it('memory columns stay valid across a refresh', async () => {
    const problem = smallProblem({ network: networkNamed('mlp 4 identity') });
    const options = { backend, stepRule: plane(gaussNewton()), memory: 2, iterations: 12 };
    const often = await train(problem, { ...options, refreshEvery: 1 });
    const never = await train(problem, { ...options, refreshEvery: 0 });
    expect(relativeError(often.parameters, never.parameters)).toBeLessThan(1e-8);
  });

  it('columns that nearly cancel: the drift multiplies, is foreseen, and the spoiled columns leave the subspace', async () => {
    const problem = smallProblem({ rows: 40, columns: 6, network: networkNamed('mlp 4 identity') });
    const { objective } = await openAtStart(problem, { backend, memory: 1 });
    const random = createRandom(4);
    const size = objective.layout.size;
    await objective.span([normals(random, size)], 1, 'joint');
    await objective.commit(Float64Array.of(1));
    expect(objective.refreshDue).toBe(false);
    for (let k = 0; k < 2; k++) {
      expect(objective.pastSteps).toBe(1);
      // Within 1e-3 of the last step and 1000 times as long, so that nearly all of it is taken back.
      const s = objective.step!;
      const length = Math.sqrt(s.reduce((sum, x) => sum + x * x, 0) / size);
      const parallel = s.map((x) => 1000 * (x + 1e-3 * length * random.normal()));
      const phi = await objective.span([parallel], 1, 'joint');
      await objective.commit(Float64Array.of(1, -1000).subarray(0, phi.dimension));
    }
    expect(objective.pastSteps).toBe(0);
    expect(objective.refreshDue).toBe(true);
    const drift = await objective.refresh();
    expect(drift).toBeGreaterThan(1e-14);
    expect(drift).toBeLessThan(1e-6);
    expect(objective.refreshDue).toBe(false);
    const phi = await objective.span([normals(random, size)], 1, 'joint');
    expect(phi.dimension).toBe(1);
  });

  it('a run whose past steps cancel stays true to the formula', async () => {
    // Here plane search takes past steps thousands of times; without the foresight its objective was 4e-8 off after 6 iterations.
    const problem = smallProblem({ seed: 17, rows: 20, network: networkNamed('mlp 4 tanh') });
    const { parameters, objective } = await train(problem, {
      backend,
      direction: kroneckerLbfgs() as Direction,
      stepRule: plane(gaussNewton()),
      memory: 3,
      iterations: 6,
    });
    expect(Math.abs(objective - referenceObjective(problem, parameters, 0.01))).toBeLessThan(1e-10);
  });
});
