import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { filledIn } from '../../lib/data/matrix-data.js';
import { svd } from '../../lib/decompositions/index.js';
import { LogisticRegression, MLPClassifier } from '../../lib/estimators/index.js';
import type { Model } from '../../lib/io/model.js';
import { toOnnx } from '../../lib/io/onnx/export.js';
import { PCA, pipeline, StandardScaler } from '../../lib/preprocessing/index.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { sparseOf } from '../support/sparse.js';

const random = createRandom(5);
const rows = 120;
const columns = 7;
/** Two directions matter, the others are noise; columns are far from 0. */
const values = new Float64Array(rows * columns);
const labels: string[] = [];
for (let i = 0; i < rows; i++) {
  const [a, b] = [3 * random.normal(), 2 * random.normal()];
  for (let j = 0; j < columns; j++)
    values[i * columns + j] = 20 + a * Math.cos(j) + b * Math.sin(2 * j) + 0.1 * random.normal();
  labels.push(a + b + 0.5 * random.normal() > 0 ? 'yes' : 'no');
}
const x = { values, rows, columns };
const expectClose = (found: ArrayLike<number>, expected: ArrayLike<number>, limit: number): void => {
  expect(found.length).toBe(expected.length);
  for (let e = 0; e < found.length; e++) expect(Math.abs(found[e]! - expected[e]!)).toBeLessThan(limit);
};

describe('PCA', () => {
  it('has components of the variances that it says, without correlation', async () => {
    const pca = await new PCA({ components: 3 }).fit(x);
    const z = await pca.transform(x);
    expect(z.columns).toBe(3);
    const { explainedVariance, explainedVarianceRatio, mean } = pca.learned;
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let i = 0; i < rows; i++) sum += z.values[3 * i + a]! * z.values[3 * i + b]!;
        expect(sum / (rows - 1)).toBeCloseTo(a === b ? explainedVariance[a]! : 0, 9);
      }
    }
    expect(explainedVarianceRatio[0]! + explainedVarianceRatio[1]!).toBeGreaterThan(0.99);
    expect(mean[2]).toBeCloseTo(values.reduce((sum, v, e) => sum + (e % columns === 2 ? v : 0), 0) / rows, 10);
    const all = await new PCA({ components: columns }).fit(x);
    expect(all.learned.explainedVarianceRatio.reduce((sum, ratio) => sum + ratio, 0)).toBeCloseTo(1, 10);
  });

  it('comes back: all components exactly, two of them up to the variance that they leave out', async () => {
    for (const options of [{}, { standardize: true }, { whiten: true }, { standardize: true, whiten: true }]) {
      const pca = await new PCA({ components: columns, ...options }).fit(x);
      expectClose((await pca.inverseTransform(await pca.transform(x))).values, values, 1e-9);
    }
    const two = await new PCA({ components: 2 }).fit(x);
    const near = await two.inverseTransform(await two.transform(x));
    const left = Float64Array.from(near.values).reduce((sum, v, e) => sum + (v - values[e]!) ** 2, 0) / (rows - 1);
    const { values: sigma } = await svd(x, columns, { columns: 'centered' });
    expect(left).toBeCloseTo(sigma.slice(2).reduce((sum, s) => sum + s * s, 0) / (rows - 1), 9);
  });

  it('makes all variances 1 with whiten, and is the correlation matrix’s with standardize', async () => {
    const pca = await new PCA({ components: 4, whiten: true, standardize: true }).fit(x);
    const { values: z } = await pca.transform(x);
    for (let a = 0; a < 4; a++) {
      const squares = Float64Array.from(z).reduce((sum, v, e) => sum + (e % 4 === a ? v * v : 0), 0);
      expect(squares / (rows - 1)).toBeCloseTo(1, 9);
    }
    const scaled = new StandardScaler().fit(x).transform(x);
    const { values: sigma } = await svd(scaled, 4);
    expectClose(pca.learned.singularValues, sigma, 1e-9);
  });

  it('centers sparse data without filling in its zeros, and keeps float32', async () => {
    const some = values.map((v, e) => (e % 3 === 0 ? v : 0));
    const sparse = sparseOf(some, rows, columns);
    const dense = filledIn(sparse);
    const [a, b] = await Promise.all([sparse, dense].map((data) => new PCA({ components: 2 }).fit(data)));
    expectClose(a!.learned.directions, b!.learned.directions, 1e-9);
    expectClose((await a!.transform(sparse)).values, (await b!.transform(dense)).values, 1e-8);
    const short = { ...x, values: Float32Array.from(values) };
    const pca = await new PCA({ components: 2 }).fit(short);
    expect((await pca.transform(short)).values).toBeInstanceOf(Float32Array);
  });

  it('refuses to be used before it is fitted, other widths, and too many components', async () => {
    await expect(new PCA({ components: 2 }).transform(x)).rejects.toThrow('The PCA must be fitted before it is used.');
    await expect(new PCA({ components: 8 }).fit(x)).rejects.toThrow(/^components must be an integer from 1 to 7/);
    const pca = await new PCA({ components: 2 }).fit(x);
    const narrow = { values: new Float64Array(6), rows: 2, columns: 3 };
    await expect(pca.transform(narrow)).rejects.toThrow(/^The data must be 7 columns wide/);
    await expect(pca.inverseTransform(narrow)).rejects.toThrow(/^The components must be 2 columns wide/);
    expect(() => new PCA({ components: 0 })).toThrow(/^components must be/);
  });
});

describe('a pipeline with PCA', () => {
  it.each([
    ['linear', new LogisticRegression()],
    ['with a hidden layer', new MLPClassifier({ hidden: [5], maxIterations: 20 })],
  ])('is one model of the columns: %s', async (_, estimator) => {
    const parts = pipeline(new StandardScaler(), new PCA({ components: 3, whiten: true }), estimator);
    await parts.fit(x, labels);
    const folded = parts.foldedModel();
    expect(folded.inputs).toBe(columns);
    expectClose(await folded.outputs(x), await parts.decisionFunction(x), 1e-9);
  });
});

describe('train with pca', () => {
  it('is a training on components whose model reads columns, in a file and as ONNX too', async () => {
    const options: TrainOptions = { network: 'mlp', hidden: [4], maxIterations: 30 };
    const models: Model[] = [];
    const training = await train(
      { x, y: labels },
      { ...options, pca: 3, callbacks: [(_record, running) => void models.push(running.model())] },
    );
    const pca = await new PCA({ components: 3 }).fit(x);
    const z = await pca.transform(x);
    const plain = await train({ x: z, y: labels }, options);
    expect(training.objective).toBe(plain.objective);
    expect(training.columns).toBe(columns);
    expect(training.pca).toEqual({ components: 3, explained: expect.closeTo(1, 2) });
    expect(training.model.inputs).toBe(columns);
    expectClose(await training.model.outputs(x), await plain.model.outputs(z), 1e-9);
    expectClose(await models.at(-1)!.outputs(x), await plain.model.outputs(z), 1e-9);
    expect(toOnnx(training.model).length).toBeGreaterThan(100);
    expect(training.model.spec.task.classes).toEqual(plain.model.spec.task.classes);
  });

  it('learns the components from the rows that it trains on alone', async () => {
    const own = x.values.slice();
    const data = { x: { ...x, values: own }, y: labels };
    const first = train(data, { pca: 2, validation: 0.25 });
    // The caller may change what was given as soon as the promise is there.
    own.fill(0);
    const training = await first;
    expect(training.rows).toBe(90);
    expect(training.validation!.rows).toBe(30);
    const again = await train({ x, y: labels }, { pca: 2, validation: 0.25 });
    expect(training.objective).toBe(again.objective);
    const whole = await train({ x, y: labels }, { pca: 2 });
    expect(again.pca!.explained).not.toBe(whole.pca!.explained);
  });

  it('tells callbacks of the penalties tried, and of the end once', async () => {
    const tried: number[] = [];
    let ends = 0;
    const callback = Object.assign(() => undefined, {
      penalty: ({ l2 }: { readonly l2: number }) => void tried.push(l2),
      end: () => void ends++,
    });
    const training = await train({ x, y: labels }, { pca: 2, l2: 'auto', callbacks: [callback] });
    expect(tried.toSorted((a, b) => a - b)).toEqual(training.penalty!.path.map(({ l2 }) => l2));
    expect(ends).toBe(1);
  });

  it('refuses a start of columns, and components that there are not', async () => {
    const { model } = await train({ x, y: labels });
    await expect(train({ x, y: labels }, { pca: 2, start: model })).rejects.toThrow(/^With pca, start must be/);
    await expect(train({ x, y: labels }, { pca: 9 })).rejects.toThrow(/^components must be an integer from 1 to 7/);
    await expect(train({ x, y: labels }, { pca: '2' as never })).rejects.toThrow(/^components must be/);
  });
});
