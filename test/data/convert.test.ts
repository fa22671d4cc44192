/** A converted file holds the numbers that `loadTable` makes, and what is trained on it is what is trained on the original. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { convertTable, loadTable, openFileTable, type ConvertOptions, type DenseData } from '../../lib/data/index.js';
import { Model } from '../../lib/io/model.js';
import { train } from '../../lib/train.js';
import { nativeAbsence } from '../support/backends.js';
import { npyBytes } from '../support/matrix-files.js';
import { dataAbsent, dataFile, expectError, temporaryFiles, type TemporaryFiles } from './files.js';

const colors = ['red', 'green', 'blue', 'gray, dark'];
const random = createRandom(11);

/** Numbers, categories, yes and no, dates, missing cells; classes of text. More rows than a block of cells holds. */
function mixedCsv(rows: number): string {
  const lines = ['size,color,new,day,kind'];
  for (let i = 0; i < rows; i++) {
    const color = Math.floor(random.uniform() * 4);
    const size = i % 50 === 7 ? '' : (random.normal() + color).toFixed(6);
    const day = `2024-0${1 + (i % 9)}-1${i % 10}`;
    lines.push(`${size},"${colors[color]!}",${i % 3 ? 'yes' : 'no'},${day},${random.uniform() < color / 4 ? 'cat' : 'dog'}`);
  }
  return `${lines.join('\n')}\n`;
}

describe('convertTable', () => {
  let files: TemporaryFiles;
  let csv: string;
  beforeAll(async () => {
    files = await temporaryFiles();
    csv = await files.write('mixed.csv', mixedCsv(30_000));
  });
  afterAll(async () => files.remove());

  const convert = (input: string, options: Partial<ConvertOptions> = {}) =>
    convertTable(input, { out: files.path('X.npy'), labelsOut: files.path('Y.npy'), ...options });
  const back = () => loadTable(files.path('X.npy'), { labels: files.path('Y.npy') });

  it('writes X of a table with categories, missing cells and dates as loadTable makes it', async () => {
    const options = { impute: { size: 'indicator' }, rareLevels: 2 } as const;
    const expected = await loadTable(csv, { ...options, storage: 'dense' });
    const converted = await convert(csv, options);
    const { data, target } = await back();
    expect(data.values).toEqual(expected.data.values);
    expect(data.columns).toBe(4 + 1 + 1 + 2);
    expect(converted).toMatchObject({ rows: 30_000, schema: expected.schema, notices: expected.notices });
    expect(converted.labels).toEqual({ kind: 'strings', names: ['cat', 'dog'] });
    const names = Array.from(target.values as Float64Array, (place) => converted.labels!.names![place]);
    expect(names).toEqual(expected.target.values);
    const opened = await openFileTable(files.path('X.npy'), { labels: files.path('Y.npy'), needsTarget: true });
    expect(opened.target).toEqual(expected.target);
    expect(opened.schema).toEqual(JSON.parse(JSON.stringify(expected.schema)));
  });

  it.each(['median', 'most-frequent'] as const)(
    'learns the %s of a column from cells that are not in memory',
    async (impute) => {
      const expected = await loadTable(csv, { impute, storage: 'dense' });
      await convert(csv, { impute });
      expect((await back()).data.values).toEqual(expected.data.values);
    },
  );

  it('leaves nothing but the three files, and replaces them', async () => {
    await convert(csv, { impute: 'mean' });
    expect((await readdir(files.path('.'))).sort()).toEqual(['X.npy', 'X.npy.schema.json', 'Y.npy', 'mixed.csv']);
  });

  it('begins the numbers at a multiple of 64 bytes', async () => {
    const { rows, columns } = await convert(csv, { impute: 'mean', type: 'float32' });
    const header = (await stat(files.path('X.npy'))).size - 4 * rows * columns;
    expect(header % 64).toBe(0);
  });

  it('rounds to float32, and refuses what float32 has not', async () => {
    const small = await files.write('small.csv', 'a,b\n0.1,1\n3,2\n1e300,3\n');
    await expectError(() => convert(small, { type: 'float32' }), 'INVALID_DATA', 'small.csv', 'float32', 'row 2, column 0');
    const fine = await files.write('fine.csv', 'a,b\n0.1,1\n3,2\n');
    await convert(fine, { type: 'float32' });
    expect((await back()).data.values).toEqual(Float32Array.of(0.1, 3));
  });

  it('puts all columns into X where no labels are written', async () => {
    const fine = await files.write('fine.csv', 'a,b\n0.1,1\n3,2\n');
    const { columns, labels, schema } = await convert(fine, { labelsOut: undefined });
    expect({ columns, labels, target: 'target' in schema ? schema.target : undefined }).toEqual({
      columns: 2,
      labels: null,
      target: null,
    });
    const cut = await convert(fine, { labelsOut: undefined, target: 'a' });
    expect(cut.columns).toBe(1);
  });

  it('keeps labels of digits as they are written', async () => {
    const table = await files.write('versions.csv', 'a,v\n1,2.10\n2,2.1\n3,2.10\n4,3\n');
    const expected = await loadTable(table);
    const { labels } = await convert(table);
    expect(labels).toEqual({ kind: 'numbers', names: ['2.1', '2.10', '3'], numbers: [2.1, 2.1, 3] });
    const { target } = await openFileTable(files.path('X.npy'), { labels: files.path('Y.npy'), needsTarget: true });
    expect(target).toEqual(expected.target);
  });

  it.each([
    ['JSON lines', 'rows.jsonl', '{"a":1,"c":"x","y":2}\n{"a":2.5,"c":"z","y":3}\n{"a":-1,"c":"x","y":5}\n'],
    ['vectors in JSON lines', 'vectors.jsonl', '{"vector":[1,2],"target":"p"}\n{"vector":[3,4],"target":"q"}\n'],
    ['LIBSVM with gaps and text labels', 'rows.svm', 'b 7:1 2:0.5\na\nb 1:-2\n'],
    ['NPY in columns', 'given.npy', npyBytes(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3], { fortran: true })],
  ])('converts %s', async (_what, name, content) => {
    const input = await files.write(name, content);
    const expected = await loadTable(input, { storage: name === 'given.npy' ? undefined : 'dense' });
    const { schema } = await convert(input);
    expect((await back()).data.values).toEqual((expected.data as DenseData).values);
    expect(schema).toEqual(expected.schema);
    const { target } = await openFileTable(files.path('X.npy'), { labels: files.path('Y.npy'), needsTarget: true });
    expect(target).toEqual(expected.target);
  });

  it.each(['mixed-groups.parquet', 'mixed.arrow'])('converts %s', async (name) => {
    const input = fileURLToPath(new URL(`cases/tables/${name}`, import.meta.url));
    const expected = await loadTable(input, { storage: 'dense' });
    const { schema } = await convert(input);
    expect((await back()).data.values).toEqual(expected.data.values);
    expect(schema).toEqual(expected.schema);
  });

  it('converts a column of texts', async () => {
    const input = await files.write('texts.csv', 'words,y\na red house,1\na blue house,2\nred red wine,3\n');
    const options = { text: ['words'], vectorizer: { features: 16 } } as const;
    const expected = await loadTable(input, { ...options, storage: 'dense' });
    await convert(input, options);
    expect((await back()).data.values).toEqual(expected.data.values);
  });

  it.skipIf(dataAbsent())('writes a9a bit for bit', async () => {
    const expected = await loadTable(dataFile('a9a.svm.gz'), { storage: 'dense' });
    await convert(dataFile('a9a.svm.gz'));
    const { data, target } = await back();
    expect(Buffer.compare(bytes(data as DenseData), bytes(expected.data))).toBe(0);
    expect(target).toEqual(expected.target);
  });

  it.skipIf(nativeAbsence !== null)('trains in place the model of the original, which predicts raw rows', async () => {
    const settings = { backend: 'native', threads: 1, maxIterations: 20, precision: 'float64' } as const;
    await convert(csv, { impute: 'mean' });
    const opened = await openFileTable(files.path('X.npy'), { labels: files.path('Y.npy'), needsTarget: true });
    const inFile = await train({ x: opened.data, y: opened.target!, schema: opened.schema }, { ...settings, sample: 'all' });
    const { data, target, schema } = await loadTable(csv, { impute: 'mean', storage: 'dense' });
    const inMemory = await train({ x: data, y: target, schema }, { ...settings, sample: 'all' });
    expect(inFile.model.spec.parameters).toEqual(inMemory.model.spec.parameters);
    expect(inFile.model.spec.task.classes).toEqual(['cat', 'dog']);
    await inFile.model.save(files.path('fit.model'));
    const rows = [{ size: 1.5, color: 'blue', new: 'yes', day: '2024-03-11' }];
    const loaded = await Model.load(files.path('fit.model'));
    expect(await loaded.predict(rows)).toEqual(await inMemory.model.predict(rows));
  });

  it('encodes later rows by the schema of the first, and refuses a file with another one', async () => {
    const first = await files.write('first.csv', 'c,y\nred,1\nblue,2\nred,3\n');
    const later = await files.write('later.csv', 'c,y\nblue,1\ngreen,2\n');
    const { schema } = await convert(first);
    await convert(later, { schema });
    expect((await back()).data.values).toEqual(Float64Array.of(1, 0, 0, 0));
    const open = () => openFileTable(files.path('X.npy'), { schema, needsTarget: false });
    expect((await open()).schema).toEqual(schema);
    await convert(later);
    await expectError(open, 'INCOMPATIBLE', 'X.npy', 'convert --schema');
  });

  it('refuses a file that is not the one its schema was made for', async () => {
    const first = await files.write('first.csv', 'c,d,y\n1,2,1\n3,4,2\n5,6,3\n');
    await convert(first);
    const open = (options: object = { labels: files.path('Y.npy') }) =>
      openFileTable(files.path('X.npy'), { ...options, needsTarget: true });
    await expectError(() => open({}), 'INVALID_OPTION', 'X.npy', '--labels');
    await expectError(() => open({ labels: files.path('Y.npy'), target: 1 }), 'INVALID_OPTION', 'X.npy', '--labels');
    await files.write('X.npy', npyBytes(Float64Array.of(1, 2), [1, 2]));
    await expectError(open, 'INCOMPATIBLE', 'X.npy', '3 x 2', '1 x 2');
    await files.write('X.npy.schema.json', '{"planesearch":2}');
    await expectError(open, 'UNREADABLE_FILE', 'X.npy.schema.json', 'planesearch');
    await files.write('X.npy.schema.json', 'no');
    await expectError(open, 'UNREADABLE_FILE', 'X.npy.schema.json');
  });

  it('refuses places of labels that have no name', async () => {
    await convert(await files.write('first.csv', 'c,y\n1,p\n3,q\n'));
    await files.write('Y.npy', npyBytes(Float64Array.of(0, 2), [2]));
    const open = () => openFileTable(files.path('X.npy'), { labels: files.path('Y.npy'), needsTarget: true });
    await expectError(open, 'INVALID_DATA', 'Y.npy', 'from 0 to 1', '2');
  });

  it.each<[string, Partial<ConvertOptions>]>([
    ['its input', { out: 'own.csv' }],
    ['its input with labels', { labelsOut: 'own.csv' }],
    ['one file twice', { labelsOut: 'new.npy' }],
    ['the schema by labels', { labelsOut: 'new.npy.schema.json' }],
  ])('refuses to write over %s', async (_what, { out = 'new.npy', labelsOut }) => {
    const input = await files.write('own.csv', 'a,b\n1,2\n2,3\n');
    const options = { out: files.path(out), labelsOut: labelsOut && files.path(labelsOut) };
    await expectError(() => convertTable(input, options), 'INVALID_OPTION', 'An output');
    expect(await readFile(input, 'utf8')).toBe('a,b\n1,2\n2,3\n');
  });

  it('leaves the files that were there when it fails or is aborted, and no temporary ones', async () => {
    await convert(await files.write('first.csv', 'c,y\n1,p\n3,q\n'));
    const before = await readdir(files.path('.'));
    const old = await readFile(files.path('X.npy'));
    const bad = await files.write('bad.csv', mixedCsv(20_000).replace(/\n$/, '\n1,red\n'));
    await expectError(() => convert(bad, { impute: 'mean' }), 'INVALID_DATA', 'bad.csv');
    const abort = new AbortController();
    const work = convert(csv, { impute: 'mean', signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(work).rejects.toThrow('enough');
    expect((await readdir(files.path('.'))).filter((name) => name !== 'bad.csv')).toEqual(before);
    expect(Buffer.compare(await readFile(files.path('X.npy')), old)).toBe(0);
  });

  it('names the output that cannot be written', async () => {
    const input = await files.write('own.csv', 'a,b\n1,2\n2,3\n');
    await writeFile(files.path('plain'), '');
    await expectError(() => convertTable(input, { out: files.path('plain/X.npy') }), 'UNWRITABLE_FILE', 'plain/X.npy');
  });
});

function bytes({ values }: DenseData): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
