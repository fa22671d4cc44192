import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import {
  Estimator,
  GeneralizedLinearRegression,
  LinearRegression,
  LogisticRegression,
  MLPClassifier,
  MLPRegressor,
} from '../../lib/estimators/index.js';
import { measureTargets } from '../../lib/estimators/target-scale.js';
import { Model } from '../../lib/io/model.js';
import { train, type TrainingCallback } from '../../lib/train.js';

const backend = 'javascript' as const;
const exact = { backend, tolerance: 1e-11, maxIterations: 2000 } as const;
const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-estimators-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = createRandom(8);
const rows = 60;
const values = Float64Array.from({ length: rows * 3 }, () => random.normal());
const x = { values, rows, columns: 3, columnNames: ['age', 'height', 'weight'] };
const score = Array.from({ length: rows }, (_, i) => values[3 * i]! - 2 * values[3 * i + 1]! + 0.5 + random.normal());
const classes = score.map((s) => (s > 1 ? 'high' : 'low'));
const three = score.map((s) => (s > 1 ? 'c' : s > -1 ? 'b' : 'a'));
const sets = score.map((s, i) => [...(s > 0 ? ['x'] : []), ...(values[3 * i + 2]! > 0 ? ['y'] : [])]);
const numbers = Float64Array.from(score);
const counts = Float64Array.from(score, (s) => Math.floor(Math.exp(0.4 * s) + random.uniform()));

/** Rows twice where the weight is 2, left out where it is 0. */
function repeated(weights: Float64Array) {
  const order = [...weights].flatMap((weight, row) => new Array<number>(weight).fill(row));
  return {
    x: {
      ...x,
      values: Float64Array.from(order.flatMap((row) => [...values.subarray(3 * row, 3 * row + 3)])),
      rows: order.length,
    },
    take: <T>(list: ArrayLike<T>): T[] => order.map((row) => list[row]!),
  };
}

function expectNear(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void {
  expect(a.length).toBe(b.length);
  for (let e = 0; e < a.length; e++) expect(Math.abs(a[e]! - b[e]!)).toBeLessThan(tolerance * (1 + Math.abs(b[e]!)));
}

describe('weights', () => {
  const weights = Float64Array.from({ length: rows }, () => random.integer(3));
  const given = { ...exact, l2: 0.03, standardize: false } as const;
  const cases: readonly [string, () => Estimator, ArrayLike<string | number>][] = [
    ['ridge', () => new LinearRegression(given), numbers],
    ['logistic', () => new LogisticRegression(given), classes],
    ['softmax', () => new LogisticRegression(given), three],
    ['poisson', () => new GeneralizedLinearRegression({ ...given, loss: 'poisson' }), counts],
    ['huber', () => new GeneralizedLinearRegression({ ...given, loss: 'huber', delta: 0.7 }), numbers],
  ];
  it.each(cases)('of 2 are the row twice, of 0 no row: %s', async (_, make, y) => {
    const twice = repeated(weights);
    const weighted = await make().fit(x, Array.from(y) as number[], { sampleWeights: weights });
    const again = await make().fit(twice.x, twice.take(y) as number[]);
    expectNear(await weighted.decisionFunction(x), await again.decisionFunction(x), 1e-7);
  });

  it('of 2 are the row twice in the scale of the targets of a network', () => {
    const target = { kind: 'numbers', values: numbers.map((value) => 1000 * value + 500) } as const;
    const { center, scale } = measureTargets(target, weights);
    const twice = repeated(weights).take(target.values);
    const mean = twice.reduce((sum, y) => sum + y, 0) / twice.length;
    expect(center[0]).toBeCloseTo(mean, 8);
    expect(scale[0]! ** 2).toBeCloseTo(twice.reduce((sum, y) => sum + (y - mean) ** 2, 0) / twice.length, 4);
  });

  it('of classes are weights of rows; balanced is n / (k n_c)', async () => {
    const high = classes.filter((label) => label === 'high').length;
    const share = { high: rows / (2 * high), low: rows / (2 * (rows - high)) };
    const sampleWeights = Float64Array.from(classes, (label) => share[label as 'high']);
    const balanced = await new LogisticRegression({ ...exact, classWeight: 'balanced' }).fit(x, classes);
    const named = await new LogisticRegression({ ...exact, classWeight: share }).fit(x, classes);
    const rowsWeighed = await new LogisticRegression(exact).fit(x, classes, { sampleWeights });
    expect(balanced.model.spec.parameters).toEqual(rowsWeighed.model.spec.parameters);
    expect(named.model.spec.parameters).toEqual(rowsWeighed.model.spec.parameters);
    const both = await new LogisticRegression({ ...exact, classWeight: share }).fit(x, classes, { sampleWeights });
    const squared = await new LogisticRegression(exact).fit(x, classes, { sampleWeights: sampleWeights.map((s) => s * s) });
    expectNear(both.model.spec.parameters, squared.model.spec.parameters, 1e-12);
  });

  it('of classes that are none are refused', async () => {
    const fitWith = (classWeight: never, y: never) => new LogisticRegression({ backend, classWeight }).fit(x, y);
    await expect(fitWith({ hihg: 2 } as never, classes as never)).rejects.toThrow(
      /classWeight must name classes that occur .* 'hihg' does not/,
    );
    await expect(fitWith({ high: -1 } as never, classes as never)).rejects.toThrow(/at least 0, but -1 was given/);
    await expect(fitWith('balanced' as never, sets as never)).rejects.toThrow(/one label a row/);
  });
});

describe('LinearRegression', () => {
  it('is least squares: residuals are orthogonal to every column and sum to 0', async () => {
    const fitted = await new LinearRegression(exact).fit(x, numbers);
    const residuals = (await fitted.decisionFunction(x)).map((output, row) => output - numbers[row]!);
    expect(Math.abs(residuals.reduce((sum, r) => sum + r, 0))).toBeLessThan(1e-6);
    for (let j = 0; j < 3; j++) {
      expect(Math.abs(residuals.reduce((sum, r, row) => sum + r * values[3 * row + j]!, 0))).toBeLessThan(1e-6);
    }
    const { features, outputs, weights, intercepts } = fitted.coefficients();
    expect(features).toEqual(['age', 'height', 'weight']);
    expect(outputs).toEqual(['y']);
    const first = weights[0]!.reduce((sum, w, j) => sum + w * values[j]!, intercepts[0]!);
    expect((await fitted.predict(x))[0]).toBeCloseTo(first, 12);
  });

  it('of several targets is each of them, whatever the penalty', async () => {
    const second = score.map((s, row) => s * s + row);
    const pairs = score.map((s, row) => [s, second[row]!]);
    const both = await new LinearRegression({ ...exact, l2: 0.1 }).fit(x, pairs);
    const alone = await new LinearRegression({ ...exact, l2: 0.1 }).fit(x, second);
    expectNear(both.coefficients().weights[1]!, alone.coefficients().weights[0]!, 1e-6);
    expect(both.coefficients().outputs).toEqual(['y0', 'y1']);
  });

  it('the penalty knows no unit of the target, nor of the columns with standardize', async () => {
    const options = { ...exact, l2: 0.2 };
    const one = await new LinearRegression(options).fit(x, numbers);
    const other = await new LinearRegression(options).fit(
      { ...x, values: values.map((v, e) => (e % 3 === 1 ? 1000 * v : v)) },
      numbers.map((y) => 1e6 * y),
    );
    const [w, v] = [one.coefficients().weights[0]!, other.coefficients().weights[0]!];
    expectNear(v, [w[0]! * 1e6, w[1]! * 1e3, w[2]! * 1e6], 1e-6);
  });
});

describe('GeneralizedLinearRegression', () => {
  it('takes exposure as an offset: rates times exposures are the counts', async () => {
    const exposure = Float64Array.from({ length: rows }, () => 0.5 + 3 * random.uniform());
    const offsets = exposure.map(Math.log);
    const fitted = await new GeneralizedLinearRegression({ ...exact, l2: 0 }).fit(x, counts, { offsets });
    const means = (await fitted.predict(x, { offsets })) as number[];
    // The score equation of the bias: the means sum to the counts.
    expect(means.reduce((sum, m) => sum + m, 0)).toBeCloseTo(
      counts.reduce((sum, y) => sum + y, 0),
      6,
    );
    const rates = (await fitted.predict(x)) as number[];
    expectNear(
      means,
      rates.map((rate, row) => rate * exposure[row]!),
      1e-12,
    );
  });

  it('huber finds its delta in the residuals, in the unit of the target', async () => {
    const far = numbers.map((y, row) => (row % 10 === 0 ? y + 40 : y));
    const robust = await new GeneralizedLinearRegression({ ...exact, loss: 'huber', l2: 0 }).fit(x, far);
    const plain = await new LinearRegression({ ...exact, l2: 0 }).fit(x, numbers);
    const dragged = await new LinearRegression({ ...exact, l2: 0 }).fit(x, far);
    const distance = (fitted: { coefficients(): { weights: readonly Float64Array[]; intercepts: Float64Array } }) =>
      Math.abs(fitted.coefficients().intercepts[0]! - plain.coefficients().intercepts[0]!);
    expect(distance(robust)).toBeLessThan(0.1 * distance(dragged));
    const scaled = await new GeneralizedLinearRegression({ ...exact, loss: 'huber', l2: 0 }).fit(
      x,
      far.map((y) => 1000 * y),
    );
    expectNear(
      scaled.coefficients().weights[0]!,
      robust.coefficients().weights[0]!.map((w) => 1000 * w),
      1e-6,
    );
  });

  it('its score is the share of the deviance that is explained', async () => {
    const fitted = await new GeneralizedLinearRegression(exact).fit(x, counts);
    const { metrics } = await fitted.evaluate(x, counts);
    expect(await fitted.score(x, counts)).toBe(metrics.d2);
    expect(metrics.deviance! / 2).toBeCloseTo(metrics.loss!, 10);
    expect(() => new GeneralizedLinearRegression({ loss: 'squared' as never })).toThrow(
      /one of poisson, gamma, tweedie, huber/,
    );
  });
});

describe('LogisticRegression', () => {
  it.each([
    ['two classes', classes, ['high', 'low']],
    ['several', three, ['a', 'b', 'c']],
    ['sets of labels', sets, ['x', 'y']],
    ['numbers as classes', score.map((s) => (s > 1 ? 7 : s > -1 ? 3 : 10)), [3, 7, 10]],
  ] as const)('%s: classes, probabilities, the first label', async (_, y, wanted) => {
    const fitted = await new LogisticRegression({ backend }).fit(x, y as never);
    expect(fitted.classes).toEqual(wanted);
    const p = await fitted.predictProba(x);
    expect(p.length).toBe(rows * wanted.length);
    expect(await fitted.score(x, y as never)).toBeGreaterThan(0.6);
    const [top] = await fitted.topK(x, 1);
    expect(top![0]!.probability).toBe(Math.max(...p.subarray(0, wanted.length)));
    const { outputs } = fitted.coefficients();
    expect(outputs).toEqual(wanted.length === 2 && y === classes ? ['low'] : wanted.map(String));
  });

  it('coefficients of softmax have mean 0 over the classes and give the same probabilities', async () => {
    const fitted = await new LogisticRegression({ backend }).fit(x, three);
    const { weights, intercepts } = fitted.coefficients();
    const row = values.subarray(0, 3);
    const outputs = weights.map((w, a) => w.reduce((sum, one, j) => sum + one * row[j]!, intercepts[a]!));
    expect(outputs.reduce((sum, o) => sum + o, 0)).toBeCloseTo(0, 10);
    const sum = outputs.reduce((total, o) => total + Math.exp(o), 0);
    const p = (await fitted.predictProba(x)).subarray(0, 3);
    outputs.forEach((o, a) => expect(Math.exp(o) / sum).toBeCloseTo(p[a]!, 10));
  });
});

describe('networks', () => {
  it('MLPRegressor knows no unit of the target, and its model speaks it', async () => {
    const options = { backend, hidden: [6], maxIterations: 30 } as const;
    const one = await new MLPRegressor(options).fit(x, numbers);
    const other = await new MLPRegressor(options).fit(
      x,
      numbers.map((y) => 1024 * y),
    );
    expectNear(
      await other.decisionFunction(x),
      (await one.decisionFunction(x)).map((y) => 1024 * y),
      1e-9,
    );
    const shifted = await new MLPRegressor(options).fit(
      x,
      numbers.map((y) => y + 4096),
    );
    expectNear(
      await shifted.decisionFunction(x),
      (await one.decisionFunction(x)).map((y) => y + 4096),
      1e-6,
    );
    const file = path.join(folder, 'regressor.model');
    await other.save(file);
    expect(await (await MLPRegressor.load(file)).decisionFunction(x)).toEqual(await other.decisionFunction(x));
  });

  it('early stopping is passed on, and validation rows are scaled like the others', async () => {
    const options = { backend, hidden: [8], maxIterations: 60, l2: 0, earlyStopping: { patience: 5 } } as const;
    const y = numbers.map((value) => 1e5 * value + 3e5);
    const own = { x, y: Float64Array.from(y) };
    const fitted = await new MLPRegressor({ ...options, validation: own }).fit(x, y);
    const { validation, scores } = fitted.training!;
    expect(validation!.rows).toBe(rows);
    expect(validation!.r2).toBeCloseTo(scores.r2!, 8);
    const share = await new MLPClassifier({ ...options, validation: 0.3 }).fit(x, three);
    expect(share.training!.validation!.rows).toBe(18);
  });

  it('MLPRegressor of several targets, with one that never varies', async () => {
    const y = score.map((s, row) => [s, 100 * values[3 * row]!, 5]);
    const fitted = await new MLPRegressor({ backend, hidden: [5], maxIterations: 200, minDecrease: 0 }).fit(x, y);
    const predicted = (await fitted.predict(x)) as number[][];
    predicted.forEach((own) => expect(own[2]).toBeCloseTo(5, 2));
  });

  it('are held back by the penalty of the noise, and by rows held out where many can be spared', async () => {
    const few = await new MLPClassifier({ backend, hidden: [2] }).fit(x, classes);
    expect(few.training!.l2).toBe(1 / rows);
    const wide = await new MLPClassifier({ backend, hidden: [100], maxIterations: 2 }).fit(x, classes);
    expect(wide.training!.penalty!.judge).toBe('noise');
    expect(few.training!.validation).toBeNull();
    expect(few.training!.iterations).toBeLessThanOrEqual(200);
    const layered = await new MLPClassifier({ backend, hidden: [2], layerPenalties: [2, 0.5] }).fit(x, classes);
    expect(layered.training).toMatchObject({ l2: 1 / rows, layerPenalties: [2, 0.5] });
    const many = { values: Float64Array.from({ length: 10_000 }, (_, row) => Math.sin(row)), rows: 10_000, columns: 1 };
    const options = { backend, hidden: [2], maxIterations: 2 } as const;
    const spared = await new MLPRegressor(options).fit(many, many.values);
    expect([spared.training!.l2, spared.training!.validation!.rows]).toEqual([1 / 9000, 1000]);
    const all = await new MLPRegressor({ ...options, earlyStopping: false }).fit(many, many.values);
    expect(all.training!.validation).toBeNull();
  });

  it('end where ten iterations lower the objective by less than 0.2 %, unless more is asked for', async () => {
    const options = { backend, hidden: [6], maxIterations: 120 } as const;
    const { stop, history, iterations } = (await new MLPClassifier(options).fit(x, three)).training!;
    expect(stop.reason).toBe('decrease');
    const shares = history.map(({ objective }, k) => (k < 10 ? 1 : history[k - 10]!.objective / objective - 1));
    expect(shares.findIndex((share) => share <= 2e-3)).toBe(iterations);
    for (const more of [{ tolerance: 1e-9 }, { tolerance: 0 }, { minDecrease: 0 }, { minDecrease: 1e-12 }])
      expect((await new MLPClassifier({ ...options, ...more }).fit(x, three)).training!.iterations).toBeGreaterThan(
        iterations,
      );
  });

  it('the same seed gives the same network, another one another', async () => {
    const fitWith = async (seed: number) =>
      (await new MLPClassifier({ backend, hidden: [3], maxIterations: 4, seed }).fit(x, three)).model.spec.parameters;
    expect(await fitWith(1)).toEqual(await fitWith(1));
    expect(await fitWith(1)).not.toEqual(await fitWith(2));
  });
});

describe('an estimator', () => {
  it('warm starts where it ended: the second fit is over at once', async () => {
    for (const [make, y] of [
      [() => new LogisticRegression({ backend, warmStart: true }), classes],
      [() => new MLPRegressor({ backend, warmStart: true, hidden: [3], maxIterations: 300, minDecrease: 0 }), numbers],
    ] as const) {
      const estimator = make();
      await estimator.fit(x, y as never);
      const first = estimator.training!;
      await estimator.fit(x, y as never);
      expect(estimator.training!.iterations).toBeLessThan(Math.max(2, first.iterations / 3));
      expect(estimator.training!.objective).toBeLessThanOrEqual(first.objective * (1 + 1e-9));
    }
  });

  it('is train with other names', async () => {
    const options = { l2: 0.02, precision: 'float32', seed: 3 } as const;
    const fitted = await new LogisticRegression({ backend, ...options }).fit(x, classes);
    const { model } = await train({ x, y: classes }, { backend, ...options, standardize: true });
    expect(fitted.model.spec.parameters).toEqual(model.spec.parameters);
    const free = await new Estimator({ backend, network: 'gated', hidden: [2], maxIterations: 5 }).fit(x, classes);
    expect(free.model.spec.network).toBe('gated');
  });

  it('passes callbacks and the signal on', async () => {
    let heard = 0;
    const callbacks = [() => void heard++];
    await new LogisticRegression({ backend }).fit(x, classes, { callbacks });
    expect(heard).toBeGreaterThan(1);
  });

  it('rejects with the reason of a signal, and keeps the best point', async () => {
    const interruption = new AbortController();
    const reason = new Error('the client has gone');
    const stopped = new LogisticRegression({ backend });
    const callbacks = [({ iteration }: { iteration: number }) => void (iteration === 2 && interruption.abort(reason))];
    await expect(stopped.fit(x, classes, { callbacks, signal: interruption.signal })).rejects.toBe(reason);
    expect(stopped.training!.stop.reason).toBe('aborted');
    expect(stopped.training!.iterations).toBe(2);
    expect(await stopped.predict(x)).toHaveLength(x.rows);
    const whole = await new LogisticRegression({ backend }).fit(x, classes);
    expect((await stopped.fit(x, classes)).model.spec.parameters).toEqual(whole.model.spec.parameters);
  });

  it('rejects with what a callback throws, and keeps the best point', async () => {
    const failing = new LogisticRegression({ backend });
    let best: Model | null = null;
    const callbacks: TrainingCallback[] = [
      ({ iteration }, run) => {
        if (iteration < 3) return;
        best = run.model();
        throw new Error('disk full');
      },
    ];
    await expect(failing.fit(x, classes, { callbacks })).rejects.toThrow('disk full');
    expect(failing.model.spec.parameters).toEqual(best!.spec.parameters);
    await expect(new LogisticRegression({ backend }).fit(x, ['only', 'two', 'rows'])).rejects.toThrow();
    expect(() => new LogisticRegression().model).toThrow('must be fitted');
  });

  it('is saved and loaded, and refuses a model of another kind', async () => {
    const file = path.join(folder, 'logistic.model');
    const fitted = await new LogisticRegression({ backend }).fit(x, three);
    await fitted.save(file);
    const loaded = await LogisticRegression.load(file);
    expect(await loaded.predictProba(x)).toEqual(await fitted.predictProba(x));
    expect(loaded.coefficients().features).toEqual(['x0', 'x1', 'x2']);
    await expect(LinearRegression.load(file)).rejects.toThrow('must have a model of numbers');
    await expect(MLPClassifier.load(file)).rejects.toThrow("of the network 'mlp', but this is one of 'linear'");
    expect(LogisticRegression.of(await Model.load(file)).classes).toEqual(['a', 'b', 'c']);
  });

  it('says what is missing or misplaced', async () => {
    expect(() => new LogisticRegression().model).toThrow(
      'The LogisticRegression must be fitted or loaded before it is used.',
    );
    expect(() => new MLPRegressor({ loss: 'huber' } as never)).toThrow(
      'loss must be left out, because a MLPRegressor decides it.',
    );
    await expect(new LogisticRegression({ l3: 1 } as never).fit(x, classes)).rejects.toThrow("There is no option 'l3'.");
    await expect(new LogisticRegression().fit(x, classes, { l2: 1 } as never)).rejects.toThrow("There is no option 'l2'");
    await expect(new MLPRegressor({ backend }).fit(x, classes)).rejects.toThrow(
      'The target of a regression must be numbers',
    );
    await expect(new LinearRegression({ backend }).fit(x, classes)).rejects.toThrow(/needs numbers as target/);
  });

  it('copies itself with other options, not fitted', async () => {
    const fitted = await new LogisticRegression({ backend, l2: 1 }).fit(x, classes);
    const other = fitted.with({ l2: 2 });
    expect(other).toBeInstanceOf(LogisticRegression);
    expect(other.options).toEqual({ backend, l2: 2 });
    expect(() => other.model).toThrow('must be fitted');
  });
});

it('wrong calls do not compile', () => {
  // @ts-expect-error the loss of a LogisticRegression is decided by its labels
  const loss = () => new LogisticRegression({ loss: 'squared' });
  // @ts-expect-error a linear model has no hidden layers
  const hidden = () => new LinearRegression({ hidden: [3] });
  // @ts-expect-error a regression has no classes to weigh
  const weights = () => new MLPRegressor({ classWeight: 'balanced' });
  // @ts-expect-error not a family
  const family = () => new GeneralizedLinearRegression({ loss: 'cauchy' });
  for (const call of [loss, family]) expect(call).toThrow();
  expect([hidden, weights].length).toBe(2);
});
