/**
 * The bytes of a data file, piece by piece, unpacked on the way when they are gzip (told by their first two bytes, not by
 * the name).
 */
import { open, type FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { describe, isError, PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Streams the (unpacked) bytes of `path`; at least one byte comes, and the event loop gets its turn in between.
 *
 * @throws PlanesearchError FILE_NOT_FOUND, or UNREADABLE_FILE for an empty file, a folder, a file without permission and
 *   a truncated or corrupt gzip
 */
export async function* readChunks(path: string, chunkBytes = CHUNK_BYTES): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openFile(path);
  let bytes = 0;
  try {
    const gzip = await startsAsGzip(handle);
    const source = handle.createReadStream({ start: 0, highWaterMark: chunkBytes, autoClose: false });
    const stream = gzip ? source.pipe(createGunzip({ chunkSize: chunkBytes })) : source;
    if (gzip) source.on('error', (error) => stream.destroy(error));
    const pace = new Pace();
    try {
      for await (const chunk of stream) {
        bytes += (chunk as Buffer).length;
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
    await handle.close();
  }
  if (bytes === 0) throw new PlanesearchError('UNREADABLE_FILE', `${describe(path)} is empty.`);
}

/**
 * As {@link readChunks}, cut behind line ends: every buffer holds whole lines only, whatever their length. The last line of
 * the file may lack its end.
 */
export async function* readLines(path: string): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer[] = [];
  for await (const chunk of readChunks(path)) {
    const cut = chunk.lastIndexOf(NEWLINE) + 1;
    if (cut > 0) {
      yield rest.length > 0 ? Buffer.concat([...rest, chunk.subarray(0, cut)]) : chunk.subarray(0, cut);
      rest = [];
    }
    if (cut < chunk.length) rest.push(chunk.subarray(cut));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** The first (unpacked) bytes of a file, at most `count`. */
export async function readStart(path: string, count: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(path)) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes >= count) break;
  }
  return Buffer.concat(pieces).subarray(0, count);
}

async function openFile(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw explain(path, error);
  }
  // Formats are guessed from the start and late surprises read again, so a pipe will not do.
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw new PlanesearchError('UNREADABLE_FILE', `${describe(path)} is not a regular file.`);
  }
  return handle;
}

async function startsAsGzip(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

function explain(path: string, error: unknown): unknown {
  const { code = '', message = '' } = isError(error) ? (error as NodeJS.ErrnoException) : {};
  const file = describe(path);
  if (code === 'ENOENT') return new PlanesearchError('FILE_NOT_FOUND', `There is no file ${file}.`, { cause: error });
  if (code === 'Z_BUF_ERROR') {
    return new PlanesearchError('UNREADABLE_FILE', `${file} is a truncated gzip file.`, { cause: error });
  }
  if (code.startsWith('Z_')) {
    return new PlanesearchError('UNREADABLE_FILE', `${file} is a corrupt gzip file: ${message}.`, { cause: error });
  }
  if (code.startsWith('E') && isError(error) && 'syscall' in error) {
    return new PlanesearchError('UNREADABLE_FILE', `${file} cannot be read: ${message}.`, { cause: error });
  }
  return error;
}
