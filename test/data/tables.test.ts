/** One table in all formats that have columns with names: written by arrow-rs (Parquet) and Apache Arrow for JavaScript, and as text. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, train, Model, type DenseData, type LoadOptions } from '../../lib/index.js';
import { absent } from '../../lib/data/optional-package.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

const table = (name: string): string => fileURLToPath(new URL(`cases/tables/${name}`, import.meta.url));
const rows = Array.from({ length: 12 }, (_, i) => ({
  size: i * 1.25 - 3,
  count: i * i,
  small: i / 4,
  color: ['red', 'green', 'blué'][i % 3]!,
  open: i % 2 === 0,
  day: new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10),
  at: new Date(Date.UTC(2024, 0, 1, i)).toISOString(),
  label: i < 6 ? 'no' : 'yes',
}));
const FIRST_DAY = Date.UTC(2024, 0, 1) / 86_400_000;
const expected = rows.flatMap(({ size, count, small, color, open }, i) => [
  size,
  count,
  small,
  ...['blué', 'green', 'red'].map((name) => Number(name === color)),
  Number(open),
  FIRST_DAY + i,
  FIRST_DAY + i / 24,
]);
const binary = [
  'mixed-uncompressed.parquet',
  'mixed-snappy.parquet',
  'mixed-gzip.parquet',
  'mixed-zstd.parquet',
  'mixed-brotli.parquet',
  'mixed-lz4_raw.parquet',
  'mixed-groups.parquet',
  'mixed.arrow',
  'mixed.arrows',
];

let files: TemporaryFiles;
let jsonl: string;
let csv: string;
beforeAll(async () => {
  files = await temporaryFiles();
  jsonl = await files.write('mixed.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  const names = Object.keys(rows[0]!);
  csv = await files.write(
    'mixed.csv',
    [names, ...rows.map((row) => Object.values(row).map(String))].map((cells) => cells.join(',')).join('\n'),
  );
});
afterAll(() => files.remove());

describe('a table', () => {
  it.each([...binary, 'jsonl', 'csv'])('%s', async (name) => {
    const path = name === 'jsonl' ? jsonl : name === 'csv' ? csv : table(name);
    const { data, target, schema, summary } = await loadTable(path);
    expect(data.columnNames).toEqual([
      'size',
      'count',
      'small',
      'color=blué',
      'color=green',
      'color=red',
      'open',
      'day',
      'at',
    ]);
    expect(data.rows).toBe(12);
    expect([...(data as DenseData).values]).toEqual(expected.map((value) => expect.closeTo(value, 9)));
    expect(target).toEqual({ kind: 'strings', values: rows.map(({ label }) => label) });
    expect(schema).toMatchObject({ format: name === 'csv' ? 'csv' : 'table', columns: 9 });
    expect(summary?.map(({ kind }) => kind)).toEqual([
      'numeric',
      'numeric',
      'numeric',
      'categorical',
      'boolean',
      'date',
      'date',
      'categorical',
    ]);
  });

  it('of one format is read by the model of another', async () => {
    const learned = await loadTable(csv);
    const { model } = await train({ x: learned.data, y: learned.target, schema: learned.schema });
    const known = await model.predict(learned.data);
    const path = files.path('model');
    await model.save(path);
    const { schema } = (await Model.load(path)).spec;
    for (const name of [...binary.map(table), jsonl, csv]) {
      const { data } = await loadTable(name, { schema, needsTarget: false });
      expect(await model.predict(data)).toEqual(known);
      const { target } = await loadTable(name, { schema });
      expect((await model.evaluate(data, target)).accuracy).toBe(
        (await model.evaluate(learned.data, learned.target)).accuracy,
      );
    }
    const array = { format: 'array', columns: 9, target: null } as const;
    await expectError(
      () => loadTable(csv, { schema: array }),
      'INCOMPATIBLE',
      'must be array data like the training file, but is csv',
    );
  });

  it('takes the options of columns in every format', async () => {
    const options: LoadOptions = {
      target: 'size',
      ignore: ['day', 'at', 'label', 'small'],
      columns: { count: 'categorical' },
      task: 'regression',
    };
    const reference = await loadTable(csv, options);
    expect(reference.data.columns).toBe(12 + 3 + 1);
    for (const name of [...binary.map(table), jsonl]) {
      const { data, target } = await loadTable(name, options);
      expect(data).toEqual(reference.data);
      expect(target).toEqual(reference.target);
    }
  });

  it('has its missing values refused with the row, or imputed', async () => {
    for (const name of ['gap.parquet', 'gap.arrow']) {
      await expectError(
        () => loadTable(table(name)),
        'INVALID_DATA',
        "Row 2 (from 0) of '",
        "column 'a', must hold a value (missing values are refused)",
      );
      const { data } = await loadTable(table(name), { impute: 'mean' });
      expect([...(data as DenseData).values]).toEqual([1, 4, 2, 3, expect.closeTo(7 / 3, 12), 2, 4, 1]);
    }
  });

  it('is recognized by its bytes, in gzip too', async () => {
    for (const name of ['mixed-snappy.parquet', 'mixed.arrow', 'mixed.arrows']) {
      const bytes = await readFile(table(name));
      const path = await files.write('nameless', gzipSync(bytes));
      expect((await loadTable(path)).data).toEqual((await loadTable(table(name))).data);
    }
    const text = await files.write('nameless', await readFile(jsonl));
    expect((await loadTable(text)).notices[0]).toContain('took it for jsonl data by its first lines (--format)');
  });

  it('of a binary format that is damaged is refused', async () => {
    for (const [name, format] of [
      ['mixed-snappy.parquet', 'a Parquet'],
      ['mixed.arrow', 'an Arrow'],
    ] as const) {
      const bytes = await readFile(table(name));
      const extension = name.slice(name.lastIndexOf('.'));
      for (const part of [bytes.subarray(0, 40), bytes.subarray(0, bytes.length - 20), Buffer.from('a,b\n1,2\n')]) {
        const path = await files.write(`damaged${extension}`, part);
        await expectError(() => loadTable(path), 'UNREADABLE_FILE', `is not ${format} file that can be read`);
      }
    }
  });

  it('never crashes on a changed byte: a table or a sentence', async () => {
    for (const name of ['mixed-snappy.parquet', 'mixed.arrow']) {
      const bytes = await readFile(table(name));
      for (let at = 5; at < bytes.length; at += 41) {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ 0xff;
        const path = await files.write(`changed${name.slice(name.lastIndexOf('.'))}`, changed);
        const outcome = await loadTable(path).then(
          () => 'PlanesearchError',
          (error: Error) => `${error.name} ${error.name === 'PlanesearchError' ? '' : error.stack}`,
        );
        expect(outcome.trim()).toBe('PlanesearchError');
      }
    }
  });
});

describe('an optional package', () => {
  it('is asked for in one sentence', async () => {
    await expectError(
      () => import('no-such-package' as string).catch(absent('no-such-package', 'a.parquet', 'a Parquet file')),
      'INCOMPATIBLE',
      "'a.parquet' is a Parquet file, which is read with the package no-such-package: npm install no-such-package.",
    );
    const broken = Promise.reject(new SyntaxError('a mistake in it'));
    await expect(broken.catch(absent('a', 'b', 'c'))).rejects.toThrow('a mistake in it');
  });
});
