/**
 * Opening a file that was named by somebody else. Only regular files are read: a pipe would wait for a writer (in a thread that
 * nothing can interrupt), a device never ends. So the file is looked at before it is opened, and once more behind the
 * open, which does not wait whatever has taken the place of the name in between.
 */
import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { describe, PlanesearchError } from '../core/errors.js';
import { outOfMemory } from '../core/out-of-memory.js';

/** A file open for reading, and its size. */
export interface InputFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** @throws PlanesearchError FILE_NOT_FOUND, or UNREADABLE_FILE for what is no regular file and for one without permission */
export async function openInputFile(path: string): Promise<InputFile> {
  if (typeof path !== 'string') {
    throw new PlanesearchError('INVALID_OPTION', `A file must be named by a string, but ${describe(path)} was given.`);
  }
  try {
    requireRegular(path, await stat(path));
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const found = await handle.stat();
      requireRegular(path, found);
      return { handle, bytes: found.size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw explainRead(path, error);
  }
}

function requireRegular(path: string, found: Stats): void {
  if (found.isFile()) return;
  const received = kindOf(found);
  const sentence = `${describe(path)} is not a regular file, but ${received}.`;
  throw new PlanesearchError('UNREADABLE_FILE', sentence, { expected: 'a regular file', received });
}

/** What a name stands for that is no regular file. */
export function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

/** An error of the file system in our words; any other error as it is. */
export function explainRead(path: string, error: unknown): unknown {
  const { code = '', message = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const file = describe(path);
  if (code === 'ENOENT') return new PlanesearchError('FILE_NOT_FOUND', `There is no file ${file}.`, { cause: error });
  if (code === 'ERR_INVALID_ARG_VALUE') {
    return new PlanesearchError('INVALID_OPTION', 'The name of a file must have no null bytes, but it has one.', {
      cause: error,
    });
  }
  if (code.startsWith('E') && error instanceof Error && 'syscall' in error) {
    return new PlanesearchError('UNREADABLE_FILE', `${file} cannot be read: ${message}.`, { cause: error });
  }
  return outOfMemory(error) ?? error;
}
