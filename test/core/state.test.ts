/** A run that is stopped and gone on with at every iteration ends with the same bits as one that never stopped. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import { createRandom } from '../../lib/core/random.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import {
  createTrainer,
  minimize,
  type TrainerOptions,
  type TrainerState,
  type TrainingResult,
} from '../../lib/core/trainer.js';
import { gradient, lbfgs, zerothOrder, type Direction } from '../../lib/directions/index.js';
import { backtracking, fixed, line, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { fitTogether } from '../support/needs.js';
import { networkNamed, open, smallProblem, type SmallProblem } from '../support/problems.js';
import { directionCases, ruleCases } from '../support/runs.js';

const ITERATIONS = 9;
const problems: readonly { readonly label: string; readonly problem: SmallProblem }[] = [
  { label: 'linear', problem: smallProblem({ network: networkNamed('linear'), weighted: true }) },
  { label: 'mlp', problem: smallProblem({ network: networkNamed('mlp 4,3 tanh'), loss: 'softmax' }) },
  { label: 'gated', problem: smallProblem({ network: networkNamed('gated 3'), loss: 'squared' }) },
];
const rules = ruleCases.filter(({ label }) =>
  ['plane by gauss-newton', 'layerwise-backtracking', 'layerwise by barzilai-borwein'].includes(label),
);

/** Every direction with every problem and one of the rules in turn: more than twenty runs. */
const runs = directionCases.flatMap(({ name, direction }, d) =>
  problems.flatMap(({ label, problem }, p) => {
    const fitting = rules.filter(({ rule }) => fitTogether(direction, rule, problem.loss));
    const rule = fitting[(d + p) % Math.max(1, fitting.length)];
    return rule ? [{ label: `${name}, ${rule.label}, ${label}`, direction, rule: rule.rule, problem }] : [];
  }),
);

/** What must be equal: all but the time. */
function bits({ parameters, objective, history }: TrainingResult): unknown {
  return { parameters, objective, history: history.map(({ seconds: _, ...record }) => record) };
}

describe.each(backends)('on the $name backend', (backend: Backend) => {
  it('there are at least twenty runs', () => expect(runs.length).toBeGreaterThanOrEqual(20));

  it.each(runs)('$label', async ({ direction, rule, problem }) => {
    const memory = Math.min(2, rule.maxMemory);
    const options: TrainerOptions = {
      direction,
      stepRule: rule as StepRule,
      memory,
      stop: iterationLimit(ITERATIONS),
      refreshEvery: 4,
    };
    const make = async () => (await open(problem, { backend, memory, frame: 'standard' })).objective;
    const whole = await minimize(await make(), problem.start, options);

    let state: TrainerState | null = null;
    let result: TrainingResult | null = null;
    while (!result) {
      const trainer = await createTrainer(await make(), state ? { state } : problem.start, options);
      await trainer.step();
      if (trainer.stop) result = await trainer.finish();
      // Through a copy, and the copy is not touched by the run that goes on.
      else state = structuredClone(await trainer.state());
    }
    expect(bits(result)).toEqual(bits(whole));
    expect(result.history.at(-1)!.products).toEqual(whole.history.at(-1)!.products);
  });

  it('a callback may take the state, and taking it changes nothing', async () => {
    const { problem, direction, rule } = runs.find(({ label }) => label.startsWith('lbfgs, plane'))!;
    const states: TrainerState[] = [];
    const base = { direction, stepRule: rule, memory: 1, stop: iterationLimit(ITERATIONS) };
    const make = async () => (await open(problem, { backend, memory: 1, frame: 'standard' })).objective;
    const whole = await minimize(await make(), problem.start, base);
    const watched = await minimize(await make(), problem.start, {
      ...base,
      callbacks: [async (_, trainer) => void states.push(await trainer.state())],
    });
    expect(bits(watched)).toEqual(bits(whole));
    expect(states).toHaveLength(ITERATIONS + 1);
    for (const state of states) expect(bits(await minimize(await make(), { state }, base))).toEqual(bits(whole));
  });

  it('resuming costs no product with X', async () => {
    const { problem, direction, rule } = runs.find(({ label }) => label.startsWith('gradient, plane'))!;
    const base = { direction, stepRule: rule, memory: 1, stop: iterationLimit(3) };
    const trainer = await createTrainer((await open(problem, { backend, memory: 1 })).objective, problem.start, base);
    await trainer.step();
    const { objective, matrix } = await open(problem, { backend, memory: 1 });
    await createTrainer(objective, { state: await trainer.state() }, base);
    expect(matrix.counts).toMatchObject({ multiply: 0, multiplyTransposed: 0, gram: 0 });
    expect(objective.products).toEqual(trainer.history.at(-1)!.products);
  });
});

describe('a state goes on with equal options alone', () => {
  const problem = smallProblem({ network: networkNamed('mlp 4,3 tanh'), loss: 'softmax' });
  const run = <State>(direction: Direction, rule: StepRule<State>): TrainerOptions => {
    return { direction, stepRule: rule as StepRule, memory: 0, stop: iterationLimit(3) };
  };
  const solver = gaussNewton();
  const tight = gaussNewton({ worthwhile: 0 });
  it.each([
    ['direction', run(lbfgs({ pairs: 3 }), line(solver)), run(lbfgs({ pairs: 4 }), line(solver)), 'lbfgs (pairs 3)'],
    [
      'seed of it',
      run(zerothOrder(), backtracking()),
      run(zerothOrder({ seed: 1 }), backtracking()),
      'difference 0.001, seed 0)',
    ],
    ['rule', run(gradient(), backtracking()), run(gradient(), backtracking({ shrink: 0.3 })), 'shrink 0.5'],
    ['rate', run(gradient(), fixed({ rate: 0.1 })), run(gradient(), fixed({ rate: 0.2 })), 'fixed (rates [0.1,'],
    ['solver', run(gradient(), line(solver)), run(gradient(), line(tight)), 'line (solver gauss-newton (worthwhile 0.2'],
  ] as const)('%s', async (_, options, others, told) => {
    const make = async () => (await open(problem, { memory: 0 })).objective;
    const trainer = await createTrainer(await make(), problem.start, options);
    await trainer.step();
    const state = await trainer.state();
    expect((await createTrainer(await make(), { state }, options)).history).toHaveLength(2);
    const refused = createTrainer(await make(), { state }, others);
    await expect(refused).rejects.toThrow(
      /^The state must be that of an equal run, but its (direction|step rule) differs: /,
    );
    await expect(createTrainer(await make(), { state }, others)).rejects.toThrow(told);
  });
});

it('random numbers go on from their state, the second normal number of a pair included', () => {
  const random = createRandom(5);
  random.normal();
  random.integer(9);
  const copy = createRandom(structuredClone(random.state()));
  const draw = (from: typeof random) => [from.normal(), from.uniform(), from.normal(), from.integer(1000), from.normal()];
  expect(draw(copy)).toEqual(draw(random));
});
