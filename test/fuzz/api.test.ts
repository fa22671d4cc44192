/** `train` and its model with arguments of any kind: a result that holds what a result has to hold, or one sentence with a code. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { train, type Training, type TrainingData, type TrainOptions } from '../../lib/train.js';
import { backends } from '../support/backends.js';
import { accepted, millisecondsSince } from './target.js';

const {
  PLANESEARCH_FUZZ_READER: only,
  PLANESEARCH_FUZZ_CASES: cases = '300',
  PLANESEARCH_FUZZ_SEED: seed = '1',
} = process.env;

/** What may be given anywhere, and is right nearly nowhere. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    false,
    '',
    'auto',
    'none',
    '__proto__',
    'constructor',
    'toString',
    Symbol('s'),
    1n,
  ),
  fc.constantFrom<unknown>(NaN, Infinity, -Infinity, -0, 0, 1, -1, 2, 3, 0.5, 1e-320, 1e308, 2 ** 31, 2 ** 32, 2 ** 53),
  fc
    .constantFrom<() => unknown>(
      () => [],
      () => ({}),
      () => [NaN],
      () => new Array(3),
      () => new Float64Array(2),
      () => Object.create(null),
      () => () => 0,
      () => new Date(0),
      () => new Map(),
      () => ({ name: 'mine' }),
      () => Promise.resolve(1),
      () => new Proxy({}, {}),
    )
    .map((make) => make()),
);
/** Mostly what is right. */
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: right, weight: 10 }, { arbitrary: anything, weight: 1 });
const oneOf = (...names: readonly unknown[]): fc.Arbitrary<unknown> => mostly(fc.constantFrom(...names));

const known: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  network: oneOf('linear', 'mlp', 'gated', 'linearly-gated', 'skip'),
  hidden: mostly(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 })),
  activation: oneOf('tanh', 'relu', 'sigmoid', 'softplus'),
  loss: oneOf('auto', 'squared', 'logistic', 'softmax', 'huber', 'squared-hinge', 'poisson', 'gamma', 'tweedie'),
  delta: mostly(fc.double({ min: 0.1, max: 10, noNaN: true })),
  task: oneOf('auto', 'classification', 'regression'),
  l2: oneOf(0, 0.1, 1e-300, 'prior', 'noise', 'auto', 'leave-one-out', 'folds', 'gradient'),
  l1: oneOf(0, 0.01),
  penalty: oneOf('l2', 'l1', 'elastic-net'),
  direction: oneOf('auto', 'gradient', 'conjugate-gradient', 'nesterov', 'lbfgs', 'adam', 'kronecker', 'coordinate'),
  memory: oneOf('auto', 0, 1, 3),
  steps: oneOf('auto', 'fixed', 'schedule', 'backtracking', 'strong-wolfe', 'line', 'plane', 'layerwise'),
  solver: oneOf('auto', 'barzilai-borwein', 'gauss-newton'),
  rate: mostly(fc.double({ min: 1e-6, max: 100, noNaN: true })),
  precision: oneOf('auto', 'float32', 'float64'),
  sample: oneOf('auto', 'all', 3),
  batch: oneOf(1, 2),
  seed: oneOf(0, 1, 2 ** 32 - 1),
  standardize: oneOf(true, false),
  pca: oneOf(1, 2),
  layers: oneOf('together', 'in turn'),
  tolerance: oneOf(0, 1e-6, 1),
  maxProducts: oneOf(1, 5, 100),
  validation: oneOf(0.2, 0.5),
  earlyStopping: oneOf(true, false),
  threads: oneOf(1, 2),
  callbacks: oneOf([]),
  unheardOf: fc.constant(1),
};

const options = fc
  .uniqueArray(fc.constantFrom(...Object.keys(known)), { maxLength: 4 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, known[name]!]))));

const entry = fc.oneof(
  { arbitrary: fc.double({ min: -10, max: 10, noNaN: true }), weight: 12 },
  { arbitrary: fc.constantFrom(0, 1, -1, 1e300, -1e300, 5e-324, 1e-30, 1e15), weight: 2 },
  { arbitrary: fc.constantFrom(NaN, Infinity, -Infinity), weight: 1 },
);

const data = fc
  .record({
    rows: fc.integer({ min: 1, max: 7 }),
    columns: fc.integer({ min: 1, max: 4 }),
    clean: fc.integer({ min: 0, max: 3 }),
  })
  .chain(({ rows, columns, clean }) => {
    const value = clean > 0 ? fc.double({ min: -10, max: 10, noNaN: true }) : entry;
    const numbers = (count: number): fc.Arbitrary<number[]> => fc.array(value, { minLength: count, maxLength: count });
    const dense = numbers(rows * columns).map((values) => ({ values: Float64Array.from(values), rows, columns }));
    const x = fc.oneof(
      { arbitrary: dense, weight: 5 },
      { arbitrary: dense.map((one) => ({ ...one, values: Float32Array.from(one.values) })), weight: 2 },
      { arbitrary: fc.array(numbers(columns), { minLength: rows, maxLength: rows }), weight: 2 },
      { arbitrary: fc.record({ values: numbers(2), rows: anything, columns: anything }), weight: 1 },
      {
        arbitrary: fc.record({
          kind: fc.constant('csr'),
          rows: fc.constant(rows),
          columns: fc.constant(columns),
          indptr: oneOf(Float64Array.from({ length: rows + 1 }, (_, i) => i)),
          indices: oneOf(
            Uint32Array.from({ length: rows }, (_, i) => i % columns),
            Uint32Array.from({ length: rows }, () => 9),
          ),
          values: mostly(numbers(rows).map((values) => Float64Array.from(values))),
        }),
        weight: 2,
      },
      { arbitrary: anything, weight: 1 },
    );
    const list = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { minLength: rows, maxLength: rows });
    const y = fc.oneof(
      { arbitrary: numbers(rows).map((values) => Float64Array.from(values)), weight: 3 },
      { arbitrary: list(fc.constantFrom('a', 'b', 'c')), weight: 3 },
      { arbitrary: list(fc.constantFrom(0, 1)), weight: 3 },
      { arbitrary: list(fc.subarray(['a', 'b'])), weight: 1 },
      { arbitrary: list(fc.tuple(value, value)), weight: 1 },
      { arbitrary: list(fc.constantFrom<unknown>('a', 1, null, [1])), weight: 1 },
      { arbitrary: anything, weight: 1 },
    );
    const seldom = (of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
      fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: of, weight: 1 });
    const weights = mostly(list(fc.constantFrom(0, 1, 2)).map((values) => Float64Array.from(values)));
    const offsets = mostly(numbers(rows).map((values) => Float64Array.from(values)));
    return fc.record({ x, y, sampleWeights: seldom(weights), offsets: seldom(offsets) });
  });

/** What every result is, whatever was asked for. */
async function checkResult(given: TrainingData, result: Training): Promise<void> {
  const { model, history, objective, stop } = result;
  expect(Number.isFinite(objective)).toBe(true);
  expect(model.spec.parameters.every(Number.isFinite)).toBe(true);
  expect(history.length).toBeGreaterThan(0);
  expect(stop.reason).toMatch(/^[a-z-]+( [a-z-]+)*$/);
  if (result.batch === null && result.sample.rows === result.rows && result.layers === 'together')
    expect(objective).toBeLessThanOrEqual(history[0]!.objective + 1e-12 * Math.abs(history[0]!.objective));
  const labels = await accepted(() => model.predict(given.x as never, backends[0]), /^(INVALID_DATA|DIMENSION_MISMATCH)$/);
  if (labels === null) return;
  const { classes } = model.spec.task as { classes?: readonly unknown[] };
  if (classes !== undefined) for (const label of labels.flat()) expect(classes).toContain(label);
}

const codes = /^(INVALID_OPTION|INVALID_ARGUMENT|INVALID_DATA|DIMENSION_MISMATCH|INCOMPATIBLE)$/;

it.skipIf(only !== undefined && only !== 'api')(
  'arguments of any kind',
  { timeout: Math.max(900_000, 180 * Number(cases)) },
  async () => {
    let trained = 0;
    await fc.assert(
      fc.asyncProperty(
        data,
        options,
        fc.nat(backends.length - 1),
        fc.integer({ min: 0, max: 4 }),
        async (given, chosen, backend, maxIterations) => {
          const began = process.cpuUsage();
          const all = { ...chosen, backend: backends[backend]!, maxIterations } as TrainOptions;
          const result = await accepted(() => train(given as unknown as TrainingData, all), codes);
          if (result !== null) {
            trained++;
            await checkResult(given as unknown as TrainingData, result);
          }
          expect(millisecondsSince(began)).toBeLessThan(20_000);
        },
      ),
      { numRuns: Number(cases), seed: Number(seed) },
    );
    console.log(`api: ${trained} of ${cases} calls trained`);
    expect(trained).toBeGreaterThan(Number(cases) / 10);
  },
);
