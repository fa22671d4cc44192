import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { calibrate, CalibratedModel } from '../../lib/calibration/calibrate.js';
import { isotonicRegression, isotonicValue } from '../../lib/calibration/isotonic.js';
import { plattScaling } from '../../lib/calibration/platt.js';
import { createRandom } from '../../lib/core/random.js';
import { calibrationCurve, calibrationError } from '../../lib/metrics/index.js';
import { train } from '../../lib/train.js';

const fixture = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'fixtures', 'calibration.json'), 'utf8'));
const { scores, truth, weights, grid } = fixture;

describe('Platt scaling', () => {
  it('is that of scikit-learn, without and with sample weights', () => {
    for (const [k, sampleWeights] of [undefined, weights].entries()) {
      const { a, b } = plattScaling(scores, truth, { sampleWeights });
      // Its own BFGS stops at a gradient of 1e-5.
      expect(a).toBeCloseTo(fixture.platt[k].a, 4);
      expect(b).toBeCloseTo(fixture.platt[k].b, 4);
    }
  });

  it('is finite for scores that separate the classes, and refuses one class', () => {
    const { a, b } = plattScaling([-2, -1, 1, 2], [0, 0, 1, 1]);
    expect(a).toBeLessThan(0);
    expect(Number.isFinite(a + b)).toBe(true);
    expect(() => plattScaling([1, 2], [1, 1])).toThrow(/two classes/);
  });
});

describe('isotonic regression', () => {
  it('is that of scikit-learn between and beyond the scores', () => {
    for (const [k, sampleWeights] of [undefined, weights].entries()) {
      const fitted = isotonicRegression(scores, truth, { sampleWeights });
      grid.forEach((score: number, at: number) => {
        expect(isotonicValue(fitted, score)).toBeCloseTo(fixture.isotonic[k][at], 12);
      });
    }
  });

  it('pools violators to their mean, and keeps what is in order', () => {
    const { scores: at, values } = isotonicRegression([1, 2, 3, 4, 5], [1, 3, 2, 2, 6]);
    expect(at).toEqual([1, 2, 4, 5]);
    expect(values).toEqual([1, 7 / 3, 7 / 3, 6]);
  });
});

it('the bins of the reliability diagram are those of scikit-learn', () => {
  const curve = calibrationCurve(truth, fixture.probabilities, { bins: 7 });
  expect(curve.length).toBe(fixture.curve.share.length);
  curve.forEach(({ share, meanProbability }, k) => {
    expect(share).toBeCloseTo(fixture.curve.share[k], 12);
    expect(meanProbability).toBeCloseTo(fixture.curve.mean[k], 12);
  });
});

/** Two normal classes at distance 1.5, a third one beside them for `classes` 3. */
function blobs(rows: number, classes: number, seed: number): { values: Float64Array; labels: string[] } {
  const random = createRandom(seed);
  const labels = Array.from({ length: rows }, () => 'abc'[random.integer(classes)]!);
  const values = Float64Array.from({ length: rows * 2 }, (_, e) => {
    const label = labels[e >> 1]!;
    const center = e % 2 === 0 ? (label === 'b' ? 1.5 : 0) : label === 'c' ? 1.5 : 0;
    return center + random.normal();
  });
  return { values, labels };
}

describe('calibrate', () => {
  it.each([
    ['platt', 2],
    ['isotonic', 2],
    ['platt', 3],
    ['isotonic', 3],
  ] as const)('%s makes the scores of a squared hinge or a softmax probabilities, %i classes', async (method, classes) => {
    const [fit, hold, test] = [blobs(400, classes, 1), blobs(3000, classes, 2), blobs(3000, classes, 3)];
    const data = ({ values, labels }: ReturnType<typeof blobs>) => ({ values, rows: labels.length, columns: 2 });
    const loss = classes === 2 ? 'squared-hinge' : 'softmax';
    const { model } = await train({ x: data(fit), y: fit.labels }, { loss, backend: 'javascript' });
    const calibratedModel = await calibrate(model, data(hold), hold.labels, { method });
    const probabilities = await calibratedModel.probabilities(data(test));
    for (let row = 0; row < test.labels.length; row++) {
      const own = probabilities.subarray(row * classes, (row + 1) * classes);
      expect(own.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    }
    const last = probabilities.filter((_, e) => e % classes === classes - 1);
    const came = test.labels.map((label) => label === 'abc'[classes - 1]);
    expect(calibrationError(came, last)).toBeLessThan(0.04);
    const predicted = await calibratedModel.predict(data(test));
    const right = predicted.filter((label, row) => label === test.labels[row]).length;
    expect(right / test.labels.length).toBeGreaterThan(classes === 2 ? 0.75 : 0.6);
    const again = new CalibratedModel(model, JSON.parse(JSON.stringify(calibratedModel.calibrations)));
    expect(await again.probabilities(data(test))).toEqual(probabilities);
  });

  it('refuses a model of numbers', async () => {
    const x = { values: Float64Array.of(1, 2, 3, 4), rows: 4, columns: 1 };
    const { model } = await train({ x, y: [1, 2, 3, 5] }, { backend: 'javascript' });
    await expect(calibrate(model, x, [1, 2, 3, 5])).rejects.toThrow('must be a model of classes');
  });
});
