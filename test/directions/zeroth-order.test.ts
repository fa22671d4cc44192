import { describe, expect, it } from 'vitest';
import { iterationLimit } from '../../lib/core/stopping.js';
import { createTrainer, minimize } from '../../lib/core/trainer.js';
import { gradient, zerothOrder, type ZerothOrderOptions } from '../../lib/directions/index.js';
import type { Loss } from '../../lib/losses/index.js';
import { backtracking, fixed, line, plane, strongWolfe, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train } from '../../lib/train.js';
import { backends } from '../support/backends.js';
import { networkNamed, open, smallProblem, type SmallProblem } from '../support/problems.js';
import { dot, plus, referenceObjective, relativeError } from '../support/reference.js';

const problem = smallProblem({ network: networkNamed('mlp 4 tanh'), loss: 'logistic', outputs: 1, rows: 40 });
const L2 = 0.01;

/** The share of wrong rows: no slopes anywhere. */
const errors: Loss = {
  name: 'errors',
  parameters: {},
  codings: ['two-classes', 'label-sets'],
  slopes: false,
  targetWidth: (outputs) => outputs,
  targetProblem: (y) => (Math.abs(y) === 1 ? null : '-1 or +1'),
  row: (o, at, _width, y, target) => (o[at]! * y[target]! > 0 ? 0 : 1),
};

/** Logistic, by values alone. */
const blackBox: Loss = {
  ...errors,
  name: 'black-box',
  row: (o, at, _width, y, target) => Math.log1p(Math.exp(-o[at]! * y[target]!)),
};

const run = async (
  rule: StepRule,
  options: ZerothOrderOptions = {},
  iterations = 5,
  loss?: Loss,
  of: SmallProblem = problem,
) => {
  const { objective } = await open(of, { frame: 'none', l2: L2, memory: 1, ...(loss && { loss }) });
  return minimize(objective, of.start, {
    direction: zerothOrder(options),
    stepRule: rule,
    memory: 0,
    stop: iterationLimit(iterations),
  });
};

describe.each(backends)('zeroth-order on the $name backend', (backend) => {
  it('with fixed is theta - rate c z, c by values at h on either side', async () => {
    const h = 1e-3;
    const rate = 0.01;
    const { objective } = await open(problem, { frame: 'none', l2: L2, backend });
    const direction = zerothOrder({ difference: h, samples: 2 });
    const zs = await direction.next(direction.start(), objective);
    const { start } = problem;
    let expected = start;
    for (const z of zs) {
      const [ahead, behind] = [h, -h].map((t) => referenceObjective(problem, plus(start, t, z), L2));
      expected = plus(expected, (-rate * (ahead! - behind!)) / (2 * h) / zs.length, z);
    }
    const options = { direction, stepRule: fixed({ rate }), memory: 0, stop: iterationLimit(1) };
    const trainer = await createTrainer(objective, start, options);
    await trainer.step();
    expect(relativeError(trainer.parameters, expected)).toBeLessThan(1e-9);
    expect(trainer.history[1]!.objective).toBeCloseTo(referenceObjective(problem, expected, L2), 12);
    expect(trainer.history[1]!.gradientNorm).toBeNaN();
  });

  it('measures the slope of the gradient: the mean of c z over many directions is the gradient', async () => {
    const { objective } = await open(problem, { frame: 'none', l2: L2, backend });
    await objective.start(problem.start);
    const exact = objective.gradient;
    objective.difference = 1e-4;
    await objective.start(problem.start);
    const direction = zerothOrder();
    const state = direction.start();
    for (let k = 0; k < 5; k++) {
      const [z] = await direction.next(state, objective);
      const phi = await objective.span([z!], 0, 'joint');
      expect(phi.slopes0[0]).toBeCloseTo(dot(exact, z!), 5);
      expect(phi.evaluations).toBe(2);
    }
  });

  it('takes a product for each sample, none for a layer behind the first, and never a gradient', async () => {
    const of = async (options: ZerothOrderOptions) => {
      const { objective } = await open(problem, { l2: L2, backend });
      const parts = { direction: zerothOrder(options), stepRule: backtracking(), memory: 0, stop: iterationLimit(4) };
      const { history } = await minimize(objective, problem.start, parts);
      expect(history.every(({ products }) => products.multiplyTransposed === 0)).toBe(true);
      return history.slice(1).map(({ products }, i) => products.multiply - history[i]!.products.multiply);
    };
    expect(await of({})).toEqual([1, 1, 1, 1]);
    expect(await of({ samples: 3 })).toEqual([3, 3, 3, 3]);
    expect(await of({ block: 'in turn' })).toEqual([1, 0, 1, 0]);
    expect(await of({ block: ['output.weight'] })).toEqual([0, 0, 0, 0]);
  });

  it('moves only the blocks named, and no constant column', async () => {
    const constant = { ...problem, x: problem.x.map((v, e) => (e % problem.columns === 1 ? 3 : v)) };
    const { objective } = await open(constant, { l2: L2, backend, frame: 'standard' });
    const [z] = await zerothOrder({ block: ['hidden.weight'] }).next({ drawn: 0 }, objective);
    const width = problem.layers[0]!.outputs;
    z!.forEach((value, e) => {
      const moves = e < problem.columns * width && Math.floor(e / width) !== 1;
      expect(value !== 0).toBe(moves);
    });
  });

  it('goes on with the same bits from a state', async () => {
    const begin = async () => (await open(problem, { l2: L2, memory: 1, backend })).objective;
    const parts = { direction: zerothOrder({ samples: 2, block: 'random' }), stepRule: plane(gaussNewton()), memory: 1 };
    const whole = await minimize(await begin(), problem.start, { ...parts, stop: iterationLimit(8) });
    const first = await createTrainer(await begin(), problem.start, { ...parts, stop: iterationLimit(8) });
    for (let k = 0; k < 4; k++) await first.step();
    const rest = await minimize(await begin(), { state: await first.state() }, { ...parts, stop: iterationLimit(8) });
    expect(rest.parameters).toEqual(whole.parameters);
    expect(rest.history.map(({ objective }) => objective)).toEqual(whole.history.map(({ objective }) => objective));
  });
});

describe('zeroth-order', () => {
  it('needs values alone: a loss that tells nothing else goes the same way', async () => {
    const withSlopes = await run(backtracking(), {}, 20);
    const without = await run(backtracking(), {}, 20, blackBox);
    without.history.forEach(({ objective }, i) =>
      expect(Math.abs(objective / withSlopes.history[i]!.objective - 1)).toBeLessThan(1e-9),
    );
  });

  it('comes near the minimum of a convex objective', async () => {
    const convex = smallProblem({ network: networkNamed('linear'), loss: 'logistic', outputs: 1, rows: 60, columns: 3 });
    const best = await run(line(gaussNewton()), {}, 400, undefined, convex);
    const { objective } = await open(convex, { frame: 'none', l2: L2 });
    const stop = iterationLimit(2000);
    const exact = await minimize(objective, convex.start, {
      direction: gradient(),
      stepRule: backtracking(),
      memory: 0,
      stop,
    });
    expect(best.objective - exact.objective).toBeLessThan(1e-4 * exact.objective);
  });

  it('stays where a direction lowers nothing, and goes on with another', async () => {
    const { history, stop } = await run(backtracking(), { difference: 0.3 }, 40, errors);
    const statuses = new Set(history.map(({ status }) => status));
    expect(statuses).toContain('stayed');
    expect(statuses).not.toContain('stalled');
    expect(stop.reason).toBe('iterations');
    expect(history).toHaveLength(41);
  });

  it('is what train takes for a loss without slopes, and trains accuracy itself', async () => {
    const rows = 200;
    const values = Float64Array.from({ length: rows * 3 }, (_, e) => Math.sin(7 * e) + Math.cos(3 * e * e));
    const y = Array.from({ length: rows }, (_, i) => (values[3 * i]! - values[3 * i + 2]! > 0.1 ? 'a' : 'b'));
    const training = await train({ x: { values, rows, columns: 3 }, y }, { loss: errors, maxIterations: 150, l2: 1e-6 });
    expect(training.direction).toBe('zeroth-order');
    expect(training.automatic).toContain('no slopes');
    expect(training.scores.accuracy).toBeGreaterThan(0.9);
    expect(training.products.multiplyTransposed).toBe(0);
  });

  it('every other direction and rules that need slopes are refused for such a loss, in one sentence', async () => {
    await expect(run(strongWolfe(), {}, 5, errors)).rejects.toThrow(
      "The step rule 'strong-wolfe' needs of the loss its slopes by the outputs, but 'errors' has none.",
    );
    await expect(run(line(gaussNewton()), {}, 5, errors)).rejects.toThrow(/'line' needs of the loss its slopes/);
    const { objective } = await open(problem, { loss: errors });
    const parts = { direction: gradient(), stepRule: backtracking(), memory: 0, stop: iterationLimit(1) };
    await expect(minimize(objective, problem.start, parts)).rejects.toThrow(
      "The direction 'gradient' needs of the loss its slopes by the outputs, but 'errors' has none.",
    );
  });

  it.each<[ZerothOrderOptions, RegExp]>([
    [{ samples: 0 }, /^samples must be an integer of at least 1/],
    [{ difference: 0 }, /^difference must be/],
    [{ block: 'first' as 'all' }, /^block must be 'all', 'in turn', 'random' or a list of names/],
    [{ block: [] }, /^block must be/],
  ])('refuses %o', (options, sentence) => {
    expect(() => zerothOrder(options)).toThrow(sentence);
  });

  it('names the blocks that there are', async () => {
    await expect(run(backtracking(), { block: ['middle'] })).rejects.toThrow(
      /^block must be names out of hidden, hidden.weight, hidden.bias, output, output.weight, output.bias/,
    );
  });
});
