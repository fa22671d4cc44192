import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { lossByName, losses, type Loss, type LossFactory } from '../../lib/losses/index.js';
import { errorOrder } from '../support/order.js';
import { drawTargets, extremeTargets, lossCases } from './draw.js';

const normals = (random: { normal(): number }, length: number, scale = 1): Float64Array =>
  Float64Array.from({ length }, () => scale * random.normal());
const plus = (a: Float64Array, t: number, b: Float64Array): Float64Array => a.map((value, e) => value + t * b[e]!);
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, e) => sum + value * b[e]!, 0);

interface RowResult {
  readonly value: number;
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
}

function row(loss: Loss, y: Float64Array, o: Float64Array): RowResult {
  const slope = new Float64Array(o.length);
  const curvature = new Float64Array(o.length ** 2);
  return { value: loss.row(o, 0, o.length, y, 0, slope, curvature), slope, curvature };
}

const times = (C: Float64Array, v: Float64Array): Float64Array =>
  v.map((_, a) => dot(C.subarray(a * v.length, (a + 1) * v.length), v));

/** Order 2, or nothing left but rounding. */
async function isSecondOrder(size: number, error: (h: number) => number): Promise<boolean> {
  if (Math.abs(error(10 ** -3.5)) < 1e-14 * (1 + size)) return true;
  return (await errorOrder(error)) > 1.9;
}

describe.each(lossCases)('$label', (one) => {
  const { loss, outputs } = one;
  const random = createRandom(3);
  const draws = Array.from({ length: 12 }, () => {
    const y = drawTargets(one, random);
    return { y, o: normals(random, outputs, 2), d: normals(random, outputs) };
  });

  it('has a slope of Taylor order 2', async () => {
    for (const { y, o, d } of draws) {
      const { value, slope } = row(loss, y, o);
      const second = await isSecondOrder(value, (h) => row(loss, y, plus(o, h, d)).value - (value + h * dot(slope, d)));
      expect(second, `${y} at ${o}`).toBe(true);
    }
  });

  it('has a curvature that is the derivative of the slope, or whose parabola lies above the loss everywhere', async () => {
    for (const { y, o, d } of draws) {
      const { value, slope, curvature } = row(loss, y, o);
      const change = dot(times(curvature, d), d);
      expect(change).toBeGreaterThanOrEqual(0);
      const error = (h: number): number => dot(row(loss, y, plus(o, h, d)).slope, d) - dot(slope, d) - h * change;
      if (await isSecondOrder(Math.abs(dot(slope, d)), error)) continue;
      expect(loss.growth!(d, 0, outputs)).toBe(0);
      for (const t of [-30, -3, -1, -0.1, 0.1, 1, 3, 30]) {
        const bound = value + t * dot(slope, d) + 0.5 * t * t * change;
        expect(row(loss, y, plus(o, t, d)).value).toBeLessThanOrEqual(bound + 1e-12 * (1 + Math.abs(bound)));
      }
    }
  });

  it('has the same bits whatever it is asked for at once', () => {
    for (const { y, o } of [...draws, { y: draws[0]!.y, o: draws[0]!.o.map((v) => 400 * v) }]) {
      const { value, slope, curvature } = row(loss, y, o);
      const [alone, other] = [new Float64Array(outputs), new Float64Array(outputs ** 2)];
      expect(loss.row(o, 0, outputs, y, 0, null, null)).toBe(value);
      loss.row(o, 0, outputs, y, 0, alone, null);
      loss.row(o, 0, outputs, y, 0, null, other);
      expect([alone, other]).toEqual([slope, curvature]);
    }
  });

  it('has a curvature root whose covariance over all signs is the curvature', () => {
    for (const { y, o } of draws) {
      const mean = new Float64Array(outputs ** 2);
      for (let bits = 0; bits < 2 ** outputs; bits++) {
        const e = Float64Array.from({ length: outputs }, (_, a) => ((bits >> a) & 1 ? 1 : -1));
        loss.curvatureRoot!(o, 0, outputs, y, 0, e);
        for (let a = 0; a < outputs; a++)
          for (let b = 0; b < outputs; b++) mean[a * outputs + b]! += (e[a]! * e[b]!) / 2 ** outputs;
      }
      const { curvature } = row(loss, y, o);
      mean.forEach((value, i) => expect(value).toBeCloseTo(curvature[i]!, 10));
    }
  });

  it.runIf(loss.growth)('stays below what its growth bound integrates to', () => {
    for (const { y, o, d } of draws) {
      const { value, slope, curvature } = row(loss, y, o);
      const M = loss.growth!(d, 0, outputs);
      const c = dot(times(curvature, d), d);
      for (const t of [-4, -1, -0.3, 0.3, 1, 4]) {
        const bend = M === 0 ? 0.5 * t * t : (Math.expm1(M * Math.abs(t)) - M * Math.abs(t)) / (M * M);
        const bound = value + t * dot(slope, d) + c * bend;
        expect(row(loss, y, plus(o, t, d)).value).toBeLessThanOrEqual(bound + 1e-12 * (1 + Math.abs(bound)));
      }
    }
  });

  it('reads and writes where it is told', () => {
    for (const { y, o, d } of draws) {
      const at = row(loss, y, o);
      const slope = new Float64Array(outputs);
      const shifted = Float64Array.of(9, 9, ...o, 9);
      expect(loss.row(shifted, 2, outputs, Float64Array.of(7, ...y), 1, slope, null)).toBe(at.value);
      expect(slope).toEqual(at.slope);
      expect(loss.row(shifted, 2, outputs, Float64Array.of(7, ...y), 1, null, null)).toBe(at.value);
      if (!loss.curvatureRoot) continue;
      const [here, there] = [d.slice(), d.slice()];
      loss.curvatureRoot(o, 0, outputs, y, 0, here);
      loss.curvatureRoot(shifted, 2, outputs, Float64Array.of(7, ...y), 1, there);
      expect(there).toEqual(here);
    }
    expect(loss.growth?.(Float64Array.of(50, 1, ...new Float64Array(outputs - 1), 50), 1, outputs)).toBe(
      loss.growth?.(Float64Array.of(1, ...new Float64Array(outputs - 1)), 0, outputs),
    );
  });

  it('overflows to Infinity, never to NaN, for any target it takes', () => {
    for (const target of extremeTargets(one)) {
      for (const output of [-1e308, -1e5, -750, -40, 0, 40, 750, 1e5, 1e308]) {
        const o = new Float64Array(outputs);
        o[0] = output;
        o[outputs - 1]! -= output / 3;
        const { value, slope, curvature } = row(loss, new Float64Array(loss.targetWidth(outputs)).fill(target), o);
        const shown = `target ${target}, output ${output}: ${value}, ${slope}, ${curvature}`;
        expect(value, shown).toBeGreaterThanOrEqual(0);
        expect([...slope, ...curvature].some(Number.isNaN), shown).toBe(false);
      }
    }
  });

  it('is NaN where an output is, so that a diverged trial is seen', () => {
    const o = new Float64Array(outputs).fill(NaN);
    expect(loss.row(o, 0, outputs, drawTargets(one, random), 0, null, null)).toBeNaN();
  });

  it.runIf(loss.codings.includes('numbers'))('is 0, with slope 0, where the prediction is the target', () => {
    for (const { y } of draws) {
      if (y.includes(0) && loss.prediction) continue;
      const o = y.map((wanted) => inverse(loss.prediction ?? ((output) => output), wanted));
      const { value, slope } = row(loss, y, o);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1e-25);
      expect(Math.max(...slope.map(Math.abs))).toBeLessThan(1e-12);
    }
  });
});

/** Where an increasing function is `wanted`, by bisection to the last bit. */
function inverse(f: (x: number) => number, wanted: number): number {
  let [low, high] = [-50, 50];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < wanted) low = middle;
    else high = middle;
  }
  return high;
}

describe.each(Object.entries<LossFactory>(losses))('the registry entry %s', (name, make) => {
  it('says its name, its options with their defaults, and how labels are coded', () => {
    const loss = make();
    expect(loss.name).toBe(name);
    expect(loss.native).toBe(name);
    expect(loss.parameters).toEqual(
      Object.fromEntries(Object.entries(make.options).map(([option, value]) => [option, value.default])),
    );
    expect(loss.codings.length).toBeGreaterThan(0);
  });

  it('is made again from the parameters that a model file keeps', () => {
    const { parameters } = make();
    expect(lossByName(name, JSON.parse(JSON.stringify(parameters))).parameters).toEqual(parameters);
  });

  it('refuses targets that are none', () => {
    for (const y of [NaN, Infinity, -Infinity]) expect(make().targetProblem(y, 3)).toContain(name);
  });
});

describe('options', () => {
  it('are refused out of range and where they do not belong', () => {
    expect(() => losses.huber({ delta: 0 })).toThrow('delta must be a finite number above 0, but 0 was given.');
    expect(() => losses.tweedie({ power: 2 })).toThrow('power must be a number between 1 and 2, but 2 was given.');
    expect(() => lossByName('squared', { power: 1.5 })).toThrow(
      "The loss 'squared' has no option 'power'; the loss 'tweedie' has it.",
    );
    expect(() => lossByName('squared', { zork: 1 })).toThrow("The loss 'squared' has no option 'zork'; no loss has it.");
    expect(() => lossByName('zork')).toThrow(`loss must be one of ${Object.keys(losses).join(', ')}, but 'zork' was given.`);
  });
});

describe('known values', () => {
  const at = (loss: Loss, o: number[], y: number[]): RowResult => row(loss, Float64Array.from(y), Float64Array.from(o));

  it('squared: half the squared distance', () =>
    expect(at(losses.squared(), [1.3, 1, 0], [0.3, -1, 2]).value).toBe(0.5 * (1 + 4 + 4)));

  it('logistic: log 2 on the boundary, symmetric in the two classes, a sum over labels', () => {
    const loss = losses.logistic();
    expect(at(loss, [0], [1]).value).toBe(Math.LN2);
    expect(at(loss, [0.7], [1]).value).toBe(at(loss, [-0.7], [-1]).value);
    expect(at(loss, [0.7, 2], [1, -1]).value).toBe(at(loss, [0.7], [1]).value + at(loss, [2], [-1]).value);
  });

  it.each([40, 800, 1e5, 1e300])('logistic at a margin of %d neither overflows nor loses the tail', (margin) => {
    const wrong = at(losses.logistic(), [-margin], [1]);
    expect(wrong.value).toBeCloseTo(margin, 10);
    expect(wrong.slope[0]).toBeCloseTo(-1, 15);
    const right = at(losses.logistic(), [margin], [1]);
    expect(right.value).toBe(Math.exp(-margin));
    expect(right.slope[0]).toBeCloseTo(-right.value, 30);
    expect(right.curvature[0]).toBe(right.value);
  });

  it('softmax: log of the number of classes when all outputs are equal, blind to a common shift, logistic for two', () => {
    const loss = losses.softmax();
    expect(at(loss, [3, 3, 3, 3, 3], [3]).value).toBeCloseTo(Math.log(5), 15);
    expect(at(loss, [65, 66, 67], [1]).value).toBeCloseTo(at(loss, [1, 2, 3], [1]).value, 12);
    expect(at(loss, [0.4, 1.9], [1]).value).toBeCloseTo(at(losses.logistic(), [1.5], [1]).value, 14);
  });

  it('huber: a parabola inside, a line outside', () => {
    expect(at(losses.huber({ delta: 2 }), [1.5], [0])).toEqual({
      value: 1.125,
      slope: Float64Array.of(1.5),
      curvature: Float64Array.of(1),
    });
    expect(at(losses.huber({ delta: 2 }), [-8], [0])).toEqual({
      value: 14,
      slope: Float64Array.of(-2),
      curvature: Float64Array.of(0.25),
    });
  });

  it('squared hinge: nothing beyond the margin', () => {
    const loss = losses['squared-hinge']();
    expect(at(loss, [1.5], [1])).toEqual({ value: 0, slope: Float64Array.of(0), curvature: Float64Array.of(0) });
    expect(at(loss, [-1], [1])).toEqual({ value: 4, slope: Float64Array.of(-4), curvature: Float64Array.of(2) });
  });

  it('poisson, gamma, tweedie: half the unit deviance, tweedie between the two', () => {
    const [y, o] = [3, 0.4];
    const mu = Math.exp(o);
    const poisson = y * Math.log(y / mu) - (y - mu);
    const gamma = (y - mu) / mu - Math.log(y / mu);
    expect(at(losses.poisson(), [o], [y]).value).toBeCloseTo(poisson, 14);
    expect(at(losses.gamma(), [o], [y]).value).toBeCloseTo(gamma, 14);
    const tweedie = y ** 0.5 / -0.25 - (y * mu ** -0.5) / -0.5 + mu ** 0.5 / 0.5;
    expect(at(losses.tweedie(), [o], [y]).value).toBeCloseTo(tweedie, 13);
    expect(at(losses.tweedie({ power: 1 + 1e-7 }), [o], [y]).value).toBeCloseTo(poisson, 5);
    expect(at(losses.tweedie({ power: 2 - 1e-7 }), [o], [y]).value).toBeCloseTo(gamma, 5);
    expect(at(losses.poisson(), [o], [0]).value).toBe(mu);
  });
});
