/** A data file that is read from its end or its middle: ZIP archives, Parquet and Arrow files keep their tables of contents there. */
import { openInputFile } from '../io/input-file.js';
import { overLimit, type ReadLimits } from './limits.js';
import { nameOf, readChunks, startsAsGzip } from './read-file.js';
import { standardInput, STANDARD_INPUT } from './standard-input.js';

export interface RandomAccess {
  readonly byteLength: number;
  /** Bytes [from, end), fewer where the file ends before. */
  read(from: number, end: number): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * A file where it lies, standard input where it was put; what is gzip is unpacked into memory.
 *
 * @throws PlanesearchError as `readChunks`; INVALID_DATA where more than `matrixBytes` would have to be kept in memory
 */
export async function openRandomAccess(path: string, limits: ReadLimits): Promise<RandomAccess> {
  const handle = path === STANDARD_INPUT ? await standardInput(limits) : (await openInputFile(path)).handle;
  const close = async (): Promise<void> => {
    if (path !== STANDARD_INPUT) await handle.close();
  };
  try {
    if (await startsAsGzip(handle)) {
      await close();
      return inMemory(await readWhole(path, limits));
    }
    const { size } = await handle.stat();
    if (size > limits.fileBytes) throw overLimit('fileBytes', limits, nameOf(path), 'bytes');
    const read = async (from: number, end: number): Promise<Buffer> => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(end, size) - from));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    };
    return { byteLength: size, read, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** The whole (unpacked) file. @throws PlanesearchError INVALID_DATA for more than `matrixBytes` */
export async function readWhole(path: string, limits: ReadLimits): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(path, 2 ** 18, limits)) {
    bytes += chunk.length;
    if (bytes > limits.matrixBytes) throw overLimit('matrixBytes', limits, nameOf(path), 'bytes to keep in memory');
    pieces.push(chunk);
  }
  return Buffer.concat(pieces);
}

function inMemory(bytes: Buffer): RandomAccess {
  return {
    byteLength: bytes.length,
    read: async (from, end) => bytes.subarray(from, end),
    close: async () => undefined,
  };
}
