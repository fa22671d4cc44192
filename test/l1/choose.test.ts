/** The strength of an l1 penalty without a number, the estimators and the search over it. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { LinearRegression, LogisticRegression } from '../../lib/estimators/index.js';
import { linear } from '../../lib/networks/index.js';
import { fitL1At, largestL1 } from '../../lib/l1/fit.js';
import type { L1Choice } from '../../lib/l1/options.js';
import { squared } from '../../lib/losses/index.js';
import type { Loss } from '../../lib/losses/loss.js';
import { search } from '../../lib/selection/index.js';
import { train } from '../../lib/train.js';
import { backends, quickest } from '../support/backends.js';
import { normals } from '../support/problems.js';
import { penaltyProblem } from '../selection/problem.js';

/** y = 2 x_0 - x_1 + noise, of 40 columns. */
function few(rows: number) {
  const random = createRandom(8);
  const columns = 40;
  const values = normals(random, rows * columns);
  const noise = normals(random, rows);
  const y = noise.map((e, i) => 2 * values[i * columns]! - values[i * columns + 1]! + 0.5 * e);
  return { x: { rows, columns, values }, y };
}

describe.each(backends)('on $name', ({ name: backend }) => {
  it("penalty: 'l1' finds the columns that matter and a strength about as good as the best of a grid", async () => {
    const { x, y } = few(100);
    const fresh = few(400);
    const errorOf = async (weights: Float64Array) => {
      let sum = 0;
      for (let i = 100; i < 400; i++) {
        let o = weights.at(-1)!;
        for (let j = 0; j < 40; j++) o += fresh.x.values[i * 40 + j]! * weights[j]!;
        sum += (o - fresh.y[i]!) ** 2 / 300;
      }
      return sum;
    };
    const chosen = await train({ x, y }, { loss: 'squared', task: 'regression', penalty: 'l1', backend });
    const { parameters } = chosen.model.spec;
    expect(parameters[0]).toBeGreaterThan(1.5);
    expect(parameters[1]).toBeLessThan(-0.5);
    expect(parameters.filter((w) => w === 0).length).toBeGreaterThan(15);
    expect(chosen.l1).toBeGreaterThan(0);
    expect(chosen.penalty!.by).toBe('5 folds, along the gradient');
    expect(chosen.penalty!.path.some(({ l1, l2 }) => l1 === chosen.l1 && l2 === 0)).toBe(true);
    const errors = await Promise.all(
      [0.3, 0.1, 0.03, 0.01, 0.003].map(async (l1) =>
        errorOf((await train({ x, y }, { loss: 'squared', task: 'regression', l1, backend })).model.spec.parameters),
      ),
    );
    expect(await errorOf(parameters)).toBeLessThan(1.1 * Math.min(...errors));
  });
});

it("l1: 'gradient' goes along the derivative to what the path finds", async () => {
  for (const rows of [100, 300]) {
    const { x, y } = few(rows);
    const common = { loss: 'squared', task: 'regression', penalty: 'elastic-net', l1Ratio: 0.9 } as const;
    const [path, gradient] = [
      await train({ x, y }, { ...common, l1: 'path' }),
      await train({ x, y }, { ...common, l1: 'gradient' }),
    ];
    expect(path.penalty!.by).toBe('5 folds');
    expect(gradient.penalty!.judge).toBe('gradient');
    expect(gradient.l2 / gradient.l1).toBeCloseTo(1 / 9, 12);
    const least = (path: readonly { readonly loss: number }[]) => Math.min(...path.map(({ loss }) => loss));
    expect(least(gradient.penalty!.path)).toBeLessThan(1.01 * least(path.penalty!.path));
    // The slopes are those of the losses beside them: of two neighbors about their difference.
    const sloped = gradient.penalty!.path;
    for (const [k, { l1, loss, slope }] of sloped.entries()) {
      const next = sloped[k + 1];
      // The last one has no weights, whatever the strength.
      if (!next || k + 2 === sloped.length) continue;
      const between = (next.loss - loss) / Math.log(next.l1! / l1!);
      const [low, high] = [Math.min(slope!, next.slope!), Math.max(slope!, next.slope!)];
      expect(between).toBeGreaterThan(low - 0.5 * (high - low));
      expect(between).toBeLessThan(high + 0.5 * (high - low));
    }
  }
});

it('columns in other units are found below a column of noise, whether its weight gains or loses a little', async () => {
  for (const seed of [1, 2, 4, 6]) {
    const random = createRandom(seed);
    const values = Float64Array.from({ length: 1200 }, (_, e) => (e % 4 === 0 ? 1e4 : 1) * random.normal());
    const y = Float64Array.from(
      { length: 300 },
      (_, i) => 2 * values[i * 4 + 1]! - values[i * 4 + 2]! + 0.3 * random.normal(),
    );
    const lossAlong = async (l1: L1Choice) => {
      const common = { loss: 'squared', task: 'regression', standardize: false } as const;
      const { penalty } = await train({ x: { rows: 300, columns: 4, values }, y }, { ...common, l1 });
      return Math.min(...penalty!.path.map(({ loss }) => loss));
    };
    const path = await lossAlong('path');
    expect(path).toBeLessThan(0.06);
    expect(await lossAlong('auto')).toBeLessThan(1.03 * path);
    expect(await lossAlong('gradient')).toBeLessThan(1.03 * path);
  }
});

const kinds: readonly [
  'numbers' | 'two classes' | 'three classes',
  (random: ReturnType<typeof createRandom>) => number | string,
][] = [
  ['numbers', (random) => random.normal()],
  ['two classes', (random) => (random.integer(2) === 0 ? 'no' : 'yes')],
  ['three classes', (random) => 'abc'[random.integer(3)]!],
];

it.each(kinds)('of columns of noise none is kept, and that is said: %s', async (_, draw) => {
  let kept = 0;
  for (const [seed, rows, columns] of [
    [1, 60, 20],
    [2, 200, 40],
    [3, 50, 100],
    [4, 3000, 5],
  ] as const) {
    const random = createRandom(seed);
    const values = normals(random, rows * columns);
    const y = Array.from({ length: rows }, () => draw(random)) as number[];
    for (const l1 of ['path', 'gradient'] as const) {
      const training = await train({ x: { values, rows, columns }, y }, { l1 });
      const { parameters, task } = training.model.spec;
      const used = parameters.subarray(0, columns * task.outputs).filter((w) => w !== 0).length;
      expect(training.penalty!.empty).toBe(used === 0);
      expect(training.stop.converged).toBe(true);
      const strongest = training.penalty!.path.at(-1)!;
      if (used === 0) expect(training.l1).toBe(strongest.l1);
      else kept++;
      // Without weights, rows left out lose what the best constant does.
      const none = { numbers: 0.5, 'two classes': Math.log(2), 'three classes': Math.log(3) }[_];
      if (rows === 3000) expect(Math.abs(strongest.loss / none - 1)).toBeLessThan(0.1);
    }
  }
  expect(kept).toBe(0);
});

it('a target that is constant has a report of a model without weights', async () => {
  const { x } = few(60);
  for (const l1 of ['path', 'auto'] as const) {
    const { penalty, model } = await train(
      { x, y: new Float64Array(60).fill(3) },
      { loss: 'squared', task: 'regression', l1 },
    );
    expect(penalty).toMatchObject({ empty: true, path: [] });
    expect([...model.spec.parameters]).toEqual([...new Array(40).fill(0), 3]);
  }
});

it.each(['path', 'gradient'] as const)('by %s: where nothing is finite, that is said', async (l1) => {
  const { x, y } = few(60);
  // Fits see numbers, judges (who ask for no slopes) none.
  const loss: Loss = {
    ...squared(),
    row: (o, at, width, target, t, slope, curvature) => {
      const value = squared().row(o, at, width, target, t, slope, curvature);
      return slope || curvature ? value : Infinity;
    },
  };
  const chosen = train({ x, y }, { loss, task: 'regression', l1, backend: 'javascript' });
  await expect(chosen).rejects.toMatchObject({ code: 'INVALID_DATA', message: /^No l1 has a finite loss/ });
});

it('names the word for l1 that was given beside l2', async () => {
  const { x, y } = few(60);
  await expect(train({ x, y }, { l1: 'path', l2: 1 })).rejects.toThrow("With l1: 'path' l2 follows from l1Ratio");
  const tiny = { penalty: 'elastic-net', l1: 1, l1Ratio: Number.MIN_VALUE } as const;
  await expect(train({ x, y }, tiny)).rejects.toThrow('l1Ratio must be large enough for l2');
});

it("l1: 'auto' of an elastic net keeps its ratio", async () => {
  const { x, y } = few(60);
  const { l1, l2 } = await train({ x, y }, { loss: 'squared', task: 'regression', penalty: 'elastic-net', l1Ratio: 0.25 });
  expect(l2 / l1).toBeCloseTo(3, 12);
});

it('the largest l1 leaves no weight, a little less leaves one; columns in other units do not matter to which', async () => {
  for (const scale of [1, 1e-3]) {
    const { problem } = await penaltyProblem(quickest, { loss: 'poisson', network: linear(), columns: 6, scale });
    const most = await largestL1(problem);
    const used = async (l1: number) => {
      const { parameters } = await fitL1At(problem, { l1, l2: 0 }, undefined, problem.start, {
        iterations: 50,
        tolerance: 1e-10,
      });
      return parameters.slice(0, 6).filter((w) => w !== 0).length;
    };
    expect(await used(most * (1 + 1e-9))).toBe(0);
    expect(await used(most * 0.995)).toBe(1);
  }
});

it('estimators: zeros of softmax stay zeros, a search goes along l1', async () => {
  const { x, y } = few(90);
  const classes = Array.from(y, (value) => (value > 1 ? 'high' : value > -1 ? 'middle' : 'low'));
  const model = await new LogisticRegression({ penalty: 'l1', l1: 0.05 }).fit(x, classes);
  const { weights } = model.coefficients();
  expect(weights[0]!.filter((w) => w === 0).length).toBeGreaterThan(20);
  const found = await search(new LinearRegression({ penalty: 'l1' }), { x, y }, { l1: [0.01, 1, 0.1] });
  expect(found.candidates.length).toBe(3);
  expect(found.best.options).not.toEqual({ l1: 1 });
  const alone = await new LinearRegression({ penalty: 'l1', l1: found.best.options['l1'] as number }).fit(x, y);
  const [mine, theirs] = [alone.coefficients().weights[0]!, found.estimator.coefficients().weights[0]!];
  mine.forEach((w, j) => expect(Math.abs(w - theirs[j]!)).toBeLessThan(1e-3));
});
