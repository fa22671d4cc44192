/** What a table may cost: checked as the bytes come in, each limit an option, each excess a sentence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseTask, loadTable, type ReadLimits } from '../../lib/data/index.js';
import { DEFAULT_LIMITS, limitsFrom } from '../../lib/data/limits.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const load = async (content: string | Uint8Array, limits: Partial<ReadLimits> = {}) =>
  loadTable(await files.write('limits.csv', content), { limits, storage: 'dense' });

describe('limits', () => {
  const text = `a,kind,y\n${Array.from({ length: 100 }, (_, i) => `${i},k${i % 20},${i}\n`).join('')}`;

  it.each<[keyof ReadLimits, number, string]>([
    ['fileBytes', 500, 'has more than 500 bytes'],
    ['rows', 99, 'has more than 99 rows'],
    ['fields', 2, 'Line 1 of'],
    ['levels', 19, "Column 'kind' of"],
    ['columns', 20, 'has more than 20 columns, one per category'],
    ['matrixBytes', 16799, 'takes at least 100 rows x 21 columns x 8 bytes'],
  ])('%s', async (name, limit, part) => {
    await expectError(
      () => load(text, { [name]: limit }),
      'INVALID_DATA',
      part,
      `--limits ${name}=${2 * limit} would allow twice as many`,
    );
  });

  it('just reached are not exceeded', async () => {
    const { data } = await load(text, { fileBytes: Buffer.byteLength(text), rows: 100, fields: 3, levels: 20, columns: 21 });
    expect({ rows: data.rows, columns: data.columns }).toEqual({ rows: 100, columns: 21 });
  });

  it('are integers of at least 1 with a known name', async () => {
    expect(limitsFrom({ rows: 5 })).toEqual({ ...DEFAULT_LIMITS, rows: 5 });
    expect(() => limitsFrom({ rows: 0 })).toThrow('The limit rows must be an integer of at least 1, but 0 was given.');
    expect(() => limitsFrom({ lines: 5 } as Partial<ReadLimits>)).toThrow(
      "A limit must be one of fileBytes, inputBytes, rowBytes, fields, rows, columns, levels, levelCharacters, matrixBytes, but 'lines' was given.",
    );
    await expectError(() => load(text, { rows: 1.5 }), 'INVALID_OPTION', 'The limit rows');
  });
});

describe('what never ends', () => {
  it('16 MB of commas end in a sentence, long before memory does', async () => {
    await expectError(
      () => load(Buffer.alloc(16_000_000, ',')),
      'INVALID_DATA',
      'begins in line 1 has more than 100000 fields',
      '--limits fields=',
    );
    const below = Buffer.concat([Buffer.from('a,y\n1,2\n'), Buffer.alloc(16_000_000, ',')]);
    await expectError(() => load(below), 'INVALID_DATA', 'begins in line 3 has more than 100000 fields');
  });

  it('a cell of 17 MiB is named as what it is, and read when allowed', async () => {
    const cell = 'x'.repeat(17 * 2 ** 20);
    const content = `k,y\n${cell},1\nb,2\n`;
    await expectError(
      () => load(content),
      'INVALID_DATA',
      'begins in line 2 has more than 16777216 bytes',
      '--limits rowBytes=',
    );
    const { data } = await load(content, { rowBytes: 2 ** 25 });
    expect(data.columnNames?.map((name) => name.length)).toEqual([3, cell.length + 2]);
  });

  it('a quote that is never closed is named with the line where its row begins', async () => {
    const content = `k,y\n"b",1\n"${'x,\n'.repeat(6_000_000)}`;
    await expectError(
      () => load(content),
      'INVALID_DATA',
      'begins in line 3 has a quote that is never closed, or has more than 16777216 bytes',
    );
    await expectError(
      () => load('k,y\n"b",1\n"c,2\n'),
      'INVALID_DATA',
      'a quote that is never closed, in the row that begins in line 3',
    );
  });

  it('a cell of 15 MB makes no message of 15 MB', async () => {
    const content = `a,y\n1,1\n2,2\n${'9'.repeat(15_000_000)}x,3\n`;
    const error = await load(content).then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    expect(error!.message).toContain('Line 4 of');
    expect(error!.message).toContain('(15000001 characters)');
    expect(error!.message.length).toBeLessThan(1000);
  });
});

describe('labels', () => {
  it('more than a Set can hold are a typed error, from arrays too', async () => {
    const values = Float64Array.from({ length: 1_100_000 }, (_, i) => i);
    await expectError(
      () => chooseTask({ kind: 'numbers', values }, 'array', 'softmax'),
      'INVALID_DATA',
      'at most 1048576 different labels',
    );
    const strings = Array.from(values, (value) => `l${value}`);
    await expectError(
      () => chooseTask({ kind: 'strings', values: strings }, 'array', 'auto'),
      'INVALID_DATA',
      'at most 1048576 different labels',
    );
  });

  it('more than a million in a file are refused by the option that allows them', async () => {
    const content = `x,y\n${Array.from({ length: 3000 }, (_, i) => `1,l${i}\n`).join('')}`;
    await expectError(
      () => load(content, { levels: 2000 }),
      'INVALID_DATA',
      "Column 'y' of",
      'more than 2000 different texts',
      '--limits levels=4000',
    );
  });
});
