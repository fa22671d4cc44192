/** Arguments that lie about what they are, or ask for more than there is: an error with a code, before anything is allocated or looped over. */
import { describe, expect, it } from 'vitest';
import { hasNative } from './support.js';
import { describe as shown } from '../../lib/core/errors.js';
import { measureStandardization, Model, standardized, train } from '../../lib/index.js';

const x = { values: Float64Array.of(0, 1, 2, 3), rows: 4, columns: 1 };
const y = [0, 1, 0, 1];
const options = { backend: 'javascript', maxIterations: 2 } as const;
const proxy = <T extends object>(target: T): T => new Proxy(target, {});
const model = (await train({ x, y }, options)).model;
class Boastful extends Float64Array {
  override get length(): number {
    return 1e9;
  }
}
const parts = ['network', 'loss', 'direction', 'steps', 'solver', 'schedule', 'seed'] as const;
const identity = { mean: Float64Array.of(0), scale: Float64Array.of(1) };

describe('refused with a code and at once', () => {
  it.each<[string, string, () => unknown]>([
    ['a Proxy of X', 'INVALID_DATA', () => train({ x: { ...x, values: proxy(x.values) }, y }, options)],
    ['a Proxy of y', 'INVALID_ARGUMENT', () => train({ x, y: proxy(Float64Array.from(y)) }, options)],
    [
      'a Proxy of the weights',
      'INVALID_ARGUMENT',
      () => train({ x, y, sampleWeights: proxy(Float64Array.of(1, 1, 1, 1)) }, options),
    ],
    ['a Proxy at prediction', 'INVALID_DATA', () => model.predict({ ...x, values: proxy(x.values) })],
    ['a network of 3e9 parameters', 'INVALID_OPTION', () => train({ x, y }, { ...options, network: 'mlp', hidden: [1e9] })],
    [
      'a network of 1e12 parameters',
      'INVALID_OPTION',
      () => train({ x, y }, { ...options, network: 'mlp', hidden: [1e6, 1e6] }),
    ],
    ['a layer of 2^40', 'INVALID_OPTION', () => train({ x, y }, { ...options, network: 'mlp', hidden: [2 ** 40] })],
    ['2^53 rows', 'INVALID_OPTION', () => train({ x: { ...x, rows: 2 ** 53 }, y }, options)],
    ['2^53 rows to measure', 'INVALID_OPTION', () => measureStandardization({ ...x, rows: 2 ** 53 })],
    ['2^50 rows to measure', 'INVALID_DATA', () => measureStandardization({ ...x, rows: 2 ** 50 })],
    ['2^50 rows to standardize', 'INVALID_DATA', () => standardized({ ...x, rows: 2 ** 50 }, identity)],
    ['1e9 rows at prediction', 'INVALID_DATA', () => model.predict({ ...x, rows: 1e9 })],
    ['y that says another length', 'INVALID_ARGUMENT', () => train({ x, y: new Boastful(y) }, options)],
    ['X that says another length', 'INVALID_ARGUMENT', () => train({ x: { ...x, values: new Boastful(4) }, y }, options)],
    [
      'y without a prototype',
      'INVALID_ARGUMENT',
      () => train({ x, y: Object.setPrototypeOf(Float64Array.from(y), null) }, options),
    ],
    [
      'y of bytes',
      'INVALID_ARGUMENT',
      () => train({ x, y: new DataView(new ArrayBuffer(32)) as unknown as number[] }, options),
    ],
    [
      'a sparse list of 2^32 - 1 labels',
      'DIMENSION_MISMATCH',
      () => train({ x, y: new Array<number>(2 ** 32 - 1) }, options),
    ],
    [
      'a sparse list of labels in rows',
      'DIMENSION_MISMATCH',
      () => train({ x, y: Object.assign(new Array<number[]>(2 ** 32 - 1), [[1]]) }, options),
    ],
    [
      'a hole of 2^32 - 1 labels in a row',
      'INVALID_DATA',
      () => train({ x, y: [0, 1, 2, 3].map(() => new Array<number>(2 ** 32 - 1)) }, options),
    ],
    [
      'nothing as one label of a set',
      'INVALID_DATA',
      () => train({ x, y: [['a'], [undefined], [], []] as string[][] }, options),
    ],
    ['offsets of any kind', 'INVALID_ARGUMENT', () => train({ x, y, offsets: 5 as unknown as Float64Array }, options)],
    ...parts.flatMap((part) =>
      [Symbol('x'), 0.5, NaN, [], () => 0, Object.create(null)].map((value): [string, string, () => unknown] => [
        `${shown(value)} as ${part}`,
        'INVALID_OPTION',
        () => train({ x, y }, { ...options, [part]: value }),
      ]),
    ),
    ...(['network', 'loss', 'direction', 'steps', 'solver'] as const).map((part): [string, string, () => unknown] => [
      `null as ${part}`,
      'INVALID_OPTION',
      () => train({ x, y }, { ...options, [part]: null }),
    ]),
    ['a model by a number', 'INVALID_OPTION', () => Model.load(3 as unknown as string)],
    ['a model by a name with a null byte', 'INVALID_OPTION', () => Model.load('a\u0000b')],
    ['a model to nowhere', 'INVALID_OPTION', () => model.save('')],
  ])('%s', async (_what, code, action) => {
    const began = performance.now();
    const error = await Promise.resolve()
      .then(action)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ name: 'PlanesearchError', code });
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

it('what a value says of itself never breaks the sentence about it', () => {
  expect(
    shown({
      get constructor(): never {
        throw new Error('no');
      },
    }),
  ).toBe('an object (no class)');
  expect(shown({ constructor: { name: 5 } })).toBe('an object (no class)');
  expect(shown(Object.setPrototypeOf(new Float64Array(3), null))).toBe('an object (no class)');
  const { proxy: revoked, revoke } = Proxy.revocable([], {});
  revoke();
  expect(shown(revoked)).toBe('an object (no class)');
});

describe('what has come in may be changed as soon as the promise is there', () => {
  const rows = 300;
  const made = () => {
    const values = Float64Array.from({ length: 2 * rows }, (_, e) => Math.sin(e * e));
    const targets = Float64Array.from({ length: rows }, (_, i) => values[2 * i]! + (i % 3));
    const weights = Float64Array.from({ length: rows }, (_, i) => 1 + (i % 2));
    const offsets = Float64Array.from({ length: rows }, (_, i) => i / rows);
    return { values, targets, weights, offsets, start: Float64Array.of(0.5, -0.5, 1) };
  };
  const began = (arrays: ReturnType<typeof made>, backend: 'native' | 'javascript', standardize: boolean) => {
    const { values, targets, weights, offsets, start } = arrays;
    const data = { x: { values, rows, columns: 2 }, y: targets, sampleWeights: weights, offsets };
    return train(data, { backend, standardize, start, loss: 'squared' });
  };
  const backends = hasNative ? (['javascript', 'native'] as const) : (['javascript'] as const);

  it.each(backends.flatMap((backend) => [false, true].map((standardize) => [backend, standardize] as const)))(
    '%s, standardize %s',
    async (backend, standardize) => {
      const { objective, scores } = await began(made(), backend, standardize);
      const arrays = made();
      const training = began(arrays, backend, standardize);
      for (const array of Object.values(arrays)) array.fill(7);
      expect(await training).toMatchObject({ objective, scores });
    },
  );

  it.each([
    ['rows of numbers', (i: number) => [i % 3, i % 5], 'squared'],
    ['sets of labels', (i: number) => ['a', 'b', 'c'].slice(i % 3), 'logistic'],
  ] as const)('%s too', async (_what, row, loss) => {
    const [rows, twice] = [60_000, [0, 1]];
    const values = Float64Array.from({ length: rows }, (_, i) => Math.sin(i));
    const [first, second] = await Promise.all(
      twice.map((changed) => {
        const y: unknown[][] = Array.from({ length: rows }, (_, i) => [...row(i)]);
        const training = train({ x: { values, rows, columns: 1 }, y: y as number[][] }, { ...options, loss });
        if (changed) for (const one of y) one.fill(one[0]!);
        return training;
      }),
    );
    expect(second!.objective).toBe(first!.objective);
  });
});
