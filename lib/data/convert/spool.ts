/**
 * Blocks of numbers in a temporary file without a name, which goes with the process. Reading and writing wait: a block is half a megabyte in the
 * system's cache, and whoever visits cells row by row cannot wait otherwise.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { unwritable } from '../../io/output-file.js';

type Numbers = Float64Array | Float32Array | Int32Array;

export class Spool {
  #file: number | null = null;
  #end = 0;

  /** @param beside the file in whose folder there is room */
  constructor(
    private readonly beside: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws PlanesearchError UNWRITABLE_FILE; the reason of the signal */
  add(block: Numbers): void {
    this.signal?.throwIfAborted();
    try {
      this.#file ??= nameless(path.dirname(this.beside));
      writeAll(this.#file, bytesOf(block), this.#end);
      this.#end += block.byteLength;
    } catch (error) {
      throw unwritable(this.beside, `its temporary file takes no more: ${(error as Error).message}`, error);
    }
  }

  /** The block that was added as number `at`; all are of one length. */
  read(at: number, block: Numbers): void {
    this.signal?.throwIfAborted();
    const bytes = bytesOf(block);
    for (let done = 0, read = -1; done < bytes.length && read !== 0; done += read)
      read = readSync(this.#file!, bytes, done, bytes.length - done, at * bytes.length + done);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

function nameless(folder: string): number {
  const name = path.join(folder, `planesearch-${randomUUID()}.part`);
  const file = openSync(name, 'wx+', 0o600);
  rmSync(name);
  return file;
}

export function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
}
