import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPixels, looksLikeIdx, readIdx, readIdxLabels } from '../../lib/data/idx.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const writers = {
  0x08: { bytes: 1, write: (view: DataView, at: number, value: number) => view.setUint8(at, value) },
  0x09: { bytes: 1, write: (view: DataView, at: number, value: number) => view.setInt8(at, value) },
  0x0b: { bytes: 2, write: (view: DataView, at: number, value: number) => view.setInt16(at, value) },
  0x0c: { bytes: 4, write: (view: DataView, at: number, value: number) => view.setInt32(at, value) },
  0x0d: { bytes: 4, write: (view: DataView, at: number, value: number) => view.setFloat32(at, value) },
  0x0e: { bytes: 8, write: (view: DataView, at: number, value: number) => view.setFloat64(at, value) },
};
type TypeCode = keyof typeof writers;

function idx(type: TypeCode, shape: readonly number[], values: readonly number[]): Buffer {
  const { bytes, write } = writers[type];
  const view = new DataView(new ArrayBuffer(4 + 4 * shape.length + bytes * values.length));
  view.setUint8(2, type);
  view.setUint8(3, shape.length);
  shape.forEach((size, k) => view.setUint32(4 + 4 * k, size));
  values.forEach((value, k) => write(view, 4 + 4 * shape.length + bytes * k, value));
  return Buffer.from(view.buffer);
}

describe('readIdx', () => {
  it('divides unsigned bytes by 255', async () => {
    const path = await files.writeGzip('pixels.gz', idx(0x08, [2, 2, 2], [0, 1, 51, 255, 128, 5, 0, 255]));
    const { data, target, schema } = await readIdx(path);
    expect({ rows: data.rows, columns: data.columns }).toEqual({ rows: 2, columns: 4 });
    expect([...data.values]).toEqual([0, 1 / 255, 0.2, 1, 128 / 255, 5 / 255, 0, 1]);
    expect(target).toBeNull();
    expect(JSON.parse(JSON.stringify(schema))).toEqual({ format: 'idx', columns: 4, divisor: 255, shape: [2, 2] });
  });

  it('reads every other type as it stands, over the seams of its chunks too', async () => {
    const range: Record<Exclude<TypeCode, 0x08>, fc.Arbitrary<number>> = {
      0x09: fc.integer({ min: -128, max: 127 }),
      0x0b: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
      0x0c: fc.integer(),
      0x0d: fc.float({ noNaN: true, noDefaultInfinity: true }),
      0x0e: fc.double({ noNaN: true, noDefaultInfinity: true }),
    };
    const typed = fc.oneof(
      ...Object.entries(range).map(([code, value]) =>
        fc.tuple(
          fc.constant(Number(code) as TypeCode),
          fc.array(value, { minLength: 1, maxLength: 20 }),
          fc.constantFrom(1, 4000),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(typed, async ([type, some, times]) => {
        const values = Array.from({ length: some.length * times }, (_, k) => some[k % some.length]!);
        const { data } = await readIdx(await files.write('typed', idx(type, [some.length * times], values)));
        expect(data.columns).toBe(1);
        expect(Buffer.from(data.values.buffer).equals(Buffer.from(Float64Array.from(values).buffer))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a file that is shorter or longer than its header says', async () => {
    const whole = idx(0x08, [3, 2], [1, 2, 3, 4, 5, 6]);
    const short = await files.write('short', whole.subarray(0, whole.length - 1));
    await expectError(
      () => readIdx(short),
      'UNREADABLE_FILE',
      'promises 3 x 2 = 6 values in its header, but holds 5 values',
    );
    const long = await files.write('long', Buffer.concat([whole, Buffer.of(7)]));
    await expectError(() => readIdx(long), 'UNREADABLE_FILE', 'but holds more values than that');
    const odd = await files.write('odd', Buffer.concat([idx(0x0b, [2], [1, 2]), Buffer.of(0)]));
    await expectError(() => readIdx(odd), 'UNREADABLE_FILE', 'but holds 1 byte more');
    const torn = idx(0x0e, [2], [1, 2]);
    await expectError(
      async () => readIdx(await files.write('torn', torn.subarray(0, torn.length - 3))),
      'UNREADABLE_FILE',
      'holds 1 values',
    );
    await expectError(
      async () => readIdx(await files.write('head', whole.subarray(0, 9))),
      'UNREADABLE_FILE',
      'cut off in its header',
    );
  });

  it('refuses other files, no rows, and values that are not finite', async () => {
    await expectError(
      async () => readIdx(await files.write('text', '1,2,3\n')),
      'UNREADABLE_FILE',
      'is not an IDX file',
      '0x312c322c',
    );
    await expectError(
      async () => readIdx(await files.write('none', idx(0x08, [0, 28, 28], []))),
      'INVALID_DATA',
      '0 x 28 x 28',
    );
    const nan = idx(0x0e, [2, 2], [1, 2, NaN, 4]);
    await expectError(async () => readIdx(await files.write('nan', nan)), 'INVALID_DATA', 'value 2 (counted from 0) is NaN');
    await expectError(
      async () => readIdx(await files.write('huge', idx(0x08, [4e9, 4e9], []))),
      'INVALID_DATA',
      '4000000000 rows',
    );
  });
});

describe('readIdxLabels', () => {
  it('does not scale bytes', async () => {
    const path = await files.write('labels', idx(0x08, [4], [9, 0, 255, 3]));
    expect(await readIdxLabels(path)).toEqual({ kind: 'numbers', values: Float64Array.of(9, 0, 255, 3) });
  });

  it('refuses images', async () => {
    const path = await files.write('images', idx(0x08, [1, 2, 2], [1, 2, 3, 4]));
    await expectError(() => readIdxLabels(path), 'INVALID_DATA', 'Labels must have 1 dimension', '3 dimensions');
  });
});

describe('looksLikeIdx', () => {
  it('goes by the magic number', () => {
    expect(looksLikeIdx(Buffer.of(0, 0, 8, 3))).toBe(true);
    expect(looksLikeIdx(Buffer.of(0, 0, 7, 3))).toBe(false);
    expect(looksLikeIdx(Buffer.of(0, 0, 8, 0))).toBe(false);
    expect(looksLikeIdx(Buffer.from('1,2\n'))).toBe(false);
    expect(looksLikeIdx(Buffer.of(0, 0, 8))).toBe(false);
  });
});

describe('the divisor', () => {
  const bytes = idx(0x08, [2, 2], [0, 255, 51, 1]);
  const numbers = idx(0x0b, [2, 2], [0, 255, 51, 1]);

  it('is told and part of the schema', async () => {
    const path = await files.write('bytes', bytes);
    const { notices, schema } = await readIdx(path);
    expect(schema).toEqual({ format: 'idx', columns: 2, divisor: 255, shape: [2] });
    expect(notices).toEqual([`'${path}': its unsigned bytes were divided by 255, and the model wants its pixels so.`]);
    const plain = await readIdx(await files.write('numbers', numbers));
    expect(plain.schema).toMatchObject({ divisor: 1 });
    expect(plain.notices).toEqual([]);
  });

  it('has to be that of the training file, which models before 0.2 do not know', async () => {
    const [path, other] = [await files.write('bytes', bytes), await files.write('numbers', numbers)];
    const schema = { format: 'idx', columns: 2, shape: [2] } as const;
    expect((await readIdx(path, { ...schema, divisor: 255 })).notices).toEqual([]);
    await expectError(
      () => readIdx(other, { ...schema, divisor: 255 }),
      'INCOMPATIBLE',
      'unsigned bytes, which are divided by 255,',
      'of type int16',
    );
    await expectError(
      () => readIdx(path, { ...schema, divisor: 1 }),
      'INCOMPATIBLE',
      'numbers that are not divided',
      'of type ubyte',
    );
    expect((await readIdx(other, schema)).data.rows).toBe(2);
  });

  it('is asked of arrays too: pixels above 1 were not divided', async () => {
    const schema = { format: 'idx', columns: 2, shape: [2], divisor: 255 } as const;
    const array = (...values: number[]) => ({ values: Float64Array.from(values), rows: values.length / 2, columns: 2 });
    await expectError(
      () => checkPixels(array(0, 1, 0.5, 254), schema),
      'INVALID_DATA',
      'pixels divided by 255',
      '254 was given in row 1, column 1',
    );
    await checkPixels(array(0, 1, 0.5, 1), schema);
    await checkPixels(array(0, 254), { ...schema, divisor: 1 });
    await checkPixels(array(0, 254), undefined);
  });
});
