/** Embeddings in columns of Parquet and Arrow: a column of X for each place of the lists. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fixedSizeList, float32, float64, list, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette';
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

it('in Parquet, over row groups', async () => {
  const file = fileURLToPath(new URL('cases/tables/lists.parquet', import.meta.url));
  const { data, schema, target } = await loadTable(file);
  expect(columnNames(schema)).toEqual(['size', 'embedding[0]', 'embedding[1]', 'embedding[2]']);
  const value = (i: number): number[] => [i * 0.5, i, 0 - i, i * i];
  expect([...(data as DenseData).values]).toEqual(Array.from({ length: 12 }, (_, i) => value(i)).flat());
  expect(target!.values[0]).toBe('no');
});
