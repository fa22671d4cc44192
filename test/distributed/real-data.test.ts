/** a9a (sparse) and rows of Fashion-MNIST: the same course of objectives, bit for bit, on 1, 2, 3 and 4 ranks; products as counted. */
import { describe, expect, it } from 'vitest';
import { loadTable, type MatrixData } from '../../lib/data/index.js';
import type { DistributedMatrix } from '../../lib/distributed/distributed-matrix.js';
import { Objective } from '../../lib/core/objective.js';
import { logistic } from '../../lib/losses/index.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { dataAbsent, dataFile } from '../data/files.js';
import { nativeAbsence } from '../support/backends.js';
import { onRanks } from './ranks.js';

const A9A: readonly TrainOptions[] = [
  { direction: 'lbfgs' },
  { direction: 'kronecker', network: 'mlp', hidden: [8] },
  { direction: 'gradient', loss: 'squared-hinge', sample: 4000 },
  { direction: 'adam', loss: 'squared', task: 'regression', network: 'mlp', hidden: [4], steps: 'layerwise' },
];

const FASHION: readonly TrainOptions[] = [
  { direction: 'lbfgs', network: 'mlp', hidden: [20], steps: 'layerwise', sample: 'all' },
  { direction: 'kronecker-lbfgs', network: 'mlp', hidden: [20], precision: 'float32', sample: 1000 },
];

/** @param exact whether one process without ranks gives the same bits too */
async function expectSameCourse(
  x: MatrixData,
  y: Float64Array | readonly unknown[],
  options: TrainOptions,
  exact = false,
): Promise<void> {
  const courses: number[][] = [];
  for (const size of [1, 2, 3, 4]) {
    const { history } = await onRanks({ size, threads: 1 }, ({ backend }) =>
      train({ x, y: y as Float64Array }, { ...options, backend, maxIterations: 6 }),
    );
    courses.push(history.map(({ objective }) => objective));
  }
  const alone = await train({ x, y: y as Float64Array }, { ...options, threads: 1, maxIterations: 6 });
  for (const course of courses.slice(1)) expect(course).toEqual(courses[0]);
  if (exact) expect(courses[0]).toEqual(alone.history.map(({ objective }) => objective));
  const start = alone.history[0]!.objective;
  expect(courses[0]![0]).toBeCloseTo(start, 10);
  expect(courses[0]!.at(-1)!).toBeLessThan(start);
}

describe.skipIf(dataAbsent())('real data over ranks', () => {
  it.each(A9A)('a9a, %o', async (options) => {
    const { data, target } = await loadTable(dataFile('a9a.svm.gz'));
    await expectSameCourse(data, target.values, options);
  });

  it.each(FASHION)('Fashion-MNIST, 5000 rows, %o', async (options) => {
    const labels = dataFile('fashion-mnist-t10k-labels-idx1-ubyte.gz');
    const { data, target } = await loadTable(dataFile('fashion-mnist-t10k-images-idx3-ubyte.gz'), { labels });
    if (data.kind === 'csr') throw new Error('Images are dense.');
    const rows = 5000;
    const x = { values: data.values.slice(0, rows * data.columns), rows, columns: data.columns };
    const exact = nativeAbsence === null && options.sample === 'all';
    await expectSameCourse(x, Array.from(target.values.slice(0, rows), String), options, exact);
  });

  it('the ranks have multiplied what rank 0 counts', async () => {
    const { data, target } = await loadTable(dataFile('a9a.svm.gz'));
    await onRanks({ size: 3, threads: 1 }, async ({ backend }) => {
      const matrix = (await backend.matrix(data as never)) as DistributedMatrix;
      const architecture = { inputs: data.columns, tracked: { layer: 'output', outputs: 1 }, steps: [] };
      const targets = Float64Array.from(target.values as ArrayLike<number>);
      const spec = { matrix, architecture, loss: logistic(), targets, l2: 1e-4, memory: 1, sample: 10_000 };
      const objective = new Objective(spec, backend);
      await objective.start(new Float64Array(data.columns + 1));
      const phi = await objective.span([objective.gradient.map((g) => -g)], 1, 'joint');
      await objective.commit(new Float64Array(phi.dimension).fill(0.1));
      await objective.factors({ maxRows: 4096, seed: 0 }, true);
      const asked = (): number[] => {
        const { multiply, multiplyTransposed, gram } = objective.products;
        return [multiply, multiplyTransposed, gram].map((share) => Math.round(share * data.rows));
      };
      // At the start, and for the direction; the gradients at the start and of the step.
      expect(asked()).toEqual([20_000, 20_000, 10_000]);
      expect([...(await matrix.counted())]).toEqual(asked());
      await objective.preview(5000);
      await objective.grow(20_000);
      // Ahead of the sample, and behind it the point and one past step; a half full block of a part is formed anew.
      expect(asked()).toEqual([20_000 + 5000 + 2 * 10_000, 40_000, 10_000]);
      const [multiplied] = await matrix.counted();
      expect(multiplied! - asked()[0]!).toBeGreaterThanOrEqual(0);
      expect(multiplied! - asked()[0]!).toBeLessThan(0.1 * 45_000);
      objective.dispose();
      matrix.dispose();
    });
  });
});
