/** What each rule promises about the step that it chooses. */
import { describe, expect, it } from 'vitest';
import type { SubspaceFunction } from '../../lib/core/subspace-function.js';
import { steepestDescent } from '../../lib/directions/direction.js';
import { gradient, lbfgs } from '../../lib/directions/index.js';
import { backtracking, fixed, layerwise, line, plane, stepRules, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { quickest as backend } from '../support/backends.js';
import { known, quadratic } from '../support/phi.js';
import { afterSteps, chosen } from '../support/phi-of.js';
import { cases, networkNamed, openAtStart, smallProblem } from '../support/problems.js';
import { dot } from '../support/reference.js';
import { tightSolvers, train } from '../support/runs.js';

const problem = smallProblem({ network: networkNamed('mlp 4 identity') });

describe('fixed', () => {
  it('moves by rate times the direction plus momentum times the last step', async () => {
    const { objective } = await openAtStart(problem, { memory: 1 });
    const history = await afterSteps(objective, gradient(), 2);
    const { choice, phi } = await chosen(history, fixed({ rate: 0.25, momentum: 0.5 }), 1, false);
    expect(Array.from(choice.t)).toEqual([0.25, 0.5]);
    expect(choice.value).toBe(await phi.value(choice.t));
  });

  it('has no momentum before there is a step', async () => {
    const { history } = await train(problem, { stepRule: fixed({ rate: 0.25 }), memory: 1, iterations: 2 });
    expect(history[1]!.steps.hidden).toEqual({ gradient: 0.25 });
    expect(history[2]!.steps.hidden).toEqual({ gradient: 0.25, 'memory-1': 0.9 });
  });

  it('refuses rates and momenta out of range', () => {
    expect(() => fixed({ rate: 0 })).toThrow('rate must be a finite number above 0, but 0 was given.');
    expect(() => fixed({ momentum: 1.5 })).toThrow('momentum must be a number from 0 to 1, but 1.5 was given.');
  });
});

describe('backtracking', () => {
  /** phi(a) = (a - m)^2 / 2 along a single column. */
  const phi = (minimizer: number) => known(quadratic([1], [minimizer])) as unknown as SubspaceFunction;
  const context = { iteration: 0, unitStep: false };

  it('takes the first of 1, 1/2, 1/4, ... with sufficient decrease', async () => {
    // Decrease with c = 1/2 holds up to a = m exactly, so that m = 0.3 takes 1/4.
    const rule = backtracking({ sufficientDecrease: 0.5 });
    const choice = await rule.choose(phi(0.3), rule.start(), context);
    expect(choice).toMatchObject({ accepted: true, reason: 'sufficient decrease at trial 3' });
    expect(Array.from(choice.t)).toEqual([0.25]);
  });

  it('starts from twice the last step, from 1 with a quasi-Newton direction', async () => {
    const rule = backtracking();
    const state = rule.start();
    await rule.choose(phi(0.1), state, context);
    expect(state.last).toBe(0.125);
    expect(Array.from((await rule.choose(phi(100), state, context)).t)).toEqual([0.25]);
    expect(Array.from((await rule.choose(phi(100), state, { ...context, unitStep: true })).t)).toEqual([1]);
  });

  it('gives up after its trials with the numbers', async () => {
    const rule = backtracking({ maxTrials: 3, shrink: 0.1 });
    const choice = await rule.choose(phi(1e-6), rule.start(), context);
    expect(choice.accepted).toBe(false);
    expect(choice.reason).toMatch(/^no sufficient decrease in 3 trials down to step 0\.010*\d*$/);
    expect(Array.from(choice.t)).toEqual([0]);
  });

  it('satisfies the Armijo condition on every network', async () => {
    for (const { network, loss, outputs } of cases) {
      const { objective } = await openAtStart(smallProblem({ network, loss, outputs }), { backend });
      const history = await afterSteps(objective, gradient(), 1);
      const { choice, phi: along } = await chosen(history, backtracking({ sufficientDecrease: 0.3 }), 0, false);
      expect(choice.accepted).toBe(true);
      expect(choice.value).toBeLessThanOrEqual(along.value0 + 0.3 * dot(along.slopes0, choice.t));
    }
  });

  it('refuses options out of range', () => {
    expect(() => backtracking({ sufficientDecrease: 1 })).toThrow('sufficientDecrease must be a number above 0 and below 1');
    expect(() => backtracking({ shrink: 0 })).toThrow('shrink must be a number above 0 and below 1');
    expect(() => backtracking({ maxTrials: 0 })).toThrow('maxTrials must be an integer of at least 1, but 0 was given.');
  });
});

describe.each([
  ['line', line, 0],
  ['plane', plane, 2],
  ['layerwise', layerwise, 2],
] as const)('%s', (_, rule, memory) => {
  // Without relu, whose kinks can be minima where the slopes jump through 0.
  const smooth = cases.filter(({ label }) => !label.includes('relu'));

  it.each(smooth)('searches to where all slopes are 0: $label', async ({ network, loss, outputs }) => {
    const { objective } = await openAtStart(smallProblem({ seed: 31, network, loss, outputs }), { backend, memory });
    const history = await afterSteps(objective, gradient(), network.name === 'linear' ? 2 : 8);
    const { choice, phi } = await chosen(history, rule(tightSolvers[0]!), memory, false);
    expect(choice.value).toBeLessThan(phi.value0);
    if (choice.reason.startsWith('held: ')) return;
    const { slopes } = await phi.evaluate(choice.t);
    const steepest = (values: Float64Array): number => Math.max(...values.map((s, v) => Math.abs(s) / phi.norms[v]!));
    expect(steepest(slopes) / steepest(phi.slopes0)).toBeLessThan(1e-4);
  });
});

describe('the default gauss-newton search', () => {
  it('costs about three evaluations an iteration', async () => {
    const searches: number[] = [];
    for (const { network, loss, outputs } of cases) {
      const { history } = await train(smallProblem({ rows: 100, network, loss, outputs }), {
        backend,
        direction: lbfgs(),
        stepRule: layerwise(gaussNewton()),
        memory: 1,
        iterations: 20,
      });
      searches.push(...history.filter(({ status }) => status === 'step').map(({ innerEvaluations }) => innerEvaluations));
    }
    expect(searches.reduce((sum, count) => sum + count, 0) / searches.length).toBeLessThan(4);
  });
});

describe('the registry', () => {
  it('builds every rule under its own name', () => {
    for (const [name, create] of Object.entries(stepRules)) expect(create({ solver: gaussNewton() }).name).toBe(name);
  });
});

describe('a layer whose weights start at 0', () => {
  const rules = [
    ['line', line],
    ['plane', plane],
    ['layerwise', layerwise],
  ] as const;

  it.each(rules)('is no runaway: %s moves it with its first step', async (_, rule) => {
    const base = smallProblem({ network: networkNamed('mlp 4 identity'), loss: 'softmax' });
    const start = base.start.slice();
    const { objective } = await openAtStart(base);
    const [weight, bias] = objective.layout.blocks.slice(-2);
    start.fill(0, weight!.offset, bias!.offset + bias!.size);
    const { history, parameters } = await train({ ...base, start }, { stepRule: rule(gaussNewton()), iterations: 1 });
    expect(history[1]!.status).toBe('step');
    expect(history[1]!.layerNorms.output).toBeGreaterThan(0);
    expect(parameters.subarray(weight!.offset, weight!.offset + weight!.size).some((w) => w !== 0)).toBe(true);
  });
});

describe('the state of every rule', () => {
  it.each(Object.keys(stepRules) as (keyof typeof stepRules)[])(
    '%s: a copy through structuredClone goes on with the same bits',
    async (name) => {
      const run = async (copied: boolean): Promise<number[][]> => {
        const rule: StepRule = stepRules[name]({ solver: gaussNewton() });
        const { objective } = await openAtStart(problem, { memory: 1 });
        const chosenSteps: number[][] = [];
        let state = rule.start();
        for (let iteration = 0; iteration < 5; iteration++) {
          const phi = await objective.span([steepestDescent(objective)], Math.min(1, rule.maxMemory), rule.split);
          const { t } = await rule.choose(phi, state, { iteration, unitStep: false });
          chosenSteps.push(Array.from(t));
          if (copied) state = structuredClone(state);
          await objective.commit(t);
        }
        return chosenSteps;
      };
      expect(await run(true)).toEqual(await run(false));
    },
  );
});
