import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChunks, readLines, readStart } from '../../lib/data/read-file.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

describe('readChunks', () => {
  it('gives the bytes of a plain and of a gzip file, whatever the name says', async () => {
    const content = randomBytes(300_000);
    const plain = await files.write('plain.gz', content);
    const packed = await files.writeGzip('packed.csv', content);
    expect(Buffer.concat(await collect(readChunks(plain))).equals(content)).toBe(true);
    expect(Buffer.concat(await collect(readChunks(packed))).equals(content)).toBe(true);
  });

  it('gives all members of a concatenated gzip file', async () => {
    const path = await files.write('two.gz', Buffer.concat([gzipSync('one '), gzipSync('two')]));
    expect(Buffer.concat(await collect(readChunks(path))).toString()).toBe('one two');
  });

  it('reads a file of one byte', async () => {
    expect(await collect(readChunks(await files.write('one', 'x')))).toEqual([Buffer.from('x')]);
  });

  it('says that a file is missing, empty, a folder', async () => {
    await expectError(
      () => collect(readChunks(files.path('nowhere.csv'))),
      'FILE_NOT_FOUND',
      'There is no file',
      'nowhere.csv',
    );
    await expectError(async () => collect(readChunks(await files.write('empty', ''))), 'UNREADABLE_FILE', 'is empty');
    await expectError(async () => collect(readChunks(await files.writeGzip('empty.gz', ''))), 'UNREADABLE_FILE', 'is empty');
    await mkdir(files.path('folder'));
    await expectError(() => collect(readChunks(files.path('folder'))), 'UNREADABLE_FILE', 'not a regular file');
    await expectError(
      async () => collect(readChunks(`${await files.write('leaf', 'x')}/below`)),
      'UNREADABLE_FILE',
      'cannot be read',
    );
  });

  it('says that a gzip file is truncated, wherever it was cut', async () => {
    const whole = gzipSync(randomBytes(100_000));
    for (const length of [3, 20, 50_000, whole.length - 9, whole.length - 1]) {
      const path = await files.write(`cut-${length}.gz`, whole.subarray(0, length));
      await expectError(() => collect(readChunks(path)), 'UNREADABLE_FILE', 'truncated gzip');
    }
  });

  it('says that a gzip file is corrupt', async () => {
    const whole = gzipSync('1,2\n'.repeat(10_000));
    whole[whole.length - 6]! ^= 0xff; // checksum
    await expectError(
      async () => collect(readChunks(await files.write('corrupt.gz', whole))),
      'UNREADABLE_FILE',
      'corrupt gzip',
    );
  });

  it('can be left early', async () => {
    const path = await files.writeGzip('left.gz', randomBytes(1_000_000));
    expect((await readStart(path, 10)).length).toBe(10);
  });
});

describe('readLines', () => {
  it('never cuts a line, and loses no byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'bc', 'é'), fc.nat({ max: 90_000 })), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (lines, ended) => {
          const text = `x${lines.map(([unit, count]) => unit.repeat(count)).join('\n')}${ended ? '\n' : ''}`;
          const pieces = await collect(readLines(await files.write('lines', text)));
          expect(Buffer.concat(pieces).equals(Buffer.from(text))).toBe(true);
          expect(pieces.slice(0, -1).every((piece) => piece.at(-1) === 0x0a)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });
});
