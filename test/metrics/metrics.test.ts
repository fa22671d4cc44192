/** Against scikit-learn (`test/fixtures/make.py`), by hand, and what has to hold whatever the numbers. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import * as metrics from '../../lib/metrics/index.js';
import type { MetricOptions } from '../../lib/metrics/index.js';

const fixture = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'fixtures', 'metrics.json'), 'utf8'));
const { labels, predictedLabels, binary, scores, decided, probabilities, numbers, predictedNumbers, counts } = fixture;
const classes = ['ant', 'bee', 'cat'];

const ours: Readonly<Record<string, (options: MetricOptions) => unknown>> = {
  accuracy: (options) => metrics.accuracy(labels, predictedLabels, options),
  balancedAccuracy: (options) => metrics.balancedAccuracy(labels, predictedLabels, options),
  confusion: (options) => metrics.confusionMatrix(labels, predictedLabels, options).counts,
  'f1 macro': (options) => metrics.f1(labels, predictedLabels, options),
  'f1 micro': (options) => metrics.f1(labels, predictedLabels, { average: 'micro', ...options }),
  'f1 weighted': (options) => metrics.f1(labels, predictedLabels, { average: 'weighted', ...options }),
  'f1 binary': (options) => metrics.f1(binary, decided, { average: 'binary', ...options }),
  logLoss: (options) => metrics.logLoss(labels, probabilities, classes, options),
  rocAuc: (options) => metrics.rocAuc(binary, scores, options),
  rocAucOneVsRest: (options) => metrics.rocAucOneVsRest(labels, probabilities, classes, options),
  averagePrecision: (options) => metrics.averagePrecision(binary, scores, options),
  r2: (options) => metrics.r2(numbers, predictedNumbers, options),
  rmse: (options) => metrics.rmse(numbers, predictedNumbers, options),
  mae: (options) => metrics.mae(numbers, predictedNumbers, options),
  poissonDeviance: (options) => metrics.poissonDeviance(counts, predictedNumbers, options),
  gammaDeviance: (options) => metrics.gammaDeviance(numbers, predictedNumbers, options),
  tweedieDeviance: (options) => metrics.tweedieDeviance(counts, predictedNumbers, { power: 1.3, ...options }),
};

function expectClose(actual: unknown, expected: unknown): void {
  if (Array.isArray(expected)) {
    expect((actual as unknown[]).length).toBe(expected.length);
    expected.forEach((entry, k) => expectClose((actual as unknown[])[k], entry));
  } else
    expect(Math.abs((actual as number) - (expected as number))).toBeLessThanOrEqual(
      1e-12 * (1 + Math.abs(expected as number)),
    );
}

describe('as scikit-learn', () => {
  it.each(Object.keys(fixture.expected))('%s, without and with sample weights', (name) => {
    const [plain, weighted] = fixture.expected[name];
    expectClose(ours[name]!({}), plain);
    expectClose(ours[name]!({ sampleWeights: fixture.weights }), weighted);
  });

  it('the ROC curve, one point for each different score', () => {
    const { falsePositiveRate, truePositiveRate, thresholds } = metrics.rocCurve(binary, scores);
    expectClose(falsePositiveRate, fixture.roc.falsePositiveRate);
    expectClose(truePositiveRate, fixture.roc.truePositiveRate);
    expectClose(thresholds.slice(1), fixture.roc.thresholds);
    expect(thresholds[0]).toBe(Infinity);
  });
});

describe('weights', () => {
  it('of 2 are the row twice, and of 0 no row, in every metric', () => {
    const random = createRandom(5);
    const weights = Array.from(labels as unknown[], () => random.integer(3));
    const repeated = weights.flatMap((weight, row) => new Array<number>(weight).fill(row));
    const take = <T>(values: readonly T[], width = 1): T[] =>
      repeated.flatMap((row) => values.slice(row * width, (row + 1) * width));
    const cases: [string, unknown, unknown][] = [
      ['auc', metrics.rocAuc(binary, scores, { sampleWeights: weights }), metrics.rocAuc(take(binary), take(scores))],
      [
        'precision',
        metrics.averagePrecision(binary, scores, { sampleWeights: weights }),
        metrics.averagePrecision(take(binary), take(scores)),
      ],
      [
        'log loss',
        metrics.logLoss(labels, probabilities, classes, { sampleWeights: weights }),
        metrics.logLoss(take(labels), take(probabilities, 3), classes),
      ],
      [
        'r2',
        metrics.r2(numbers, predictedNumbers, { sampleWeights: weights }),
        metrics.r2(take(numbers), take(predictedNumbers)),
      ],
      [
        'f1',
        metrics.f1(labels, predictedLabels, { sampleWeights: weights }),
        metrics.f1(take(labels), take(predictedLabels)),
      ],
      [
        'calibration',
        metrics.calibrationError(binary, take2(probabilities), { sampleWeights: weights }),
        metrics.calibrationError(take(binary), take(take2(probabilities))),
      ],
    ];
    for (const [, weighted, twice] of cases) expectClose(weighted, twice);
  });

  it('that are none are refused', () => {
    expect(() => metrics.accuracy(['a'], ['a'], { sampleWeights: [-1] })).toThrow(
      'Sample weight 0 must be a finite number of at least 0, but -1 was given.',
    );
    expect(() => metrics.mae([1, 2], [1], {})).toThrow(/of length 2/);
    expect(() => metrics.accuracy([], [])).toThrow(/at least one row/);
  });
});

const take2 = (all: readonly number[]): number[] => all.filter((_, k) => k % 3 === 0);

describe('ROC AUC', () => {
  it('is the share of pairs in the right order, ties one half', () => {
    const random = createRandom(2);
    const truth = Array.from({ length: 60 }, () => random.integer(2));
    const tied = truth.map((y) => y + random.integer(4));
    let [right, pairs] = [0, 0];
    truth.forEach((a, i) =>
      truth.forEach((b, j) => {
        if (a !== 1 || b !== 0) return;
        pairs++;
        right += tied[i]! > tied[j]! ? 1 : tied[i]! === tied[j]! ? 0.5 : 0;
      }),
    );
    expect(metrics.rocAuc(truth, tied)).toBeCloseTo(right / pairs, 14);
  });

  it('does not depend on the order of rows with the same score', () => {
    expect(metrics.rocAuc([1, 0, 1, 0], [3, 3, 3, 3])).toBe(0.5);
    expect(metrics.rocAuc([0, 1, 0, 1], [3, 3, 3, 3])).toBe(0.5);
    expect(metrics.averagePrecision([1, 0, 0, 0], [3, 3, 3, 3])).toBe(0.25);
    expect(metrics.averagePrecision([0, 0, 0, 1], [3, 3, 3, 3])).toBe(0.25);
  });

  it('needs two classes, and of sets of labels takes each on its own', () => {
    expect(() => metrics.rocAuc([1, 1], [1, 2])).toThrow(/rows of two classes/);
    const sets = [['a'], ['b'], ['a', 'b'], []];
    expect(metrics.rocAucOneVsRest(sets, [2, 0, 0, 0.5, 3, 3, 1, 1], ['a', 'b'])).toBe(0.875);
  });
});

describe('R2', () => {
  it('is 1 for the truth, 0 for its mean, and has no meaning for a constant truth', () => {
    const truth = [1, 2, 3, 6];
    expect(metrics.r2(truth, truth)).toBe(1);
    expect(metrics.r2(truth, [3, 3, 3, 3])).toBe(0);
    expect(metrics.r2(truth, [2, 2, 3, 5])).toBeCloseTo(1 - 2 / 14, 15);
    expect(metrics.r2([3, 3], [1, 2])).toBeNaN();
    expect(metrics.r2(new Float64Array(49).fill(0.1), new Float64Array(49))).toBeNaN();
    expect(metrics.r2([3, 3, 5], [1, 2, 4], { sampleWeights: [1, 1, 0] })).toBeNaN();
  });
});

describe('log loss', () => {
  it('of equal probabilities is log of the number of classes, of a wrong certainty finite', () => {
    expect(metrics.logLoss(['a', 'b', 'c'], new Float64Array(9).fill(1 / 3), ['a', 'b', 'c'])).toBeCloseTo(Math.log(3), 14);
    expect(metrics.logLoss(['a'], [0, 1], ['a', 'b'])).toBeCloseTo(-Math.log(Number.EPSILON), 10);
    expect(() => metrics.logLoss(['d'], [0, 1], ['a', 'b'])).toThrow("'d' in row 0");
  });
});

describe('calibration error', () => {
  it('is 0 for probabilities that come true as often as they say, and their distance otherwise', () => {
    const truth = Array.from({ length: 100 }, (_, row) => Number(row % 4 === 0));
    expect(metrics.calibrationError(truth, new Float64Array(100).fill(0.25))).toBeCloseTo(0, 15);
    expect(metrics.calibrationError(truth, new Float64Array(100).fill(0.65))).toBeCloseTo(0.4, 14);
  });

  it('has the bins of a reliability diagram, the bounds included above', () => {
    const curve = metrics.calibrationCurve([0, 1, 1, 0], [0, 0.5, 0.5000001, 1], { bins: 2 });
    expect(curve.map(({ mass, share }) => [mass, share])).toEqual([
      [2, 0.5],
      [2, 0.5],
    ]);
  });
});

it('curves of rows that count the same are those of weights of 1, ties and infinite scores included', () => {
  const random = createRandom(4);
  const truth = Array.from({ length: 500 }, () => (random.uniform() < 0.3 ? 'in' : 'out'));
  const scores = truth.map((label) => Math.round(4 * (random.normal() + (label === 'in' ? 1 : 0))) / 4 || 0);
  scores[3] = Infinity;
  scores[4] = -Infinity;
  const options = { positive: 'in', sampleWeights: new Float64Array(500).fill(1) };
  expect(metrics.rocCurve(truth, scores, { positive: 'in' })).toEqual(metrics.rocCurve(truth, scores, options));
  expect(metrics.rocAuc(truth, scores, { positive: 'in' })).toBe(metrics.rocAuc(truth, scores, options));
});
