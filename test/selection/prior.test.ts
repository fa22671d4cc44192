/** l2: 'prior', the penalty that the columns alone tell, and the estimator whose default it is. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { LogisticRegression } from '../../lib/estimators/index.js';
import { search } from '../../lib/selection/index.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { backends, quickest } from '../support/backends.js';

const random = createRandom(11);
const [rows, columns] = [120, 80];
const values = Float64Array.from({ length: rows * columns }, (_, e) => (1 + (e % 3)) * random.normal());
const x = { values, rows, columns };
const labels = Array.from({ length: rows }, (_, i) =>
  values[i * columns]! - values[i * columns + 4]! + random.normal() > 0 ? 'yes' : 'no',
);
const backend = quickest.name;

/** The same columns with one that is constant before them, each times its factor. */
function wider(factor: (j: number) => number) {
  const own = Float64Array.from({ length: rows * (columns + 1) }, (_, e) => {
    const [i, j] = [Math.floor(e / (columns + 1)), e % (columns + 1)];
    return j === 0 ? 7 : factor(j - 1) * values[i * columns + j - 1]!;
  });
  return { values: own, rows, columns: columns + 1 };
}

function sparse() {
  const indptr = Float64Array.from({ length: rows + 1 }, (_, i) => i * columns);
  const indices = Uint32Array.from(values, (_, e) => e % columns);
  return { kind: 'csr', values, indptr: Uint32Array.from(indptr), indices, rows, columns } as const;
}

function spreads(): Float64Array {
  return Float64Array.from({ length: columns }, (_, j) => {
    const own = Array.from({ length: rows }, (_, i) => values[i * columns + j]!);
    const mean = own.reduce((sum, v) => sum + v, 0) / rows;
    return Math.sqrt(own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows);
  });
}

const chosen = async (own: typeof x, options: TrainOptions = {}) =>
  (await train({ x: own, y: labels }, { backend, l2: 'prior', maxIterations: 1, ...options })).l2 * rows;

describe('the columns tell', () => {
  it.each(backends)('by their number and their mean spread, on the $name backend', async ({ name }) => {
    const options = { backend: name } as const;
    expect(await chosen(x, { ...options, standardize: true })).toBeCloseTo(columns / 16, 12);
    const sum = spreads().reduce((total, s) => total + s, 0);
    expect(await chosen(x, options)).toBeCloseTo(sum ** 2 / columns / 16, 8);
  });

  it('and a constant one nothing', async () => {
    const own = wider(() => 1);
    expect(await chosen(own)).toBeCloseTo(await chosen(x), 8);
    expect(await chosen(own, { standardize: true })).toBeCloseTo(columns / 16, 12);
  });

  it('so that their unit changes no prediction, and a column of another unit not the penalty', async () => {
    const exact = { backend, l2: 'prior', tolerance: 1e-10 } as const;
    const one = await train({ x, y: labels }, exact);
    const other = await train({ x: { ...x, values: values.map((v) => 1024 * v) }, y: labels }, exact);
    expect(other.l2 / one.l2).toBeCloseTo(1024 ** 2, 3);
    expect(other.objective).toBeCloseTo(one.objective, 9);
    const rest = spreads().subarray(1);
    const far = await chosen(wider((j) => (j === 0 ? 1e6 : 1)));
    expect(far).toBeCloseTo(rest.reduce((sum, s) => sum + s, 0) ** 2 / (columns - 1) / 16, 6);
  });

  it('no less than the worth of one row', async () => {
    expect(await chosen({ ...x, values: values.map((v) => v / 100) })).toBe(1);
    expect(await chosen({ ...x, values: new Float64Array(rows * columns) })).toBe(1);
  });

  it('the number that gives the same model, a run of which is gone on with', async () => {
    const states: unknown[] = [];
    const callbacks = [async (_: unknown, run: { state(): Promise<unknown> }) => void states.push(await run.state())];
    const told = await train({ x, y: labels }, { backend, l2: 'prior', callbacks });
    expect(told.penalty).toBeNull();
    const given = await train({ x, y: labels }, { backend, l2: told.l2 });
    expect(given.model.spec.parameters).toEqual(told.model.spec.parameters);
    const onward = await train({ x, y: labels }, { backend, l2: 'prior', start: { state: states[2] as never } });
    expect(onward.model.spec.parameters).toEqual(told.model.spec.parameters);
  });

  it('of a network by its units as well, so that outputs before any row have that variance, and never more than ten rows', async () => {
    const own = { network: 'mlp', activation: 'relu', standardize: true } as const;
    const worth = (hidden: number[]): Promise<number> => chosen(x, { ...own, hidden });
    for (const hidden of [[6], [8, 4], [12]]) {
      const weights = hidden.length + 1;
      const rowsWorth = await worth(hidden);
      // d inputs of mean square 1, half of every layer's units on, every weight of variance 1 / worth.
      const variance = hidden.reduce((sum, units) => (sum * units) / 2, columns) / rowsWorth ** weights;
      expect(rowsWorth).toBeGreaterThan(1);
      expect(variance).toBeCloseTo(16, 8);
    }
    expect(await worth([1000])).toBe(10);
    const two = { values: values.slice(0, rows * 2), rows, columns: 2 };
    expect(await chosen(two, { ...own, hidden: [2] })).toBe(1);
  });

  it('and not beside l1', async () => {
    await expect(train({ x, y: labels }, { backend, l2: 'prior', l1: 0.1 })).rejects.toThrow('l2 must be a number');
  });
});

describe('LogisticRegression', () => {
  const worth = async (options: ConstructorParameters<typeof LogisticRegression>[0], own: object = x) => {
    const fitted = await new LogisticRegression({ backend, maxIterations: 3, ...options }).fit(own as typeof x, labels);
    return fitted.training!.l2 * rows;
  };

  it('has it by default, where the columns are alike', async () => {
    expect(await worth({})).toBeCloseTo(columns / 16, 12);
    expect(await worth({ l2: undefined as never, standardize: undefined as never })).toBeCloseTo(columns / 16, 12);
    expect(await worth({}, sparse())).toBeCloseTo(await chosen(x), 8);
    expect(await worth({ standardize: false })).toBe(1);
    expect(await worth({ l2: 0.25 })).toBe(0.25 * rows);
    const few = { values: values.slice(0, rows * 10), rows, columns: 10 };
    expect(await worth({}, few)).toBe(1);
  });

  it('not with l1', async () => {
    expect(await worth({ penalty: 'l1', l1: 0.1 })).toBe(0);
    expect(await worth({ l1: 0.1 })).toBe(0);
    expect(await worth({ penalty: 'elastic-net', l1: 0.1, l1Ratio: 0.5 })).toBeCloseTo(0.1 * rows, 12);
    expect(await worth({ penalty: 'l2' })).toBeCloseTo(columns / 16, 12);
  });

  it('not in a search that walks l2', async () => {
    const { best, estimator } = await search(new LogisticRegression({ backend }), { x, y: labels }, { l2: [0.01, 0.1] });
    expect(estimator.training!.l2).toBe(best.options.l2);
  });
});

it('begins with a sample of large data as its number does', async () => {
  const [rows, columns] = [16384, 512];
  const random = createRandom(2);
  const large = { values: Float32Array.from({ length: rows * columns }, () => random.uniform()), rows, columns };
  const halves = Array.from({ length: rows }, (_, i) => i % 2);
  const begun = async (l2: number | 'prior') =>
    (await train({ x: large, y: halves }, { l2, task: 'classification', maxIterations: 0 })).sample;
  expect(await begun('prior')).toEqual(await begun(columns / 16 / rows));
  expect((await begun('prior')).rows).toBe(4096);
});
