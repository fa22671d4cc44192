/** Annealed restarts: what they cost, that the best is kept, and that a state goes on with equal bits. */
import { describe, expect, it } from 'vitest';
import { annealingPlan, anneal } from '../../lib/annealing/annealing.js';
import { minimizeAnnealed, type AnnealedState } from '../../lib/annealing/minimize-annealed.js';
import { createRandom } from '../../lib/core/random.js';
import { gradientBelow, firstOf, iterationLimit } from '../../lib/core/stopping.js';
import { scaledConjugateGradient } from '../../lib/directions/index.js';
import { line } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { networkNamed, open, openAtStart, smallProblem } from '../support/problems.js';

const problem = smallProblem({ network: networkNamed('mlp 4 tanh'), loss: 'softmax', seed: 6 });
const options = {
  direction: scaledConjugateGradient(),
  stepRule: line(gaussNewton()),
  memory: 0,
  stop: firstOf([gradientBelow(1e-6), iterationLimit(40)]),
};
const few = { lines: 5, seed: 3 };

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
    expect(() => annealingPlan({ cooling: 2 })).toThrow(/^The cooling of an annealing must be a number from/);
  });
});

describe('minimizeAnnealed', () => {
  async function run(restarts: number, from?: AnnealedState): Promise<AnnealedState[]> {
    const states: AnnealedState[] = [];
    const { objective } = await open(problem, { l2: 0.01, memory: 0 });
    const start = from ? { annealed: structuredClone(from) } : problem.start;
    await minimizeAnnealed(objective, start, options, { restarts, ...few, progress: (state) => states.push(state) });
    objective.dispose();
    return states;
  }

  it('keeps the best of all rounds', async () => {
    const states = await run(4);
    const { rounds, objective } = states.at(-1)!;
    expect(rounds).toHaveLength(5);
    expect(objective).toBe(Math.min(...rounds.map((round) => round.objective)));
    expect(new Set(rounds.map((round) => round.objective)).size).toBeGreaterThan(1);
    const { objective: over } = await open(problem, { l2: 0.01, memory: 0 });
    await over.start(states.at(-1)!.parameters);
    expect(Math.abs(over.value / objective - 1)).toBeLessThan(1e-12);
    over.dispose();
  });

  it('goes on from a state with the bits of a run that never stopped', async () => {
    const whole = await run(3);
    const rest = await run(3, whole[1]!);
    expect(rest).toEqual(whole.slice(2));
  });

  it('ends with its signal, and has the rounds that were done', async () => {
    const { objective } = await open(problem, { l2: 0.01, memory: 0 });
    const controller = new AbortController();
    const more = { restarts: 5, ...few, progress: () => controller.abort() };
    const { state } = await minimizeAnnealed(objective, problem.start, { ...options, signal: controller.signal }, more);
    expect(state.rounds).toHaveLength(1);
    const during = new AbortController();
    const rest = { restarts: 5, ...few, progress: () => queueMicrotask(() => during.abort()) };
    const cut = await minimizeAnnealed(objective, problem.start, { ...options, signal: during.signal }, rest);
    expect(cut.state.rounds).toHaveLength(1);
    const none = minimizeAnnealed(objective, problem.start, { ...options, signal: AbortSignal.abort('no') }, more);
    await expect(none).rejects.toBe('no');
    objective.dispose();
  });
});
