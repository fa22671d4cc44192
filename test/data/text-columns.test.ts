/** Texts in tables: from files and rows to X, and back from a model in another process. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSparse, loadTable, Model, tableFrom, TextVectorizer, train, type SparseData } from '../../lib/index.js';
import { planesearch } from '../cli/support.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

const good = ['a fine day', 'what a fine, fine film', 'fine food and wine', 'the finest film', 'good food, fine wine'];
const bad = ['a bad day', 'what a bad film', 'bad food and no wine', 'the worst film', 'bad, bad food'];
const rows = [...good, ...bad].map((review, i) => ({ review, stars: i % 3, label: i < good.length ? 'good' : 'bad' }));
const texts = rows.map(({ review }) => review);
const labels = rows.map(({ label }) => label);

let files: TemporaryFiles;
let jsonl: string;
let csv: string;
beforeAll(async () => {
  files = await temporaryFiles();
  jsonl = await files.write('reviews.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  csv = await files.write(
    'reviews.csv',
    ['review,stars,label', ...rows.map(({ review, stars, label }) => `"${review}",${stars},${label}`)].join('\n'),
  );
});
afterAll(() => files.remove());

describe('a column of texts', () => {
  it('alone is X of the vectorizer, from every source', async () => {
    const x = await new TextVectorizer({ ngrams: [1, 2] }).fitTransform(texts);
    const options = { text: ['review'], ignore: ['stars'], vectorizer: { ngrams: [1, 2] } } as const;
    for (const table of [await loadTable(csv, options), await loadTable(jsonl, options), await tableFrom(rows, options)]) {
      expect(table.data).toEqual(x);
      expect(table.target).toEqual({ kind: 'strings', values: labels });
      expect(table.summary![0]).toEqual({ name: 'review', role: 'feature', kind: 'text', missing: 0 });
    }
  });

  it('stands beside other columns', async () => {
    const { data, schema } = await loadTable(csv, { columns: { review: 'text' }, vectorizer: { features: 64 } });
    const x = await new TextVectorizer({ features: 64 }).fitTransform(texts);
    expect(data.columns).toBe(65);
    expect(isSparse(data)).toBe(true);
    const { indptr, indices, values } = data as SparseData;
    for (let i = 0; i < rows.length; i++) {
      const own = [...indices.subarray(indptr[i]!, indptr[i + 1]!)].map(
        (column, k) => [column, values![indptr[i]! + k]!] as const,
      );
      const stars = own.find(([column]) => column === 64)?.[1] ?? 0;
      expect(stars).toBe(rows[i]!.stars);
      const words = own.filter(([column]) => column < 64).map(([, value]) => value);
      expect(words).toEqual(Array.from(x.values!.subarray(x.indptr[i]!, x.indptr[i + 1]!)));
    }
    expect((await loadTable(jsonl, { schema, needsTarget: false })).data).toEqual(data);
    const dense = await loadTable(csv, { columns: { review: 'text' }, vectorizer: { features: 64 }, storage: 'dense' });
    expect(dense.data.values.length).toBe(650);
  });

  it('without text counts as one without words, and is told', async () => {
    const path = await files.write('gap.csv', 'review,label\nfine film,1\n,0\nbad film,0\n');
    const { data, notices } = await loadTable(path, { text: ['review'] });
    expect(Array.from((data as SparseData).indptr)).toEqual([0, 2, 2, 4]);
    expect(notices.join(' ')).toContain("1 cell is missing ('review': 1), and count as texts without words");
  });

  it('that looks like an identifier is told with --text', async () => {
    const { notices } = await loadTable(csv);
    expect(notices.join(' ')).toContain("--ignore 'review' leaves it out, --text 'review' reads its words");
  });

  it('refuses options that are none', () =>
    expectError(
      () => loadTable(csv, { text: ['review'], vectorizer: { features: 1 } }),
      'INVALID_OPTION',
      'features must be an integer',
    ));

  it('is limited while it is read', async () => {
    const path = await files.write(
      'long.csv',
      `review,label\n${Array.from({ length: 3000 }, (_, i) => `w${i} v${i},${i % 2}`).join('\n')}\n`,
    );
    await expectError(
      () => loadTable(path, { text: ['review'], limits: { matrixBytes: 30_000 } }),
      'INVALID_DATA',
      '--limits matrixBytes=',
    );
  });
});

describe('a model of texts', () => {
  it('predicts from strings, also from its file in another process', async () => {
    const vectorizer = new TextVectorizer();
    const x = await vectorizer.fitTransform(texts);
    const { model } = await train({ x, y: labels, schema: vectorizer.schema() });
    expect(await model.predict(texts)).toEqual(await model.predict(x));
    expect(await model.predict(['fine wine', 'a bad one'])).toEqual(['good', 'bad']);
    expect((await model.evaluate(texts, labels)).accuracy).toBe(1);
    const path = files.path('texts.model');
    await model.save(path);
    const script = `import { Model } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      const model = await Model.load(${JSON.stringify(path)});
      console.log(JSON.stringify(await model.predict(['fine wine', 'a bad one'])));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toEqual(['good', 'bad']);
    const { schema } = (await Model.load(path)).spec;
    expect(schema).toEqual(vectorizer.schema());
  });

  it('predicts rows with names', async () => {
    const table = await tableFrom(rows, { text: ['review'], vectorizer: { features: 1024 } });
    const { model } = await train({ x: table.data, y: table.target, schema: table.schema });
    expect(await model.predict(rows)).toEqual(await model.predict(table.data));
    await expectError(() => model.predict(texts), 'INCOMPATIBLE', 'of a table with one column, of texts');
  });

  it('refuses texts where it knows none', async () => {
    const { model } = await train({ x: [[1], [2], [3]], y: [1, 2, 3] });
    await expectError(
      () => model.predict(['a', 'b']),
      'INCOMPATIBLE',
      'Texts need a model that was trained with the schema',
    );
    await expectError(() => train({ x: texts as never, y: labels }), 'INVALID_DATA', 'a TextVectorizer makes X of texts');
  });

  it('comes and goes on the command line', async () => {
    const model = files.path('cli.model');
    const trained = await planesearch([
      'train',
      csv,
      '--text',
      'review',
      '--ignore',
      'stars',
      '--ngrams',
      '1,2',
      '--out',
      model,
      '--json',
    ]);
    expect(trained).toMatchObject({ code: 0 });
    const predicted = await planesearch(['predict', model, jsonl]);
    expect(predicted).toMatchObject({ code: 0, stdout: `${labels.join('\n')}\n` });
    const evaluated = await planesearch(['evaluate', model, jsonl, '--json']);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ n: 10, accuracy: 1 });
    const wrong = await planesearch(['train', csv, '--text', 'review', '--ngrams', 'two']);
    expect(wrong.stderr).toContain("--ngrams must be one length or two, such as 1,2, but 'two' was given.");
  });
});
