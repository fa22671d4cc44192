/** Arrays written by NumPy 1.24 (`cases/numpy`), whole and damaged. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, Model, train, type DenseData } from '../../lib/index.js';
import { DEFAULT_LIMITS } from '../../lib/data/limits.js';
import { sparseFrom } from '../../lib/data/numpy/sparse-npz.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

const numpy = (name: string): string => fileURLToPath(new URL(`cases/numpy/${name}`, import.meta.url));
const x = [1.5, -2, 3, 4, 5.25, -6, 7, 8, 9, 0.125, 0, 1e-3];
const y = [0, 1, 1, 0];
const labels = numpy('labels-i8.npy');

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

/** A file of version 1 with this header. */
function npy(header: string, numbers: Float64Array = new Float64Array(0)): Buffer {
  const text = header.padEnd(118);
  const start = Buffer.from(`\x93NUMPY\x01\x00__${text}`, 'latin1');
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(numbers.buffer)]);
}

const headerOf = (shape: string, descr = '<f8', order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('a sparse matrix of SciPy', () => {
  it('stays sparse, in float32 and float64, with its entries in any order', async () => {
    const { data, schema, target, notices } = await loadTable(numpy('scipy-csr.npz'), { labels });
    expect(data).toEqual({
      kind: 'csr',
      indptr: Float64Array.of(0, 2, 2, 3, 5),
      indices: Uint32Array.of(2, 0, 1, 0, 4),
      values: Float64Array.of(3, 1, -2.5, 4, 5),
      rows: 4,
      columns: 5,
    });
    expect(schema).toEqual({ format: 'array', columns: 5, target: null });
    expect([target, notices]).toEqual([{ kind: 'numbers', values: Float64Array.from(y) }, []]);
    const single = await loadTable(numpy('scipy-csr-f4.npz'), { needsTarget: false });
    expect(single.data.values).toEqual(Float32Array.of(3, 1, -2.5, 4, 5));
    const { model } = await train({ x: data, y: target!, schema }, { task: 'classification', l2: 0.1, maxIterations: 5 });
    expect(await model.predict((await loadTable(numpy('scipy-csr.npz'), { schema, needsTarget: false })).data)).toHaveLength(
      4,
    );
  });

  it('is refused without labels, in another format, and with a column twice in a row', async () => {
    await expectError(() => loadTable(numpy('scipy-csr.npz')), 'INVALID_OPTION', '--labels', 'sparse matrix');
    await expectError(() => loadTable(numpy('scipy-coo.npz'), { labels }), 'INVALID_DATA', "'coo'", 'X.tocsr()');
    await expectError(
      () => loadTable(numpy('scipy-twice.npz'), { labels }),
      'INVALID_DATA',
      'row 0 (from 0)',
      'sum_duplicates',
    );
  });

  it('is compared with the limits before memory is taken for its shape', async () => {
    const limits = { columns: 4 };
    await expectError(() => loadTable(numpy('scipy-csr.npz'), { labels, limits }), 'INVALID_DATA', 'more than 4 columns');
    await expectError(() => sparse({ shape: [3, 1e300] }), 'INVALID_DATA', `more than ${DEFAULT_LIMITS.columns} columns`);
    await expectError(() => sparse({ shape: [1e300, 4] }), 'INVALID_DATA', `more than ${DEFAULT_LIMITS.rows} rows`);
  });

  it('has integers for its shape, offsets and columns', async () => {
    expect(await sparse({})).toMatchObject({ rows: 2, columns: 4, indices: Uint32Array.of(0, 3, 1) });
    for (const shape of [[2, 4.5], [2, -1], [-2, 4], [2.5, 4], [2, NaN], [2], [2, 4, 1]])
      await expectError(() => sparse({ shape }), 'INVALID_DATA', 'must have a shape of rows and columns');
    for (const j of [1.5, NaN, -1, 4])
      await expectError(
        () => sparse({ indices: [0, j, 1] }),
        'INVALID_DATA',
        'row 0',
        `integers from 0 to 3, but names ${j}.`,
      );
    await expectError(
      () => sparse({ indptr: [0, 1.5, 3] }),
      'INVALID_DATA',
      'integers as offsets, but has 1.5 behind row 0',
    );
  });
});

/** A matrix of 2 x 4 with these arrays instead of its own. */
function sparse(changed: Record<string, readonly number[]>) {
  const arrays = { shape: [2, 4], indptr: [0, 2, 3], indices: [0, 3, 1], data: [1, 2, 3], ...changed };
  const array = (values: Float64Array | string[]) => ({ values, shape: [values.length], fortran: false, integers: false });
  const given = Object.entries(arrays).map(([name, values]) => [name, array(Float64Array.from(values))]);
  return sparseFrom({ format: array(['csr']), ...Object.fromEntries(given) }, 'X', DEFAULT_LIMITS);
}

describe('NPY', () => {
  it.each(['f8', 'f8-fortran', 'f8-big-endian'])('%s has the numbers of the array', async (name) => {
    const { data, target, schema } = await loadTable(numpy(`${name}.npy`), { labels });
    expect(data).toEqual({ values: Float64Array.from(x), rows: 4, columns: 3 });
    expect(target).toEqual({ kind: 'numbers', values: Float64Array.from(y) });
    expect(schema).toEqual({ format: 'array', columns: 3, target: null });
  });

  it('keeps float32, and reads float16 as float32', async () => {
    const single = await loadTable(numpy('f4.npy'), { labels });
    expect(single.data).toMatchObject({ values: Float32Array.from(x) });
    const { values } = (await loadTable(numpy('f2.npy'), { labels })).data as DenseData;
    expect(values).toBeInstanceOf(Float32Array);
    expect([...values].slice(0, 11)).toEqual(x.slice(0, 11));
    expect(values[11]).toBeCloseTo(1e-3, 6);
  });

  it.each<[string, number[], number]>([
    ['i8', [1, -2, 3, 2 ** 40], 2],
    ['u1', [0, 255, 3, 4], 2],
    ['i2-big-endian-fortran', [1, -2, 300, 4, 5, 6], 3],
    ['cube-fortran', Array.from({ length: 12 }, (_, k) => k), 6],
  ])('%s', async (name, values, columns) => {
    const { data } = await loadTable(numpy(`${name}.npy`), { needsTarget: false });
    expect(data).toEqual({ values: Float64Array.from(values), rows: values.length / columns, columns });
  });

  it('takes labels of every kind', async () => {
    const load = async (name: string) => (await loadTable(numpy('f8.npy'), { labels: numpy(name) })).target;
    expect(await load('labels-text.npy')).toEqual({ kind: 'strings', values: ['no', 'yes', 'yes', 'né'] });
    expect(await load('labels-bytes.npy')).toEqual({ kind: 'strings', values: ['a', 'bc', 'bc', 'a'] });
    expect(await load('labels-bool.npy')).toEqual({ kind: 'numbers', values: Float64Array.from(y) });
    expect(await load('targets-two.npy')).toEqual({
      kind: 'numbers',
      values: Float64Array.of(0, 1, 1, 0, 1, 0, 0, 1),
      width: 2,
    });
  });

  it('takes a column for the target, the last unless told', async () => {
    const last = await loadTable(numpy('f8.npy'));
    expect(last.data).toEqual({ values: Float64Array.of(1.5, -2, 4, 5.25, 7, 8, 0.125, 0), rows: 4, columns: 2 });
    expect(last.target).toEqual({ kind: 'numbers', values: Float64Array.of(3, -6, 9, 1e-3) });
    expect(last.notices).toEqual([expect.stringContaining('took the last column for the target (--target, or --labels')]);
    const first = await loadTable(numpy('f4.npy'), { target: 0 });
    expect(first.data).toMatchObject({ values: Float32Array.of(-2, 3, 5.25, -6, 8, 9, 0, 1e-3) });
    expect(first.schema).toEqual({ format: 'array', columns: 2, target: 0 });
    expect(first.notices).toEqual([]);
  });

  it('finds the columns again by the schema', async () => {
    const { data, schema } = await loadTable(numpy('f8.npy'), { target: 1 });
    expect((await loadTable(numpy('f8.npy'), { schema })).data).toEqual(data);
    expect((await loadTable(numpy('f8.npy'), { schema, needsTarget: false })).data).toEqual(data);
    const two = await files.write('two.npy', npy(headerOf('(1, 2)'), Float64Array.of(5, 6)));
    expect((await loadTable(two, { schema, needsTarget: false })).data).toMatchObject({ values: Float64Array.of(5, 6) });
    await expectError(
      () => loadTable(numpy('cube-fortran.npy'), { schema, needsTarget: false }),
      'DIMENSION_MISMATCH',
      'must have 2 columns like the training data, but has 6',
    );
    const apart = (await loadTable(numpy('f8.npy'), { labels })).schema;
    await expectError(
      () => loadTable(numpy('f8.npy'), { schema: apart }),
      'INVALID_OPTION',
      'in a file of its own (--labels)',
    );
  });

  it('gzip, in small pieces, is the same', async () => {
    const bytes = await readFile(numpy('f8-fortran.npy'));
    const path = await files.write('packed', gzipSync(bytes));
    expect((await loadTable(path, { labels })).data).toMatchObject({ values: Float64Array.from(x) });
  });

  it('is read whatever shape it has', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        async (rows, columns, fortran) => {
          const at = (i: number, j: number) => i * 1000 + j;
          const values = Float64Array.from({ length: rows * columns }, (_, k) =>
            fortran ? at(k % rows, Math.floor(k / rows)) : at(Math.floor(k / columns), k % columns),
          );
          const path = await files.write(
            'shape.npy',
            npy(headerOf(`(${rows}, ${columns})`, '<f8', fortran ? 'True' : 'False'), values),
          );
          const { data } = await loadTable(path, { needsTarget: false });
          const expected = Float64Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns));
          expect(data).toEqual({ values: expected, rows, columns });
        },
      ),
      { numRuns: 15 },
    );
  });

  it.each<[string, string, string]>([
    ['objects.npy', 'UNREADABLE_FILE', 'must hold numbers or text, but holds Python objects.'],
    ['complex.npy', 'UNREADABLE_FILE', "holds the type '<c16'."],
    ['structured.npy', 'UNREADABLE_FILE', 'holds several fields.'],
    ['empty.npy', 'INVALID_DATA', 'holds no values: its shape is (0, 3).'],
    ['line.npy', 'INVALID_DATA', 'must have two dimensions as X, rows and columns, but has 1 dimension.'],
    ['nan.npy', 'INVALID_DATA', 'must hold finite numbers, but holds NaN in row 1, column 1 (from 0).'],
    ['labels-text.npy', 'INVALID_DATA', 'must hold numbers as X, but holds text.'],
  ])('%s is refused', (name, code, message) =>
    expectError(() => loadTable(numpy(name), { needsTarget: false }), code as never, message),
  );

  it('refuses labels that do not fit', async () => {
    const load = (name: string) => loadTable(numpy('f8.npy'), { labels: numpy(name) });
    await expectError(() => load('labels-large.npy'), 'INVALID_DATA', 'must hold integers up to 2^53 as y', 'row 2');
    await expectError(() => load('line.npy'), 'INVALID_DATA', '3 labels came with 4 rows');
    await expectError(() => load('none.npy'), 'FILE_NOT_FOUND');
    await expectError(
      () => loadTable(numpy('f8.npy'), { target: 3 }),
      'INVALID_OPTION',
      'an index from -3 to 2, but 3 was given',
    );
    await expectError(() => loadTable(numpy('f8.npy'), { target: 'age' }), 'INVALID_OPTION', "but 'age' was given");
  });

  it.each<[string, Buffer, string]>([
    ['ends in its magic', npy(headerOf('(1, 1)')).subarray(0, 8), 'ends within its header'],
    ['ends in its header', npy(headerOf('(1, 1)')).subarray(0, 60), 'ends within its header'],
    [
      'has too few numbers',
      npy(headerOf('(2, 2)'), Float64Array.of(1, 2, 3)),
      'promises 4 values in its header, but holds 3',
    ],
    [
      'has half a number',
      npy(headerOf('(1, 1)'), Float64Array.of(1)).subarray(0, 132),
      'promises 1 values in its header, but holds 0',
    ],
    [
      'has too many numbers',
      npy(headerOf('(1, 1)'), Float64Array.of(1, 2)),
      'promises 1 values in its header, but holds more',
    ],
    ['has another header', npy('hello'), "has a header that is none: 'hello'"],
    ['has an unknown type', npy(headerOf('(1, 1)', '<f16')), "holds the type '<f16'"],
    ['is of another version', Buffer.from('\x93NUMPY\x09\x00\x00\x00', 'latin1'), 'is of version 9 of NPY'],
    ['has a huge header', Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\x7f', 'latin1'), 'has a header of 2147483647 bytes'],
    ['has a huge shape', npy(headerOf('(99999999999, 99999999999)')), 'which no file can hold'],
  ])('that %s is refused', async (_what, bytes, message) => {
    const path = await files.write('damaged.npy', bytes);
    await expectError(() => loadTable(path, { needsTarget: false }), 'UNREADABLE_FILE', message);
  });

  it('that promises more than the limits is refused before memory is taken', async () => {
    const wide = await files.write('huge.npy', npy(headerOf('(100000, 100000)')));
    await expectError(() => loadTable(wide, { needsTarget: false }), 'INVALID_DATA', '--limits matrixBytes=');
    const long = await files.write('long.npy', npy(headerOf('(1000000000, 1)', '|u1')));
    await expectError(() => loadTable(long, { needsTarget: false }), 'INVALID_DATA', '--limits rows=');
  });
});

describe('NPZ', () => {
  it.each(['train', 'keras', 'positional'])('%s: X and y by their usual names', async (name) => {
    const { data, target, notices } = await loadTable(numpy(`${name}.npz`));
    expect(data).toEqual({ values: Float64Array.from(x), rows: 4, columns: 3 });
    expect(target).toEqual({ kind: 'numbers', values: Float64Array.from(y) });
    expect(notices).toEqual([expect.stringMatching(/took its array '[xXa].*' for X and '[ya].*' for y \(--arrays\)/)]);
  });

  it('takes the arrays that are named', async () => {
    const { data, notices } = await loadTable(numpy('keras.npz'), { arrays: ['x_test', 'y_test'] });
    expect(data).toMatchObject({ rows: 2, values: Float64Array.from(x.slice(0, 6), (value) => 2 * value) });
    expect(notices).toEqual([]);
    const unusual = await loadTable(numpy('unusual.npz'), { arrays: ['a', 'b'] });
    expect(unusual.target).toEqual({ kind: 'numbers', values: Float64Array.from(y) });
    const other = await loadTable(numpy('unusual.npz'), { arrays: ['a'], labels });
    expect(other.target).toEqual({ kind: 'numbers', values: Float64Array.from(y) });
  });

  it('with a single array has the target in a column', async () => {
    const { data, target } = await loadTable(numpy('one.npz'));
    expect(data).toMatchObject({ values: Float64Array.from(x), columns: 3 });
    expect(target).toEqual({ kind: 'numbers', values: Float64Array.from(y) });
  });

  it('trains, and predicts from the same file', async () => {
    const table = await loadTable(numpy('train.npz'));
    const { model } = await train({ x: table.data, y: table.target, schema: table.schema }, { task: 'classification' });
    const path = files.path('model');
    await model.save(path);
    const loaded = await Model.load(path);
    const again = await loadTable(numpy('train.npz'), { schema: loaded.spec.schema, needsTarget: false });
    expect(await loaded.predict(again.data)).toEqual(await model.predict(table.data));
  });

  it('is refused where it is damaged or without such arrays', async () => {
    await expectError(
      () => loadTable(numpy('unusual.npz')),
      'INVALID_DATA',
      "no array of a usual name such as X (--arrays names it); its arrays are 'a', 'b'",
    );
    await expectError(
      () => loadTable(numpy('train.npz'), { arrays: ['X', 'z'] }),
      'INVALID_DATA',
      "has no array 'z'; its arrays are 'X', 'y'",
    );
    await expectError(() => loadTable(numpy('f8.npy'), { arrays: ['X'] }), 'INVALID_OPTION', 'must come with npz data');
    const bytes = await readFile(numpy('keras.npz'));
    for (const [name, part] of [
      ['short', bytes.subarray(0, 200)],
      ['no-end', bytes.subarray(0, -30)],
    ] as const) {
      const path = await files.write(`${name}.npz`, part);
      await expectError(() => loadTable(path), 'UNREADABLE_FILE', 'is not an NPZ file that can be read');
    }
    const changed = Buffer.from(bytes);
    changed.fill(0xff, 60, 90);
    const path = await files.write('changed.npz', changed);
    await expectError(() => loadTable(path), 'UNREADABLE_FILE');
  });

  it('an array whose checksum differs, though it could be read', async () => {
    const bytes = await readFile(numpy('train.npz'));
    const numbers = bytes.indexOf('\x93NUMPY', 0, 'latin1') + 128;
    bytes[numbers]! ^= 1;
    const path = await files.write('flipped.npz', bytes);
    await expectError(() => loadTable(path), 'UNREADABLE_FILE', "Array 'X' of", 'is damaged: its checksum differs');
  });
});
