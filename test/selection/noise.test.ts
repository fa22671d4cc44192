/** l2: 'noise', the penalty that the columns and a short fit tell, and the estimators whose default it is. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { MLPClassifier, MLPRegressor } from '../../lib/estimators/index.js';
import { squared, type Loss } from '../../lib/losses/index.js';
import { tasks } from '../../lib/losses/tasks.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { backends, quickest } from '../support/backends.js';

const backend = quickest.name;
const [rows, columns] = [2000, 40];
const random = createRandom(5);
const values = Float64Array.from({ length: rows * columns }, () => random.normal());
const x = { values, rows, columns };
const truth = Float64Array.from({ length: 4 * columns }, () => random.normal());

/** Of variance 1, but for the rows there are. */
function signal(output: number): Float64Array {
  const weights = truth.subarray(output * columns, (output + 1) * columns);
  const length = Math.hypot(...weights);
  return Float64Array.from({ length: rows }, (_, i) => {
    return weights.reduce((sum, w, j) => sum + (values[i * columns + j]! * w) / length, 0);
  });
}

/** Numbers of which a share of the variance is noise. */
function numbers(share: number): Float64Array {
  const own = createRandom(9);
  return signal(0).map((o) => Math.sqrt(1 - share) * o + Math.sqrt(share) * own.normal());
}

/** Two classes at log-odds of that spread. */
function labels(spread: number): string[] {
  const own = createRandom(9);
  return Array.from(signal(0), (o) => (own.uniform() < 1 / (1 + Math.exp(-spread * o)) ? 'yes' : 'no'));
}

/** Four classes, their outputs of that spread. */
function classes(spread: number): string[] {
  const own = createRandom(9);
  const outputs = Array.from({ length: 4 }, (_, k) => signal(k));
  return Array.from({ length: rows }, (_, i) => {
    const weights = outputs.map((o) => Math.exp(spread * o[i]!));
    let left = own.uniform() * weights.reduce((sum, w) => sum + w, 0);
    return `class ${weights.findIndex((w) => (left -= w) < 0)}`;
  });
}

type Y = Parameters<typeof train>[0]['y'];
const ONE = { backend, l2: 'noise', standardize: true, maxIterations: 1 } as const;
const worth = async (y: Y, options: TrainOptions = {}, own: object = x): Promise<number> =>
  (await train({ x: own as typeof x, y }, { ...ONE, ...options })).l2 * rows;
const network = { network: 'mlp', hidden: [50], activation: 'relu' } as const;

describe('of a linear model', () => {
  it.each(backends)(
    'numbers have a row for every column times the share of noise, on the $name backend',
    async ({ name }) => {
      for (const share of [0.1, 0.4]) {
        const found = await worth(numbers(share), { backend: name });
        expect(found / (share * columns)).toBeGreaterThan(0.85);
        expect(found / (share * columns)).toBeLessThan(1.15);
      }
    },
  );

  it('whatever their unit', async () => {
    const y = numbers(0.4);
    const far = y.map((v) => 1e4 * v + 7e5);
    expect(await worth(far)).toBeCloseTo(await worth(y), 4);
  });

  it('classes have the one at which outputs have the spread that they show', async () => {
    // Two classes at log-odds of that spread have a share of log 2 that falls below 1.893 / spread where that is small.
    for (const [y, variance, share] of [
      [labels(3), 9, 0.82],
      [labels(5), 25, 0.92],
      [classes(3), 9, 1],
    ] as const) {
      const expected = (share ** 2 * columns) / variance;
      const found = await worth(y);
      expect(found / expected).toBeGreaterThan(0.8);
      expect(found / expected).toBeLessThan(1.25);
    }
  });

  it('of columns as they are given by their lengths, so that their unit changes no prediction', async () => {
    const exact = { backend, l2: 'noise', tolerance: 1e-10 } as const;
    const y = labels(3);
    const one = await train({ x, y }, exact);
    const other = await train({ x: { ...x, values: values.map((v) => 1024 * v) }, y }, exact);
    expect(one.l2 * rows).toBeCloseTo(await worth(y), 0);
    expect(other.l2 / one.l2 / 1024 ** 2).toBeCloseTo(1, 6);
    expect(other.objective).toBeCloseTo(one.objective, 9);
  });
});

describe('columns that depend on each other', () => {
  it('count by the mean square of the rows, whichever signs are drawn', async () => {
    const own = createRandom(3);
    const factor = Float64Array.from({ length: rows }, () => own.normal());
    const alike = values.map((v, e) => factor[Math.floor(e / columns)]! + 0.1 * v);
    const data = { values: alike, rows, columns };
    const y = factor.map((f) => f + own.normal());
    // Lengths sqrt(40) |factor|: the square of their mean is 2 / pi of the mean of their square.
    const expected = (0.5 * columns * 2) / Math.PI;
    for (const seed of [0, 1, 2, 3]) {
      const found = (await train({ x: data, y }, { ...ONE, seed })).l2 * rows;
      expect(found / expected).toBeGreaterThan(0.85);
      expect(found / expected).toBeLessThan(1.15);
    }
  });
});

describe('of a network', () => {
  it('by its units as well, and more where the noise is more', async () => {
    const found = await Promise.all([0.1, 0.4, 0.9].map((share) => worth(numbers(share), network)));
    // sqrt(40 50 / 2) = 31.6 times the noise, beside what the fit has not found or has learned by heart.
    for (const [at, share] of [0.1, 0.4, 0.9].entries()) {
      expect(found[at]! / 31.6).toBeGreaterThan(0.5 * share);
      expect(found[at]! / 31.6).toBeLessThan(1.3 * share);
    }
  });

  it('wherever the targets are', async () => {
    const y = numbers(0.3);
    const far = await worth(
      y.map((v) => v + 1000),
      network,
    );
    expect(far / (await worth(y, network))).toBeGreaterThan(0.9);
    expect(far / (await worth(y, network))).toBeLessThan(1.1);
    for (const unit of [1e-100, 1e100]) expect(await worth(y.map((v) => v * unit))).toBeCloseTo(await worth(y), 0);
  });

  it('never less than one row', async () => {
    const y = Float64Array.from(values.subarray(0, rows * columns).filter((_, e) => e % columns === 0));
    const two = { values: values.filter((_, e) => e % columns < 2), rows, columns: 2 };
    expect(await worth(y, { ...network, hidden: [4] }, two)).toBe(1);
  });

  it('is told, counted, and the number that gives the same model', async () => {
    const members: object[] = [];
    const callbacks = [Object.assign(() => undefined, { penalty: (member: object) => void members.push(member) })];
    const options = { ...network, backend, standardize: true, maxIterations: 20 } as const;
    const told = await train({ x, y: labels(3) }, { ...options, l2: 'noise', callbacks });
    expect(told.penalty).toMatchObject({ judge: 'noise', by: 'the noise that a short fit leaves (400 rows held out)' });
    expect(told.penalty!.path).toEqual(members);
    expect(told.penalty!.path).toHaveLength(1);
    expect(told.penalty!.products.multiply).toBeGreaterThan(2);
    const given = await train({ x, y: labels(3) }, { ...options, l2: told.l2 });
    expect(given.model.spec.parameters).toEqual(told.model.spec.parameters);
  });

  it('does not know where the run begins: neither a model nor a state that has seen the rows left out', async () => {
    const options = { ...network, backend, l2: 'noise', standardize: true, tolerance: 0, maxIterations: 12 } as const;
    const states: unknown[] = [];
    const callbacks = [async (_: unknown, run: { state(): Promise<unknown> }) => void states.push(await run.state())];
    const y = numbers(0.3);
    const whole = await train({ x, y }, { ...options, callbacks });
    const onward = await train({ x, y }, { ...options, start: { state: states[5] as never } });
    expect(onward.model.spec.parameters).toEqual(whole.model.spec.parameters);
    const warm = await train({ x, y }, { ...options, start: whole.model });
    expect(warm.l2).toBe(whole.l2);
  });

  it('is the same on any number of threads', async () => {
    const y = classes(3);
    const [one, two] = await Promise.all([1, 2].map((threads) => worth(y, { ...network, threads })));
    expect(two).toBe(one);
  });
});

describe("a loss of one's own", () => {
  it('that is a multiple of the squared one has that multiple of its penalty', async () => {
    const plain = squared();
    const double: Loss = {
      ...plain,
      name: 'double',
      row(o, at, width, y, target, slope, curvature) {
        const value = plain.row(o, at, width, y, target, slope, curvature);
        for (const numbers of [slope, curvature])
          if (numbers) for (let k = 0; k < numbers.length; k++) numbers[k] = 2 * numbers[k]!;
        return 2 * value;
      },
    };
    const y = numbers(0.4).map((v) => v + 1000);
    for (const options of [{}, network]) {
      const [one, two] = [await worth(y, { ...options, loss: plain }), await worth(y, { ...options, loss: double })];
      expect(two / one).toBeGreaterThan(1.8);
      expect(two / one).toBeLessThan(2.2);
    }
  });
});

describe('where there is no noise to tell by', () => {
  const prior = async (y: Y, options: TrainOptions = {}, own: object = x): Promise<void> => {
    const rest = { ...ONE, ...network, ...options };
    const told = await train({ x: own as typeof x, y }, { ...rest, l2: 'noise' });
    const columnsTell = await train({ x: own as typeof x, y }, { ...rest, l2: 'prior' });
    expect(told.penalty).toBeNull();
    expect(told.l2).toBe(columnsTell.l2);
  };

  it('the columns tell: of other losses, of offsets, of one value, of few rows', async () => {
    await prior(numbers(0.3).map(Math.exp), { loss: 'poisson' });
    await prior(labels(3), { loss: 'squared-hinge' });
    for (const value of [3, 0.1]) await prior(new Float64Array(rows).fill(value), { task: 'regression' });
    await prior(Array.from({ length: rows }, () => ['one label']));
    const one = { outputs: 1, loss: 'squared' } as const;
    await prior(
      Array.from(numbers(0.3), (v) => [v, v]),
      { loss: tasks([one, one]) },
    );
    const few = { values: values.subarray(0, 9 * columns), rows: 9, columns };
    await prior(numbers(0.3).subarray(0, 9), {}, few);
    const offsets = new Float64Array(rows).fill(0.5);
    const data = { x, y: numbers(0.3), offsets };
    expect((await train(data, { ...ONE, ...network })).penalty).toBeNull();
  });
});

describe('MLPClassifier and MLPRegressor', () => {
  const options = { backend, hidden: [10], maxIterations: 10 };

  it('have it by default, below 10000 rows', async () => {
    expect((await new MLPClassifier(options).fit(x, labels(3))).training!.penalty!.judge).toBe('noise');
    expect((await new MLPRegressor(options).fit(x, numbers(0.3))).training!.penalty!.judge).toBe('noise');
    const many = { values: new Float64Array(20000).map(() => random.normal()), rows: 10000, columns: 2 };
    const y = Array.from({ length: 10000 }, (_, i) => (many.values[2 * i]! > 0 ? 'a' : 'b'));
    expect((await new MLPClassifier(options).fit(many, y)).training!.penalty).toBeNull();
    expect((await new MLPClassifier({ ...options, l2: 0.5 }).fit(x, labels(3))).training!.l2).toBe(0.5);
  });
});
