import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanesearchError } from '../../lib/core/errors.js';
import { guessFormat } from '../../lib/data/format.js';
import { loadTable, type LoadOptions } from '../../lib/data/load.js';
import type { DataFormat, RawTarget } from '../../lib/data/table.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const images = Buffer.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 0);
const labels = (...values: number[]): Buffer => Buffer.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values);

describe('guessFormat', () => {
  it.each<[string, string | Buffer, DataFormat]>([
    ['a.csv', '1:2,3\n', 'csv'],
    ['b.tsv', '1\t2\n', 'csv'],
    ['c.svm', '1 1:1\n', 'libsvm'],
    ['d.LIBSVM', '1\n', 'libsvm'],
    ['e.csv', images, 'idx'],
    ['f.txt', '# note\n\n+1\n-1 3:0.5 7:1\n', 'libsvm'],
    ['g', '3 qid:1 1:2\n', 'libsvm'],
    ['h', 'spam 1:1\n', 'libsvm'],
    ['i', '1,2\n3,4\n', 'csv'],
    ['j', 'when,12:30 sharp\nnow,1\n', 'csv'],
  ])('%s with %j is %s', async (name, content, format) => {
    expect(await guessFormat(await files.write(name, content))).toBe(format);
    expect(await guessFormat(await files.writeGzip(`${name}.gz`, content))).toBe(format);
  });
});

describe('loadTable', () => {
  const load = async (
    name: string,
    content: string | Uint8Array,
    options: Partial<LoadOptions> = {},
  ): ReturnType<typeof loadTable> => loadTable(await files.write(name, content), { needsTarget: true, ...options });

  it('reads each format, gzip or not', async () => {
    expect((await load('1.csv', 'a,b\n1,2\n')).target).toEqual({ kind: 'numbers', values: Float64Array.of(2) });
    expect((await load('2.gz', gzipSync('1 1:5\n0 2:1\n'))).data.values).toEqual(Float64Array.of(5, 0, 0, 1));
    const both = await load('3', images, { labels: await files.write('3.labels', labels(7, 9)) });
    expect(both.data.values).toEqual(Float64Array.of(0, 1, 0.2, 0));
    expect(both.target).toEqual({ kind: 'numbers', values: Float64Array.of(7, 9) });
    expect((await load('4', images, { needsTarget: false })).target).toBeNull();
  });

  it('takes the format that is given', async () => {
    expect((await load('forced', '1,2\n3,4\n', { format: 'csv', header: true })).data.rows).toBe(1);
    await expectError(() => load('text.csv', '1,2\n', { format: 'idx', labels: 'x' }), 'FILE_NOT_FOUND', "'x'");
    await expectError(
      () => load('x.csv', '1,2\n', { format: 'xml' as 'csv' }),
      'INVALID_OPTION',
      'one of csv, jsonl, libsvm, idx, npy, npz, parquet, arrow',
      "'xml'",
    );
  });

  it('refuses labels that do not fit', async () => {
    const three = await files.write('three', labels(1, 2, 3));
    await expectError(() => load('i1', images, { labels: three }), 'INVALID_DATA', '3 labels came with 2 rows');
    await expectError(() => load('i2', images), 'INVALID_OPTION', 'a file with its labels must be given');
    await expectError(
      () => load('i3.csv', '1,2\n', { labels: three }),
      'INVALID_OPTION',
      'labels must come with idx, npy or npz data',
    );
  });

  it('refuses options of other formats', async () => {
    await expectError(
      () => load('o1.svm', '1 1:1\n', { target: 0 }),
      'INVALID_OPTION',
      'target must come with csv, jsonl, parquet, arrow, npy or npz data, but the format is libsvm',
    );
    await expectError(
      () => load('o2.svm', '1 1:1\n', { header: false }),
      'INVALID_OPTION',
      'header must come with csv data',
    );
  });

  it('refuses other columns than the model has, and other formats than it was trained on', async () => {
    await expectError(
      () => load('c1.csv', '1,2,3\n4,5,6\n', { columns: 3 }),
      'DIMENSION_MISMATCH',
      'must have 3 columns',
      'has 2',
    );
    const schema = { format: 'idx', columns: 784, shape: [28, 28] } as const;
    await expectError(
      () => load('c2', images, { schema, needsTarget: false }),
      'DIMENSION_MISMATCH',
      'must have 784 columns',
      'has 2',
    );
    await expectError(
      () => load('c3.csv', '1,2\n', { schema }),
      'INCOMPATIBLE',
      'must be idx data like the training file, but is csv',
    );
  });

  it('has types that follow the options', async () => {
    const path = await files.write('types.csv', 'a,b\n1,2\n3,4\n');
    // What matters here is that these lines compile.
    const needed: RawTarget = (await loadTable(path, { needsTarget: true })).target;
    const byDefault: RawTarget = (await loadTable(path)).target;
    const none: null = (await loadTable(path, { needsTarget: false })).target;
    const either: RawTarget | null = (await loadTable(path, { needsTarget: Boolean(path) })).target;
    expect([needed.values.length, byDefault.values.length, none, either?.values.length]).toEqual([2, 2, null, 2]);
  });

  it('refuses calls that mean something else', async () => {
    const call = loadTable as (...values: unknown[]) => Promise<unknown>;
    await expectError(() => call(), 'INVALID_ARGUMENT', 'The data file must be a path, but undefined was given');
    await expectError(
      () => call('x.csv', null),
      'INVALID_ARGUMENT',
      'The options of loadTable must be an object of format, labels',
      'but null was given',
    );
    await expectError(
      () => call('x.csv', { seperator: ';' }),
      'INVALID_OPTION',
      "There is no option 'seperator'. Did you mean 'delimiter'?",
    );
    await expectError(
      () => call(files.path('types.csv'), { header: 'yes' }),
      'INVALID_OPTION',
      "header must be one of true, false, but 'yes' was given",
    );
  });

  it('passes on what is wrong with the file', async () => {
    await expectError(() => loadTable(files.path('none.csv'), { needsTarget: true }), 'FILE_NOT_FOUND', 'none.csv');
    await expectError(() => load('empty.csv', ''), 'UNREADABLE_FILE', 'is empty');
    const whole = gzipSync('1,2\n3,4\n');
    await expectError(() => load('cut.csv.gz', whole.subarray(0, whole.length - 4)), 'UNREADABLE_FILE', 'truncated gzip');
  });

  it('lets timers run while it reads', async () => {
    const line = `1${Array.from({ length: 100 }, (_, j) => ` ${j + 1}:0.5`).join('')}\n`;
    const path = await files.write('long.svm', line.repeat(20_000));
    let turns = 0;
    let reading = true;
    const tick = (): void => {
      turns++;
      if (reading) setImmediate(tick);
    };
    setImmediate(tick);
    const { data } = await loadTable(path, { needsTarget: true });
    reading = false;
    expect(data.rows).toBe(20_000);
    expect(turns).toBeGreaterThan(10);
  });

  it('explains a failure by its cause', async () => {
    const error = await load('bad.csv', 'a,b\n1,x"y"\n').catch((reason: unknown) => reason as PlanesearchError);
    expect((error as PlanesearchError).cause).toBeInstanceOf(Error);
  });
});
