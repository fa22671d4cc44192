/**
 * Writing a file that may be there already: complete or as it was, never in between.
 *
 * The bytes go to a temporary file beside the target, which takes its name at the end. A rename would put a regular file in the place
 * of a device, a pipe or a symbolic link: links are followed, the others refused. Mode and owner of a file that is replaced stay.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, type Stats } from 'node:fs';
import { access, constants, lstat, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { describe, PlanesearchError } from '../core/errors.js';
import { kindOf } from './input-file.js';

/** Where the bytes of a path really go. */
export interface OutputPlace {
  /** No symbolic link. */
  readonly target: string;
  /** The regular file that is there, or null. */
  readonly existing: Stats | null;
}

/** @throws PlanesearchError UNWRITABLE_FILE for what is no regular file, a link that leads nowhere, a file that may not be written */
export async function outputPlace(path: string): Promise<OutputPlace> {
  if (typeof path !== 'string' || path === '') {
    throw new PlanesearchError('INVALID_OPTION', `An output must be named by a path, but ${describe(path)} was given.`);
  }
  try {
    const named = await lstat(path).catch(absent);
    if (named === null) return { target: path, existing: null };
    if (named.isSymbolicLink()) {
      const target = await realpath(path).catch(absent);
      if (target === null) throw unwritable(path, 'it is a symbolic link that leads nowhere');
      return { target, existing: await regular(path, await stat(target)) };
    }
    return { target: path, existing: await regular(path, named) };
  } catch (error) {
    throw error instanceof PlanesearchError ? error : unwritable(path, (error as Error).message, error);
  }
}

async function regular(path: string, found: Stats): Promise<Stats> {
  if (!found.isFile()) throw unwritable(path, `it is ${kindOf(found)}, not a regular file`);
  await access(path, constants.W_OK);
  return found;
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

export function unwritable(path: string, reason: string, cause?: unknown): PlanesearchError {
  return new PlanesearchError('UNWRITABLE_FILE', `${describe(path)} cannot be written: ${reason}.`, { cause });
}

const temporaries = new Set<string>();

/** For the end of the process: what is half written goes. */
export function removeTemporaries(): void {
  for (const name of temporaries) rmSync(name, { force: true });
  temporaries.clear();
}

/** Beside `target`, and within what a name may have (255 bytes, of which 150 are left to 50 characters) when its own is that long. */
function temporaryName(target: string): string {
  const { dir, base } = path.parse(target);
  // `models/` names a folder: where there is none, no file must come up either.
  const folder = target.endsWith('/') ? target : dir;
  return path.join(folder, `${base.slice(0, 50)}.${randomUUID()}.part`);
}

/** A file under a temporary name that becomes `place.target`, or goes. */
export class Replacement {
  private constructor(
    private readonly place: OutputPlace,
    private readonly temporary: string,
    readonly handle: FileHandle,
  ) {}

  static async open(place: OutputPlace): Promise<Replacement> {
    const temporary = temporaryName(place.target);
    const { existing } = place;
    // Made and noted down in one turn: a signal in between would leave it behind.
    closeSync(openSync(temporary, 'wx', existing ? (existing.mode & 0o777) | 0o600 : 0o666));
    if (temporaries.size === 0) process.once('exit', removeTemporaries);
    temporaries.add(temporary);
    const handle = await open(temporary, 'r+');
    const replacement = new Replacement(place, temporary, handle);
    if (!existing) return replacement;
    try {
      // Only root may give a file away; the mode counts after the owner, whose change clears some of its bits.
      if (existing.uid !== process.getuid?.() || existing.gid !== process.getgid?.()) {
        await handle.chown(existing.uid, existing.gid).catch(() => undefined);
      }
      await handle.chmod(existing.mode & 0o777);
      return replacement;
    } catch (error) {
      await replacement.discard();
      throw error;
    }
  }

  /** Puts the file in its place; it is closed then. */
  async keep(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    await rename(this.temporary, this.place.target);
    this.#forget();
  }

  /** Harmless after `keep`. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    if (temporaries.has(this.temporary)) await rm(this.temporary, { force: true });
    this.#forget();
  }

  #forget(): void {
    temporaries.delete(this.temporary);
    if (temporaries.size === 0) process.off('exit', removeTemporaries);
  }
}

/**
 * Writes `path` whole, by `write`.
 *
 * @throws PlanesearchError UNWRITABLE_FILE; the file is then as it was
 */
export async function replaceFile(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const place = await outputPlace(path);
  let replacement: Replacement | null = null;
  try {
    replacement = await Replacement.open(place);
    await write(replacement.handle);
    await replacement.keep();
  } catch (error) {
    throw error instanceof PlanesearchError ? error : unwritable(path, (error as Error).message, error);
  } finally {
    await replacement?.discard();
  }
}
