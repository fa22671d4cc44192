/** The sparse data matrix = the dense one, on both backends, in both precisions, for any number of threads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataMatrix, MatrixOptions, SparseSource } from '../../lib/backends/backend.js';
import { createRandom } from '../../lib/core/random.js';
import { numbers, type Precision } from '../backends/problem.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { everyBackend } from '../support/compiled.js';
import { javascript } from '../support/problems.js';
import { sparseOf, withZeros } from '../support/sparse.js';
import { expectClose, precisions } from './side-by-side.js';

const threads = [1, 2, 5];

/** Rows and columns without anything, columns without a zero that lie anywhere, columns of one value. */
function drawn(rows: number, columns: number, zeros: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const dense = numbers(rows * columns, seed).map((x, e) => {
    const j = e % columns;
    if (j % 7 === 5) return 3;
    return 10 ** (((j * 5 + seed) % 7) - 3) * (x + (j % 3 === 1 ? 1 : 0));
  });
  const holes = withZeros(dense, zeros, () => random.uniform());
  return holes.map((x, e) => {
    const [i, j] = [Math.floor(e / columns), e % columns];
    if (j % 6 === 2) return 1e3 + dense[e]!;
    return i % 9 === 4 || j % 8 === 6 ? 0 : x;
  });
}

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 150 }),
  columns: fc.integer({ min: 1, max: 90 }),
  width: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 160 })),
  zeros: fc.constantFrom(0, 0.3, 0.8, 0.95, 1),
  precision: fc.constantFrom<Precision>(...precisions),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

const inPrecision = (values: Float64Array, precision: Precision): Float64Array | Float32Array =>
  precision === 'float32' ? Float32Array.from(values) : values;

const every = (step: number, columns: number): Uint32Array =>
  Uint32Array.from({ length: Math.ceil(columns / step) }, (_, k) => k * step);

/** All the answers of a matrix. */
async function answers(matrix: DataMatrix, width: number, seed: number): Promise<Record<string, Float64Array>> {
  const W = numbers(matrix.columns * width, seed + 1);
  const R = numbers(matrix.rows * width, seed + 2);
  const taken = (stride: number): Float64Array =>
    numbers(Math.ceil(matrix.rows / stride), seed + 3).map((s) => Math.abs(s) + 0.1);
  return {
    multiply: await matrix.multiply(W, width),
    multiplyTransposed: await matrix.multiplyTransposed(R, width),
    gram: await matrix.gram(taken(1), 1),
    'gram of every third row': await matrix.gram(taken(3), 3),
    'gram of some columns': await matrix.gramOf(every(2, matrix.columns), taken(1)),
    columnBlock: await matrix.columnBlock(0, matrix.columns),
    'some columns': await matrix.columnBlock(Math.floor(matrix.columns / 2), 1),
    scale: matrix.frame.scale,
    constant: Float64Array.from(matrix.frame.constant),
  };
}

/** Every element within `unit` of the size of the whole answer. */
function expectAlike(mine: Record<string, Float64Array>, theirs: Record<string, Float64Array>, unit: number): void {
  for (const [what, values] of Object.entries(mine)) {
    const size = Math.sqrt(theirs[what]!.reduce((sum, x) => sum + x * x, 0));
    values.forEach((value, e) => {
      const other = theirs[what]![e]!;
      if (!(Math.abs(value - other) <= unit * (what === 'scale' ? Math.abs(other) : Math.max(size, 1))))
        expect.fail(`${what}, element ${e}: ${value} instead of ${other}`);
    });
  }
}

const tolerance = (precision: Precision): number => (precision === 'float32' ? 2e-5 : 1e-10);

describe.each(everyBackend)('sparse = dense on the $name backend', (backend) => {
  it.each([{ frame: 'standard' }, { frame: 'none' }] as const)('frame $frame', async ({ frame }) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, columns, width, zeros, precision, seed }) => {
        const values = inPrecision(drawn(rows, columns, zeros, seed), precision);
        const dense = await backend.matrix({ kind: 'dense', values, rows, columns }, { frame });
        const sparse = await backend.matrix(sparseOf(values, rows, columns), { frame });
        expect(sparse.precision).toBe(precision);
        expectAlike(await answers(sparse, width, seed), await answers(dense, width, seed), tolerance(precision));
        expect(sparse.counts).toEqual(dense.counts);
      }),
      { numRuns: 80 },
    );
  });

  it('in the frame of other rows', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, columns, width, zeros, seed }) => {
        const whole = drawn(rows + 5, columns, zeros, seed);
        const { frame } = await javascript.matrix({ kind: 'dense', values: whole, rows: rows + 5, columns });
        const values = whole.slice(0, rows * columns);
        const dense = await backend.matrix({ kind: 'dense', values, rows, columns }, { frame });
        const sparse = await backend.matrix(sparseOf(values, rows, columns), { frame });
        expectAlike(await answers(sparse, width, seed), await answers(dense, width, seed), 1e-10);
      }),
      { numRuns: 30 },
    );
  });

  it('without values every stored number is 1', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, columns, width, zeros, seed }) => {
        const random = createRandom(seed);
        const ones = withZeros(new Float64Array(rows * columns).fill(1), zeros, () => random.uniform());
        const { values: _, ...pattern } = sparseOf(ones, rows, columns);
        for (const options of [{}, { frame: 'none' }] as const) {
          const dense = await backend.matrix({ kind: 'dense', values: ones, rows, columns }, options);
          const sparse = await backend.matrix(pattern, options);
          expectAlike(await answers(sparse, width, seed), await answers(dense, width, seed), 1e-10);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('the order of a row and zeros that are stored make no difference', async () => {
    const [rows, columns] = [40, 12];
    const values = drawn(rows, columns, 0.5, 3);
    const source = sparseOf(values, rows, columns);
    const backwards = shuffled(source);
    const mine = await answers(await backend.matrix(backwards), 3, 1);
    expectAlike(mine, await answers(await backend.matrix(source), 3, 1), 1e-12);
    const everything: SparseSource = {
      kind: 'csr',
      indptr: Array.from({ length: rows + 1 }, (_, i) => i * columns),
      indices: Int32Array.from({ length: rows * columns }, (_, e) => e % columns),
      values,
      rows,
      columns,
    };
    expectAlike(await answers(await backend.matrix(everything), 3, 1), mine, 1e-10);
  });

  it.each<[string, Partial<SparseSource>, string, MatrixOptions?]>([
    ['a first offset that is not 0', { indptr: [1, 1, 2] }, 'The first offset of indptr must be 0, but 1 was given.'],
    ['falling offsets', { indptr: [0, 3, 2] }, 'The offset 2 of indptr must be an integer from 3 to 3, but 2 was given.'],
    ['offsets beyond the entries', { indptr: [0, 1, 4] }, 'The offset 2 of indptr must be an integer from 1 to 3, but 4'],
    ['offsets that end early', { indptr: [0, 1, 2] }, 'The last offset of indptr must be 3, the number of indices, but 2'],
    ['broken offsets', { indptr: [0, 0.5, 3] }, 'The offset 1 of indptr must be an integer from 0 to 3, but 0.5'],
    ['NaN in the offsets', { indptr: [0, NaN, 3] }, 'The offset 1 of indptr must be an integer from 0 to 3, but NaN'],
    [
      'an index beyond',
      { indices: Uint32Array.of(0, 3, 1) },
      'The index of entry 1 (row 0, from 0) must be from 0 to 2, but 3',
    ],
    [
      'a negative index',
      { indices: Int32Array.of(0, -1, 1) },
      'The index of entry 1 (row 0, from 0) must be from 0 to 2, but -1',
    ],
    [
      'a column twice',
      { indices: Uint32Array.of(1, 1, 0) },
      "Row 0 of X must name each column at most once, but names column 1 ('b') (from 0) twice.",
      { columnNames: ['a', 'b', 'c'] },
    ],
    [
      'NaN',
      { values: Float64Array.of(1, 2, NaN) },
      'X at row 1, column 1 (from 0) must be a finite number, but NaN was given.',
    ],
    [
      'Infinity under a name',
      { values: Float32Array.of(1, -Infinity, 1) },
      "X at row 0, column 2 ('c') (from 0) must be a finite number, but -Infinity was given.",
      { columnNames: ['a', 'b', 'c'] },
    ],
    ['too few offsets', { indptr: [0, 3] }, 'The indptr must be a list of 3 offsets, one more than rows, but'],
    ['indices of another kind', { indices: [0, 2, 1] as never }, 'The indices must be a Uint32Array or an Int32Array, but'],
    ['values of another kind', { values: [1, 2, 3] as never }, 'The values must be a Float64Array or a Float32Array, but'],
    ['values of another length', { values: Float64Array.of(1) }, 'The values must be of length 3 (one per index), but'],
    ['no rows', { rows: 0 }, 'The number of rows must be an integer of at least 1, but 0 was given.'],
  ])('refuses %s', async (_, change, sentence, options = {}) => {
    const fine: SparseSource = {
      kind: 'csr',
      indptr: Float64Array.of(0, 2, 3),
      indices: Uint32Array.of(0, 2, 1),
      values: Float64Array.of(1, 2, 3),
      rows: 2,
      columns: 3,
    };
    await expect((async () => backend.matrix(fine, options))()).resolves.toBeDefined();
    const error = await Promise.resolve()
      .then(() => backend.matrix({ ...fine, ...change }, options))
      .then(
        () => expect.fail('no error came'),
        (reason: Error) => reason,
      );
    expect(error.name).toBe('PlanesearchError');
    expect(error.message).toContain(sentence);
  });

  it('does not look at the arrays of the caller any more', async () => {
    const values = drawn(30, 8, 0.5, 1);
    const [kept, changed] = [sparseOf(values, 30, 8), sparseOf(values, 30, 8)];
    const making = Promise.resolve(backend.matrix(changed));
    changed.values!.fill(7);
    changed.indices.fill(0);
    expectAlike(await answers(await making, 2, 1), await answers(await backend.matrix(kept), 2, 1), 0);
  });
});

describe.skipIf(nativeAbsence !== null)('threads', () => {
  it('give the same bits', async () => {
    const [rows, columns] = [3000, 300];
    const values = drawn(rows, columns, 0.97, 11);
    for (const source of [sparseOf(values, rows, columns), sparseOf(Float32Array.from(values), rows, columns)]) {
      for (const width of [1, 5, 33]) {
        const [first, ...others] = await Promise.all(
          threads.map(async (count) => answers(await nativeBackend(count).matrix(source), width, 1)),
        );
        for (const other of others)
          for (const [what, found] of Object.entries(other))
            expect(Buffer.compare(bytes(found), bytes(first![what]!)), `${what}, width ${width}`).toBe(0);
      }
    }
  });

  it('native = javascript in its frame, element by element', async () => {
    const values = drawn(400, 60, 0.9, 5);
    const source = sparseOf(values, 400, 60);
    const mine = await nativeBackend(2).matrix(source);
    const theirs = await javascript.matrix(source);
    for (const part of ['origin', 'distance', 'scale'] as const)
      expectClose(mine.frame[part], theirs.frame[part], 1e-14, part);
    expect(mine.frame.constant).toEqual(theirs.frame.constant);
  });
});

const bytes = (values: Float64Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Every row from its last entry to its first. */
function shuffled(source: SparseSource): SparseSource {
  const order = [...source.indices.keys()];
  for (let i = 0; i < source.rows; i++) {
    const [from, end] = [source.indptr[i]!, source.indptr[i + 1]!];
    order.splice(from, end - from, ...order.slice(from, end).reverse());
  }
  return {
    ...source,
    indices: Uint32Array.from(order, (e) => source.indices[e]!),
    values: Float64Array.from(order, (e) => source.values![e]!),
  };
}
