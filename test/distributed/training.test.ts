/** Whole trainings over several ranks: every direction, sample growth, validation, batches, layers in turn, checkpoints, real data. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MatrixData } from '../../lib/data/index.js';
import { directionNames } from '../support/runs.js';
import { train, type Training, type TrainingData, type TrainOptions } from '../../lib/train.js';
import { mlp } from '../../lib/networks/index.js';
import { choosePenalty } from '../../lib/selection/choose-penalty.js';
import { penaltyProblem } from '../selection/problem.js';
import { smallProblem } from '../support/problems.js';
import { sparseOf } from '../support/sparse.js';
import { onRanks } from './ranks.js';

const SIZES = [2, 3, 4];

const on = (size: number, data: TrainingData, options: TrainOptions, more = {}): Promise<Training> =>
  onRanks({ size, threads: 1, ...more }, ({ backend }) => train(data, { ...options, backend }));

/** What a run went through: the objective after every iteration, and what it ended with. */
const courseOf = ({ history, products, model, validation, scores }: Training) => ({
  objectives: history.map(({ objective }) => objective),
  rows: history.map(({ rows }) => rows),
  validation,
  scores,
  products,
  parameters: model.spec.parameters,
});

/** The same bits for any number of ranks; `alone`, one process, within `tolerance` in the objective where it ends. */
async function expectSame(data: TrainingData, options: TrainOptions, tolerance = 1e-7): Promise<Training> {
  const one = await on(1, data, options);
  for (const size of SIZES) expect(courseOf(await on(size, data, options)), `${size} ranks`).toEqual(courseOf(one));
  const alone = await train(data, { ...options, threads: 1 });
  expect(Math.abs(one.objective - alone.objective)).toBeLessThan(tolerance * Math.max(1, Math.abs(alone.objective)));
  return one;
}

function dataOf(problem: ReturnType<typeof smallProblem>, form: 'dense' | 'float32' | 'sparse' = 'dense'): TrainingData {
  const { x, rows, columns, targets, sampleWeights } = problem;
  const dense: MatrixData = { values: form === 'float32' ? Float32Array.from(x) : x, rows, columns };
  return { x: form === 'sparse' ? sparseOf(x, rows, columns) : dense, y: targets, sampleWeights };
}

const classes = smallProblem({ rows: 700, columns: 6, loss: 'softmax', seed: 3, weighted: true, zeros: 0.5 });
const numbers = smallProblem({ rows: 700, columns: 5, loss: 'squared', seed: 4 });

describe('training over ranks', () => {
  const names = directionNames.filter((name) => name !== 'coordinate');
  const networks = [{ network: 'linear' }, { network: 'mlp', hidden: [5, 4] }, { network: 'gated', hidden: [3] }] as const;

  it.each(names.flatMap((direction) => networks.map((network) => ({ direction, ...network }))))(
    '$direction, $network',
    async (choice) => {
      // Random signs are drawn part by part: a Kronecker metric is another one than that of one process.
      const random = /kronecker/.test(choice.direction) && choice.network !== 'linear';
      await expectSame(dataOf(classes), { ...choice, maxIterations: 8 }, random ? 0.3 : 1e-7);
    },
  );

  it.each(['sparse', 'float32'] as const)('%s', async (form) => {
    await expectSame(dataOf(classes, form), { network: 'mlp', hidden: [5], direction: 'lbfgs', maxIterations: 12 }, 1e-4);
  });

  it.each(['huber', 'squared', 'squared-hinge', 'logistic'] as const)('loss %s', async (loss) => {
    const labels = { ...dataOf(numbers), y: numbers.targets.map((y) => (y > 0 ? 1 : 0)) };
    await expectSame(loss === 'huber' || loss === 'squared' ? dataOf(numbers) : labels, { loss, maxIterations: 10 });
  });

  it('a sample that grows, from fewer rows than there are parts', async () => {
    for (const sample of [10, 100]) {
      const { history } = await expectSame(dataOf(classes), { sample, direction: 'lbfgs', maxIterations: 60 }, 1e-5);
      expect(history[0]!.rows).toBeLessThan(250);
      expect(history.at(-1)!.rows).toBe(700);
    }
  });

  it('validation rows and early stopping', async () => {
    const options = { network: 'mlp', hidden: [6], validation: 0.2, earlyStopping: true, maxIterations: 30 } as const;
    const { validation } = await expectSame(dataOf(classes), options, 0.3);
    expect(validation!.rows).toBeGreaterThan(100);
    await expectSame(dataOf(numbers), { validation: dataOf(smallProblem({ rows: 90, columns: 5, loss: 'squared' })) });
  });

  it('a penalty that is chosen by a part of the rows', async () => {
    const chosenOn = (size: number) =>
      onRanks({ size, threads: 1 }, async ({ backend }) => {
        const made = await penaltyProblem(backend, { loss: 'logistic', network: mlp({ hidden: [3] }), rows: 700 });
        const { l2, report } = await choosePenalty({ ...made.problem, sample: 300 }, 'auto');
        return { l2, path: report.path, by: report.by };
      });
    const one = await chosenOn(1);
    expect(one.by).toBe('400 rows held out');
    for (const size of SIZES) expect(await chosenOn(size)).toEqual(one);
  });

  it('mini-batches', async () => {
    for (const solveOn of ['same', 'next', 'both'] as const)
      await expectSame(dataOf(classes), { batch: 50, solveOn, maxIterations: 3 }, 1e-6);
  });

  it('layers in turn', async () => {
    await expectSame(dataOf(classes), {
      network: 'mlp',
      hidden: [5],
      layers: 'in turn',
      direction: 'lbfgs',
      maxIterations: 5,
    });
  });

  it('a penalty that is chosen', async () => {
    for (const l2 of ['prior', 'noise', 'leave-one-out', 'folds', 'held-out', 'gradient'] as const)
      await expectSame(dataOf(numbers), { l2, maxIterations: 30 }, 1e-5);
  });

  it('coordinate is refused in words', async () => {
    const running = on(2, dataOf(numbers), { direction: 'coordinate' });
    await expect(running).rejects.toThrow(
      "The direction 'coordinate' needs of the matrix blocks of its columns (columnBlock), but 'float64' has none.",
    );
  });
});

describe('checkpoints', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'planesearch-ranks-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('a run goes on with the same bits on another number of ranks', async () => {
    const data = dataOf(classes);
    const options: TrainOptions = { network: 'mlp', hidden: [5], direction: 'lbfgs', sample: 200, tolerance: 0 };
    const whole = await on(1, data, { ...options, maxIterations: 24 });
    const checkpoint = { folder, everyIterations: 1 };
    await on(3, data, { ...options, maxIterations: 9, checkpoint });
    const rest = await on(2, data, { ...options, maxIterations: 24, checkpoint: { folder, resume: true } });
    expect(courseOf(rest).parameters).toEqual(courseOf(whole).parameters);
    expect(rest.objective).toBe(whole.objective);
    const other = on(2, data, { ...options, maxIterations: 30, checkpoint: { folder, resume: true } }, { parts: 7 });
    await expect(other).rejects.toThrow(/its ranks differs: chunks, sums in order where this run has 7 parts/);
  });
});
