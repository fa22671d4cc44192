/**
 * NPZ: a ZIP archive of NPY files, one for each array, as `numpy.savez` and `savez_compressed` write it. The package that knows ZIP is
 * loaded when there is one: it is CommonJS, which a bundle of modules cannot run at its start.
 */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { default as Yauzl, Entry, RandomAccessReader, ZipFile } from 'yauzl';
import { clauseOf, describe, isOurs, PlanesearchError } from '../../core/errors.js';
import { outOfMemory } from '../../core/out-of-memory.js';
import { overLimit, type ReadLimits } from '../limits.js';
import { openRandomAccess, type RandomAccess } from '../random-access.js';
import { nameOf } from '../read-file.js';
import { readNpy, type NpyArray } from './npy.js';

const PART_BYTES = 2 ** 18;
const MOST_ARRAYS = 10_000;

/**
 * Reads the arrays of an archive that `choose` names, given the names of all.
 *
 * @throws PlanesearchError as `readNpy`, and UNREADABLE_FILE for what is no ZIP archive or a damaged one
 */
export async function readNpz<Name extends string>(
  path: string,
  choose: (names: readonly string[]) => readonly Name[],
  limits: ReadLimits,
): Promise<Record<Name, NpyArray>> {
  return withArchive(path, limits, async (archive, entries) => {
    const arrays: Partial<Record<Name, NpyArray>> = {};
    for (const name of choose([...entries.keys()])) {
      arrays[name] = await readMember(archive, entries.get(name)!, arrayOf(path, name), limits);
    }
    return arrays as Record<Name, NpyArray>;
  });
}

/** What `work` makes of an archive and its members that are arrays, by name. @throws PlanesearchError UNREADABLE_FILE for what is none */
export async function withArchive<T>(
  path: string,
  limits: ReadLimits,
  work: (archive: ZipFile, entries: ReadonlyMap<string, Entry>, file: RandomAccess) => Promise<T>,
): Promise<T> {
  const file = await openRandomAccess(path, limits);
  try {
    const { default: yauzl } = await import('yauzl');
    const archive = await yauzl.fromRandomAccessReaderPromise(readerOf(yauzl, file), file.byteLength, {
      autoClose: false,
      lazyEntries: true,
    });
    const entries = new Map<string, Entry>();
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName.endsWith('.npy')) entries.set(entry.fileName.slice(0, -4), entry);
      if (entries.size > MOST_ARRAYS) throw new Error(`it holds more than ${MOST_ARRAYS} arrays`);
    }
    return await work(archive, entries, file);
  } catch (error) {
    if (isOurs(error)) throw error;
    const lost = outOfMemory(error);
    if (lost) throw lost;
    const sentence = `${nameOf(path)} is not an NPZ file that can be read: ${clauseOf(error)}.`;
    throw new PlanesearchError('UNREADABLE_FILE', sentence, { cause: error });
  } finally {
    await file.close();
  }
}

/** How messages call an array. */
export function arrayOf(path: string, name: string): string {
  return `Array ${describe(name)} of ${nameOf(path)}`;
}

/** One array of an archive, whole. */
export async function readMember(archive: ZipFile, entry: Entry, what: string, limits: ReadLimits): Promise<NpyArray> {
  return readNpy(bytesOf(archive, entry, what, limits), what, limits);
}

/** Unpacked as it is read; how long it really is counts, not what the archive says. At the end its checksum is compared. */
async function* bytesOf(archive: ZipFile, entry: Entry, what: string, limits: ReadLimits): AsyncGenerator<Buffer> {
  let bytes = 0;
  let sum = 0;
  const stream = await archive.openReadStreamPromise(entry);
  try {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (bytes > limits.fileBytes) throw overLimit('fileBytes', limits, what, 'bytes');
      sum = crc32(chunk as Buffer, sum);
      yield chunk as Buffer;
    }
    if (sum !== entry.crc32) throw new PlanesearchError('UNREADABLE_FILE', `${what} is damaged: its checksum differs.`);
  } finally {
    stream.destroy();
  }
}

function readerOf(yauzl: typeof Yauzl, file: RandomAccess): RandomAccessReader {
  class Reader extends yauzl.RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      const parts = async function* (): AsyncGenerator<Buffer> {
        for (let at = start; at < end; at += PART_BYTES) yield await file.read(at, Math.min(end, at + PART_BYTES));
      };
      return Readable.from(parts(), { objectMode: false });
    }
  }
  return new Reader();
}
