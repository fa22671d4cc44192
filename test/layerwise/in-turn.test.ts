/** Layers in turn: never up, to a stationary point of the whole, the same on both backends, and gone on with bit for bit. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import { Objective } from '../../lib/core/objective.js';
import { firstOf, gradientBelow, iterationLimit } from '../../lib/core/stopping.js';
import { createTrainer, minimize, type TrainerOptions, type TrainingResult } from '../../lib/core/trainer.js';
import { directions, gradient, kroneckerLbfgs, type Direction } from '../../lib/directions/index.js';
import { inTurn } from '../../lib/layerwise/in-turn.js';
import { mlp } from '../../lib/networks/index.js';
import { backtracking, fixed, layerwise, plane, strongWolfe } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train } from '../../lib/train.js';
import { backends, quickest } from '../support/backends.js';
import { javascript, open, smallProblem, type SmallProblem } from '../support/problems.js';
import { ofTasks } from '../support/runs.js';

const deep = (seed = 2, loss: 'softmax' | 'squared' = 'softmax'): SmallProblem =>
  smallProblem({ network: mlp({ hidden: [6, 5, 4] }), loss, rows: 80, seed });

async function objectiveFor(problem: SmallProblem, backend: Backend, memory = 1, l2 = 0.01): Promise<Objective> {
  const { objective } = await open(problem, { backend, memory, l2, frame: 'standard' });
  return new Objective({ ...objective.spec, moving: 'first' }, backend);
}

const options = (more: Partial<TrainerOptions> = {}): TrainerOptions => ({
  direction: kroneckerLbfgs() as Direction,
  stepRule: plane(gaussNewton()),
  memory: 1,
  stop: iterationLimit(8),
  sweep: inTurn({ iterations: 2 }),
  ...more,
});

function expectNeverUp({ history, objective }: TrainingResult): void {
  for (let k = 1; k < history.length; k++)
    expect(history[k]!.objective).toBeLessThanOrEqual(history[k - 1]!.objective * (1 + 1e-13));
  expect(objective).toBe(history.at(-1)!.objective);
}

describe.each(backends)('on the $name backend', (backend: Backend) => {
  // Directions that measure look at all layers.
  const turning = Object.entries(directions).filter(([, make]) => {
    const direction = make() as Direction;
    return direction.difference === undefined && !ofTasks(direction);
  });

  it.each(turning)('%s never raises the objective', async (name, make) => {
    const several = name === 'adam-pair';
    const coordinate = name === 'coordinate';
    const stepRule = coordinate ? backtracking() : several ? layerwise(gaussNewton()) : plane(gaussNewton());
    const memory = coordinate ? 0 : 1;
    const objective = await objectiveFor(deep(), backend, memory);
    const result = await minimize(objective, deep().start, options({ direction: make() as Direction, stepRule, memory }));
    expectNeverUp(result);
    expect(result.objective).toBeLessThan(0.9 * result.history[0]!.objective);
  });

  it('what a record says is true of the whole network', async () => {
    const problem = deep(4);
    const objective = await objectiveFor(problem, backend);
    const { parameters, history } = await minimize(objective, problem.start, options());
    const { objective: whole } = await open(problem, { backend, frame: 'standard' });
    await whole.start(parameters);
    const last = history.at(-1)!;
    expect(whole.value).toBeCloseTo(last.objective, 12);
    expect(whole.gradientNorm / last.gradientNorm).toBeCloseTo(1, 9);
    expect(Object.keys(last.steps)).toEqual(['output', 'hidden3', 'hidden2', 'hidden1']);
    for (const steps of Object.values(last.steps)) expect(Object.values(steps).some((t) => t !== 0)).toBe(true);
  });

  it('products with X are two of each iteration of its turn and one before it, the others in proportion', async () => {
    const problem = deep();
    const objective = await objectiveFor(problem, backend);
    const direction = gradient();
    const { history } = await minimize(objective, problem.start, options({ direction, sweep: inTurn({ iterations: 3 }) }));
    const sizes = problem.layers.map(({ inputs, outputs }) => inputs * outputs);
    const share = sizes.slice(1).reduce((sum, size) => sum + size / sizes[0]!, 0);
    expect(history.every(({ status }) => status !== 'fallback' && status !== 'stalled')).toBe(true);
    const [one, two] = [history[1]!.products, history[2]!.products];
    // Counted in rows: each of the three other turns is rounded to one of 80.
    expect(Math.abs(two.multiply - one.multiply - (3 + share * (1 + 3)))).toBeLessThanOrEqual(3 / 80);
    expect(Math.abs(two.multiplyTransposed - one.multiplyTransposed - (1 + 3 + share * (1 + 3)))).toBeLessThanOrEqual(
      3 / 80,
    );
  });

  it('goes on from a state with equal bits', async () => {
    const problem = deep(8);
    const bits = ({ parameters, history }: TrainingResult): unknown => ({
      parameters,
      history: history.map(({ seconds: _, ...record }) => record),
    });
    const whole = await minimize(await objectiveFor(problem, backend), problem.start, options({ stop: iterationLimit(5) }));
    const first = await createTrainer(await objectiveFor(problem, backend), problem.start, options());
    await first.step();
    await first.step();
    const state = structuredClone(await first.state());
    const resumed = await minimize(await objectiveFor(problem, backend), { state }, options({ stop: iterationLimit(5) }));
    expect(bits(resumed)).toEqual(bits(whole));
    const together = options({ stop: iterationLimit(5), sweep: undefined });
    const { objective } = await open(problem, { backend, memory: 1, frame: 'standard' });
    await expect(minimize(objective, { state }, together)).rejects.toThrow(/step rule differs/);
  });

  it('an abort in the middle of a sweep returns the last whole one', async () => {
    const problem = deep(9);
    const controller = new AbortController();
    const objective = await objectiveFor(problem, backend);
    let turns = 0;
    const direction: Direction = {
      ...gradient(),
      next: (_, { gradient: g }) => {
        if (++turns === 13) controller.abort();
        return [g.map((x) => -x)];
      },
    };
    const result = await minimize(
      objective,
      problem.start,
      options({ direction, signal: controller.signal, stop: iterationLimit(100) }),
    );
    expect(result.stop.reason).toBe('aborted');
    expect(result.history.length).toBe(2);
    expect(result.objective).toBe(result.history[1]!.objective);
    const { objective: whole } = await open(problem, { backend, frame: 'standard' });
    await whole.start(result.parameters);
    expect(whole.value).toBeCloseTo(result.objective, 12);
  });
});

it('ends at a stationary point of the whole network', async () => {
  const problem = smallProblem({ network: mlp({ hidden: [3, 3, 2] }), loss: 'squared', rows: 40, columns: 3, seed: 6 });
  const objective = await objectiveFor(problem, quickest, 1, 0.03);
  const stop = firstOf([gradientBelow(1e-3), iterationLimit(400)]);
  const result = await minimize(objective, problem.start, options({ stop }));
  expectNeverUp(result);
  expect(result.stop.reason, result.stop.detail).toBe('gradient');
  const { objective: whole } = await open(problem, { backend: quickest, l2: 0.03, frame: 'standard' });
  await whole.start(problem.start);
  const before = whole.gradientNorm;
  await whole.start(result.parameters);
  expect(whole.gradientNorm).toBeLessThan(1.01e-3 * before);
  expect(Math.hypot(...whole.parameters)).toBeGreaterThan(0.1);
});

it('native and javascript agree', async () => {
  const problem = deep(10);
  const runs = [];
  for (const backend of [quickest, javascript])
    runs.push(await minimize(await objectiveFor(problem, backend), problem.start, options()));
  const [mine, theirs] = runs;
  mine!.history.forEach(({ objective }, k) => expect(objective).toBeCloseTo(theirs!.history[k]!.objective, 8));
});

it('a single layer, a rule that may raise, and a whole objective are refused', async () => {
  const linear = smallProblem();
  await expect(minimize(await objectiveFor(linear, quickest), linear.start, options())).rejects.toThrow(/several layers/);
  const problem = deep();
  const fixedRate = options({ stepRule: fixed({ rate: 0.1 }), memory: 0 });
  await expect(minimize(await objectiveFor(problem, quickest), problem.start, fixedRate)).rejects.toThrow(/never raises/);
  const { objective } = await open(problem, { backend: quickest, memory: 1 });
  await expect(minimize(objective, problem.start, options())).rejects.toThrow(/moving 'first'/);
  expect(() => inTurn({ iterations: 0 })).toThrow(/at least 1/);
});

describe('train', () => {
  const { x: values, targets, rows, columns } = deep(11);
  const data = { x: { rows, columns, values }, y: targets };

  it('takes layers by name', async () => {
    const common = { network: 'mlp', hidden: [6, 5, 4], loss: 'softmax', maxIterations: 20 } as const;
    const training = await train(data, { ...common, layers: 'in turn' });
    expect(training.layers).toBe('in turn');
    expect(training.objective).toBeLessThan(0.5 * training.history[0]!.objective);
    expect((await train(data, common)).layers).toBe('together');
    const searched = await train(data, { ...common, layers: 'in turn', direction: 'lbfgs', steps: 'strong-wolfe' });
    expect(searched.steps).toBe(strongWolfe().name);
  });

  it('refuses what is no such name', async () => {
    await expect(train(data, { layers: 'in-turn' as never })).rejects.toThrow(
      "layers must be 'together' or 'in turn', but 'in-turn' was given.",
    );
    await expect(train(data, { layers: 'in turn' })).rejects.toThrow(/several layers/);
    await expect(train(data, { layers: 'in turn', network: 'skip' })).rejects.toThrow(/goes past/);
  });
});
