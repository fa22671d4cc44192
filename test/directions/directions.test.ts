import { describe, expect, it } from 'vitest';
import type { Objective } from '../../lib/core/objective.js';
import { directions, gradient, lbfgs } from '../../lib/directions/index.js';
import { quasiNewton, type PairMemory } from '../../lib/directions/pair-memory.js';
import { line, plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { afterSteps } from '../support/phi-of.js';
import { networkNamed, openAtStart, smallProblem, stack, taskProblem, type SmallProblem } from '../support/problems.js';
import { dot, plus, relativeError } from '../support/reference.js';
import { directionCases, ofTasks, tightSolvers, train } from '../support/runs.js';

const problem = smallProblem({ network: networkNamed('mlp 4 identity') });

/** Calls `visit` with the direction's state and its proposal at each of `count` points reached by line optimization. */
async function follow(
  objective: Objective,
  state: PairMemory,
  count: number,
  visit: (d: Float64Array, k: number) => void | Promise<void>,
  pairs = 10,
): Promise<void> {
  const direction = lbfgs({ pairs });
  for (let k = 0; k < count; k++) {
    const [d] = await direction.next(state, objective);
    await visit(d!, k);
    const phi = await objective.span([d!], 0, 'joint');
    const { t } = await line(gaussNewton()).choose(phi, { last: null }, { iteration: k, unitStep: true });
    await objective.commit(t);
  }
}

/** H <- V'HV + s s'/s'y with V = I - y s'/s'y: the inverse BFGS update written with full matrices. */
function inverseUpdate(H: Float64Array[], s: Float64Array, y: Float64Array): Float64Array[] {
  const rho = 1 / dot(s, y);
  const Hy = H.map((row) => dot(row, y));
  const yHy = dot(y, Hy);
  return H.map((row, i) =>
    row.map((h, j) => h - rho * (Hy[i]! * s[j]! + s[i]! * Hy[j]!) + (rho * rho * yHy + rho) * s[i]! * s[j]!),
  );
}

/** -H g by Nocedal & Wright, algorithm 7.4, vector by vector. */
function twoLoops({ pairs: kept }: PairMemory, g: Float64Array, applyInitial?: (q: Float64Array) => void): Float64Array {
  let q = g.slice();
  const alphas: number[] = [];
  const pairs = kept.map(({ s, y }) => ({ s: Float64Array.from(s), y: Float64Array.from(y) }));
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y } = pairs[i]!;
    alphas[i] = dot(s, q) / dot(s, y);
    q = Float64Array.from(plus(q, -alphas[i]!, y));
  }
  const { s, y } = pairs.at(-1)!;
  const image = y.slice();
  applyInitial?.(q);
  applyInitial?.(image);
  const gamma = dot(s, y) / dot(y, image);
  let r = q.map((x) => gamma * x);
  pairs.forEach((pair, i) => {
    r = Float64Array.from(plus(r, alphas[i]! - dot(pair.y, r) / dot(pair.s, pair.y), pair.s));
  });
  return r.map((x) => -x);
}

describe.each(backends)('on the $name backend', (backend) => {
  it('gradient proposes -g', async () => {
    const { objective } = await openAtStart(problem, { backend });
    expect(await gradient().next(null, objective)).toEqual([objective.gradient.map((x) => -x)]);
  });

  it.each([1, 3, 10])('lbfgs with %i pairs is BFGS with full matrices from gamma I', async (pairs) => {
    const { objective } = await openAtStart(problem, { backend });
    const history: { s: Float64Array; y: Float64Array }[] = [];
    let before: Float64Array | null = null;
    let proposals = 0;
    await follow(
      objective,
      lbfgs().start(),
      8,
      (d) => {
        if (before) history.push({ s: objective.step!, y: plus(objective.gradient, -1, before) });
        before = objective.gradient;
        const kept = history.filter(({ s, y }) => dot(s, y) > 0).slice(-pairs);
        const newest = kept.at(-1);
        const gamma = newest ? dot(newest.s, newest.y) / dot(newest.y, newest.y) : 1;
        const size = d.length;
        let H = Array.from({ length: size }, (_, i) => new Float64Array(size).fill(gamma, i, i + 1));
        for (const { s, y } of kept) H = inverseUpdate(H, s, y) as typeof H;
        const expected = H.map((row) => -dot(row, objective.gradient));
        expect(relativeError(d, expected)).toBeLessThan(1e-9);
        expect(dot(d, objective.gradient)).toBeLessThan(0);
        proposals++;
      },
      pairs,
    );
    expect(proposals).toBe(8);
  });

  it('the recursion on products is the two-loop recursion around any initial matrix', async () => {
    const { objective } = await openAtStart(problem, { backend });
    const weights = Float64Array.from(objective.gradient, (_, e) => 0.5 + (e % 5));
    const diagonal = (q: Float64Array): void => weights.forEach((w, e) => (q[e] = w * q[e]!));
    for (const applyInitial of [undefined, diagonal]) {
      const state = lbfgs().start();
      await follow(objective, state, 6, () => {}, 4);
      const found = await quasiNewton(state, objective, 4, applyInitial);
      const expected = twoLoops(state, objective.gradient, applyInitial);
      expect(state.pairs.length).toBe(4);
      expect(relativeError(found, expected)).toBeLessThan(1e-11);
      for (const [j, { y, sy, yy }] of state.pairs.entries()) {
        for (let k = 0; k <= j; k++) {
          const earlier = state.pairs[j - k]!;
          expect(sy[k]).toBeCloseTo(dot(earlier.s, y), 12);
          expect(yy[k]).toBeCloseTo(dot(earlier.y, y), 12);
        }
      }
    }
  });

  it('lbfgs on least squares with exact steps gives the iterates of conjugate gradients', async () => {
    const regression = smallProblem({ rows: 60, columns: 8, loss: 'squared' });
    const options = { backend, iterations: 7 };
    const quasiNewton = await train(regression, { ...options, direction: lbfgs(), stepRule: line(tightSolvers[0]!) });
    const planeSearch = await train(regression, {
      ...options,
      direction: gradient(),
      stepRule: plane(tightSolvers[0]!),
      memory: 1,
    });
    expect(relativeError(quasiNewton.parameters, planeSearch.parameters)).toBeLessThan(1e-7);
  });
});

describe('the state of lbfgs', () => {
  it('is plain data: a copy that went through structuredClone proposes the same bits', async () => {
    const { objective } = await openAtStart(problem);
    const state = lbfgs().start();
    await follow(objective, state, 5, () => {});
    const copy = structuredClone(state);
    expect(copy).toEqual(state);
    const [expected] = await lbfgs().next(state, objective);
    expect((await lbfgs().next(copy, objective))[0]).toEqual(expected);
    // Asked again at the same point, either proposes the same once more.
    expect((await lbfgs().next(state, objective))[0]).toEqual(expected);
    expect((await lbfgs().next(structuredClone(copy), objective))[0]).toEqual(expected);
  });

  it('keeps at most the asked number of pairs, the newest', async () => {
    const { objective } = await openAtStart(problem);
    const state = lbfgs().start();
    const steps: Float64Array[] = [];
    await follow(objective, state, 7, () => void (objective.step && steps.push(objective.step)), 3);
    expect(state.pairs.map(({ s }) => s)).toEqual(steps.slice(-3));
  });

  it('takes no pair without positive curvature', async () => {
    const { objective } = await openAtStart(bumpy);
    const state = lbfgs().start();
    const direction = lbfgs();
    const g = objective.gradient;
    await direction.next(state, objective);
    // A step of the hidden weight into the steep part of the sigmoid: the slope grows along it.
    await objective.span([Float64Array.of(1, 0, 0, 0)], 0, 'joint');
    await objective.commit(Float64Array.of(0.5));
    expect(dot(objective.step!, plus(objective.gradient, -1, g))).toBeLessThan(0);
    const [d] = await direction.next(state, objective);
    expect(state.pairs).toEqual([]);
    expect(d).toEqual(objective.gradient.map((x) => -x));
  });

  it('refuses less than one pair', () =>
    expect(() => lbfgs({ pairs: 0 })).toThrow('lbfgs pairs must be an integer of at least 1, but 0'));
});

describe('the state of every direction', () => {
  it.each(directionCases)('$name: a copy through structuredClone goes on with the same bits', async ({ direction }) => {
    const { objective } = await openAtStart(ofTasks(direction) ? taskProblem() : problem, { memory: 1 });
    const state = direction.start();
    const original = await afterSteps(objective, direction, 4, state);
    const restored = structuredClone(state);
    const phi = await objective.span(original.fresh, 1, 'joint');
    await objective.commit(new Float64Array(phi.dimension).fill(0.01));
    expect(await direction.next(restored, objective)).toEqual(await direction.next(state, objective));
    expect(restored).toEqual(state);
  });
});

describe('the registry', () => {
  it('builds every direction under its own name', () => {
    for (const [name, create] of Object.entries(directions)) expect(create().name).toBe(name);
  });
});

/** One sigmoid unit whose output has to rise from its flat left end. */
const bumpy: SmallProblem = {
  rows: 1,
  columns: 1,
  x: Float64Array.of(1),
  targets: Float64Array.of(1),
  sampleWeights: undefined,
  architecture: stack([
    [1, 1, 'sigmoid'],
    [1, 1, 'identity'],
  ]),
  layers: [
    { name: 'hidden1', inputs: 1, outputs: 1 },
    { name: 'output', inputs: 1, outputs: 1 },
  ],
  loss: smallProblem({ loss: 'squared' }).loss,
  start: Float64Array.of(-3, 0, 1, 0),
};
