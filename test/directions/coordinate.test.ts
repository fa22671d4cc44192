/** The coordinate direction: every weight's own search, judged by the objective written from its formula. */
import { describe, expect, it } from 'vitest';
import type { CoordinateSearch } from '../../lib/coordinate/request.js';
import { layoutOf } from '../../lib/core/parameters.js';
import { createRandom } from '../../lib/core/random.js';
import { coordinate, type CoordinateOptions } from '../../lib/directions/index.js';
import { lossByName } from '../../lib/losses/index.js';
import { linear, mlp } from '../../lib/networks/index.js';
import { fixed, plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends, nativeAbsence, nativeBackend } from '../support/backends.js';
import { alongWeight } from '../support/one-weight.js';
import { cases, open, openAtStart, smallProblem, type SmallProblem } from '../support/problems.js';
import { plus, relativeError } from '../support/reference.js';
import { train } from '../support/runs.js';

const L2 = 0.01;

/** With every loss that has what the searches need. */
const searchable = cases.filter(({ loss }) => lossByName(loss).growth !== undefined);

async function propose(
  problem: SmallProblem,
  options: CoordinateOptions,
  backend = backends[0]!,
  at = problem.start,
  l2 = L2,
) {
  const { objective, matrix } = await open(problem, { backend, l2 });
  await objective.start(at);
  const direction = coordinate(options);
  const state = direction.start();
  const [proposal] = await direction.next(state, objective);
  const result = { proposal: proposal!, gradient: objective.gradient, value: objective.value, state };
  objective.dispose();
  matrix.dispose();
  return result;
}

/** In networks of at most one hidden layer a weight's own search is a proof; deeper, only behind the last hidden layer. */
function proven(problem: SmallProblem): number[] {
  const { blocks, layers } = layoutOf(problem.layers);
  const from = layers.length <= 2 ? 0 : layers.length - 1;
  return blocks
    .filter(({ layer }) => layer >= from)
    .flatMap(({ offset, size }) => Array.from({ length: size }, (_, i) => offset + i));
}

describe.each(backends)('coordinate on the $name backend', (backend) => {
  describe.each(['newton', 'doubling'] as const)('%s', (search) => {
    it.each(searchable)("never raises a weight's own objective: $label", async ({ network, loss, outputs }) => {
      const problem = smallProblem({ network, loss, outputs, weighted: true, rows: 23 });
      const { proposal, value, state } = await propose(problem, { search, firstStep: 0.02 }, backend);
      expect(state.searchedShare).toBe(1);
      let moved = 0;
      for (const e of proven(problem)) {
        const own = alongWeight(problem, L2, problem.start, e);
        expect(own(proposal[e]!)).toBeLessThanOrEqual(value * (1 + 1e-13));
        if (own(proposal[e]!) < value) moved++;
      }
      expect(moved).toBeGreaterThan(0);
    });
  });

  it('newton is the closed-form minimizer on least squares', async () => {
    const problem = smallProblem({ loss: 'squared', network: linear(), outputs: 2, weighted: true });
    const { proposal, value } = await propose(problem, {}, backend);
    proposal.forEach((delta, e) => {
      const own = alongWeight(problem, L2, problem.start, e);
      // A parabola through three points has its minimum where the difference quotient vanishes.
      const [up, down] = [own(1), own(-1)];
      expect(delta).toBeCloseTo((down - up) / (2 * (up + down - 2 * value)), 8);
    });
  });

  it.each([
    ['relu', 7],
    ['relu', 25],
    ['identity', 12],
  ] as const)('exact agrees with a fine grid: %s, %i rows', async (activation, rows) => {
    const problem = smallProblem({ loss: 'squared', network: mlp({ hidden: [5], activation }), rows, weighted: true });
    const { proposal } = await propose(problem, { search: 'exact' }, backend);
    proposal.forEach((delta, e) => {
      const own = alongWeight(problem, L2, problem.start, e);
      let lowest = Infinity;
      for (let step = -300; step <= 300; step++) lowest = Math.min(lowest, own(step / 30));
      expect(own(delta)).toBeLessThanOrEqual(lowest + 1e-12);
      // Nothing nearby is lower either: a stationary point or a kink, not just a grid point.
      for (const nearby of [-1e-3, 1e-3]) expect(own(delta)).toBeLessThanOrEqual(own(delta + nearby) + 1e-14);
    });
  });

  it('doubling stops at the first step that brings nothing more', async () => {
    const problem = smallProblem({ loss: 'squared', network: mlp({ hidden: [4], activation: 'relu' }) });
    const firstStep = 0.003;
    const { proposal } = await propose(problem, { search: 'doubling', firstStep }, backend);
    proposal.forEach((delta, e) => {
      const own = alongWeight(problem, L2, problem.start, e);
      if (delta === 0) {
        expect(Math.min(own(firstStep), own(-firstStep))).toBeGreaterThanOrEqual(own(0) - 1e-14);
        return;
      }
      expect(Math.log2(Math.abs(delta) / firstStep) % 1).toBeCloseTo(0, 10);
      expect(own(2 * delta)).toBeGreaterThanOrEqual(own(delta) - 1e-8);
    });
  });

  it('threshold 0 is gradient descent, Infinity a pure search, a quantile the share of the weights', async () => {
    const problem = smallProblem({ loss: 'softmax', network: mlp({ hidden: [6] }), rows: 50 });
    const none = await propose(problem, { threshold: 0, gradientRate: 0.5 }, backend);
    expect(none.state.searchedShare).toBe(0);
    expect(none.proposal).toEqual(none.gradient.map((g) => -0.5 * g));
    const all = await propose(problem, {}, backend);
    const half = await propose(problem, { threshold: { quantile: 0.5 } }, backend);
    expect(half.state.searchedShare).toBeCloseTo(0.5, 1);
    const middle = [...half.gradient].map(Math.abs).sort((a, b) => a - b)[Math.ceil(half.gradient.length / 2) - 1]!;
    half.proposal.forEach((delta, e) =>
      expect(delta).toBe(Math.abs(half.gradient[e]!) <= middle ? all.proposal[e] : -half.gradient[e]!),
    );
  });

  it('moves only the layers and blocks that are named', async () => {
    const problem = smallProblem({ network: mlp({ hidden: [3] }) });
    const { blocks } = layoutOf(problem.layers);
    const { proposal } = await propose(problem, { layers: ['hidden.weight', 'output'] }, backend);
    for (const { name, offset, size } of blocks) {
      const part = proposal.subarray(offset, offset + size);
      expect(
        part.some((delta) => delta !== 0),
        name,
      ).toBe(name !== 'hidden.bias');
    }
    await expect(propose(problem, { layers: ['hiden'] }, backend)).rejects.toThrow(
      /names out of hidden, hidden.weight, hidden.bias, output/,
    );
  });

  it('survives zero columns, duplicated rows, one sample and dead units', async () => {
    const network = mlp({ hidden: [4], activation: 'relu' });
    const wide = smallProblem({ loss: 'squared', network, rows: 6, columns: 5 });
    for (let i = 0; i < wide.rows; i++) wide.x[i * 5 + 2] = 0;
    wide.x.copyWithin(5, 0, 5);
    const one = smallProblem({ loss: 'squared', network, rows: 1, columns: 3 });
    const dead = smallProblem({ loss: 'squared', network });
    const bias = layoutOf(dead.layers).blocks[1]!.offset;
    dead.start[bias + 1] = -1e3;
    for (const problem of [wide, one, dead]) {
      for (const search of ['newton', 'doubling', 'exact'] as CoordinateSearch[]) {
        const { proposal, value } = await propose(problem, { search, firstStep: 0.1 }, backend, problem.start, 0);
        proposal.forEach((delta, e) => {
          expect(Number.isFinite(delta)).toBe(true);
          expect(alongWeight(problem, 0, problem.start, e)(delta)).toBeLessThanOrEqual(value * (1 + 1e-13));
        });
      }
    }
  });

  it('with plane search descends far below gradient descent in as many iterations', async () => {
    const problem = smallProblem({
      loss: 'squared',
      network: mlp({ hidden: [8], activation: 'relu' }),
      rows: 40,
      columns: 12,
    });
    const stepRule = plane(gaussNewton());
    const searched = await train(problem, { direction: coordinate(), stepRule, memory: 1, iterations: 15, backend, l2: 0 });
    const slow = await train(problem, { stepRule: fixed({ rate: 0.1 }), iterations: 15, backend, l2: 0 });
    searched.history
      .slice(1)
      .forEach(({ objective }, i) => expect(objective).toBeLessThanOrEqual(searched.history[i]!.objective));
    expect(searched.objective).toBeLessThan(0.5 * slow.objective);
  });

  it('refuses what it cannot do in a sentence', async () => {
    const tanh = smallProblem({ loss: 'squared', network: mlp({ hidden: [3], activation: 'tanh' }) });
    await expect(propose(tanh, { search: 'exact' }, backend)).rejects.toMatchObject({ code: 'INCOMPATIBLE' });
    const own = { ...tanh, loss: { ...tanh.loss, name: 'own' } };
    const { growth, ...without } = own.loss;
    expect(growth).toBeDefined();
    await expect(propose({ ...own, loss: without }, {}, backend)).rejects.toMatchObject({ code: 'INCOMPATIBLE' });
    expect(() => coordinate({ threshold: -1 })).toThrow(/threshold/);
    expect(() => coordinate({ threshold: { quantile: 2 } })).toThrow(/quantile/);
    expect(() => coordinate({ search: 'best' as CoordinateSearch })).toThrow(/doubling, newton, exact/);
  });
});

describe.skipIf(nativeAbsence !== null)('the native sweep', () => {
  const native = backends.at(-1)!;

  const searchable = cases.filter(({ loss }) => lossByName(loss).growth);

  it.each(searchable)('equals the javascript one: $label', async ({ network, loss, outputs }) => {
    const problem = smallProblem({ network, loss, outputs, weighted: true, rows: 70, columns: 9 });
    for (const search of ['newton', 'doubling'] as const) {
      for (const threshold of [Infinity, { quantile: 0.6 }]) {
        const options = { search, threshold, firstStep: 0.01 };
        const mine = await propose(problem, options, native);
        const plain = await propose(problem, options);
        expect(relativeError(mine.proposal, plain.proposal)).toBeLessThan(1e-9);
        expect(mine.state).toEqual(plain.state);
      }
    }
  });

  it.each([
    [1, 1, 1],
    [10, 200, 70],
    [150, 65, 3],
    [2100, 5, 2],
    [40, 3, 130],
  ])('equals the javascript one: %i rows, %i columns, %i units', async (rows, columns, hidden) => {
    const problem = smallProblem({ loss: 'squared', network: mlp({ hidden: [hidden], activation: 'relu' }), rows, columns });
    for (const search of ['newton', 'doubling', 'exact'] as const) {
      const mine = await propose(problem, { search, firstStep: 0.01 }, native);
      const plain = await propose(problem, { search, firstStep: 0.01 });
      expect(relativeError(mine.proposal, plain.proposal), search).toBeLessThan(1e-8);
    }
  });

  it('gives the same bits for any thread count', async () => {
    const random = createRandom(3);
    for (const [loss, search] of [
      ['squared', 'exact'],
      ['softmax', 'newton'],
      ['logistic', 'doubling'],
    ] as const) {
      const problem = smallProblem({
        loss,
        network: mlp({ hidden: [20], activation: 'relu' }),
        rows: 300,
        columns: 150,
        seed: 5,
      });
      const at = plus(
        problem.start,
        0.1,
        problem.start.map(() => random.normal()),
      );
      const [first, ...others] = await Promise.all(
        [1, 2, 3].map((threads) => propose(problem, { search, firstStep: 0.01 }, nativeBackend(threads), at)),
      );
      for (const other of others) expect(other.proposal).toEqual(first!.proposal);
    }
  });

  it('stops when cancelled', async () => {
    const problem = smallProblem({
      loss: 'squared',
      network: mlp({ hidden: [60], activation: 'relu' }),
      rows: 2000,
      columns: 200,
    });
    const { objective } = await openAtStart(problem, { backend: native });
    const direction = coordinate({ search: 'exact' });
    const under = direction.next(direction.start(), objective);
    setTimeout(() => objective.cancel(), 5);
    await expect(under).rejects.toMatchObject({ name: 'AbortError' });
  });
});
