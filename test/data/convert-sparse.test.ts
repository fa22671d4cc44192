/** A converted NPZ file holds the entries that `loadTable` makes, in one pass, and what is trained on it where it lies is what is trained on the original. */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { convertTable, loadTable, npzFile, openFileTable, type ConvertOptions } from '../../lib/data/index.js';
import type { SparseData } from '../../lib/data/matrix-data.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { nativeAbsence } from '../support/backends.js';
import { npyBytes } from '../support/matrix-files.js';
import { dataAbsent, dataFile, expectError, temporaryFiles, type TemporaryFiles } from './files.js';

const random = createRandom(4);

/** Lines of few features in any order, some without any. */
function svm(rows: number, value: () => number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const features = i % 7 === 3 ? [] : [1 + random.integer(30), 40 + random.integer(20), 31 + random.integer(9)];
    return `${i % 3 ? 'a' : 'b'} ${features.map((index) => `${index}:${value()}`).join(' ')}`;
  });
  return `${lines.join('\n')}\n`;
}

describe('convertTable to NPZ', () => {
  let files: TemporaryFiles;
  let numbers: string;
  let ones: string;
  beforeAll(async () => {
    files = await temporaryFiles();
    numbers = await files.write(
      'numbers.svm',
      svm(40_000, () => Number(random.normal().toFixed(4))),
    );
    ones = await files.write(
      'ones.svm',
      svm(500, () => 1),
    );
  });
  afterAll(async () => files.remove());

  const convert = (input: string, options: Partial<ConvertOptions> = {}) =>
    convertTable(input, { out: files.path('X.npz'), labelsOut: files.path('Y.npy'), ...options });
  const back = async () => (await loadTable(files.path('X.npz'), { labels: files.path('Y.npy') })).data as SparseData;

  it('writes the entries of LIBSVM, those of a row in order', async () => {
    const expected = await loadTable(numbers, { storage: 'sparse' });
    const converted = await convert(numbers);
    expect(converted).toMatchObject({ rows: 40_000, columns: expected.data.columns, schema: expected.schema });
    const { indptr, indices, values, rows } = await back();
    const { data } = expected as { data: SparseData };
    expect(Array.from(indptr)).toEqual(Array.from(data.indptr));
    for (let i = 0; i < rows; i++) {
      const [from, end] = [data.indptr[i]!, data.indptr[i + 1]!];
      const row = Array.from(data.indices.subarray(from, end), (index, k) => [index, data.values![from + k]!] as const);
      row.sort(([a], [b]) => a - b);
      expect(Array.from(indices.subarray(from, end), (index, k) => [index, values![from + k]])).toEqual(row);
    }
    const opened = await openFileTable(files.path('X.npz'), { labels: files.path('Y.npy'), needsTarget: true });
    expect(opened.target).toEqual(expected.target);
    expect(opened.schema).toEqual(expected.schema);
    expect(opened.data.entries).toMatchObject({ count: data.indices.length, ones: false });
    expect((await readdir(files.path('.'))).filter((name) => /part|tmp/.test(name))).toEqual([]);
  });

  it('keeps data of yes and no as such', async () => {
    const expected = (await loadTable(ones, { storage: 'sparse' })).data as SparseData;
    await convert(ones);
    const found = await back();
    expect(found.values).toBeUndefined();
    expect(found.indices.length).toBe(expected.indices.length);
    expect((await npzFile(files.path('X.npz'))).entries).toMatchObject({ ones: true });
  });

  it('takes categories of CSV, and drops zeros of dense formats', async () => {
    const csv = await files.write('table.csv', 'c,n,y\nred,0,1\nblue,2.5,2\nred,-1,3\ngreen,0,4\n');
    const expected = (await loadTable(csv, { storage: 'sparse' })).data as SparseData;
    await convert(csv);
    expect(await back()).toMatchObject({ indices: expected.indices, values: expected.values });
    const dense = await files.write('dense.npy', npyBytes(Float64Array.of(0, 2, 7, 3, 0, 8), [2, 3]));
    await convert(dense);
    expect(await back()).toMatchObject({ indices: Uint32Array.of(1, 0), values: Float64Array.of(2, 3), columns: 2 });
  });

  it('rounds to float32, and refuses what float32 has not', async () => {
    const bad = await files.write('bad.svm', '1 1:0.1\n-1 2:1e300\n');
    await expectError(() => convert(bad, { type: 'float32' }), 'INVALID_DATA', 'bad.svm', 'float32', 'row 1, column 1');
    await convert(await files.write('fine.svm', '1 1:0.1\n-1 2:3\n'), { type: 'float32' });
    expect((await back()).values).toEqual(Float32Array.of(0.1, 3));
  });

  it.skipIf(nativeAbsence !== null).each<[string, string, TrainOptions]>([
    ['numbers', 'numbers.svm', { direction: 'lbfgs' }],
    ['yes and no', 'ones.svm', { direction: 'lbfgs' }],
    ['a network', 'ones.svm', { network: 'mlp', hidden: [4], direction: 'lbfgs', maxIterations: 6 }],
  ])('trains in place what the original gives, of %s', async (_what, name, options) => {
    const settings = { backend: 'native', sample: 'all', maxIterations: 15, ...options } as const;
    await convert(files.path(name));
    const { data, target, schema } = await loadTable(files.path(name), { storage: 'sparse' });
    const memory = await train({ x: data, y: target, schema }, { ...settings, threads: 1 });
    const opened = await openFileTable(files.path('X.npz'), { labels: files.path('Y.npy'), needsTarget: true });
    for (const kept of [0, 1e9]) {
      const x = { ...opened.data, memory: kept };
      const found = await train({ x, y: opened.target!, schema: opened.schema }, { ...settings, threads: 2 });
      expect(found.model.spec.parameters).toEqual(memory.model.spec.parameters);
      expect(found.history.map(({ objective }) => objective)).toEqual(memory.history.map(({ objective }) => objective));
      expect(found.storage).toBe('file');
    }
    expect(await memory.model.predict(opened.data)).toEqual(await memory.model.predict(data));
  });

  it.skipIf(nativeAbsence !== null)('refuses what compressed rows in a file cannot give, in words', async () => {
    await convert(ones);
    const opened = await openFileTable(files.path('X.npz'), { labels: files.path('Y.npy'), needsTarget: true });
    const refused = (options: TrainOptions, ...parts: string[]) =>
      expectError(
        () => train({ x: opened.data, y: opened.target! }, { backend: 'native', ...options }),
        'INCOMPATIBLE',
        ...parts,
      );
    await refused({ direction: 'kronecker' }, "direction 'kronecker'", 'second moments (gram)');
    await refused({ direction: 'coordinate' }, 'blocks of its columns');
    await refused({ sample: 100 }, 'sample needs rows in a random order');
    await refused({ validation: 0.2 }, 'validation must be data of its own');
  });

  it('refuses NPZ files that cannot be read in place, each with its reason', async () => {
    await convert(ones);
    const whole = await readFile(files.path('X.npz'));
    const refused = async (name: string, bytes: Uint8Array, ...parts: string[]): Promise<void> => {
      const path = await files.write(name, bytes);
      await expectError(() => npzFile(path), 'UNREADABLE_FILE', name, ...parts);
    };
    await refused('cut.npz', whole.subarray(0, whole.length - 30), 'not an NPZ file');
    const last = Buffer.from(whole);
    // The truths are the last array, before the list of members.
    last[last.indexOf('PK\x01\x02', 0, 'latin1') - 1] = 0;
    await refused('false.npz', last, 'no stored False');
    await expectError(() => npzFile(files.path('none.npz')), 'FILE_NOT_FOUND', 'none.npz');
    await expectError(
      () => openFileTable(files.path('X.npz'), { needsTarget: true }),
      'INVALID_OPTION',
      'X.npz',
      '--labels',
    );
  });

  it.skipIf(dataAbsent())('a9a is the same, bit for bit', async () => {
    const expected = (await loadTable(dataFile('a9a.svm.gz'), { storage: 'sparse' })).data as SparseData;
    await convert(dataFile('a9a.svm.gz'));
    const { indptr, indices, values } = await back();
    expect(Array.from(indptr)).toEqual(Array.from(expected.indptr));
    expect(indices).toEqual(expected.indices);
    expect(values).toEqual(expected.values);
  });
});
