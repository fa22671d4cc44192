/** Embeddings in columns of Parquet and Arrow: a column of X for each place of the lists. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { binary, fixedSizeList, float32, float64, list, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { columnNames, loadTable, type DenseData } from '../../lib/data/index.js';
import { train } from '../../lib/train.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

const random = createRandom(2);
const rows = 30;
const vectors = Array.from({ length: rows }, () => Array.from({ length: 3 }, () => Math.fround(random.normal())));
const size = vectors.map((_, i) => i / 4);
const label = vectors.map(([a, b]) => (a! > b! ? 'up' : 'down'));
const names = ['size', 'embedding[0]', 'embedding[1]', 'embedding[2]'];
const expected = vectors.flatMap((vector, i) => [size[i]!, ...vector]);

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

type Kind = Parameters<typeof fixedSizeList>[0];

async function arrow(name: string, embedding: unknown[], type: ReturnType<typeof list>, more: object = {}): Promise<string> {
  const table = tableFromArrays({ size, embedding, ...more, label }, { types: { embedding: type, label: utf8() } });
  const file = files.path(name);
  await writeFile(file, tableToIPC(table, { format: 'file' })!);
  return file;
}

describe('in Arrow', () => {
  it.each([
    ['lists of float', list(float32())],
    ['lists of double', list(float64())],
    ['lists of one size', fixedSizeList(float32() as Kind, 3)],
  ])('%s', async (name, type) => {
    const file = await arrow(`${name}.arrow`, vectors, type as ReturnType<typeof list>);
    const { data, schema, target } = await loadTable(file);
    expect(columnNames(schema)).toEqual(names);
    expect([...(data as DenseData).values]).toEqual(expected);
    expect(target).toEqual({ kind: 'strings', values: label });
    const { model } = await train({ x: data, y: target, schema }, { l2: 0.01 });
    const again = await loadTable(file, { schema: model.spec.schema, needsTarget: false });
    expect(await model.predict(again.data)).toEqual(await model.predict(data));
  });

  it('a list that is missing is missing in all places', async () => {
    const gap = [...vectors.slice(0, 4), null, ...vectors.slice(5)];
    const file = await arrow('gap.arrow', gap, list(float64()));
    await expectError(
      () => loadTable(file),
      'INVALID_DATA',
      'Row 4 (from 0)',
      "'embedding[0]'",
      'missing values are refused',
    );
    const { data } = await loadTable(file, { impute: 'mean' });
    const mean = gap.reduce((sum, vector) => sum + (vector?.[1] ?? 0), 0) / (rows - 1);
    expect((data as DenseData).values[4 * 4 + 2]).toBeCloseTo(mean, 12);
  });

  it('lists of other lengths are refused with the row, or ignored', async () => {
    const file = await arrow('ragged.arrow', [...vectors.slice(0, 7), [1, 2], ...vectors.slice(8)], list(float64()));
    const sentence = 'a list of 3 numbers, as the first, but holds one of 2 (--ignore leaves the column out)';
    await expectError(() => loadTable(file), 'INVALID_DATA', "Row 7 (from 0) of '", "column 'embedding'", sentence);
    const { data, schema } = await loadTable(file, { ignore: ['embedding'] });
    expect(columnNames(schema)).toEqual(['size']);
    // What the model does not know is not looked at.
    const good = await arrow('good.arrow', vectors, list(float64()));
    expect((await loadTable(good, { schema, needsTarget: false })).data).toEqual(data);
  });
});

describe('with other columns and options', () => {
  it('a schema knows how long its lists are', async () => {
    const { schema } = await loadTable(await arrow('three.arrow', vectors, list(float64())));
    for (const [name, more] of [
      ['longer', [0.5]],
      ['twice', [1, 2, 3]],
    ] as const) {
      const longer = await arrow(`${name}.arrow`, [null, ...vectors.slice(1).map((v) => [...v, ...more])], list(float64()));
      await expectError(
        () => loadTable(longer, { schema, needsTarget: false, missingCells: 'keep' }),
        'INVALID_DATA',
        'Row 1 (from 0)',
        `a list of 3 numbers, as in training, but holds one of ${3 + more.length}.`,
      );
    }
    const shorter = await arrow(
      'shorter.arrow',
      vectors.map((vector) => vector.slice(1)),
      list(float64()),
    );
    await expectError(
      () => loadTable(shorter, { schema, needsTarget: false }),
      'INVALID_DATA',
      'Row 0',
      'but holds one of 2.',
    );
  });

  it('columns by index are those of the file', async () => {
    const other = size.map((_, i) => i % 5);
    const file = await arrow('indices.arrow', vectors, list(float64()), { other });
    const { schema, target, groups } = await loadTable(file, { target: 3, group: 2 });
    expect(columnNames(schema)).toEqual(names);
    expect(target).toEqual({ kind: 'strings', values: label });
    expect(groups).toEqual(Float64Array.from(other));
    for (const choice of [{ ignore: [1] }, { ignore: ['-3'] }, { columns: { 1: 'ignore' } }] as const)
      expect(columnNames((await loadTable(file, choice)).schema)).toEqual(['size', 'other']);
    const kinds = await loadTable(file, { categorical: [2] });
    expect(kinds.summary?.slice(0, 5).map(({ kind }) => kind)).toEqual([...names.map(() => 'numeric'), 'categorical']);
    await expectError(() => loadTable(file, { ignore: [4] }), 'INVALID_DATA', 'column of --ignore', 'from -4 to 3');
  });

  it('lists are no target, and stay together', async () => {
    const file = files.path('last.arrow');
    const types = { embedding: list(float64()) };
    await writeFile(file, tableToIPC(tableFromArrays({ size, embedding: vectors }, { types }), { format: 'file' })!);
    const sentence = "must hold one value a row, but has lists in 'embedding' (--target names another).";
    await expectError(() => loadTable(file), 'INVALID_DATA', 'The target column of', sentence);
    for (const target of [1, -1, 'embedding'])
      await expectError(() => loadTable(file, { target }), 'INVALID_DATA', sentence);
    await expectError(() => loadTable(file, { target: 'embedding[1]' }), 'INVALID_DATA', "lists in 'embedding[1]'");
    const ignore = ['embedding[2]'];
    await expectError(() => loadTable(file, { target: 'size', ignore }), 'INVALID_OPTION', 'columns of lists as a whole');
    expect(columnNames((await loadTable(file, { target: 'size' })).schema)).toEqual(names.slice(1));
  });

  it('options are checked before the lists are looked at', async () => {
    const file = await arrow('options.arrow', vectors, list(float64()));
    await expectError(() => loadTable(file, { ignore: 5 as never }), 'INVALID_OPTION', '--ignore', 'a list of column names');
  });

  it('bytes are no lists', async () => {
    const bytes = vectors.map((_, i) => Uint8Array.of(i, 1, 2));
    const file = await arrow('bytes.arrow', bytes, binary() as never);
    await expectError(() => loadTable(file), 'INVALID_DATA', "'embedding'");
    expect(columnNames((await loadTable(file, { ignore: ['embedding'] })).schema)).toEqual(['size']);
  });

  it('every place of a list counts as a field', async () => {
    const file = await arrow('fields.arrow', vectors, list(float64()));
    await expectError(() => loadTable(file, { limits: { fields: 4 } }), 'INVALID_DATA', 'more than 4 columns');
    expect((await loadTable(file, { limits: { fields: 5 } })).data.columns).toBe(4);
  });
});

it('in Parquet, over row groups', async () => {
  const file = fileURLToPath(new URL('cases/tables/lists.parquet', import.meta.url));
  const { data, schema, target } = await loadTable(file);
  expect(columnNames(schema)).toEqual(['size', 'embedding[0]', 'embedding[1]', 'embedding[2]']);
  const value = (i: number): number[] => [i * 0.5, i, 0 - i, i * i];
  expect([...(data as DenseData).values]).toEqual(Array.from({ length: 12 }, (_, i) => value(i)).flat());
  expect(target!.values[0]).toBe('no');
});
