/** The data matrix, compiled = javascript: frames, products, gram, blocks of columns, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend, DataMatrix, DenseSource, MatrixOptions } from '../../lib/backends/backend.js';
import { noFrame, type Frame } from '../../lib/backends/frame.js';
import type { PlanesearchError } from '../../lib/core/errors.js';
import { numbers, type Precision } from '../backends/problem.js';
import { compiledBackends } from '../support/compiled.js';
import { javascript } from '../support/problems.js';
import { expectClose, precisions } from './side-by-side.js';

type Values = DenseSource['values'];

const inPrecision = (values: Float64Array, precision: Precision): Values =>
  precision === 'float32' ? Float32Array.from(values) : values;

/** Columns of all sizes and centers, some of them constant. */
function columnsOfAllKinds(rows: number, columns: number, seed: number, precision: Precision): Values {
  const x = numbers(rows * columns, seed);
  const most = precision === 'float32' ? 3 : 8;
  return inPrecision(
    x.map((value, e) => {
      const j = e % columns;
      if (j % 5 === 3) return 0.1 * j;
      return 10 ** (((j * 7 + seed) % 13) - 6) * (value + 10 ** (j % most) - 1);
    }),
    precision,
  );
}

type Answer = Pick<PlanesearchError, 'name' | 'code' | 'message' | 'expected' | 'received'>;

/** What the error says in words and in fields. */
async function answerOf(call: () => unknown): Promise<Answer> {
  const error = await Promise.resolve()
    .then(call)
    .then(
      () => expect.fail('no error came'),
      (reason: PlanesearchError) => reason,
    );
  const { name, code, message, expected, received } = error;
  return { name, code, message, expected, received };
}

/** A frame of two columns, changed. */
const frameWith = (changes: Partial<Frame>): MatrixOptions => ({ frame: { ...noFrame(2), ...changes } });

describe.each(compiledBackends)('data matrix, $name = javascript', (compiled) => {
  const made = async (
    backend: Backend,
    values: Values,
    rows: number,
    columns: number,
    options?: MatrixOptions,
  ): Promise<DataMatrix> => backend.matrix({ kind: 'dense', values, rows, columns }, options);
  const both = async (...given: [Values, number, number, MatrixOptions?]): Promise<[DataMatrix, DataMatrix]> => [
    await made(compiled, ...given),
    await made(javascript, ...given),
  ];

  const shapes = fc.record({
    rows: fc.integer({ min: 1, max: 200 }),
    columns: fc.integer({ min: 1, max: 70 }),
    width: fc.integer({ min: 1, max: 40 }),
    precision: fc.constantFrom(...precisions),
    seed: fc.integer({ min: 0, max: 1e6 }),
  });
  type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

  /** Element by element, relative to the mass of the sum behind it. */
  function expectWithinMass(mine: Float64Array, theirs: Float64Array, mass: Float64Array, precision: Precision): void {
    expect(mine.length).toBe(theirs.length);
    const tolerance = precision === 'float32' ? 1e-5 : 1e-13;
    mine.forEach((value, e) => {
      if (!(Math.abs(value - theirs[e]!) <= tolerance * mass[e]!))
        expect.fail(`element ${e}: ${value} instead of ${theirs[e]} (mass ${mass[e]})`);
    });
  }

  /** In a measured frame the entries themselves carry rounding, of the size of the spread 1: `framed` adds it to the masses. */
  async function expectEqualWork(
    [mine, theirs]: [DataMatrix, DataMatrix],
    width: number,
    seed: number,
    framed: 0 | 1,
  ): Promise<void> {
    const { rows, columns, precision } = theirs;
    const X = await theirs.columnBlock(0, columns);
    expectClose(await mine.columnBlock(0, columns), X, precision === 'float32' ? 2 ** -22 : 1e-12, 'columns');
    const x = (i: number, j: number): number => (j === columns ? 1 : Math.abs(X[j * rows + i]!) + framed);
    const W = numbers(columns * width, seed + 1);
    const R = numbers(rows * width, seed + 2);
    const stride = 1 + (seed % 3);
    const scale = numbers(Math.ceil(rows / stride), seed + 3).map(Math.abs);
    const mass = (length: number, terms: number, term: (e: number, i: number) => number): Float64Array =>
      Float64Array.from({ length }, (_, e) =>
        Array.from({ length: terms }, (_, i) => Math.abs(term(e, i))).reduce((a, b) => a + b, 1e-300),
      );
    const row = (e: number): number => Math.floor(e / width);
    expectWithinMass(
      await mine.multiply(W, width),
      await theirs.multiply(W, width),
      mass(rows * width, columns, (e, j) => x(row(e), j) * W[j * width + (e % width)]!),
      precision,
    );
    expectWithinMass(
      await mine.multiplyTransposed(R, width),
      await theirs.multiplyTransposed(R, width),
      mass(columns * width, rows, (e, i) => x(i, row(e)) * R[i * width + (e % width)]!),
      precision,
    );
    const size = columns + 1;
    expectWithinMass(
      await mine.gram(scale, stride),
      await theirs.gram(scale, stride),
      mass(size * size, scale.length, (e, m) => scale[m]! * x(m * stride, Math.floor(e / size)) * x(m * stride, e % size)),
      precision,
    );
    expect({ ...mine.counts }).toEqual({ multiply: 1, multiplyTransposed: 1, gram: 1 });
    expect({ ...theirs.counts }).toEqual({ ...mine.counts });
  }

  it('the same work for any shape, in the measured frame', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ rows, columns, width, precision, seed }: Shape) => {
        const pair = await both(
          inPrecision(
            numbers(rows * columns, seed).map((v) => 3 * v + 5),
            precision,
          ),
          rows,
          columns,
        );
        for (const matrix of pair) expect(matrix).toMatchObject({ rows, columns, precision, offers: ['gram', 'columns'] });
        await expectEqualWork(pair, width, seed, 1);
        for (const matrix of pair) matrix.dispose();
      }),
      { numRuns: 80, seed: 3 },
    );
  });

  it('the same work for any shape, X as it is', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ rows, columns, width, precision, seed }: Shape) => {
        await expectEqualWork(
          await both(inPrecision(numbers(rows * columns, seed), precision), rows, columns, { frame: 'none' }),
          width,
          seed,
          0,
        );
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it('the same frame for any shape', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ rows, columns, precision, seed }: Shape) => {
        const [{ frame: mine }, { frame: theirs }] = await both(
          columnsOfAllKinds(rows, columns, seed, precision),
          rows,
          columns,
        );
        expect(mine.origin).toEqual(theirs.origin);
        expect(mine.constant).toEqual(theirs.constant);
        for (let j = 0; j < columns; j++) {
          // A mean may cancel: what it is small against is the spread.
          const size = Math.max(theirs.scale[j]!, Math.abs(theirs.distance[j]!));
          expect(Math.abs(mine.distance[j]! - theirs.distance[j]!)).toBeLessThanOrEqual(1e-12 * size);
          expect(Math.abs(mine.scale[j]! - theirs.scale[j]!)).toBeLessThanOrEqual(1e-12 * theirs.scale[j]!);
        }
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it('the same blocks of columns, any of them', async () => {
    const [rows, columns] = [150, 67];
    for (const precision of precisions) {
      const [mine, theirs] = await both(inPrecision(numbers(rows * columns, 1), precision), rows, columns);
      for (const [from, count] of [
        [0, 1],
        [66, 1],
        [3, 9],
        [29, 38],
        [60, 7],
      ] as const) {
        expectClose(
          await mine.columnBlock(from, count),
          await theirs.columnBlock(from, count),
          precision === 'float32' ? 2 ** -22 : 1e-12,
        );
      }
      expect({ ...mine.counts }).toEqual({ multiply: 0, multiplyTransposed: 0, gram: 0 });
    }
  });

  it('constant columns are nothing but 0 in the frame, also where they vary by rounding', async () => {
    const rows = 40;
    for (const precision of precisions) {
      const unit = precision === 'float32' ? 2 ** -23 : 2 ** -52;
      const values = inPrecision(
        Float64Array.from({ length: 4 * rows }, (_, e) => [7, 0, 1 + (e % 3) * unit, e][e % 4]!),
        precision,
      );
      for (const matrix of await both(values, rows, 4)) {
        expect([...matrix.frame.constant]).toEqual([1, 1, 1, 0]);
        expect([...matrix.frame.scale.subarray(0, 3), ...matrix.frame.distance.subarray(0, 3)]).toEqual([1, 1, 1, 0, 0, 0]);
        const block = await matrix.columnBlock(0, 3);
        expect(block.every((x) => x === 0)).toBe(true);
      }
    }
  });

  it('one row has constant columns only', async () => {
    for (const matrix of await both(Float64Array.of(1, -2, 3), 1, 3)) {
      expect([...matrix.frame.constant]).toEqual([1, 1, 1]);
      expect([...(await matrix.multiply(Float64Array.of(1, 1, 1), 1))].map((z) => z + 0)).toEqual([0]);
    }
  });

  it('a frame that was given is the one that is used', async () => {
    const frame: Frame = {
      origin: numbers(4, 1),
      distance: numbers(4, 2),
      scale: Float64Array.of(2, 0.5, 1e-9, 1),
      constant: Uint8Array.of(0, 0, 0, 1),
    };
    for (const precision of precisions) {
      const [mine, theirs] = await both(inPrecision(numbers(200, 5), precision), 50, 4, { frame });
      expect(mine.frame).toEqual(theirs.frame);
      await expectEqualWork([mine, theirs], 3, 1, 0);
    }
  });

  it.each<[string, Values, number, number, MatrixOptions?]>([
    ['an array that is none', [1, 2] as unknown as Float64Array, 1, 2],
    ['integers', Int32Array.of(1, 2) as unknown as Float64Array, 1, 2],
    ['another length', Float64Array.of(1, 2), 2, 2],
    ['no rows', new Float64Array(0), 0, 2],
    ['half a column', Float64Array.of(1), 1, 0.5],
    ['shared memory', new Float64Array(new SharedArrayBuffer(16)), 1, 2],
    ['NaN', Float64Array.of(1, NaN), 1, 2],
    ['-Infinity under a name', Float32Array.of(1, 0, -Infinity, 0), 2, 2, { columnNames: ['a', 'b'] }],
    ['NaN in a column without a name', Float64Array.of(1, 0, 1, NaN), 2, 2, { columnNames: ['a'] }],
    ['a distance that overflows', Float64Array.of(1e308, -1e308, 0), 3, 1],
    ['a spread that vanishes', Float64Array.of(1e-200, 0, 1e-200, 0), 4, 1, { columnNames: ['a'] }],
    ['a spread of denormal numbers', Float64Array.of(0, 5e-324), 2, 1],
    ['a spread too wide', Float64Array.of(0, 2e200), 2, 1],
    ['a frame of other columns', Float64Array.of(1, 2), 1, 2, frameWith({ origin: numbers(1, 1) })],
    ['a frame without spread', Float64Array.of(1, 2), 1, 2, frameWith({ scale: new Float64Array(2) })],
    ['a frame at NaN', Float64Array.of(1, 2), 1, 2, frameWith({ origin: Float64Array.of(0, NaN) })],
    ['a frame with other constants', Float64Array.of(1, 2), 1, 2, frameWith({ constant: new Uint8Array(3) })],
  ])('both refuse %s in the same words', async (_, values, rows, columns, options) => {
    const answer = (backend: Backend): Promise<Answer> => answerOf(() => made(backend, values, rows, columns, options));
    const theirs = await answer(javascript);
    expect(theirs).toMatchObject({ name: 'PlanesearchError' });
    expect(await answer(compiled)).toEqual(theirs);
  });

  it('both refuse the same calls in the same words', async () => {
    const [mine, theirs] = await both(numbers(20, 1), 10, 2);
    const calls: ((matrix: DataMatrix) => unknown)[] = [
      (matrix) => matrix.multiply(numbers(3, 1), 1),
      (matrix) => matrix.multiply(numbers(2, 1), 0),
      (matrix) => matrix.multiply(Float32Array.of(1, 2) as unknown as Float64Array, 1),
      (matrix) => matrix.multiplyTransposed(numbers(11, 1), 1),
      (matrix) => matrix.columnBlock(0, 3),
      (matrix) => matrix.columnBlock(-1, 1),
      (matrix) => matrix.columnBlock(2, 1),
      (matrix) => matrix.columnBlock(0, NaN),
      (matrix) => matrix.gram(numbers(9, 1), 1),
      (matrix) => matrix.gram(new Float64Array(10).fill(-1), 1),
      (matrix) => matrix.gram(new Float64Array(10), 0),
    ];
    const answer = (matrix: DataMatrix, call: (matrix: DataMatrix) => unknown): Promise<Answer> =>
      answerOf(() => call(matrix));
    for (const call of calls) expect(await answer(mine, call)).toEqual(await answer(theirs, call));
    mine.dispose();
    theirs.dispose();
    for (const call of [
      (matrix: DataMatrix) => matrix.multiply(numbers(2, 1), 1),
      (matrix: DataMatrix) => matrix.columnBlock(0, 1),
    ]) {
      expect(await answer(mine, call)).toEqual(await answer(theirs, call));
    }
  });
});
