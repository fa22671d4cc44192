/** Files for the tests of `lib/data`: fixtures in a temporary folder, and the shared data sets where they lie. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { PlanesearchError, type ErrorCode } from '../../lib/core/errors.js';

export const dataFolder = process.env['PLANESEARCH_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
export const hasData = existsSync(join(dataFolder, 'a9a.svm.gz'));

let told = false;

/** For `describe.skipIf`: true, with the reason printed, when the data sets are absent. */
export function dataAbsent(): boolean {
  if (!hasData && !told)
    console.warn(`Tests on real data are skipped: no data sets in ${dataFolder} (set PLANESEARCH_DATA).`);
  told = true;
  return !hasData;
}

export function dataFile(name: string): string {
  return join(dataFolder, name);
}

export interface TemporaryFiles {
  write(name: string, content: string | Uint8Array): Promise<string>;
  writeGzip(name: string, content: string | Uint8Array): Promise<string>;
  path(name: string): string;
  remove(): Promise<void>;
}

export async function temporaryFiles(): Promise<TemporaryFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'planesearch-data-'));
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  return {
    write,
    writeGzip: (name, content) => write(name, gzipSync(content)),
    path: (name) => join(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Expects a PlanesearchError of this code whose message is one sentence that contains all `parts`. */
export async function expectError(action: () => unknown, code: ErrorCode, ...parts: string[]): Promise<void> {
  const error = await Promise.resolve()
    .then(action)
    .then(
      () => {
        throw new Error('no error came');
      },
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(PlanesearchError);
  const { code: actual, message } = error as PlanesearchError;
  expect({ code: actual, message }).toEqual({ code, message: expect.stringMatching(/^[^\n]+[.?]$/) });
  for (const part of parts) expect(message).toContain(part);
}
