import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLibsvm } from '../../lib/data/libsvm.js';
import { parseNumber } from '../../lib/data/libsvm-parser.js';
import type { SparseData } from '../../lib/data/matrix-data.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const train = { needsTarget: true };

async function read(text: string, options: Parameters<typeof readLibsvm>[1] = train): ReturnType<typeof readLibsvm> {
  return readLibsvm(await files.write('data.svm', text), options);
}

describe('parseNumber', () => {
  const parse = (text: string): number => parseNumber(Buffer.from(text), 0, Buffer.byteLength(text));

  it('rounds every decimal exactly as JavaScript does', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.float({ noNaN: true, noDefaultInfinity: true })),
        (x) => {
          expect(parse(String(x))).toBe(Number(String(x)));
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 19n }),
        fc.nat({ max: 30 }),
        fc.constantFrom('', '-', '+'),
        (digits, decimals, sign) => {
          const text = String(digits).padStart(decimals + 1, '0');
          const number = `${sign}${text.slice(0, text.length - decimals)}.${text.slice(text.length - decimals)}`;
          expect(parse(number)).toBe(Number(number));
        },
      ),
    );
  });

  it.each(['', '.', '-', '+.', '1.2.3', '1-2', 'abc', '1e', '0x1'])('does not take %j for a number', (text) => {
    expect(parse(text)).toBeNaN();
  });
});

describe('readLibsvm', () => {
  it('reads indices from 1 in any order, comments, qid, blank lines and rows without features', async () => {
    const { data, target, schema } = await read('# header\n+1 3:0.5 1:-2 # comment 9:9\n\n-1 qid:7 2:1e-3\r\n1#5:5\n');
    expect({ rows: data.rows, columns: data.columns }).toEqual({ rows: 3, columns: 3 });
    expect([...data.values!]).toEqual([-2, 0, 0.5, 0, 0.001, 0, 0, 0, 0]);
    expect(target).toEqual({ kind: 'numbers', values: Float64Array.of(1, -1, 1) });
    expect(JSON.parse(JSON.stringify(schema))).toEqual({ format: 'libsvm', columns: 3, target: 'numbers' });
  });

  it('gives back what was written, whatever the order', async () => {
    const row = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
      {
        selector: ([index]) => index,
        minLength: 1,
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer(), row), { minLength: 1, maxLength: 30 }), async (rows) => {
        const lines = rows.map(([label, entries]) =>
          [label, ...entries.map(([index, value]) => `${index}:${value}`)].join(' '),
        );
        const { data, target } = await read(lines.join('\n'), { columns: 50, storage: 'dense', needsTarget: true });
        const expected = new Float64Array(rows.length * 50);
        rows.forEach(([, entries], i) => entries.forEach(([index, value]) => (expected[i * 50 + index - 1] = value + 0)));
        expect([...data.values!].map((x) => x + 0)).toEqual([...expected]);
        expect(target).toEqual({ kind: 'numbers', values: Float64Array.from(rows, ([label]) => label) });
      }),
      { numRuns: 50 },
    );
  });

  it('keeps labels that are not all numbers as they are written', async () => {
    const { target } = await read('spam 1:1\n01 1:2\nham 1:3\n');
    expect(target).toEqual({ kind: 'strings', values: ['spam', '01', 'ham'] });
  });

  it('reads labels as the schema has them', async () => {
    const strings = { format: 'libsvm', columns: 2, target: 'strings' } as const;
    const { target } = await read('1 1:1\n+1 2:2\n', { schema: strings, needsTarget: true });
    expect(target).toEqual({ kind: 'strings', values: ['1', '+1'] });
    const numbers = { format: 'libsvm', columns: 2, target: 'numbers' } as const;
    await expectError(
      () => read('1 1:1\nno 2:2\n', { schema: numbers, needsTarget: true }),
      'INVALID_DATA',
      'Line 2',
      "has 'no'",
    );
  });

  it('fits the columns of the model: further features are ignored, missing ones are zero', async () => {
    const schema = { format: 'libsvm', columns: 3, target: 'numbers' } as const;
    const wide = await read('1 1:1 4:4 1000000:5\n0 3:3\n', { schema, needsTarget: true });
    expect([...wide.data.values!]).toEqual([1, 0, 0, 0, 0, 3]);
    const narrow = await read('1 1:1\n', { columns: 3, needsTarget: true });
    expect([...narrow.data.values!]).toEqual([1, 0, 0]);
  });

  it('needs no labels when no target is wanted', async () => {
    const { data, target } = await read('1:1 2:2\n1 2:3\n', { needsTarget: false });
    expect([...data.values!]).toEqual([1, 2, 0, 3]);
    expect(target).toBeNull();
  });

  it('skips a byte order mark', async () => {
    expect((await read('\ufeff1 1:1\n2 1:2\n')).target).toEqual({ kind: 'numbers', values: Float64Array.of(1, 2) });
  });

  it.each([
    ['1 1:1\n1 0:1\n', 'Line 2', "index:value with an index from 1, but has '0:1'"],
    ['1 -1:1\n', 'Line 1', "'-1:1'"],
    ['1 x:1\n', 'Line 1', "'x:1'"],
    ['1 5\n', 'Line 1', "index:value with an index from 1, but has '5'"],
    ['1 :5\n', 'Line 1', "':5'"],
    ['1 99999999999:5\n', 'Line 1', "'99999999999:5'"],
    ['1 1:1\n\n# x\n1 1:nan\n', 'Line 4', "a finite value, but has '1:nan'"],
    ['1 1:Infinity\n', 'Line 1', 'a finite value'],
    ['1 1:1e999\n', 'Line 1', 'a finite value'],
    ['1 1:\n', 'Line 1', 'a finite value'],
    ['1 1:1 2:2 1:3\n', 'Line 1', 'feature 1 once, but has it twice'],
    ['1 1:1 5:2 3:1 5:3\n', 'Line 1', 'feature 5 once, but has it twice'],
    ['1 1:1\n1:1 2:2\n', 'Line 2', "a label first, but has '1:1'"],
    ['# nothing\n\n', 'holds no data rows', ''],
    ['1\n-1\n', 'holds labels but no features', ''],
  ])('refuses %j', (text, ...parts) => expectError(() => read(text), 'INVALID_DATA', ...parts));

  it('refuses what is too large for a dense matrix', () =>
    expectError(
      () => read('1 1:1\n2 2000000000:1\n', { needsTarget: true, storage: 'dense', limits: { columns: 2 ** 31 } }),
      'INVALID_DATA',
      '2 rows x 2000000000 columns',
      'the limit is 4 GiB',
    ));

  it('refuses more columns than the limit', () =>
    expectError(
      () => read('1 1:1\n2 2000000000:1\n'),
      'INVALID_DATA',
      'Line 2 of',
      'has more than 16777216 columns; --limits columns=',
    ));
});

describe('storage', () => {
  /** Three stored numbers in 5 rows x 6 columns. */
  const few = '1 6:2\n0\n1 1:-1 3:1\n0\n1\n';

  it('is sparse where little is stored, otherwise dense', async () => {
    const { data } = await read(few);
    expect(data).toEqual({
      kind: 'csr',
      indptr: Float64Array.of(0, 1, 1, 3, 3, 3),
      indices: Uint32Array.of(5, 0, 2),
      values: Float64Array.of(2, -1, 1),
      rows: 5,
      columns: 6,
    });
    expect((await read('1 1:1 2:2\n0 1:3\n')).data.kind).toBeUndefined();
  });

  it('is as it was asked for', async () => {
    const { data } = await read(few, { ...train, storage: 'dense' });
    expect([...data.values!]).toEqual([
      0,
      0,
      0,
      0,
      0,
      2,
      ...[0, 0, 0, 0, 0, 0],
      -1,
      0,
      1,
      0,
      0,
      0,
      ...new Array(12).fill(0),
    ]);
    expect((await read('1 1:1 2:2\n0 1:3\n', { ...train, storage: 'sparse' })).data).toMatchObject({ kind: 'csr' });
    await expectError(
      () => read(few, { ...train, storage: 'csr' as never }),
      'INVALID_OPTION',
      "--storage must be one of auto, dense, sparse, but 'csr' was given.",
    );
  });

  it('has no values where all are 1', async () => {
    const { data } = await read('1 1:1 8:1\n0 20:1\n');
    expect(data.values).toBeUndefined();
    expect([...(data as SparseData).indices]).toEqual([0, 7, 19]);
  });

  it('is sparse where a dense matrix would be over the limit', async () => {
    const half = '1 1:1 2:2\n0 3:3 4:4\n';
    expect((await read(half)).data.kind).toBeUndefined();
    expect((await read(half, { ...train, limits: { matrixBytes: 63 } })).data).toMatchObject({ kind: 'csr' });
    // Full rows fit as a dense matrix where their entries with indices would not.
    const full = '1 1:1 2:2\n0 1:3 2:4\n';
    expect((await read(full, { ...train, limits: { matrixBytes: 32 } })).data.kind).toBeUndefined();
    await expectError(
      () => read(half, { ...train, limits: { matrixBytes: 47 } }),
      'INVALID_DATA',
      'has more than 47 bytes of entries; --limits matrixBytes=94 would allow twice as many.',
    );
  });

  it('a model reads later files either way, and cuts them to its columns', async () => {
    const schema = { format: 'libsvm', columns: 4, target: null } as const;
    const { data, notices } = await read(few, { needsTarget: false, schema });
    expect(data).toMatchObject({ kind: 'csr', columns: 4, indptr: Float64Array.of(0, 0, 0, 2, 2, 2) });
    expect(notices.join('')).toContain('1 entry is of features that the training data does not have');
  });
});
