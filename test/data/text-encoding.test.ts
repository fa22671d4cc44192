import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTable, type LoadOptions } from '../../lib/data/index.js';
import { DEFAULT_LIMITS } from '../../lib/data/limits.js';
import { readText, type TextEncoding } from '../../lib/data/text-encoding.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

async function text(bytes: Uint8Array, encoding?: TextEncoding): Promise<string> {
  const path = await files.write('text', bytes);
  const pieces: Buffer[] = [];
  for await (const piece of readText(path, { encoding, limits: DEFAULT_LIMITS })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
const load = async (bytes: Uint8Array, options: Omit<LoadOptions, 'needsTarget'> = {}) =>
  loadTable(await files.write('t.csv', bytes), options);

const long = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .map((s) => s.replaceAll('\0', '0').replace(/^\ufeff/, 'x'));

describe('readText', () => {
  it('gives back UTF-8 and both kinds of UTF-16, over the seams of its pieces too', async () => {
    await fc.assert(
      fc.asyncProperty(long, fc.constantFrom(1, 7000), async (piece, times) => {
        const whole = piece.repeat(times);
        expect(await text(Buffer.from(whole))).toBe(whole);
        expect(await text(Buffer.from(`\ufeff${whole}`))).toBe(whole);
        expect(await text(Buffer.from(`\ufeff${whole}`, 'utf16le'))).toBe(whole);
        expect(await text(Buffer.from(`\ufeff${whole}`, 'utf16le').swap16())).toBe(whole);
        expect(await text(Buffer.from(whole, 'utf16le'), 'utf-16le')).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('decodes latin1 and windows-1252, which differ from 0x80 to 0x9f', async () => {
    const bytes = Buffer.from({
      length: 255,
      ...Object.fromEntries(Array.from({ length: 255 }, (_, k) => [k, k + 1])),
    } as ArrayLike<number>);
    expect(await text(bytes, 'latin1')).toBe(bytes.toString('latin1'));
    expect(await text(Buffer.of(0x80, 0x93, 0x99, 0x9f, 0xe4), 'windows-1252')).toBe('\u20ac\u201c\u2122\u0178\u00e4');
    await expectError(() => text(Buffer.of(0x41, 0x0a, 0x81), 'windows-1252'), 'INVALID_DATA', 'Line 2', '0x81');
  });

  it.each<[string, Uint8Array, string]>([
    ['a byte of latin1', Buffer.from('a\nb\r\nk\u00e4se', 'latin1'), 'Line 3 of'],
    ['a byte that goes nowhere', Buffer.from('a\n\u00e4', 'latin1'), 'Line 2 of'],
    ['a surrogate in UTF-8', Buffer.of(0x61, 0xed, 0xa0, 0x80), 'Line 1 of'],
    ['an overlong form', Buffer.of(0x61, 0x0a, 0xc0, 0xaf), 'Line 2 of'],
    ['old Mac lines', Buffer.from('a\rb\rk\u00e4se', 'latin1'), 'Line 3 of'],
  ])('refuses %s with its line and the option', (_, bytes, place) =>
    expectError(() => text(bytes), 'INVALID_DATA', place, 'must be UTF-8 text', '--encoding (latin1'),
  );

  it('finds the line far into a file', async () => {
    const bytes = Buffer.concat([Buffer.from('gr\u00fcn,1\n'.repeat(20_000)), Buffer.from('k\u00e4se', 'latin1')]);
    await expectError(() => text(bytes), 'INVALID_DATA', 'Line 20001 of', "has the byte 0xe4 behind 'k'");
  });

  it('refuses UTF-16 without a mark by its zeros, other zeros by their line, halves of characters', async () => {
    await expectError(() => text(Buffer.from('a,y\n1,2\n', 'utf16le')), 'INVALID_DATA', 'give --encoding utf-16le');
    await expectError(() => text(Buffer.from('a,y\n1,2\n', 'utf16le').swap16()), 'INVALID_DATA', 'give --encoding utf-16be');
    await expectError(() => text(Buffer.from('abcdefgh\n1234\0\n')), 'INVALID_DATA', 'Line 2 of', 'a zero byte');
    await expectError(() => text(Buffer.of(0xff, 0xfe, 0x41, 0x00, 0x42)), 'INVALID_DATA', 'half a character');
    await expectError(() => text(Buffer.of(0xff, 0xfe, 0x00, 0xd8)), 'INVALID_DATA', 'half a character');
    await expectError(() => text(Buffer.of(0xff, 0xfe, 0, 0, 0x41, 0, 0, 0)), 'INVALID_DATA', 'UTF-32');
  });

  it('refuses an encoding that the byte order mark denies, or that is none', async () => {
    await expectError(
      () => text(Buffer.from('\ufeffabc'), 'latin1'),
      'INVALID_OPTION',
      '--encoding must be utf-8 or absent',
      'latin1',
    );
    await expectError(
      () => text(Buffer.from('abc'), 'ebcdic' as TextEncoding),
      'INVALID_OPTION',
      '--encoding must be one of utf-8',
    );
  });
});

describe('loadTable', () => {
  it('keeps two words apart that a replacement character would make one', async () => {
    const bytes = Buffer.from('x,kind\n1,k\u00e4se\n2,k\u00f6se\n3,k\u00e4se\n4,k\u00f6se\n', 'latin1');
    expect((await load(bytes, { encoding: 'latin1' })).target.values).toEqual([
      'k\u00e4se',
      'k\u00f6se',
      'k\u00e4se',
      'k\u00f6se',
    ]);
    await expectError(() => load(bytes), 'INVALID_DATA', 'Line 2 of');
  });

  it('reads UTF-16 of both byte orders', async () => {
    const content = '\ufeffgr\u00f6\u00dfe;y\r\n1;2\r\n3;4\r\n';
    for (const bytes of [Buffer.from(content, 'utf16le'), Buffer.from(content, 'utf16le').swap16()]) {
      const { data } = await load(bytes);
      expect(data.columnNames).toEqual(['gr\u00f6\u00dfe']);
      expect([...data.values!]).toEqual([1, 3]);
    }
  });

  it('refuses a LIBSVM label that is not UTF-8', async () => {
    const path = await files.write('l.svm', Buffer.from('k\u00e4se 1:1\nk\u00f6se 1:2\n', 'latin1'));
    await expectError(() => loadTable(path), 'INVALID_DATA', 'Line 1', 'UTF-8 text as label');
  });
});
