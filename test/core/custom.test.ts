import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { steepestDescent, type Direction } from '../../lib/directions/direction.js';
import { gradient, lbfgs } from '../../lib/directions/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import type { Network } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { backtracking, fixed, layerwise, plane, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { errorOrder } from '../support/order.js';
import { drawPoint, networkNamed, normals, openAtStart, smallProblem, stack, withNetwork } from '../support/problems.js';
import { dot, plus, relativeError } from '../support/reference.js';
import { train } from '../support/runs.js';

const problem = smallProblem({ network: networkNamed('mlp 4 identity') });

/** From its second call on two directions at once, -g and the signs of -g; the state counts the calls. */
const twoDirections: Direction<{ calls: number }> = {
  name: 'two',
  unitStep: false,
  start: () => ({ calls: 0 }),
  next(state, objective) {
    const down = steepestDescent(objective);
    return state.calls++ > 0 ? [down, down.map(Math.sign)] : [down];
  },
};

/** Halves the last length while phi rises; safeguarded by phi itself. */
const halving: StepRule<{ length: number }> = {
  name: 'halving',
  split: 'joint',
  maxMemory: 0,
  safeguarded: true,
  start: () => ({ length: 8 }),
  async choose(phi, state) {
    for (let trial = 0; trial < 40; trial++, state.length /= 2) {
      const t = phi.main.map((one) => state.length * one);
      const value = await phi.value(t);
      if (value < phi.value0) return { t, value, accepted: true, reason: `trial ${trial}` };
    }
    return { t: new Float64Array(phi.dimension), value: phi.value0, accepted: false, reason: 'no decrease' };
  },
};

/** sqrt(1 + r^2) - 1, a smooth absolute value. */
const pseudoHuber: Loss = {
  name: 'pseudo-huber',
  parameters: {},
  codings: ['numbers'],
  targetWidth: (outputs) => outputs,
  targetProblem: () => null,
  row(o, at, width, y, target, slope, curvature) {
    let sum = 0;
    curvature?.fill(0, 0, width * width);
    for (let a = 0; a < width; a++) {
      const r = o[at + a]! - y[target + a]!;
      const root = Math.sqrt(1 + r * r);
      sum += root - 1;
      if (slope) slope[a] = r / root;
      if (curvature) curvature[a * width + a] = 1 / root ** 3;
    }
    return sum;
  },
};

/** Three layers, squeezed through two units in the middle, with large starting weights. */
const bottleneck: Network = {
  name: 'bottleneck',
  architecture: (inputs, outputs) =>
    stack([
      [inputs, 3, 'sigmoid'],
      [3, 2, 'tanh'],
      [2, outputs, 'identity'],
    ]),
  initialize: (architecture, random) => normals(random, programOf(architecture).layout.size),
};

describe.each(backends)('parts written by a user, on the $name backend', (backend) => {
  it('a direction that proposes two columns: one product more, better than one', async () => {
    const convex = smallProblem({ columns: 6 });
    const options = { backend, stepRule: plane(gaussNewton({ worthwhile: 0, maxEvaluations: 100 })), memory: 1 };
    const two = await train(convex, { ...options, direction: twoDirections, iterations: 4 });
    expect(two.history.map(({ products }) => products.multiply)).toEqual([1, 2, 4, 6, 8]);
    expect(two.history.at(-1)!.products.multiplyTransposed).toBe(5);
    expect(Object.keys(two.history[2]!.steps.output!)).toEqual(['two-1', 'two-2', 'memory-1']);
    // Up to the first use of the second column the runs are the same, and there it can only help.
    const one = await train(convex, { ...options, direction: gradient(), iterations: 4 });
    expect(two.history[1]!.objective).toBe(one.history[1]!.objective);
    expect(two.history[2]!.objective).toBeLessThan(one.history[2]!.objective);
  });

  it('a step rule', async () => {
    const { history } = await train(problem, { backend, stepRule: halving, iterations: 20 });
    const values = history.map((record) => record.objective);
    values.slice(1).forEach((value, i) => expect(value).toBeLessThan(values[i]!));
    expect(history[1]!.reason).toMatch(/^trial \d+$/);
    expect(history.at(-1)!.products).toMatchObject({ multiply: 21, multiplyTransposed: 21 });
  });

  it('a loss: its gradient has Taylor order 2 and it trains', async () => {
    const regression = smallProblem({ loss: 'squared', outputs: 2, network: networkNamed('mlp 4 identity') });
    const { objective } = await openAtStart(regression, { backend, loss: pseudoHuber });
    const { value, gradient: g } = objective;
    const d = drawPoint(createRandom(2), regression.layers);
    const order = await errorOrder(async (h) => {
      await objective.start(plus(regression.start, h, d));
      return objective.value - (value + h * dot(g, d));
    });
    expect(order).toBeGreaterThan(1.97);
    expect(order).toBeLessThan(2.03);
    const result = await train(regression, {
      backend,
      loss: pseudoHuber,
      direction: lbfgs(),
      stepRule: plane(gaussNewton()),
      memory: 1,
      iterations: 150,
    });
    expect(result.gradientNorm).toBeLessThan(1e-4 * result.history[0]!.gradientNorm);
  });

  it('a network, from its own starting point', async () => {
    const base = smallProblem({ loss: 'softmax' });
    const own = withNetwork(
      base,
      bottleneck,
      3,
      bottleneck.initialize(bottleneck.architecture(base.columns, 3), createRandom(1)),
    );
    const result = await train(own, {
      backend,
      direction: lbfgs(),
      stepRule: layerwise(gaussNewton()),
      memory: 1,
      iterations: 40,
    });
    expect(Object.keys(result.history[1]!.steps)).toEqual(['hidden1', 'hidden2', 'output']);
    expect(result.objective).toBeLessThan(0.75 * result.history[0]!.objective);
  });
});

type Propose = (objective: { gradient: Float64Array }) => Float64Array[];

function proposing(name: string, propose: Propose): Direction<null> {
  return { name, unitStep: false, start: () => null, next: (_, objective) => propose(objective) };
}

const badDirections: Record<string, Propose> = {
  'is NaN': ({ gradient: g }) => [g.map(() => NaN)],
  'is NaN in one entry': ({ gradient: g }) => [g.map((x, e) => (e === 0 ? NaN : -x))],
  'is infinite': ({ gradient: g }) => [g.map(() => Infinity)],
  'is longer than a square can hold': ({ gradient: g }) => [g.map((x) => -x * 1e200)],
  'is 0': ({ gradient: g }) => [g.map(() => 0)],
  'is no direction at all': () => [],
};

describe.each(backends)('a proposal never corrupts the accepted point, on the $name backend', (backend) => {
  const rules = [backtracking(), plane(gaussNewton()), layerwise(gaussNewton())] as StepRule[];

  it.each(Object.keys(badDirections))('a direction that %s falls back to steepest descent', async (kind) => {
    const direction = proposing('bad', badDirections[kind]!);
    for (const network of [networkNamed('linear'), networkNamed('mlp 4 identity'), networkNamed('mlp 4 tanh')]) {
      for (const stepRule of rules) {
        // l2 = 0: no penalty whose value could reveal a parameter that is not finite.
        const result = await train(smallProblem({ network }), { backend, direction, stepRule, l2: 0, iterations: 3 });
        expect(result.history.slice(1).map((record) => record.status)).toEqual(['fallback', 'fallback', 'fallback']);
        expect(result.history[1]!.reason).toMatch(/^\w+: .*; steepest descent: sufficient decrease/);
        expect(Object.keys(result.history[1]!.steps.output!)).toEqual(['gradient']);
        expect(result.parameters.every(Number.isFinite)).toBe(true);
        const values = result.history.map((record) => record.objective);
        values.slice(1).forEach((value, i) => expect(value).toBeLessThan(values[i]!));
      }
    }
  });

  it('a fixed step to a point that is not finite falls back', async () => {
    const direction = proposing('long', ({ gradient: g }) => [g.map((x) => -x * 1e150)]);
    const stepRule = fixed({ rate: 1e200 });
    const { history, parameters } = await train(problem, { backend, direction, stepRule, iterations: 2 });
    expect(history.slice(1).map((record) => record.status)).toEqual(['fallback', 'fallback']);
    expect(parameters.every(Number.isFinite)).toBe(true);
  });

  it('an ascent direction: refused by backtracking, walked backwards by a search', async () => {
    const direction = proposing('up', ({ gradient: g }) => [g.slice()]);
    const refused = await train(problem, { backend, direction, stepRule: backtracking(), iterations: 2 });
    expect(refused.history[1]!.status).toBe('fallback');
    expect(refused.history[1]!.reason).toContain('along the direction is not negative');
    const searched = await train(problem, { backend, direction, stepRule: plane(gaussNewton()), iterations: 2 });
    expect(searched.history[1]!.status).toBe('step');
    expect(searched.history[1]!.steps.output!.up).toBeLessThan(0);
    expect(searched.objective).toBeLessThan(searched.history[0]!.objective);
  });

  it.each([
    ['NaN', { step: NaN, value: 0 }, 'is not finite'],
    ['a value of NaN', { step: 0.1, value: NaN }, 'is not finite'],
    ['a rise', { step: -1, value: 10 }, 'would raise the objective'],
  ])('a safeguarded rule that accepts %s is overruled', async (_, { step, value }, sentence) => {
    const stepRule: StepRule = {
      ...(plane(gaussNewton()) as StepRule),
      choose: async (phi) => ({ t: phi.main.map(() => step), value, accepted: true, reason: 'trust me' }),
    };
    const { history } = await train(problem, { backend, stepRule, iterations: 1 });
    expect(history[1]!.status).toBe('fallback');
    expect(history[1]!.reason).toContain(sentence);
    expect(history[1]!.objective).toBeLessThan(history[0]!.objective);
  });

  it('a step vector of the wrong length is an error of its author', async () => {
    const stepRule: StepRule = {
      ...(plane(gaussNewton()) as StepRule),
      choose: async () => ({ t: new Float64Array(3), value: 0, accepted: true, reason: '' }),
    };
    await expect(train(problem, { backend, stepRule })).rejects.toThrow("The step vector of 'plane' must be of length 1");
  });

  it('when nothing lowers the objective the run stands still and says so', async () => {
    const regression = smallProblem({ loss: 'squared', rows: 3, columns: 4 });
    const { objective, parameters, history } = await train(regression, {
      backend,
      direction: lbfgs(),
      stepRule: plane(gaussNewton()),
      memory: 1,
      l2: 1,
      stop: iterationLimit(60),
    });
    const last = history.at(-1)!;
    expect(last.status).toBe('stalled');
    expect(Object.values(last.steps.output!)).toEqual([0]);
    expect(last.objective).toBe(objective);
    const { objective: again } = await openAtStart({ ...regression, start: parameters }, { l2: 1 });
    expect(relativeError([again.value], [objective])).toBeLessThan(1e-14);
  });
});

describe('a direction', () => {
  it('that reads the objective gets vectors that later iterations do not change', async () => {
    const seen: [Float64Array, Float64Array][] = [];
    const direction: Direction<null> = {
      name: 'watcher',
      unitStep: false,
      start: () => null,
      next(_, objective) {
        seen.push([objective.gradient, objective.gradient.slice()], [objective.parameters, objective.parameters.slice()]);
        return [steepestDescent(objective), normals(createRandom(seen.length), objective.gradient.length)];
      },
    };
    await train(problem, { direction, stepRule: plane(gaussNewton()), iterations: 4 });
    for (const [vector, copy] of seen) expect(vector).toEqual(copy);
  });
});
