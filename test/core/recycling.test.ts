/** A run that writes its old arrays anew has the bits of one that drops them, and makes no more arrays after a while. */
import { describe, expect, it } from 'vitest';
import { SpareVectors } from '../../lib/core/spare-vectors.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { minimize, type TrainerOptions, type TrainerState, type TrainingResult } from '../../lib/core/trainer.js';
import { kroneckerLbfgs, lbfgs, type Direction } from '../../lib/directions/index.js';
import { plane, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { createRandom } from '../../lib/core/random.js';
import type { TrainingCallback } from '../../lib/running-training.js';
import { train, type Training, type TrainingData, type TrainOptions } from '../../lib/train.js';
import { backends, nativeAbsence } from '../support/backends.js';
import { networkNamed, normals, open, smallProblem } from '../support/problems.js';

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

describe('in every way that a run can go', () => {
  const [rows, columns] = [400, 5];
  const random = createRandom(3);
  const values = normals(random, rows * columns);
  const y = Array.from({ length: rows }, (_, i) => ['a', 'b', 'c'][(i % 7) % 3]!);
  const data: TrainingData = { x: { values, rows, columns }, y };
  const ways: Readonly<Record<string, TrainOptions>> = {
    'a growing sample': { sample: 50 },
    'annealed restarts': { restarts: { limit: 2, iterations: 30 }, maxIterations: 120 },
    'layers in turn': { layers: 'in turn', steps: 'line' },
    'early stopping': { earlyStopping: { patience: 3 }, validation: 0.2 },
    'principal components': { pca: 3 },
  };
  const shared: TrainOptions = {
    network: 'mlp',
    hidden: [4, 3],
    maxIterations: 40,
    backend: nativeAbsence ? 'javascript' : 'native',
  };
  const bitsOf = ({ model, objective, history }: Training): unknown => ({
    parameters: model.spec.parameters,
    objective,
    history: history.map(({ seconds: _, ...record }) => record),
  });
  const recycling = lbfgs({ pairs: PAIRS }) as Direction;
  const keeping: Direction = { ...recycling, recycles: false };

  it.each(Object.entries(ways))('%s has the bits of a run that keeps its arrays', async (_, way) => {
    const [recycled, kept] = [recycling, keeping].map((direction) => train(data, { ...shared, ...way, direction }));
    expect(bitsOf(await recycled!)).toEqual(bitsOf(await kept!));
  });

  it('a run that is gone on with has the bits of one that keeps its arrays', async () => {
    const halves = [recycling, keeping].map(async (direction) => {
      let state: TrainerState | undefined;
      const half: TrainingCallback = async ({ iteration }, run) => {
        if (iteration === 9) state = await run.state();
      };
      await train(data, { ...shared, sample: 50, direction, callbacks: [half] });
      return bitsOf(await train(data, { ...shared, sample: 50, direction, start: { state: state! } }));
    });
    expect(await halves[0]).toEqual(await halves[1]);
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
