/** X in a file has the bits of X in memory; whatever becomes of the file in the middle is an error with its name. */
import { appendFile, chmod, mkdir, open, truncate, utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, DataMatrix, DenseSource, FileSource, MatrixOptions } from '../../lib/backends/backend.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { createRandom } from '../../lib/core/random.js';
import { temporaryFiles, expectError, type TemporaryFiles } from '../data/files.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { expectSameAsInMemory, inFile, productsOf, type Findings } from '../support/matrix-files.js';

/** Columns of different units, one of them constant. */
function drawn(rows: number, columns: number, single: boolean): DenseSource {
  const random = createRandom(rows + columns);
  const values = single ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  for (let e = 0; e < values.length; e++) {
    const j = e % columns;
    values[e] = j === 3 ? 7 : 10 ** ((j % 5) - 2) * (random.uniform() + (j % 2));
  }
  return { kind: 'dense', values, rows, columns };
}

async function findings(matrix: DataMatrix, widths: readonly number[]): Promise<Findings> {
  const { rows, columns, frame } = matrix;
  const random = createRandom(5);
  const scale = Float64Array.from({ length: Math.ceil(rows / 3) }, () => Math.abs(random.uniform() - 0.5));
  return [
    ['distance', frame.distance],
    ['scale', frame.scale],
    ['columns', await matrix.columnBlock(1, Math.min(2, columns - 1))],
    ['gram', await matrix.gram(scale, 3)],
    ...(await productsOf(matrix, widths, { from: 33, count: rows - 70 }, random)),
  ];
}

describe.skipIf(nativeAbsence !== null)('a matrix in a file', () => {
  let files: TemporaryFiles;
  let small: FileSource;
  const given = drawn(9000, 300, false);

  beforeAll(async () => {
    files = await temporaryFiles();
    small = await inFile(given, files.path('small.raw'));
  });
  afterAll(async () => files.remove());

  const expectSameHere = (
    source: DenseSource,
    file: FileSource,
    options: MatrixOptions = {},
    widths: readonly number[] = [1, 7, 40, 130],
  ): Promise<void> => expectSameAsInMemory(source, file, options, (matrix) => findings(matrix, widths));

  it('has the bits of one in memory, in both precisions, whatever is kept and for any number of threads', async () => {
    await expectSameHere(given, small);
    await expectSameHere(given, small, { precision: 'float32' });
    const single = drawn(9000, 300, true);
    const file = await inFile(single, files.path('single.raw'), 6);
    await expectSameHere(single, file);
    await expectSameHere(single, file, { precision: 'float64', frame: 'none' });
  });

  it('has them for few rows, for one piece and for rows so long that pieces are short', async () => {
    for (const [rows, columns, single] of [
      [71, 2, false],
      [3000, 9, true],
      [700, 5000, false],
    ] as const) {
      const source = drawn(rows, columns, single);
      await expectSameHere(source, await inFile(source, files.path(`${rows}.raw`)), {}, [1, 130]);
    }
  });

  it('leaves out a column of the file', async () => {
    const { values, rows, columns } = given;
    const others = values.filter((_, e) => e % columns !== 4);
    const narrow: DenseSource = { kind: 'dense', values: others, rows, columns: columns - 1 };
    await expectSameHere(narrow, { ...small, columns: columns - 1, leftOut: 4 }, {}, [3]);
  });

  it('reads numbers beyond 4 GiB', async () => {
    const [rows, columns] = [300_000, 2000];
    const path = files.path('hole.raw');
    const handle = await open(path, 'w');
    const offset = 8 * columns * (rows - 1);
    await handle.truncate(8 * columns * rows);
    await handle.write(Buffer.from(Float64Array.from({ length: columns }, (_, j) => j).buffer), 0, 8 * columns, offset);
    await handle.close();
    const matrix = await nativeBackend(2).matrix(
      { kind: 'file', path, rows, columns, type: 'float64', memory: 0 },
      { frame: 'none' },
    );
    const out = await matrix.multiply(new Float64Array(columns).fill(1), 1, { from: rows - 600, count: 600 });
    expect([out[598], out[599]]).toEqual([0, (columns * (columns - 1)) / 2]);
    matrix.dispose();
  });

  it('names the number that is not finite', async () => {
    const values = given.values.slice();
    values[8000 * 300 + 17] = NaN;
    const file = await inFile({ ...given, values }, files.path('nan.raw'));
    await expectError(
      () => nativeBackend(2).matrix(file),
      'INVALID_DATA',
      'row 8000, column 17 (from 0) of',
      'nan.raw',
      'finite number, but NaN',
    );
  });

  it('refuses what is no such file', async () => {
    const make =
      (path: string, options: MatrixOptions = {}) =>
      () =>
        nativeBackend(1).matrix({ ...small, path }, options);
    await expectError(make(files.path('none.raw')), 'FILE_NOT_FOUND', 'There is no file', 'none.raw');
    await mkdir(files.path('folder'));
    await expectError(make(files.path('folder')), 'UNREADABLE_FILE', 'not a regular file, but a folder');
    await writeFile(files.path('short.raw'), Buffer.alloc(100));
    await expectError(make(files.path('short.raw')), 'UNREADABLE_FILE', 'must hold 21600000 bytes, but holds 100');
    await expectError(
      make(small.path, { order: Uint32Array.from({ length: 9000 }, (_, i) => i) }),
      'INCOMPATIBLE',
      'order of the file',
    );
    await expectError(() => createJavascriptBackend().matrix(small), 'INCOMPATIBLE', 'javascript backend');
    await expectError(make('a\0b'), 'INVALID_ARGUMENT', 'null bytes');
    if (process.getuid?.() !== 0) {
      await writeFile(files.path('locked.raw'), Buffer.alloc(21600000));
      await chmod(files.path('locked.raw'), 0);
      await expectError(make(files.path('locked.raw')), 'UNREADABLE_FILE', 'locked.raw', 'ermission');
    }
  });

  it('is an error once the file has been truncated, prolonged or written to', async () => {
    const changes: [string, string, (path: string) => Promise<unknown>][] = [
      ['truncated.raw', 'changed while it was in use: it had 21600000 bytes and has 9000000', (path) => truncate(path, 9e6)],
      ['longer.raw', 'has 21600001', (path) => appendFile(path, 'x')],
      ['touched.raw', 'was written to', (path) => utimes(path, 1, 1)],
    ];
    for (const [name, sentence, change] of changes) {
      const matrix = await nativeBackend(2).matrix(await inFile(given, files.path(name)));
      await matrix.multiply(new Float64Array(300), 1);
      await change(files.path(name));
      await expectError(() => matrix.multiply(new Float64Array(300), 1), 'UNREADABLE_FILE', name, sentence);
      matrix.dispose();
    }
  });

  it('is an error, never a signal, when the file is truncated in the middle of a product', async () => {
    const file = await inFile(given, files.path('middle.raw'));
    const matrix = await nativeBackend(2).matrix({ ...file, memory: 0 });
    const product = (async () => {
      for (;;) await matrix.multiply(new Float64Array(300 * 40), 40);
    })();
    setTimeout(() => void truncate(file.path, 1e6), 20);
    await expectError(() => product, 'UNREADABLE_FILE', 'middle.raw', 'while it was in use');
    matrix.dispose();
  });

  it('can be disposed of in the middle of a product', async () => {
    const backend: Backend = nativeBackend(2);
    const matrix = await backend.matrix({ ...small, memory: 0 });
    const product = matrix.multiply(new Float64Array(300 * 100), 100) as Promise<Float64Array>;
    matrix.dispose();
    expect((await product).length).toBe(9000 * 100);
  });
});
