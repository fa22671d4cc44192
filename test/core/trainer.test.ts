import { describe, expect, it } from 'vitest';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import * as stopping from '../../lib/core/stopping.js';
import { minimize } from '../../lib/core/trainer.js';
import { gradient, lbfgs } from '../../lib/directions/index.js';
import { backtracking, fixed, line, plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { networkNamed, open, smallProblem } from '../support/problems.js';
import { dot, referenceObjective } from '../support/reference.js';
import { train } from '../support/runs.js';

const problem = smallProblem({ network: networkNamed('mlp 4 identity') });

describe.each(backends)('trainer on the $name backend', (backend) => {
  it('records the start as iteration 0, then every iteration', async () => {
    const result = await train(problem, {
      backend,
      direction: lbfgs(),
      stepRule: plane(gaussNewton()),
      memory: 1,
      iterations: 5,
    });
    expect(result.history.map((record) => record.iteration)).toEqual([0, 1, 2, 3, 4, 5]);
    const [start, first, second] = result.history;
    expect(start).toMatchObject({
      status: 'start',
      steps: {},
      innerEvaluations: 0,
      products: { multiply: 1, multiplyTransposed: 1 },
    });
    expect(start!.objective).toBeCloseTo(referenceObjective(problem, problem.start, 0.01), 13);
    expect(Object.keys(first!.steps)).toEqual(['hidden', 'output']);
    expect(Object.keys(first!.steps.hidden!)).toEqual(['lbfgs']);
    expect(Object.keys(second!.steps.hidden!)).toEqual(['lbfgs', 'memory-1']);
    expect(result.innerEvaluations).toBe(result.history.reduce((sum, record) => sum + record.innerEvaluations, 0));
    const seconds = result.history.map((record) => record.seconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });

  it('returns the best accepted point, not the last, with the numbers that belong to it', async () => {
    const result = await train(problem, { backend, frame: 'none', stepRule: fixed({ rate: 60 }), iterations: 12 });
    const values = result.history.map((record) => record.objective);
    expect(Math.max(...values.slice(1))).toBeGreaterThan(values[0]!);
    expect(result.objective).toBe(Math.min(...values));
    expect(result.objective).toBeCloseTo(referenceObjective(problem, result.parameters, 0.01), 12);
    const { objective } = await open(problem, { backend });
    await objective.start(result.parameters);
    expect(Math.sqrt(dot(objective.gradient, objective.gradient))).toBeCloseTo(result.gradientNorm, 10);
  });

  it('leaves the starting vector and the data of the caller alone', async () => {
    const copy = structuredClone({ start: problem.start, x: problem.x, targets: problem.targets });
    await train(problem, { backend, direction: lbfgs(), iterations: 4 });
    expect({ start: problem.start, x: problem.x, targets: problem.targets }).toEqual(copy);
  });

  it('refreshes when due, says the drift and counts one product more', async () => {
    const result = await train(problem, { backend, iterations: 6, refreshEvery: 3 });
    expect(result.history.map((record) => record.drift !== undefined)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
    for (const { drift } of result.history) if (drift !== undefined) expect(drift).toBeLessThan(1e-14);
    expect(result.history.at(-1)!.products).toMatchObject({ multiply: 9, multiplyTransposed: 7 });
  });

  it('two runs from one seed are the same, bit for bit', async () => {
    const once = () =>
      train(problem, { backend, direction: lbfgs(), stepRule: plane(gaussNewton()), memory: 2, iterations: 15 });
    const [first, second] = [await once(), await once()];
    expect(second.parameters).toEqual(first.parameters);
    expect(second.history.map((record) => record.objective)).toEqual(first.history.map((record) => record.objective));
  });
});

describe('records', () => {
  it('are frozen through and through', async () => {
    const { history } = await train(problem, { iterations: 2 });
    const record = history.at(-1)! as { -readonly [K in keyof IterationRecord]: IterationRecord[K] };
    expect(Object.isFrozen(record.products)).toBe(true);
    expect(Object.isFrozen(record.steps)).toBe(true);
    expect(Object.values(record.steps).every(Object.isFrozen)).toBe(true);
    expect(() => (record.objective = 0)).toThrow(TypeError);
  });
});

describe('callbacks', () => {
  it('see every record in order, the start included, and are awaited', async () => {
    const seen: number[] = [];
    const slow = async ({ iteration }: IterationRecord): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(iteration);
    };
    await train(problem, { iterations: 3, callbacks: [slow, ({ iteration }) => void seen.push(10 + iteration)] });
    expect(seen).toEqual([0, 10, 1, 11, 2, 12, 3, 13]);
  });

  it.each([
    ['false', (record: IterationRecord) => record.iteration < 2],
    ['a promise of false', async (record: IterationRecord) => record.iteration < 2],
  ])('end the run by returning %s, after every callback has been called', async (_, callback) => {
    let calls = 0;
    const result = await train(problem, { callbacks: [callback, () => void calls++] });
    expect(result.stop).toEqual({
      reason: 'callback',
      detail: 'a callback ended the run after iteration 2',
      converged: false,
    });
    expect(result.history).toHaveLength(3);
    expect(calls).toBe(3);
  });

  it('that throw end the run with their error', async () => {
    const callbacks = [
      () => {
        throw new RangeError('mine');
      },
    ];
    await expect(train(problem, { callbacks })).rejects.toThrow(new RangeError('mine'));
  });
});

describe('limits', () => {
  it('iterations: exactly as many', async () => {
    for (const iterations of [0, 1, 7]) {
      const { history, stop } = await train(problem, { iterations });
      expect(history).toHaveLength(iterations + 1);
      expect(stop).toEqual({
        reason: 'iterations',
        detail: `${iterations} of at most ${iterations} iterations`,
        converged: false,
      });
    }
  });

  it('products: as many as fit, never more', async () => {
    for (const limit of [2, 3, 8, 9]) {
      const { history, stop } = await train(problem, { stop: stopping.productLimit(limit) });
      const { multiply, multiplyTransposed } = history.at(-1)!.products;
      expect(multiply + multiplyTransposed).toBe(limit - (limit % 2));
      expect(stop.reason).toBe('products');
      expect(stop.detail).toContain(`of at most ${limit} products with X`);
    }
  });

  it('time: the first record past the limit is the last', async () => {
    const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 4));
    const { history, stop } = await train(problem, { stop: stopping.timeLimit(0.02), callbacks: [pause] });
    expect(stop.reason).toBe('time');
    expect(history.at(-1)!.seconds).toBeGreaterThanOrEqual(0.02);
    expect(history.slice(0, -1).every((record) => record.seconds < 0.02)).toBe(true);
    expect(history.length).toBeGreaterThan(1);
    const immediately = await train(problem, { stop: stopping.timeLimit(0) });
    expect(immediately.history).toHaveLength(1);
  });
});

describe('what cannot be run', () => {
  it('is refused before the first product', async () => {
    const { objective, matrix } = await open(problem);
    const options = { direction: gradient(), memory: 1, stop: stopping.iterationLimit(1) };
    const run = (stepRule: ReturnType<typeof backtracking> | ReturnType<typeof line>, memory = 1) =>
      minimize(objective, problem.start, { ...options, stepRule: stepRule as ReturnType<typeof line>, memory });
    await expect(run(backtracking())).rejects.toThrow(
      "memory must be at most 0 with the step rule 'backtracking', but 1 was given.",
    );
    await expect(run(line(gaussNewton()))).rejects.toThrow("memory must be at most 0 with the step rule 'line'");
    await expect(run(line(gaussNewton()), -1)).rejects.toThrow('memory must be an integer of at least 0');
    expect(matrix.counts.multiply).toBe(0);
  });

  it('a start without a finite objective', async () => {
    const { objective } = await open(problem);
    const start = problem.start.map(() => 1e200);
    const options = { direction: gradient(), stepRule: backtracking(), memory: 0, stop: stopping.iterationLimit(1) };
    await expect(minimize(objective, start, options)).rejects.toThrow(
      'The objective and its gradient at the starting point must be finite',
    );
  });
});
