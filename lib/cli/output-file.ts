/** Files that a command writes: checked before the work begins, and complete or absent when it has ended. */
import { randomUUID } from 'node:crypto';
import { rmSync, type WriteStream } from 'node:fs';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { PlanesearchError, reject } from '../core/errors.js';

/**
 * Refuses an output that could not be written, or that would take the place of an input or of another output.
 *
 * @param outputs path by option
 */
export async function checkOutputs(
  outputs: Readonly<Record<string, string | undefined>>,
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const taken = new Set(await Promise.all(inputs.map((input) => input && resolved(input))));
  for (const [option, file] of Object.entries(outputs)) {
    if (file === undefined) continue;
    const full = await resolved(file);
    if (taken.has(full)) reject('INVALID_OPTION', option, 'a file that is not read or written otherwise', file);
    taken.add(full);
    await checkPlace(option, file);
  }
}

async function resolved(file: string): Promise<string> {
  return realpath(file).catch(() => path.resolve(file));
}

async function checkPlace(option: string, file: string): Promise<void> {
  const existing = await stat(file).catch(() => null);
  // Renaming a finished file onto a device such as /dev/null would replace the device.
  if (existing && !existing.isFile()) reject('INVALID_OPTION', option, 'the path of a regular file', file);
  const folder = path.dirname(file);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(option, file, cause);
  }
}

function unwritable(option: string, file: string, cause: unknown): PlanesearchError {
  const sentence = `${option} cannot be written to '${file}': ${(cause as Error).message}.`;
  return new PlanesearchError('UNREADABLE_FILE', sentence, { cause });
}

/** A file that is written under a temporary name and appears under its own when it is kept. */
export class PartialFile {
  readonly #temporary: string;
  readonly #finished: Promise<void>;
  readonly #atExit = (): void => rmSync(this.#temporary, { force: true });

  private constructor(
    readonly option: string,
    readonly file: string,
    temporary: string,
    readonly stream: WriteStream,
  ) {
    this.#temporary = temporary;
    this.#finished = finished(stream);
    this.#finished.catch(() => undefined);
    process.once('exit', this.#atExit);
  }

  static async open(option: string, file: string): Promise<PartialFile> {
    const temporary = `${file}.${randomUUID()}.part`;
    try {
      const handle = await open(temporary, 'wx');
      return new PartialFile(option, file, temporary, handle.createWriteStream());
    } catch (cause) {
      throw unwritable(option, file, cause);
    }
  }

  async keep(): Promise<void> {
    try {
      this.stream.end();
      await this.#finished;
      await rename(this.#temporary, this.file);
    } catch (cause) {
      await this.discard();
      throw unwritable(this.option, this.file, cause);
    }
    process.off('exit', this.#atExit);
  }

  /** Harmless after `keep`. */
  async discard(): Promise<void> {
    this.stream.destroy();
    await this.#finished.catch(() => undefined);
    await rm(this.#temporary, { force: true });
    process.off('exit', this.#atExit);
  }
}
