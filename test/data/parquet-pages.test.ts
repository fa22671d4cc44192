/** What a damaged Parquet file must not make hyparquet do: every file here is read, or refused in a sentence. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, type LoadedTable, type ReadLimits } from '../../lib/data/index.js';
import { checkLz4, checkSnappy, checkZstd } from '../../lib/data/parquet/codecs.js';
import { ParquetPages } from '../../lib/data/parquet/pages.js';
import { ThriftReader } from '../../lib/data/parquet/thrift.js';
import {
  dictionaryPage,
  doubles,
  firstPage,
  I32,
  list,
  LIST,
  packed,
  parquetFile,
  run,
  secondPage,
  section,
  struct,
  STRUCT,
  zigzag,
  type FileColumn,
} from '../support/parquet-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'planesearch-pages-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(rows: number, column: FileColumn, limits: Partial<ReadLimits> = {}): Promise<LoadedTable<false>> {
  const file = path.join(folder, 'case.parquet');
  writeFileSync(file, parquetFile(rows, [column]));
  return loadTable(file, { format: 'parquet', needsTarget: false, missingCells: 'keep', limits });
}

const numbersOf = async (rows: number, column: FileColumn): Promise<number[]> => [
  ...(await read(rows, column)).data.values!,
];
const refused = (rows: number, column: FileColumn, sentence: RegExp): Promise<void> =>
  expect(read(rows, column)).rejects.toMatchObject({ code: 'UNREADABLE_FILE', message: expect.stringMatching(sentence) });

const [PLAIN, RLE, DIFFERENCES, DICTIONARY] = [0, 3, 5, 8];
const HUGE = 500_000_000;

/** A column of doubles 1, 2, ... whose levels say that each is there. */
const optional = (...pages: readonly Buffer[]): FileColumn => ({ type: 'DOUBLE', kind: 'optional', pages });
const lists = (values: number, ...pages: readonly Buffer[]): FileColumn => ({ type: 'DOUBLE', kind: 'list', pages, values });

describe('definition levels', () => {
  const tooLong = /where 3 are left in the page\.$/;
  const values = doubles(1, 2, 3);

  it('of version 1 end with their page', async () => {
    expect(await numbersOf(3, optional(firstPage(3, PLAIN, section(run(3, 1)), values)))).toEqual([1, 2, 3]);
    expect(await numbersOf(3, optional(firstPage(3, PLAIN, section(packed([1, 0, 1], 1)), values)))).toEqual([1, NaN, 2]);
    for (const count of [4, HUGE]) await refused(3, optional(firstPage(3, PLAIN, section(run(count, 1)), values)), tooLong);
  });

  it('of version 2 end with their page', async () => {
    expect(await numbersOf(3, optional(secondPage(3, PLAIN, { definitions: run(3, 1) }, values)))).toEqual([1, 2, 3]);
    for (const count of [4, HUGE])
      await refused(3, optional(secondPage(3, PLAIN, { definitions: run(count, 1) }, values)), tooLong);
    await refused(3, optional(secondPage(3, PLAIN, { nulls: 4, definitions: run(3, 1) }, values)), /4 missing ones among 3/);
  });
});

describe('repetition levels', () => {
  const [repetitions, definitions] = [packed([0, 1, 0, 1], 1), run(4, 1)];
  const values = doubles(1, 2, 3, 4);

  it('of version 1 end with their page', async () => {
    expect(await numbersOf(2, lists(4, firstPage(4, PLAIN, section(repetitions), section(definitions), values)))).toEqual([
      1, 2, 3, 4,
    ]);
    await refused(2, lists(4, firstPage(4, PLAIN, section(run(5, 0)), section(definitions), values)), /5 values where 4/);
    await refused(2, lists(4, firstPage(4, PLAIN, section(repetitions), section(run(HUGE, 1)), values)), /where 4 are left/);
  });

  it('of version 2 end with their page', async () => {
    expect(await numbersOf(2, lists(4, secondPage(4, PLAIN, { repetitions, definitions }, values)))).toEqual([1, 2, 3, 4]);
    await refused(2, lists(4, secondPage(4, PLAIN, { repetitions: run(HUGE, 0), definitions }, values)), /where 4 are left/);
  });

  it('are as many as the part of the column says', () =>
    refused(
      2,
      lists(3, firstPage(4, PLAIN, section(repetitions), section(definitions), values)),
      /4 values where 3 would be most/,
    ));
});

describe('values', () => {
  const required = (type: FileColumn['type'], ...pages: readonly Buffer[]): FileColumn => ({
    type,
    kind: 'required',
    pages,
  });
  const [width, words] = [Buffer.from([1]), dictionaryPage(2, doubles(5, 6))];

  it('in a dictionary have as many indices as there are values', async () => {
    for (const page of [
      firstPage(3, DICTIONARY, width, run(3, 1)),
      secondPage(3, DICTIONARY, {}, Buffer.concat([width, run(3, 1)])),
    ])
      expect(await numbersOf(3, required('DOUBLE', words, page))).toEqual([6, 6, 6]);
    for (const count of [4, HUGE]) {
      await refused(3, required('DOUBLE', words, firstPage(3, DICTIONARY, width, run(count, 1))), /where 3 are left/);
      const second = secondPage(3, DICTIONARY, {}, Buffer.concat([width, run(count, 1)]));
      await refused(3, required('DOUBLE', words, second), /where 3 are left/);
    }
    await refused(
      3,
      required('DOUBLE', dictionaryPage(3, doubles(5, 6)), firstPage(3, DICTIONARY, width, run(3, 1))),
      /16 bytes for 3 values/,
    );
  });

  it('that are true or false have runs of their length', async () => {
    expect((await read(3, required('BOOLEAN', firstPage(3, RLE, section(run(2, 1), run(1, 0)))))).data.rows).toBe(3);
    await refused(3, required('BOOLEAN', firstPage(3, RLE, section(run(HUGE, 1)))), /where 3 are left/);
    await refused(3, required('BOOLEAN', secondPage(3, RLE, {}, section(run(HUGE, 1)))), /where 3 are left/);
  });

  it('have bytes', async () => {
    await refused(3, required('DOUBLE', firstPage(3, PLAIN, doubles(1, 2))), /a page of 16 bytes for 3 values/);
    await refused(
      2 ** 25 + 1,
      required('DOUBLE', firstPage(2 ** 25 + 1, PLAIN, doubles(1))),
      /33554433 values where 33554432 would be most/,
    );
    const backward = Buffer.concat([Buffer.from([0x80, 0xff, 0xff, 0xff, 0x0f, 1, 40]), Buffer.alloc(16, 8)]);
    await refused(40, required('INT32', firstPage(40, DIFFERENCES, backward)), /blocks of 4294967168 differences/);
  });

  it('are as few as JavaScript has memory for', () => {
    const many = 2 ** 25;
    const bytes = Buffer.concat(new Array<Buffer>(2).fill(firstPage(many, PLAIN, section(run(many, 0)))));
    const leaf = { typeLength: undefined, mostBytes: Infinity, definition: 1, repetition: 0, depth: 1, flat: true };
    const chunk = { type: 'DOUBLE', num_values: 0n } as const;
    const pages = (name: string, kept: number): ParquetPages =>
      new ParquetPages(bytes, { ...leaf, name, converted: false }, chunk, 2 * many, 2 ** 32, kept);
    const { heap_size_limit: limit } = getHeapStatistics();
    const needed = 40 * 2 * many;
    expect(pages('a', limit - needed)).toMatchObject({ end: bytes.length, keptBytes: 8 * 2 * many });
    expect(() => pages('a', limit - needed + 1)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', message: expect.stringMatching(/^Column 'a' has too many values/) }),
    );
  });
});

describe('the head of a page', () => {
  const data = [5, STRUCT, struct([1, I32, zigzag(3)], [2, I32, zigzag(PLAIN)])] as const;
  const [type, size] = [[1, I32, zigzag(0)] as const, zigzag(24)];
  const column = (head: Buffer): FileColumn => ({ type: 'DOUBLE', kind: 'required', pages: [head, doubles(1, 2, 3)] });

  it('has its sizes, as numbers', async () => {
    expect(await numbersOf(3, column(struct(type, [2, I32, size], [3, I32, size], data)))).toEqual([1, 2, 3]);
    // Without a size hyparquet would read its first byte for ever.
    await refused(3, column(struct(type, [2, I32, size], data)), /no number for compressed bytes/);
    await refused(3, column(struct(type, [2, I32, size], [3, I32, zigzag(-24)], data)), /-24 for compressed bytes/);
    await refused(3, column(struct(type, [2, I32, size], [3, I32, zigzag(25)], data)), /25 bytes that is not there/);
    await refused(3, column(struct(type, [2, I32, size], [3, I32, size])), /a page without its header/);
  });

  it('has no list that is longer than the file, and no end of structures', async () => {
    const long = Buffer.from([0xf5, 0xff, 0xff, 0xff, 0x07]);
    await refused(
      3,
      column(struct(type, [2, I32, size], [3, I32, size], [4, LIST, long], data)),
      /list of 16777215 elements/,
    );
    let deep = struct();
    for (let k = 0; k < 40; k++) deep = struct([1, STRUCT, deep]);
    expect(() => new ThriftReader(deep).struct()).toThrow('more than 32 levels');
    const other = new ThriftReader(struct([1, LIST, list(I32, [zigzag(1), zigzag(-2)])], [2, I32, zigzag(-70_000)]));
    expect([...other.struct()]).toEqual([
      [1, null],
      [2, -70_000],
    ]);
  });
});

describe('compressed pages', () => {
  const zstd = (flags: number, ...bytes: readonly number[]): Buffer =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, flags, ...bytes]);

  it('of zstd are no longer than their page, nor is their window out of proportion', () => {
    // A single segment of 5 bytes, one block that repeats a byte 5 times.
    expect(() => checkZstd(zstd(0x20, 5, 0x2b, 0, 0, 7), 5)).not.toThrow();
    expect(() => checkZstd(zstd(0x20, 5, 0x2b, 0, 0, 7), 4)).toThrow('longer than its 4 bytes');
    expect(() => checkZstd(zstd(0x20, 5, 0xfb, 0xff, 3, 7), 5)).toThrow('longer than its 5 bytes');
    expect(() => checkZstd(zstd(0, 17 << 3, 0x2b, 0, 0, 7), 5)).not.toThrow();
    expect(() => checkZstd(zstd(0, 18 << 3, 0x2b, 0, 0, 7), 5)).toThrow('window of 268435456 bytes');
  });

  it('of snappy do not go back', () => {
    expect(() => checkSnappy(Buffer.from([8, 4, 1, 2, 0xfc, 0xfa, 0xff, 0xff, 0xff]))).toThrow('a piece of more than');
    expect(() => checkSnappy(Buffer.from([8, 4, 1, 2, 0xfc, 1, 0, 0, 0, 1, 2, 1, 4]))).not.toThrow();
  });

  it('of lz4 do not go back', () => {
    expect(() => checkLz4(Buffer.from([0, 0, 0, 0, 255, 255, 255, 248, 0]), 5)).toThrow('a block of -8 bytes');
    expect(() => checkLz4(Buffer.from([0, 0, 0, 5, 0, 0, 0, 6, 0x50, 1, 2, 3, 4, 5]), 5)).not.toThrow();
    expect(() => checkLz4(Buffer.from([0xf0, 0, 1, 2, 255, 255, 255, 248, 0]), 15)).not.toThrow();
  });
});
