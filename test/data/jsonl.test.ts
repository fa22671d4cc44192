/** JSON lines: objects are in `tables.test.ts` as well, beside the other formats. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, train, type DenseData } from '../../lib/index.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const lines = (...values: unknown[]): Promise<string> =>
  files.write('data.jsonl', values.map((value) => JSON.stringify(value)).join('\n'));

describe('objects', () => {
  it('are rows whose keys come in any order, blank lines and line ends of Windows between them', async () => {
    const path = await files.write('data.jsonl', '\ufeff{"a":1,"y":5}\r\n\r\n{"y":6,"a":2}\r\n{"a":3,"y":7}');
    const { data, target } = await loadTable(path);
    expect(data).toMatchObject({ values: Float64Array.of(1, 2, 3), columnNames: ['a'] });
    expect(target).toEqual({ kind: 'numbers', values: Float64Array.of(5, 6, 7) });
  });

  it('that lack a key miss a value', async () => {
    const path = await lines({ a: 1, b: 1, y: 0 }, { b: 2, y: 1 }, { a: 3, b: 3, y: 0 });
    await expectError(() => loadTable(path), 'INVALID_DATA', "Line 2 of '", "column 'a', must hold a value");
    const { data } = await loadTable(path, { impute: 'mean' });
    expect((data as DenseData).values).toEqual(Float64Array.of(1, 1, 2, 2, 3, 3));
  });

  it('with keys that the first thousand lack are told of', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => ({ a: i, b: i % 7, c: 'some text to fill the line', y: i % 2 }));
    const path = await lines(...rows, { ...rows[0], late: 1 });
    const { data, notices } = await loadTable(path, { ignore: ['c'] });
    expect(data.rows).toBe(40_001);
    expect(notices.join(' ')).toMatch(/1 line has keys that its first \d+ do not have, such as 'late', which were left out/);
  });

  it.each<[string, string, string]>([
    ['a broken line', '{"a":1,"y":2}\n{"a":1,', "Line 2 of '"],
    ['a list', '{"a":1,"y":2}\n[1,2]', 'must be an object, but is an array of 2 values.'],
    ['a number', '5', 'must be an object, but is 5.'],
    ['a nested value', '{"a":{"b":1},"y":2}\n{"a":{"b":1},"y":2}', "column 'a', must hold a text, a number"],
    ['no rows', '\n\n', 'holds no data rows.'],
    ['infinity', '{"a":1e999,"y":2}\n{"a":1,"y":2}', "column 'a', must hold a finite value"],
  ])('with %s are refused', async (_what, text, message) => {
    const path = await files.write('data.jsonl', text);
    await expectError(() => loadTable(path), 'INVALID_DATA', message);
  });

  it('in another encoding, and longer than the limits, are refused', async () => {
    const latin = await files.write('data.jsonl', Buffer.from('{"a":"caf\xe9","y":1}', 'latin1'));
    await expectError(() => loadTable(latin), 'INVALID_DATA', 'Line 1 of', 'must be text in UTF-8');
    const path = await lines({ a: 'x'.repeat(1000), y: 1 }, { a: 'y', y: 2 });
    await expectError(() => loadTable(path, { limits: { rowBytes: 100 } }), 'INVALID_DATA', '--limits rowBytes=');
    await expectError(() => loadTable(path, { limits: { rows: 1 } }), 'INVALID_DATA', '--limits rows=');
  });
});

describe('vectors', () => {
  it('are X, and label is y', async () => {
    const path = await lines(
      { id: 'x', vector: [1, 2], label: 'a' },
      { label: 'b', vector: [3, 4.5] },
      { vector: [0, -1], label: 'a' },
    );
    const { data, target, schema, notices } = await loadTable(path);
    expect(data).toEqual({ values: Float64Array.of(1, 2, 3, 4.5, 0, -1), rows: 3, columns: 2 });
    expect(target).toEqual({ kind: 'strings', values: ['a', 'b', 'a'] });
    expect(schema).toEqual({ format: 'array', columns: 2, target: null });
    expect(notices).toEqual([
      expect.stringContaining("took 'vector' for the rows of X and 'label' for the target (--target)"),
    ]);
  });

  it('may have other names and labels of other kinds', async () => {
    const path = await lines({ embedding: [1], score: 0.5, ok: true }, { embedding: [2], score: 1.5, ok: false });
    expect((await loadTable(path, { target: 'score' })).target).toEqual({
      kind: 'numbers',
      values: Float64Array.of(0.5, 1.5),
    });
    expect((await loadTable(path, { target: 'ok' })).target).toEqual({ kind: 'strings', values: ['true', 'false'] });
    expect((await loadTable(path, { needsTarget: false })).target).toBeNull();
    await expectError(
      () => loadTable(path),
      'INVALID_DATA',
      "must have a target (--target), but its keys are 'embedding', 'score', 'ok'",
    );
    const sets = await lines({ vector: [1], label: ['a'] }, { vector: [2], label: ['a', 'b'] });
    expect((await loadTable(sets)).target).toEqual({ kind: 'label-sets', values: [['a'], ['a', 'b']] });
  });

  it('are predicted by a model of vectors', async () => {
    const path = await lines(
      ...Array.from({ length: 8 }, (_, i) => ({ vector: [i, i * i], label: i < 4 ? 'low' : 'high' })),
    );
    const { data, target, schema } = await loadTable(path);
    const { model } = await train({ x: data, y: target, schema });
    const again = await loadTable(path, { schema: model.spec.schema, needsTarget: false });
    expect(await model.predict(again.data)).toEqual(['low', 'low', 'low', 'low', 'high', 'high', 'high', 'high']);
    const objects = await lines({ a: 1 });
    await expectError(
      () => loadTable(objects, { schema, needsTarget: false }),
      'INVALID_DATA',
      "'vector' must be a list of numbers, but is undefined.",
    );
  });

  it.each<[string, unknown, string]>([
    ['shorter', { vector: [1], label: 1 }, "Line 2 of '"],
    ['with text', { vector: [1, '2'], label: 1 }, "'vector[1]' must be a finite number, but is '2'."],
    ['without a label', { vector: [1, 2] }, "must have a target 'label', but has undefined."],
    ['that are none', { vector: 5, label: 1 }, "'vector' must be a list of numbers, but is 5."],
  ])('%s are refused', async (_what, row, message) => {
    const path = await lines({ vector: [1, 2], label: 0 }, row);
    await expectError(() => loadTable(path), 'INVALID_DATA', message);
  });
});
