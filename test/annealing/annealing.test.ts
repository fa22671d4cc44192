/** Annealed restarts: what they cost, that the best is kept, and that a state goes on with equal bits. */
import { describe, expect, it } from 'vitest';
import { annealingPlan, anneal } from '../../lib/annealing/annealing.js';
import { annealedRestarts } from '../../lib/annealing/restarts.js';
import { createRandom } from '../../lib/core/random.js';
import type { Restarts } from '../../lib/core/restarts.js';
import { gradientBelow, firstOf, iterationLimit, stalled } from '../../lib/core/stopping.js';
import { createTrainer, minimize, type TrainerOptions, type TrainingResult } from '../../lib/core/trainer.js';
import { scaledConjugateGradient, zerothOrder, type Direction } from '../../lib/directions/index.js';
import { line, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { MLPClassifier } from '../../lib/estimators/index.js';
import { reportOf } from '../../lib/report/report.js';
import { train } from '../../lib/train.js';
import { networkNamed, open, openAtStart, smallProblem } from '../support/problems.js';

const problem = smallProblem({ network: networkNamed('mlp 4 tanh'), loss: 'softmax', seed: 6 });
const options = { direction: scaledConjugateGradient() as Direction, stepRule: line(gaussNewton()) as StepRule, memory: 0 };

describe('anneal', () => {
  it('costs one product a line, and one more where it moves; a walk takes evaluations only', async () => {
    const { objective } = await openAtStart(problem, { l2: 0.01 });
    const before = objective.products;
    const plan = annealingPlan({ lines: 6, moves: 20 });
    await anneal(objective, createRandom(1), plan, { box: 0.5, temperature: 1 });
    expect(objective.products.multiply - before.multiply).toBe(6);
    const moved = objective.products.multiplyTransposed - before.multiplyTransposed;
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThanOrEqual(6);
    objective.dispose();
  });

  it('only goes down where it is cold, and also up where it is hot', async () => {
    const ends = [];
    for (const temperature of [1e-12, 1e6]) {
      const { objective } = await openAtStart(problem, { l2: 0.01 });
      const values = [objective.value];
      for (let round = 0; round < 10; round++) {
        const one = annealingPlan({ lines: 1, moves: 3 });
        await anneal(objective, createRandom(round), one, { box: 0.5, temperature });
        values.push(objective.value);
      }
      ends.push(values.every((value, k) => k === 0 || value <= values[k - 1]! * (1 + 1e-12)));
      objective.dispose();
    }
    expect(ends).toEqual([true, false]);
  });

  it('refuses what is no box, and options that it does not know', () => {
    expect(() => annealingPlan({ line: 3 } as never)).toThrow("There is no option 'line'. Did you mean 'lines'?");
    expect(() => annealingPlan({ intensities: [{ box: 0, temperature: 1 }] })).toThrow(/^The box of an annealing must be/);
    expect(() => annealingPlan({ cooling: 2 })).toThrow(/^The cooling of an annealing must be a number above 0 and/);
  });
});

describe('annealed restarts', () => {
  const stop = firstOf([gradientBelow(1e-6), stalled(1e-6), iterationLimit(400)]);
  const few = { lines: 5, moves: 4, limit: 4, iterations: 40 };
  const settings = (more: object = {}): TrainerOptions => ({
    ...options,
    stop,
    restarts: annealedRestarts({ ...few, ...more }, 3) as Restarts,
  });
  const opened = async () => (await open(problem, { l2: 0.01, memory: 0 })).objective;
  const bits = ({ parameters, objective, history }: TrainingResult): unknown => {
    return { parameters, objective, history: history.map(({ seconds: _, ...record }) => record) };
  };

  it('go on in one history, from the best point, and return the best of all rounds', async () => {
    const objective = await opened();
    const { history, objective: value, parameters, innerEvaluations } = await minimize(objective, problem.start, settings());
    const restarts = history.filter(({ status }) => status === 'restart');
    expect(restarts).toHaveLength(4);
    expect(restarts.map(({ reason }) => reason)[1]).toMatch(
      /^annealed restart 2 of at most 4 from the best point, in a box of 1 at/,
    );
    expect(history.map(({ iteration }) => iteration)).toEqual(history.map((_, i) => i));
    expect(value).toBe(Math.min(...history.map((record) => record.objective)));
    // The four walks end elsewhere than they begin.
    expect(new Set(restarts.map((record) => record.objective)).size).toBe(4);
    // 5 lines: a product each and one for each end of a walk, and at most two for the way back.
    for (const { iteration, products, innerEvaluations: made } of restarts) {
      const before = history[iteration - 1]!.products;
      expect(products.multiply - before.multiply).toBeLessThanOrEqual(6);
      expect(products.multiply - before.multiply).toBeGreaterThanOrEqual(5);
      expect(products.multiplyTransposed - before.multiplyTransposed).toBeLessThanOrEqual(6);
      expect(made).toBe(20);
    }
    expect(innerEvaluations).toBe(history.reduce((sum, record) => sum + record.innerEvaluations, 0));
    await objective.start(parameters);
    expect(Math.abs(objective.value / value - 1)).toBeLessThan(1e-12);
    objective.dispose();
  });

  it('are never worse than the run without them, which is their first round', async () => {
    const [alone, restarted] = [await opened(), await opened()];
    const first = await minimize(alone, problem.start, { ...options, stop });
    const whole = await minimize(restarted, problem.start, settings({ iterations: undefined }));
    const end = whole.history.findIndex(({ status }) => status === 'restart');
    expect(whole.history.slice(0, end).map(({ objective }) => objective)).toEqual(
      first.history.map(({ objective }) => objective),
    );
    expect(whole.objective).toBeLessThanOrEqual(first.objective);
    alone.dispose();
    restarted.dispose();
  });

  it('tell why the run ended of the point returned', async () => {
    const objective = await opened();
    const {
      stop: why,
      history,
      objective: lowest,
    } = await minimize(objective, problem.start, settings({ iterations: undefined }));
    const at = history.findIndex((record) => record.objective === lowest);
    const later = history.slice(at).filter(({ status }) => status === 'restart').length;
    expect(why.converged).toBe(true);
    if (later > 0) expect(why.detail).toContain(`no lower point was found in ${later} restart`);
    objective.dispose();
  });

  it.each([1, 40, 41, 43, 90])(
    'go on from the state after iteration %d with the bits of a run that never stopped',
    async (cut) => {
      const whole = await minimize(await opened(), problem.start, settings());
      const trainer = await createTrainer(await opened(), problem.start, settings());
      while (trainer.history.length <= cut) await trainer.step();
      const state = structuredClone(await trainer.state());
      const rest = await minimize(await opened(), { state }, settings());
      expect(bits(rest)).toEqual(bits(whole));
      const other = minimize(await opened(), { state }, settings({ cooling: 0.5 }));
      await expect(other).rejects.toThrow(/its restarts differs: annealing \(.*cooling 0.9/);
    },
  );

  it('end with their signal, within a walk too', async () => {
    const controller = new AbortController();
    const callbacks = [({ status }: { status: string }) => (status === 'restart' ? controller.abort() : undefined)];
    const objective = await opened();
    const { stop: why, history } = await minimize(objective, problem.start, {
      ...settings(),
      callbacks,
      signal: controller.signal,
    });
    expect(why.reason).toBe('aborted');
    expect(history.at(-1)!.status).toBe('restart');
    objective.dispose();
  });

  it('refuse what they make no sense with', async () => {
    const linear = (await open(smallProblem(), {})).objective;
    await expect(minimize(linear, smallProblem().start, settings())).rejects.toThrow('a linear one has one alone');
    const zeroth = { ...settings(), direction: zerothOrder() as Direction };
    await expect(minimize(await opened(), problem.start, zeroth)).rejects.toThrow(
      "the direction 'zeroth-order' never knows",
    );
    expect(() => annealedRestarts({ limit: 0 })).toThrow('The limit of restarts must be an integer of at least 1');
    expect(() => annealedRestarts({ restarts: 3 } as never)).toThrow("There is no option 'restarts'");
  });
});

const estimated = { hidden: [3], l2: 0.01, maxIterations: 2000 } as const;

describe('train with restarts', () => {
  const { x, rows, columns, targets } = problem;
  const data = { x: { values: x, rows, columns }, y: targets };
  const common = { network: 'mlp', hidden: [3], task: 'classification', l2: 0.01, seed: 2 } as const;

  it('finds no worse a minimum, and records the restarts', async () => {
    const alone = await train(data, common);
    const restarted = await train(data, { ...common, restarts: 'annealing', maxIterations: 2000 });
    expect(restarted.objective).toBeLessThanOrEqual(alone.objective);
    expect(restarted.history.filter(({ status }) => status === 'restart')).toHaveLength(8);
    expect(restarted.stop.converged).toBe(true);
    expect(await reportOf(restarted)).toContain('</html>');
    const estimator = await new MLPClassifier({ ...estimated, restarts: { limit: 2 } }).fit(data.x, data.y);
    expect(estimator.training!.history.filter(({ status }) => status === 'restart')).toHaveLength(2);
    const two = await train(data, { ...common, restarts: { limit: 2, lines: 3 } });
    expect(two.history.filter(({ status }) => status === 'restart')).toHaveLength(2);
  });

  it('refuses a linear network, batches, early stopping and other words', async () => {
    await expect(train(data, { restarts: 'annealing' })).rejects.toThrow('a linear one has one alone');
    await expect(train(data, { ...common, restarts: 'annealing', batch: 10 })).rejects.toThrow('exclude each other');
    await expect(train(data, { ...common, restarts: 'annealing', earlyStopping: true })).rejects.toThrow(
      'exclude each other',
    );
    await expect(train(data, { ...common, restarts: 'annealing', layers: 'in turn' })).rejects.toThrow(
      'move all layers together',
    );
    await expect(train(data, { ...common, restarts: 'anneal' as never })).rejects.toThrow(
      "restarts must be 'annealing' or its options",
    );
  });
});
