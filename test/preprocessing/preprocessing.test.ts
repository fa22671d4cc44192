import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { filledIn } from '../../lib/data/index.js';
import { LinearRegression, LogisticRegression, MLPRegressor } from '../../lib/estimators/index.js';
import { Model } from '../../lib/io/model.js';
import { MinMaxScaler } from '../../lib/preprocessing/min-max-scaler.js';
import { OneHotEncoder } from '../../lib/preprocessing/one-hot-encoder.js';
import { pipeline } from '../../lib/preprocessing/pipeline.js';
import { StandardScaler } from '../../lib/preprocessing/standard-scaler.js';
import { crossValidate, search } from '../../lib/selection/index.js';
import { sparseOf } from '../support/sparse.js';

const random = createRandom(3);
const rows = 50;
const values = Float64Array.from({ length: rows * 3 }, (_, e) => (e % 3 === 2 ? 7 : 10 ** (e % 3) * random.normal() + 5));
const x = { values, rows, columns: 3 };
const y = Float64Array.from({ length: rows }, (_, i) => values[3 * i]! + values[3 * i + 1]! / 10 + random.normal());
const labels = [...y].map((value) => (value > 6 ? 'up' : 'down'));
const column = (data: { values: ArrayLike<number> }, j: number): number[] =>
  Array.from(data.values).filter((_, e) => e % 3 === j);
const mean = (list: readonly number[]): number => list.reduce((sum, v) => sum + v / list.length, 0);

describe('StandardScaler', () => {
  it('gives mean 0 and spread 1, and 0 for a constant column, in the precision of x', () => {
    const scaled = new StandardScaler().fit(x).transform(x) as typeof x;
    for (const j of [0, 1]) {
      expect(mean(column(scaled, j))).toBeCloseTo(0, 12);
      expect(mean(column(scaled, j).map((v) => v * v))).toBeCloseTo(1, 12);
    }
    expect(column(scaled, 2)).toEqual(new Array(rows).fill(0));
    const short = { ...x, values: Float32Array.from(values) };
    expect((new StandardScaler().fit(short).transform(short) as typeof short).values).toBeInstanceOf(Float32Array);
  });

  it('keeps the zeros of sparse data', () => {
    const dense = values.map((v, e) => (e % 4 === 0 ? v : 0));
    const sparse = sparseOf(dense, rows, 3);
    const scaled = filledIn(new StandardScaler().fit(sparse).transform(sparse) as typeof sparse);
    const { scale } = new StandardScaler().fit({ values: dense, rows, columns: 3 }).affine;
    scaled.values.forEach((v, e) => expect(v).toBeCloseTo(dense[e]! / scale[e % 3]!, 12));
  });

  it('refuses other columns, and to be used before it is fitted', () => {
    expect(() => new StandardScaler().transform(x)).toThrow('The StandardScaler must be fitted before it is used.');
    const fitted = new StandardScaler().fit(x);
    expect(() => fitted.transform({ ...x, rows: 75, columns: 2 })).toThrow(
      'The data must be 3 columns wide, as it was fitted',
    );
  });
});

describe('MinMaxScaler', () => {
  it('gives the range asked for, and its low end for a constant column', () => {
    for (const range of [
      [0, 1],
      [-2, 3],
    ] as const) {
      const scaled = new MinMaxScaler({ range }).fit(x).transform(x) as typeof x;
      for (const j of [0, 1]) {
        expect(Math.min(...column(scaled, j))).toBeCloseTo(range[0], 12);
        expect(Math.max(...column(scaled, j))).toBeCloseTo(range[1], 12);
      }
      expect(column(scaled, 2).every((v) => Math.abs(v - range[0]) < 1e-12)).toBe(true);
    }
    expect(() => new MinMaxScaler({ range: [1, 1] })).toThrow(/two different ends/);
    expect(() => new MinMaxScaler().fit(sparseOf(values, rows, 3))).toThrow(/dense data/);
  });
});

describe('OneHotEncoder', () => {
  const table = [
    ['red', 2],
    ['blue', 10],
    ['red', 10],
  ] as const;

  it('has a column for every category, by name', () => {
    const encoder = new OneHotEncoder({ names: ['color', 'size'] }).fit(table);
    const encoded = encoder.transform(table);
    expect(encoded.columnNames).toEqual(['color=blue', 'color=red', 'size=2', 'size=10']);
    expect([...filledIn(encoded).values]).toEqual([0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1]);
    const again = new OneHotEncoder({ categories: JSON.parse(JSON.stringify(encoder.categories)) });
    expect(again.transform(table).indices).toEqual(encoded.indices);
  });

  it('leaves out what it has not seen, or refuses it', () => {
    const unseen = [['green', 2]] as const;
    expect([...filledIn(new OneHotEncoder().fit(table).transform(unseen)).values]).toEqual([0, 0, 1, 0]);
    const strict = new OneHotEncoder({ unknown: 'refuse' }).fit(table);
    expect(() => strict.transform(unseen)).toThrow("'green' in row 0 (from 0), column 'x0', is not");
    expect(() => strict.transform([['red']])).toThrow('A row of categories must be of length 2');
    expect(() => new OneHotEncoder().fit([['a'], []])).toThrow('Row 1 of the categories must be a list of 1');
  });
});

describe('pipeline', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-pipeline-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const options = { backend: 'javascript', l2: 0.1, standardize: false, tolerance: 1e-10 } as const;

  it('of a StandardScaler with a plain penalty is the penalty on standardized columns', async () => {
    const piped = await pipeline(new StandardScaler(), new LinearRegression(options)).fit(x, y);
    const inside = await new LinearRegression({ ...options, standardize: true }).fit(x, y);
    const [a, b] = [await piped.decisionFunction(x), await inside.decisionFunction(x)];
    a.forEach((output, row) => expect(output).toBeCloseTo(b[row]!, 6));
  });

  it('is saved as one model that reads rows as they are', async () => {
    const file = path.join(folder, 'folded.model');
    for (const estimator of [
      new LinearRegression(options),
      new MLPRegressor({ backend: 'javascript', hidden: [3], maxIterations: 20 }),
    ]) {
      const piped = await pipeline(new StandardScaler(), new MinMaxScaler({ range: [-1, 1] }), estimator).fit(x, y);
      await piped.save(file);
      const outputs = await (await Model.load(file)).outputs(x);
      (await piped.decisionFunction(x)).forEach((output, row) => expect(outputs[row]).toBeCloseTo(output, 9));
    }
  });

  it('of categories predicts and is judged as one', async () => {
    const table = Array.from({ length: 60 }, (_, i) => ['abc'[i % 3]!, i % 2]);
    const target = table.map(([letter, bit]) => (letter === 'a' || bit === 1 ? 'yes' : 'no'));
    const piped = pipeline(new OneHotEncoder(), new LogisticRegression({ backend: 'javascript' }));
    expect(await (await piped.fit(table, target)).score(table, target)).toBe(1);
    expect((await piped.predictProba(table)).length).toBe(120);
    await expect(piped.save(path.join(folder, 'no.model'))).rejects.toThrow('OneHotEncoder cannot be put into a layer');
  });

  it('is cross-validated and searched, learning means from each fold alone', async () => {
    const piped = pipeline(new StandardScaler(), new LogisticRegression({ ...options, tolerance: 1e-9 }));
    const inside = new LogisticRegression({ ...options, standardize: true, tolerance: 1e-9 });
    const [a, b] = [await crossValidate(piped, { x, y: labels }), await crossValidate(inside, { x, y: labels })];
    expect(a.mean.logLoss).toBeCloseTo(b.mean.logLoss!, 5);
    const found = await search(piped, { x, y: labels }, { l2: [1, 0.01] }, { folds: 3 });
    expect(found.estimator.estimator.options.l2).toBe(found.best.options['l2']);
    expect(() => piped.model).toThrow('must be fitted');
  });

  it('says what is no part of it', () => {
    expect(() => pipeline(new StandardScaler(), {} as never)).toThrow('The last part of a pipeline must be an estimator');
    expect(() => pipeline({} as never, new LinearRegression())).toThrow('A part of a pipeline must be a transformer');
  });
});
