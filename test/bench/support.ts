import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

export const root = path.resolve(import.meta.dirname, '..', '..');

/** Runs a benchmark against the compiled package and returns the JSON it prints; rejects with its standard error when it fails. */
export async function runBench<T>(name: string, ...args: string[]): Promise<T> {
  const script = path.join('bench', `${name}.mjs`);
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { cwd: root, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as T;
}

/** A module of the benchmarks, which are plain JavaScript without types. */
export async function benchModule<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(path.join(root, 'bench', name)).href)) as T;
}

const dataFolder = process.env.PLANESEARCH_DATA ?? path.join(root, '..', 'shared', 'data');

/** Whether a file of the data sets is missing; says so. */
export function dataAbsent(file: string): boolean {
  const source = path.join(dataFolder, file);
  if (existsSync(source)) return false;
  console.warn(`Skipped: ${source} is not there; set PLANESEARCH_DATA to the folder of the data sets.`);
  return true;
}
