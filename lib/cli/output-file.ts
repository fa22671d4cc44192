/** Files that a command writes: checked before the work begins, and complete or absent when it has ended. */
import { realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { PlanesearchError, reject } from '../core/errors.js';
import { outputPlace, replaceFile, Replacement } from '../io/output-file.js';

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

/** A folder that is not there, takes no files or has no room for the name shows itself when a file is made in it. */
function checkPlace(option: string, file: string): Promise<void> {
  return writing(option, file, async () => (await Replacement.open(await outputPlace(file))).discard());
}

export function unwritable(option: string, file: string, cause: unknown): PlanesearchError {
  const reason = (cause as Error).message.replace(/^'.*' cannot be written: |\.$/g, '');
  return new PlanesearchError('UNWRITABLE_FILE', `${option} cannot be written to '${file}': ${reason}.`, { cause });
}

/** What `write` does to the file that an option names; where that fails, the sentence names the option. */
export async function writing<T>(option: string, file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw unwritable(option, file, cause);
  }
}

/** A text whole, or not at all. */
export function writeText(option: string, file: string, text: string): Promise<void> {
  return writing(option, file, () => replaceFile(file, (handle) => handle.writeFile(text)));
}

/** A file that is written under a temporary name and appears under its own when it is kept. */
export class PartialFile {
  readonly #replacement: Replacement;
  readonly #finished: Promise<void>;

  private constructor(
    readonly option: string,
    readonly file: string,
    replacement: Replacement,
    readonly stream: Writable,
  ) {
    this.#replacement = replacement;
    this.#finished = finished(stream);
    this.#finished.catch(() => undefined);
  }

  static open(option: string, file: string): Promise<PartialFile> {
    return writing(option, file, async () => {
      const replacement = await Replacement.open(await outputPlace(file));
      return new PartialFile(option, file, replacement, streamInto(replacement.handle));
    });
  }

  async keep(): Promise<void> {
    try {
      this.stream.end();
      await this.#finished;
      await this.#replacement.keep();
    } catch (cause) {
      await this.discard();
      throw unwritable(this.option, this.file, cause);
    }
  }

  /** Harmless after `keep`. */
  async discard(): Promise<void> {
    this.stream.destroy();
    await this.#finished.catch(() => undefined);
    await this.#replacement.discard();
  }
}

/** The handle stays open: the replacement closes it. */
function streamInto(handle: FileHandle): Writable {
  return new Writable({
    write(piece: Buffer, _encoding, done) {
      handle.writeFile(piece).then(() => done(), done);
    },
  });
}
