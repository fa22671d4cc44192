/**
 * The trace of a training: a file under its own name that grows line by line, so that `tail -f` shows how it goes and whatever ends
 * the process leaves what has been written. It is made, or emptied, by the first line: a run that never begins leaves no trace.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { outputPlace } from '../io/output-file.js';

export class LineFile extends Writable {
  #handle: FileHandle | null = null;
  /** What has kept a line from being written. */
  failure: Error | null = null;

  constructor(readonly file: string) {
    super();
    // Whoever writes hears of a failure by the callback; it must not end the process for want of a listener.
    this.on('error', (error) => {
      this.failure = error;
    });
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#append(piece).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const handle = this.#handle;
    this.#handle = null;
    if (handle) handle.close().then(() => done(error), done);
    else done(error);
  }

  async #append(piece: Buffer): Promise<void> {
    this.#handle ??= await openEmpty(this.file);
    await this.#handle.writeFile(piece);
  }
}

async function openEmpty(file: string): Promise<FileHandle> {
  const { target } = await outputPlace(file);
  // A pipe that has taken the name meanwhile would wait for a reader.
  const handle = await open(target, constants.O_WRONLY | constants.O_CREAT | (constants.O_NONBLOCK ?? 0), 0o666);
  try {
    if ((await handle.stat()).isFile()) await handle.truncate(0);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
