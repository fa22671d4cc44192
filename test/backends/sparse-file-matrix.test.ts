/** Compressed rows in a file have the bits of those in memory; whatever becomes of the file in the middle is an error with its name. */
import { appendFile, open, truncate, utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataMatrix, FileSource, MatrixOptions, SparseSource } from '../../lib/backends/backend.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { temporaryFiles, expectError, type TemporaryFiles } from '../data/files.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { drawnEntries, entriesInFile, expectSameAsInMemory, productsOf, type Findings } from '../support/matrix-files.js';

async function findings(matrix: DataMatrix): Promise<Findings> {
  const { rows, frame } = matrix;
  return [
    ['origin', frame.origin],
    ['distance', frame.distance],
    ['scale', frame.scale],
    ...(await productsOf(matrix, [1, 2, 3, 5, 12, 40], { from: Math.floor(rows / 3), count: Math.ceil(rows / 2) })),
  ];
}

describe.skipIf(nativeAbsence !== null)('compressed rows in a file', () => {
  let files: TemporaryFiles;
  let given: SparseSource;
  let small: FileSource;

  beforeAll(async () => {
    files = await temporaryFiles();
    given = drawnEntries(4000, 300, { share: 0.1 });
    small = await entriesInFile(given, files.path('small.raw'));
  });
  afterAll(async () => files.remove());

  const expectSameHere = (source: SparseSource, file: FileSource, options: MatrixOptions = {}): Promise<void> =>
    expectSameAsInMemory(source, file, options, findings);

  it.each(['float64', 'float32', 'ones'] as const)('has the bits of those in memory, as %s', async (kind) => {
    const source = drawnEntries(4000, 300, { share: 0.1, kind });
    const file = await entriesInFile(source, files.path(`${kind}.raw`), { offset: 3 });
    await expectSameHere(source, file);
    await expectSameHere(source, file, { precision: kind === 'float32' ? 'float64' : 'float32' });
    await expectSameHere(source, file, { frame: 'none' });
  });

  it.each([
    ['a row', 1, 5, 0.5],
    ['few rows', 7, 3, 0.4],
    ['long rows of several pieces', 300, 40_000, 0.2],
    ['many columns', 500, 200_000, 0.001],
    ['short rows', 60_000, 9, 0.3],
    ['no entries', 40, 6, 0],
    ['no zeros', 900, 11, 1],
  ])('has them for %s', async (name, rows, columns, share) => {
    const source = drawnEntries(rows, columns, { share });
    const wide = rows % 2 === 0;
    await expectSameHere(source, await entriesInFile(source, files.path(`${name}.raw`), { wide }), {
      // A column without spread is refused.
      frame: share === 0 ? 'none' : 'standard',
    });
  });

  it('takes the columns of a row in any order', async () => {
    const indices = given.indices.slice();
    const values = given.values!.slice();
    for (let i = 0; i < given.rows; i++) {
      indices.subarray(given.indptr[i], given.indptr[i + 1]).reverse();
      values.subarray(given.indptr[i], given.indptr[i + 1]).reverse();
    }
    await expectSameHere(given, await entriesInFile({ ...given, indices, values }, files.path('order.raw')));
  });

  it('uses a frame that is given, whatever columns are full', async () => {
    const { frame } = await nativeBackend(1).matrix(given);
    await expectSameHere(given, small, { frame });
  });

  it('offers neither moments nor single columns, and says so', async () => {
    const matrix = await nativeBackend(2).matrix(small);
    expect(matrix.offers).toEqual([]);
    await expectError(
      () => matrix.gram(new Float64Array(4000), 1),
      'INCOMPATIBLE',
      'second moment',
      'in memory',
      'small.raw',
    );
    await expectError(() => matrix.columnBlock(0, 1), 'INCOMPATIBLE', 'block of columns', 'small.raw');
    matrix.dispose();
  });

  it('names the row in which something is wrong', async () => {
    const entry = given.indptr[3000]!;
    const refused = async (
      name: string,
      change: (source: { -readonly [K in keyof SparseSource]: SparseSource[K] }) => void,
    ) => {
      const source = {
        ...given,
        indptr: Float64Array.from(given.indptr),
        indices: given.indices.slice(),
        values: given.values!.slice(),
      };
      change(source);
      const file = await entriesInFile(source, files.path(name));
      return (...parts: string[]) => expectError(() => nativeBackend(2).matrix(file), 'INVALID_DATA', name, ...parts);
    };
    await (await refused('nan.raw', ({ values }) => (values![entry] = NaN)))('Row 3000 (from 0)', 'finite');
    await (await refused('wide.raw', ({ indices }) => (indices[entry] = 300)))('Row 3000', 'from 0 to 299, but names 300');
    await (await refused('negative.raw', ({ indices }) => (indices[entry] = -2)))('Row 3000', 'negative');
    await (await refused('twice.raw', ({ indices }) => (indices[entry + 1] = indices[entry]!)))('Row 3000', 'twice');
    const fall = await refused('falls.raw', ({ indptr }) => ((indptr as Float64Array)[3000] = 0));
    await fall('Offset 3000');
    await (await refused('short.raw', ({ indptr }) => ((indptr as Float64Array)[4000] = indptr[3999]!)))('last offset');
  });

  it('refuses what is no such file', async () => {
    const make = (change: Partial<FileSource>, options: MatrixOptions = {}) =>
      nativeBackend(1).matrix({ ...small, ...change }, options);
    await writeFile(files.path('tiny.raw'), Buffer.alloc(100));
    await expectError(() => make({ path: files.path('none.raw') }), 'FILE_NOT_FOUND', 'none.raw');
    await expectError(() => make({ path: files.path('tiny.raw') }), 'UNREADABLE_FILE', 'must hold', 'but holds 100');
    await expectError(() => make({ leftOut: 1 }), 'INVALID_ARGUMENT', 'absent from sparse data');
    const { entries } = small;
    const other = { ...entries!, indptr: { offset: 0, type: 'int16' as 'int32' } };
    await expectError(() => make({ entries: other }), 'INVALID_ARGUMENT', 'type of indptr', 'int16');
    await expectError(() => createJavascriptBackend().matrix(small), 'INCOMPATIBLE', 'javascript backend');
  });

  it('is an error once the file has been truncated, prolonged or written to', async () => {
    const changes: [string, string, (path: string) => Promise<unknown>][] = [
      ['truncated.raw', 'was changed while it was in use', (path) => truncate(path, 9e4)],
      ['longer.raw', 'was changed while it was in use', (path) => appendFile(path, 'x')],
      ['touched.raw', 'was written to', (path) => utimes(path, 1, 1)],
    ];
    for (const [name, sentence, change] of changes) {
      const matrix = await nativeBackend(2).matrix(await entriesInFile(given, files.path(name)));
      await matrix.multiplyTransposed(new Float64Array(4000), 1);
      await change(files.path(name));
      for (const product of [
        () => matrix.multiply(new Float64Array(300), 1),
        () => matrix.multiplyTransposed(new Float64Array(4000), 1),
      ])
        await expectError(product, 'UNREADABLE_FILE', name, sentence);
      matrix.dispose();
    }
  });

  it('is an error, never a signal, when the file is truncated in the middle of a product', async () => {
    const source = drawnEntries(20_000, 300, { share: 0.3 });
    const file = await entriesInFile(source, files.path('middle.raw'));
    const matrix = await nativeBackend(2).matrix({ ...file, memory: 0 });
    const products = (async () => {
      for (;;) await matrix.multiplyTransposed(new Float64Array(20_000 * 3), 3);
    })();
    setTimeout(() => void open(file.path, 'r+').then((handle) => handle.truncate(1e6).then(() => handle.close())), 20);
    await expectError(() => products, 'UNREADABLE_FILE', 'middle.raw', 'while it was in use');
    matrix.dispose();
  });
});
