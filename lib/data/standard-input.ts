/**
 * Standard input as a data file, named `-`. Formats are told by the first bytes and some files are read twice, so what comes is
 * kept in a temporary file without a name, which goes with the process.
 */
import { randomUUID } from 'node:crypto';
import { fstatSync, type Stats } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isatty } from 'node:tty';
import { PlanesearchError } from '../core/errors.js';
import { kindOf } from '../io/input-file.js';
import { overLimit, type ReadLimits } from './limits.js';

export const STANDARD_INPUT = '-';

let spool: Promise<FileHandle> | null = null;

/** The kept bytes; read from standard input at the first call. The handle stays open: do not close it. */
export function standardInput(limits: ReadLimits): Promise<FileHandle> {
  spool ??= keep(limits);
  return spool;
}

async function keep(limits: ReadLimits): Promise<FileHandle> {
  requireStream();
  const name = path.join(tmpdir(), `planesearch-${randomUUID()}`);
  const handle = await open(name, 'wx+', 0o600);
  try {
    await rm(name);
    let bytes = 0;
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limits.inputBytes) throw overLimit('inputBytes', limits, 'Standard input', 'bytes');
      await handle.writeFile(chunk);
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error instanceof PlanesearchError ? error : unreadable((error as Error).message, error);
  }
}

/** A pipe, a socket, a file or a terminal; other devices never end. */
function requireStream(): void {
  let found: Stats;
  try {
    found = fstatSync(0);
  } catch (cause) {
    throw unreadable('it is closed', cause);
  }
  if (found.isFile() || found.isFIFO() || found.isSocket() || isatty(0)) return;
  throw unreadable(`it is ${kindOf(found)}`);
}

function unreadable(reason: string, cause?: unknown): PlanesearchError {
  return new PlanesearchError('UNREADABLE_FILE', `Standard input cannot be read: ${reason}.`, { cause });
}
