/** A run that writes its old arrays anew has the bits of one that drops them, and makes no more arrays after a while. */
import { describe, expect, it } from 'vitest';
import { SpareVectors } from '../../lib/core/spare-vectors.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { minimize, type TrainerOptions, type TrainerState, type TrainingResult } from '../../lib/core/trainer.js';
import { kroneckerLbfgs, lbfgs, type Direction } from '../../lib/directions/index.js';
import { plane, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { networkNamed, open, smallProblem } from '../support/problems.js';

const PAIRS = 3;
const problem = smallProblem({ network: networkNamed('mlp 4,3 tanh'), loss: 'softmax' });
const directions: readonly Direction[] = [lbfgs({ pairs: PAIRS }), kroneckerLbfgs({ pairs: PAIRS })] as Direction[];

function bits({ parameters, objective, history }: TrainingResult): unknown {
  return { parameters, objective, history: history.map(({ seconds: _, ...record }) => record) };
}

describe.each(backends)('on the $name backend', (backend) => {
  const opened = async (memory: number) => (await open(problem, { backend, memory, frame: 'standard' })).objective;
  const optionsOf = (direction: Direction, memory: number): TrainerOptions => {
    const stepRule = plane(gaussNewton()) as StepRule;
    return { direction, stepRule, memory, stop: iterationLimit(25), refreshEvery: 7 };
  };

  // With more past steps than pairs a step is still a column when its pair is forgotten.
  describe.each([1, PAIRS + 2])('with %i past steps', (memory) => {
    it.each(directions)('$name has the bits of a run that keeps its arrays', async (direction) => {
      const kept = await minimize(await opened(memory), problem.start, optionsOf({ ...direction, recycles: false }, memory));
      const recycled = await minimize(await opened(memory), problem.start, optionsOf(direction, memory));
      expect(bits(recycled)).toEqual(bits(kept));
    });

    it.each(directions)('$name makes no array when its pairs are full', async (direction) => {
      const objective = await opened(memory);
      const seen = [new Set<Float64Array>(), new Set<Float64Array>()] as const;
      const callbacks = [
        ({ iteration }: { iteration: number }): void => {
          const set = seen[iteration <= PAIRS + memory + 5 ? 0 : 1];
          for (const array of [objective.point, objective.gradient, objective.step]) if (array) set.add(array);
        },
      ];
      await minimize(objective, problem.start, { ...optionsOf(direction, memory), callbacks });
      const [early, late] = seen;
      expect([...late].filter((array) => !early.has(array))).toEqual([]);
      expect(late.size).toBeGreaterThan(3);
    });
  });

  it('what callbacks are given stays as it was', async () => {
    const given: { array: Float64Array; copy: Float64Array }[] = [];
    const states: { state: TrainerState; copy: TrainerState }[] = [];
    const callbacks: TrainerOptions['callbacks'] = [
      async (_, run) => {
        for (const array of [run.parameters, run.bestParameters]) given.push({ array, copy: array.slice() });
        const state = await run.state();
        states.push({ state, copy: structuredClone(state) });
      },
    ];
    await minimize(await opened(1), problem.start, { ...optionsOf(directions[0]!, 1), callbacks });
    expect(given.length).toBe(2 * 26);
    for (const { array, copy } of given) expect(array).toEqual(copy);
    for (const { state, copy } of states) expect(state).toEqual(copy);
  });
});

it('a spare vector is handed out once, and one of another length never', () => {
  const spare = new SpareVectors(2);
  const [first, second] = [spare.take(), spare.take()];
  expect(first).not.toBe(second);
  spare.give(first);
  spare.give(first);
  spare.give(new Float64Array(3));
  expect(spare.take()).toBe(first);
  expect([first, second]).not.toContain(spare.take());
});
