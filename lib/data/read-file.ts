/**
 * The bytes of a data file, piece by piece, unpacked on the way when they are gzip (told by their first two bytes, not by
 * the name).
 */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { describe, isError, PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import { explainRead, openInputFile } from '../io/input-file.js';
import { DEFAULT_LIMITS, overLimit, type ReadLimits } from './limits.js';
import { partOf, type FilePart } from './file-part.js';
import { standardInput, STANDARD_INPUT } from './standard-input.js';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Streams the (unpacked) bytes of `path`, or of standard input when it is `-`; at least one byte comes, and the event loop gets
 * its turn in between.
 *
 * @throws PlanesearchError FILE_NOT_FOUND, or UNREADABLE_FILE for an empty file, a folder, pipe or device, a file without
 *   permission and a truncated or corrupt gzip, or INVALID_DATA for more bytes than `limits` allow
 */
export async function* readChunks(
  path: string,
  chunkBytes = CHUNK_BYTES,
  limits: ReadLimits = DEFAULT_LIMITS,
): AsyncGenerator<Buffer, void, undefined> {
  const part = partOf(path);
  const file = part?.path ?? path;
  const handle = path === STANDARD_INPUT ? await standardInput(limits) : (await openInputFile(file)).handle;
  let bytes = 0;
  try {
    const gzip = !part && (await startsAsGzip(handle));
    const source = streamOf(handle, chunkBytes, part);
    const stream = gzip ? source.pipe(createGunzip({ chunkSize: chunkBytes })) : source;
    if (gzip) source.on('error', (error) => stream.destroy(error));
    const pace = new Pace();
    try {
      for await (const chunk of stream) {
        bytes += (chunk as Buffer).length;
        if (bytes > limits.fileBytes) throw overLimit('fileBytes', limits, nameOf(path), 'bytes');
        yield chunk as Buffer;
        if (pace.due) await pace.yield();
      }
    } finally {
      stream.destroy();
      source.destroy();
    }
  } catch (error) {
    throw explain(path, error);
  } finally {
    if (path !== STANDARD_INPUT) await handle.close();
  }
  if (bytes === 0) throw new PlanesearchError('UNREADABLE_FILE', `${nameOf(path)} is empty.`);
}

/**
 * As {@link readChunks}, cut behind line ends: every buffer holds whole lines only, whatever their length. The last line of
 * the file may lack its end.
 */
export async function* readLines(
  path: string,
  limits: ReadLimits = DEFAULT_LIMITS,
): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of readChunks(path, CHUNK_BYTES, limits)) {
    const first = chunk.indexOf(NEWLINE);
    if (restBytes + (first < 0 ? chunk.length : first) > limits.rowBytes) {
      throw overLimit('rowBytes', limits, `A line of ${nameOf(path)}`, 'bytes');
    }
    const cut = chunk.lastIndexOf(NEWLINE) + 1;
    if (cut > 0) {
      yield rest.length > 0 ? Buffer.concat([...rest, chunk.subarray(0, cut)]) : chunk.subarray(0, cut);
      rest = [];
      restBytes = 0;
    }
    if (cut < chunk.length) rest.push(chunk.subarray(cut));
    restBytes += chunk.length - cut;
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** The first (unpacked) bytes of a file, at most `count`. */
export async function readStart(path: string, count: number, limits: ReadLimits = DEFAULT_LIMITS): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(path, CHUNK_BYTES, limits)) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes >= count) break;
  }
  return Buffer.concat(pieces).subarray(0, count);
}

/** All bytes, or those of the part; the handle stays open, as `createReadStream` would not leave it. */
function streamOf(handle: FileHandle, chunkBytes: number, part: FilePart | undefined): Readable {
  let position = part?.from ?? 0;
  let top = part?.top ?? null;
  return new Readable({
    highWaterMark: chunkBytes,
    read() {
      if (top !== null && top.length > 0) {
        this.push(Buffer.from(top));
        top = null;
        return;
      }
      const wanted = Math.min(chunkBytes, (part?.to ?? Infinity) - position);
      handle.read(Buffer.allocUnsafe(chunkBytes), 0, wanted, position).then(
        ({ bytesRead, buffer }) => {
          position += bytesRead;
          this.push(bytesRead > 0 ? buffer.subarray(0, bytesRead) : null);
        },
        (error: Error) => this.destroy(error),
      );
    },
  });
}

export async function startsAsGzip(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

function explain(path: string, error: unknown): unknown {
  const { code = '', message = '' } = isError(error) ? (error as NodeJS.ErrnoException) : {};
  const file = nameOf(path);
  if (code === 'Z_BUF_ERROR') {
    return new PlanesearchError('UNREADABLE_FILE', `${file} is a truncated gzip file.`, { cause: error });
  }
  if (code.startsWith('Z_')) {
    return new PlanesearchError('UNREADABLE_FILE', `${file} is a corrupt gzip file: ${message}.`, { cause: error });
  }
  return explainRead(path, error);
}

export function nameOf(path: string): string {
  return path === STANDARD_INPUT ? 'Standard input' : describe(path);
}
