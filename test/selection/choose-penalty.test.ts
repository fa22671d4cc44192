/** `train` with l2 left to be chosen: every judge, every kind of problem, and what is refused. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { loadTable, splitRows, splitTable, type MatrixData } from '../../lib/data/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import { mlp } from '../../lib/networks/index.js';
import { dealFolds } from '../../lib/selection/held-out-folds.js';
import { choosePenalty, penaltyChoices } from '../../lib/selection/choose-penalty.js';
import type { PathMember } from '../../lib/selection/penalty-path.js';
import { train, type TrainingCallback, type TrainingData, type TrainOptions } from '../../lib/train.js';
import { backends, quickest } from '../support/backends.js';
import { penaltyProblem, predictRow, ridge } from './problem.js';

const random = createRandom(5);
const [rows, columns] = [90, 12];
const values = Float64Array.from({ length: rows * columns }, () => random.normal());
const x = { values, rows, columns };
const score = Array.from(
  { length: rows },
  (_, i) => values[i * columns]! - values[i * columns + 1]! + 1.5 * random.normal(),
);
const classes = score.map((s) => (s > 0 ? 'yes' : 'no'));
const backend = quickest.name;

function sparse(): MatrixData {
  const kept = Array.from(values.keys()).filter((e) => e % 3 !== 0);
  const indptr = Array.from({ length: rows + 1 }, (_, i) => kept.filter((e) => e < i * columns).length);
  return {
    kind: 'csr',
    rows,
    columns,
    indptr,
    indices: Uint32Array.from(kept, (e) => e % columns),
    values: Float64Array.from(kept, (e) => values[e]!),
  };
}

const problems: readonly [label: string, data: TrainingData, options: TrainOptions][] = [
  ['two classes', { x, y: classes }, {}],
  ['three classes', { x, y: score.map((s) => (s > 1 ? 'high' : s < -1 ? 'low' : 'middle')) }, {}],
  ['numbers', { x, y: score }, {}],
  ['two targets', { x, y: score.map((s) => [s, -s * s]) }, {}],
  ['sets of labels', { x, y: score.map((s, i) => [...(s > 0 ? ['a'] : []), ...(i % 3 === 0 ? ['b'] : [])]) }, {}],
  ['sample weights, some 0', { x, y: classes, sampleWeights: Float64Array.from(score, (_, i) => i % 4) }, {}],
  ['offsets', { x, y: score, offsets: Float64Array.from(score, (_, i) => i / rows) }, {}],
  ['sparse data', { x: sparse(), y: classes }, {}],
  ['float32', { x, y: classes }, { precision: 'float32' }],
  ['standardized', { x, y: classes }, { standardize: true }],
  ['squared hinge', { x, y: classes }, { loss: 'squared-hinge' }],
  ['an mlp', { x, y: classes }, { network: 'mlp', hidden: [3], maxIterations: 60 }],
];

describe.each(problems)('%s', (_, data, options) => {
  const network = options.network !== undefined;
  it.each(penaltyChoices.filter((choice) => choice !== (network ? 'leave-one-out' : 'layerwise')))(
    'by %s',
    async (choice) => {
      const training = await train(data, { ...options, backend, l2: choice });
      const { penalty, l2, layerPenalties } = training;
      const { judge, path: tried, by, products } = penalty!;
      expect(judge).toBe(choice === 'auto' ? (network ? 'folds' : 'leave-one-out') : choice);
      expect(by).toMatch(/^(leave-one-out|5 folds|1[0-9] rows held out(, along the gradient(, by layer)?)?)$/);
      const best = tried.reduce((a, b) => (b.loss < a.loss ? b : a));
      expect(l2).toBe(best.l2);
      expect(tried.every(({ slope }) => (slope !== undefined) === (choice === 'gradient' || choice === 'layerwise'))).toBe(
        true,
      );
      expect(products.multiply).toBeGreaterThan(0);
      expect(training.history[0]!.products).toMatchObject({ multiply: 1, multiplyTransposed: 1, gram: 0 });
      const given = await train(data, { ...options, backend, l2, layerPenalties });
      expect(given.penalty).toBeNull();
      expect(Math.abs(training.objective / given.objective - 1)).toBeLessThan(network ? 1e-12 : 1e-5);
    },
  );
});

it.each(backends)('five folds of ridge regression by hand, on the $name backend', async ({ name }) => {
  const { penalty } = await train({ x, y: score }, { backend: name, l2: 'folds', seed: 7 });
  const y = Float64Array.from(score);
  const folds = await dealFolds(y, 1, undefined, rows, 5, 7);
  for (const { l2, loss, standardError } of penalty!.path) {
    const losses = new Float64Array(rows);
    for (let fold = 0; fold < 5; fold++) {
      const s = Float64Array.from(folds, (own) => (own === fold ? 0 : 1 / rows));
      const theta = ridge(values, y, s, l2);
      for (let i = 0; i < rows; i++) if (folds[i] === fold) losses[i] = (predictRow(values, i, theta) - y[i]!) ** 2 / 2;
    }
    const mean = losses.reduce((sum, value) => sum + value, 0) / rows;
    const squares = losses.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(Math.abs(loss / mean - 1)).toBeLessThan(1e-4);
    expect(Math.abs(standardError / (Math.sqrt(squares) / rows) - 1)).toBeLessThan(1e-2);
  }
});

it('chooses the same with the same seed, for any number of threads', async () => {
  const chosen = async (seed: number, threads: number): Promise<unknown> =>
    (await train({ x, y: classes }, { l2: 'held-out', seed, threads })).penalty!.path;
  expect(await chosen(1, 1)).toEqual(await chosen(1, 2));
  expect(await chosen(1, 1)).not.toEqual(await chosen(2, 1));
});

it('judges a network by the rows behind a sample, where they weigh anything', async () => {
  const made = await penaltyProblem(quickest, {
    loss: 'logistic',
    network: mlp({ hidden: [3] }),
    rows: 400,
    weighted: true,
  });
  const weights = made.problem.sampleWeights!.map((weight, row) => (row === 399 ? 0 : weight));
  const problem = { ...made.problem, sampleWeights: weights, sample: 300 };
  const told: PathMember[] = [];
  const { l2, report, start } = await choosePenalty({ ...problem, tried: async (member) => void told.push(member) }, 'auto');
  const judged = weights.subarray(300).filter((weight) => weight > 0).length;
  expect(report).toMatchObject({ judge: 'held-out', by: `${judged} rows held out` });
  expect(start).toBeNull();
  expect(told.length).toBe(report.path.length);
  expect(told).toEqual(expect.arrayContaining([...report.path]));
  expect(Math.min(...told.map(({ loss }) => loss))).toBe(told.find((member) => member.l2 === l2)!.loss);
  expect((await choosePenalty(problem, 'folds')).report.by).toBe('5 folds');
});

it('tells every penalty of a network of many rows, sorted by class, and judges it by a fifth of them where that is little work', async () => {
  const draw = createRandom(11);
  const many = 20000;
  // A sorted file: 19000 rows of one class, then 1000 of another.
  const y = Array.from({ length: many }, (_, i) => (i < 19000 ? 'common' : 'rare'));
  const rowsOfMany = Float64Array.from({ length: 3 * many }, (_, e) => draw.normal() + (e < 3 * 19000 ? 0 : 1));
  const data = { x: { values: rowsOfMany, rows: many, columns: 3 }, y };
  const options: TrainOptions = { network: 'mlp', hidden: [3], sample: 2000, maxIterations: 3 };
  const told: unknown[] = [];
  const callback: TrainingCallback = Object.assign(() => undefined, {
    penalty: (member: PathMember) => void told.push(member),
  });
  const chosen = await train(data, { ...options, l2: 'auto', threads: 1, callbacks: [callback] });
  const { judge, by, path: tried } = chosen.penalty!;
  expect(told).toEqual(expect.arrayContaining([...tried]));
  expect({ judge, by }).toEqual({ judge: 'held-out', by: '4000 rows held out' });
  // Less than knowing only how rare the class is.
  const entropy = -0.95 * Math.log(0.95) - 0.05 * Math.log(0.05);
  for (const { loss } of tried.filter(({ l2 }) => l2 < 100 / many)) expect(loss).toBeLessThan(entropy);
  expect((await train(data, { ...options, l2: 'auto', threads: 2 })).penalty!.path).toEqual(tried);
  expect((await train(data, { ...options, earlyStopping: true })).penalty).toBeNull();
});

describe("'layerwise'", () => {
  // A wavy function of one column and a straight one of another: the layers have different work.
  const draw = createRandom(21);
  const [many, wide] = [400, 8];
  const inputs = Float64Array.from({ length: many * wide }, () => draw.normal());
  const wavy = Array.from(
    { length: many },
    (_, i) => Math.sin(3 * inputs[i * wide]!) + 2 * inputs[i * wide + 1]! + 0.5 * draw.normal(),
  );
  const data = { x: { values: inputs, rows: many, columns: wide }, y: wavy };
  const net = { network: 'mlp', hidden: [3], activation: 'tanh', backend, maxIterations: 100 } as const;

  it('begins at the best single penalty and ends at one that loses no more on rows left out', async () => {
    const told: PathMember[] = [];
    const callback: TrainingCallback = Object.assign(() => undefined, {
      penalty: (member: PathMember) => void told.push(member),
    });
    const { penalty, l2, layerPenalties } = await train(data, { ...net, l2: 'layerwise', callbacks: [callback] });
    const { judge, by, path: tried } = penalty!;
    expect([judge, by]).toEqual(['layerwise', '80 rows held out, along the gradient, by layer']);
    const single = tried.filter((member) => member.layerPenalties === undefined);
    const layered = tried.slice(single.length);
    const bestSingle = single.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(single).toEqual((await train(data, { ...net, l2: 'gradient' })).penalty!.path);
    expect(layered[0]!.layerPenalties).toEqual([1, 1]);
    expect(layered.length).toBeGreaterThan(1);
    expect(layered.length).toBeLessThanOrEqual(7);
    // Those of equal effort are compared with each other.
    const best = layered.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(best.loss).toBeLessThanOrEqual(layered[0]!.loss);
    expect([l2, layerPenalties]).toEqual([bestSingle.l2, best.layerPenalties]);
    for (const member of layered) {
      expect(member.l2).toBe(l2);
      if (!member.slopes) continue;
      expect(member.slopes.reduce((sum, slope) => sum + slope, 0)).toBeCloseTo(member.slope!, 12);
    }
    expect(told).toEqual(expect.arrayContaining([...tried]));
    expect(told.length).toBe(tried.length);
  });

  it('tries none of relu layers, of which the product of the penalties is all that counts', async () => {
    const { penalty, layerPenalties } = await train(data, { ...net, activation: 'relu', l2: 'layerwise' });
    expect(penalty!.path.every((member) => member.layerPenalties === undefined)).toBe(true);
    expect(penalty!.by).toMatch(/of relu layers the product of all penalties alone matters/);
    expect(layerPenalties).toEqual([1, 1]);
  });

  it.each(['held-out', 'gradient'] as const)('given factors are kept where %s chooses one l2', async (choice) => {
    const factors = [4, 0.25];
    const chosen = await train(data, { ...net, l2: choice, layerPenalties: factors });
    expect(chosen.layerPenalties).toEqual(factors);
    const again = await train(data, { ...net, l2: chosen.l2, layerPenalties: factors });
    expect(again.model.spec.parameters).toEqual(chosen.model.spec.parameters);
    expect(chosen.penalty!.path).not.toEqual((await train(data, { ...net, l2: choice })).penalty!.path);
  });
});

describe('a loss of your own', () => {
  /** Least squares, of which nothing is known but `row`. */
  const own: Loss = {
    name: 'own',
    parameters: {},
    codings: ['numbers'],
    targetWidth: (outputs) => outputs,
    targetProblem: () => null,
    row(o, at, width, y, target, slope, curvature) {
      let sum = 0;
      curvature?.fill(0, 0, width * width);
      for (let a = 0; a < width; a++) {
        const residual = o[at + a]! - y[target + a]!;
        sum += residual ** 2 / 2;
        if (slope) slope[a] = residual;
        if (curvature) curvature[a * width + a] = 1;
      }
      return sum;
    },
  };

  it.each([
    ['one output', score],
    ['two outputs', score.map((s) => [s, -s * s])],
  ])('without roots of its curvature is left one out of as ours is, %s', async (_, y) => {
    const [ours, other] = await Promise.all(
      ['squared' as const, own].map((loss) => train({ x, y }, { loss, backend, l2: 'auto' })),
    );
    expect(other!.penalty!.judge).toBe('leave-one-out');
    expect(other!.l2).toBeCloseTo(ours!.l2, 10);
    for (const [k, { loss }] of other!.penalty!.path.entries())
      expect(Math.abs(loss / ours!.penalty!.path[k]!.loss - 1)).toBeLessThan(1e-4);
  });

  it('without slopes is judged by fits alone', async () => {
    const flat: Loss = { ...own, slopes: false };
    const options: TrainOptions = { loss: flat, direction: 'zeroth-order', backend, maxIterations: 20 };
    expect((await train({ x, y: score }, { ...options, l2: 'auto' })).penalty!.judge).toBe('folds');
    for (const l2 of ['leave-one-out', 'gradient'] as const)
      await expect(train({ x, y: score }, { ...options, l2 })).rejects.toThrow(
        `l2: '${l2}' needs slopes of the loss, but 'own' has none; use 'folds' or 'held-out'.`,
      );
  });
});

it('refuses what it cannot choose for, in a sentence', async () => {
  const data = { x, y: classes };
  await expect(train(data, { l2: 'best' as never })).rejects.toThrow(
    "l2 must be one of prior, noise, auto, leave-one-out, folds, held-out, gradient, layerwise or a finite number of at least 0, but 'best' was given.",
  );
  await expect(train(data, { l2: -1 })).rejects.toThrow('l2 must be a finite number of at least 0, but -1 was given.');
  await expect(train(data, { l2: 'leave-one-out', network: 'mlp', backend })).rejects.toThrow(
    "l2: 'leave-one-out' is for linear models, but a network was given; use 'folds' or 'held-out'.",
  );
  await expect(train(data, { l2: 'layerwise', backend })).rejects.toThrow(
    "l2: 'layerwise' is for networks of two layers or more, but this one has one layer; use 'gradient'.",
  );
  const few = { x: { values: values.slice(0, 9 * columns), rows: 9, columns }, y: score.slice(0, 9) };
  await expect(train(few, { l2: 'auto', backend })).rejects.toThrow(
    'The number of rows to choose a penalty by must be at least 10, but 9 was given.',
  );
  const states: unknown[] = [];
  await train(data, { backend, maxIterations: 2, callbacks: [async (_, run) => void states.push(await run.state())] });
  await expect(train(data, { backend, l2: 'auto', start: { state: states[0] as never } })).rejects.toThrow(
    'With the state of a run to start from, l2 must be the number of that run.',
  );
});

it.each(['leave-one-out', 'folds', 'held-out', 'gradient'] as const)(
  'by %s: a row far from all others does not choose for them',
  async (choice) => {
    const draw = createRandom(3);
    const [many, wide] = [200, 5];
    const given = Float64Array.from({ length: many * wide }, () => draw.normal());
    const y = Array.from({ length: many }, (_, i) => given[i * wide]! - given[i * wide + 1]! + 0.3 * draw.normal());
    const lossOf = async (l2: number) => {
      const { model } = await train(
        { x: { values: given, rows: many, columns: wide }, y },
        { backend, l2, loss: 'squared' },
      );
      return (await model.evaluate({ values: given.subarray(wide), rows: many - 1, columns: wide }, y.slice(1))).loss;
    };
    const least = await lossOf(0);
    // Its column is nearly constant otherwise: the fit of the others says nothing of it, and misses it by thousands.
    for (let i = 0; i < many; i++) given[i * wide + 4] = (i === 0 ? 3000 : 0) + 1e-2 * draw.normal();
    const options = { backend, loss: 'squared', standardize: true, task: 'regression' } as const;
    const { l2 } = await train({ x: { values: given, rows: many, columns: wide }, y }, { ...options, l2: choice });
    const { model } = await train({ x: { values: given, rows: many, columns: wide }, y }, { ...options, l2 });
    const { loss } = await model.evaluate({ values: given.subarray(wide), rows: many - 1, columns: wide }, y.slice(1));
    expect(loss).toBeLessThan(1.1 * least);
  },
);

it.each(['folds', 'held-out', 'leave-one-out'] as const)(
  'by %s: what explodes on rows left out is left behind',
  async (choice) => {
    const draw = createRandom(4);
    const [many, wide] = [40, 30];
    const given = Float64Array.from({ length: many * wide }, () => 30 * draw.normal());
    const y = Array.from({ length: many }, (_, i) => Math.floor(Math.exp(Math.min(12, Math.abs(given[i * wide]!) / 5))));
    const { l2, penalty, model } = await train(
      { x: { values: given, rows: many, columns: wide }, y },
      { backend, loss: 'poisson', l2: choice, maxIterations: 50 },
    );
    expect(penalty!.path.some(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(Number.isFinite(penalty!.path.find((member) => member.l2 === l2)!.loss)).toBe(true);
    expect(model.spec.parameters.every(Number.isFinite)).toBe(true);
  },
);

it('stops choosing when the signal aborts', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const training = train({ x, y: classes }, { backend, l2: 'folds', signal: controller.signal });
  controller.abort(reason);
  await expect(training).rejects.toBe(reason);
});

const directory = process.env.PLANESEARCH_DATA ?? path.resolve(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const file = path.join(directory, 'german-numer-scale.svm.gz');
if (!existsSync(file)) console.warn('A test of l2: auto is skipped: the data sets are not there.');

it.skipIf(!existsSync(file))('loses at most 2 % more than the best of a grid on german', async () => {
  const table = await loadTable(file, { needsTarget: true });
  let [chosen, defaults] = [0, 0];
  const grid = [1e-3, 3e-3, 1e-2, 3e-2, 0.1].map((l2) => ({ l2, loss: 0 }));
  for (const seed of [0, 1, 2, 3]) {
    const { train: fitted, test } = splitTable(table, splitRows(table.data.rows, 0.2, seed));
    const lossOf = async (options: TrainOptions): Promise<number> => {
      const { model } = await train({ x: fitted.data, y: fitted.target! }, { backend, loss: 'logistic', ...options });
      return (await model.evaluate(test.data, test.target!)).loss;
    };
    chosen += await lossOf({ l2: 'auto' });
    defaults += await lossOf({});
    for (const member of grid) member.loss += await lossOf({ l2: member.l2 });
  }
  expect(chosen).toBeLessThan(1.02 * Math.min(...grid.map(({ loss }) => loss)));
  expect(chosen).toBeLessThan(defaults);
});
