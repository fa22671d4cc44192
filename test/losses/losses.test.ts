import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { losses, type Loss } from '../../lib/losses/index.js';
import { errorOrder } from '../support/order.js';
import { normals } from '../support/problems.js';
import { dot, plus } from '../support/reference.js';

interface Case {
  readonly label: string;
  readonly loss: Loss;
  readonly width: number;
  readonly y: Float64Array;
}

const cases: readonly Case[] = [
  { label: 'squared', loss: losses.squared, width: 1, y: Float64Array.of(0.3) },
  { label: 'squared, 3 outputs', loss: losses.squared, width: 3, y: Float64Array.of(0.3, -1, 2) },
  { label: 'logistic, +1', loss: losses.logistic, width: 1, y: Float64Array.of(1) },
  { label: 'logistic, -1', loss: losses.logistic, width: 1, y: Float64Array.of(-1) },
  { label: 'softmax, 2 classes', loss: losses.softmax, width: 2, y: Float64Array.of(1) },
  { label: 'softmax, 5 classes', loss: losses.softmax, width: 5, y: Float64Array.of(3) },
];

interface RowResult {
  readonly value: number;
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
}

function row({ loss, width, y }: Case, o: Float64Array): RowResult {
  const slope = new Float64Array(width);
  const curvature = new Float64Array(width * width);
  const value = loss.row(o, 0, width, y, 0, slope, curvature);
  return { value, slope, curvature };
}

describe.each(cases)('$label', (one) => {
  const random = createRandom(3);
  const o = normals(random, one.width);
  const d = normals(random, one.width);
  const at = row(one, o);

  it('slope has Taylor order 2', async () => {
    const order = await errorOrder((h) => row(one, plus(o, h, d)).value - (at.value + h * dot(at.slope, d)));
    expect(order).toBeGreaterThan(1.97);
    expect(order).toBeLessThan(2.03);
  });

  it('curvature is the derivative of the slope', () => {
    const h = 1e-6;
    const ahead = row(one, plus(o, h, d)).slope;
    const behind = row(one, plus(o, -h, d)).slope;
    ahead.forEach((slope, a) => {
      const expected = dot(at.curvature.subarray(a * one.width, (a + 1) * one.width), d);
      expect((slope - behind[a]!) / (2 * h)).toBeCloseTo(expected, 8);
    });
  });

  it('reads and writes where it is told', () => {
    const shifted = Float64Array.of(9, 9, ...o, 9);
    const y = Float64Array.of(7, ...one.y);
    const slope = new Float64Array(one.width);
    expect(one.loss.row(shifted, 2, one.width, y, 1, slope, null)).toBe(at.value);
    expect(slope).toEqual(at.slope);
    expect(one.loss.row(shifted, 2, one.width, y, 1, null, null)).toBe(at.value);
    expect(one.loss.targetWidth(one.width)).toBe(one.y.length);
  });

  it('curvatureRoot is a root of the curvature: the mean of C^(1/2) xi xi\' C^(1/2)\' over all signs xi', () => {
    const { loss, width } = one;
    const mean = new Float64Array(width * width);
    for (let bits = 0; bits < 2 ** width; bits++) {
      const e = Float64Array.from({ length: width }, (_, a) => ((bits >> a) & 1 ? 1 : -1));
      loss.curvatureRoot!(o, 0, width, e);
      for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) mean[a * width + b]! += (e[a]! * e[b]!) / 2 ** width;
    }
    mean.forEach((value, i) => expect(value).toBeCloseTo(at.curvature[i]!, 14));
  });
});

describe('known values', () => {
  it('squared: half the squared distance', () => {
    expect(row(cases[1]!, Float64Array.of(1.3, 1, 0)).value).toBe(0.5 * (1 + 4 + 4));
  });

  it('logistic: log 2 on the boundary, symmetric in the two classes', () => {
    expect(row(cases[2]!, Float64Array.of(0)).value).toBe(Math.LN2);
    expect(row(cases[2]!, Float64Array.of(0.7)).value).toBe(row(cases[3]!, Float64Array.of(-0.7)).value);
  });

  it('softmax: log of the number of classes when all outputs are equal, blind to a common shift', () => {
    expect(row(cases[5]!, new Float64Array(5).fill(3)).value).toBeCloseTo(Math.log(5), 15);
    const o = Float64Array.of(1, 2, 3, 4, 5);
    expect(row(cases[5]!, o.map((x) => x + 64)).value).toBeCloseTo(row(cases[5]!, o).value, 12);
  });

  it('softmax of two classes is the logistic loss of their difference', () => {
    const { value, slope } = row(cases[4]!, Float64Array.of(0.4, 1.9));
    const logistic = row(cases[2]!, Float64Array.of(1.5));
    expect(value).toBeCloseTo(logistic.value, 14);
    expect(slope[1]).toBeCloseTo(logistic.slope[0]!, 14);
  });
});

describe('far from the data', () => {
  it.each([40, 800, 1e5, 1e300])('logistic at a margin of %d neither overflows nor loses the tail', (margin) => {
    const wrong = row(cases[2]!, Float64Array.of(-margin));
    expect(wrong.value).toBeCloseTo(margin, 10);
    expect(wrong.slope[0]).toBeCloseTo(-1, 15);
    const right = row(cases[2]!, Float64Array.of(margin));
    expect(right.value).toBe(Math.exp(-margin));
    expect(right.slope[0]).toBe(right.value === 0 ? -0 : -right.value);
    expect(right.curvature[0]).toBe(right.value);
  });

  it.each([800, 1e5, 1e300])('softmax with outputs %d apart stays finite', (distance) => {
    const o = Float64Array.of(distance, 0, -distance, 0, 0);
    const { value, slope, curvature } = row(cases[5]!, o);
    expect(value).toBe(distance);
    expect(Array.from(slope)).toEqual([1, 0, 0, -1, 0]);
    expect(curvature.every((c) => Math.abs(c) < 1e-300)).toBe(true);
  });

  it.each(Object.values(losses))('$name of NaN is NaN', (loss) => {
    expect(loss.row(Float64Array.of(NaN, 0), 0, loss.name === 'logistic' ? 1 : 2, Float64Array.of(1, 1), 0, null, null)).toBeNaN();
  });
});
