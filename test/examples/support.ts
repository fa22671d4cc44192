import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Runs an example as a reader would, against the compiled package; rejects with its standard error when it fails. */
export async function runExample(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join('examples', `${name}.mjs`), ...args], {
    cwd: root,
  });
  return stdout;
}

/** The cells of a printed table whose columns are at least two spaces apart, line by line. */
export function cellsOf(output: string): string[][] {
  return output.split('\n').map((line) => line.trim().split(/\s{2,}/));
}

/** The row of a printed table that begins with `name`. */
export function rowOf(output: string, name: string): string[] {
  const row = cellsOf(output).find(([first]) => first === name);
  if (!row) throw new Error(`No row '${name}' in:\n${output}`);
  return row;
}

/** The number that the first group of `pattern` finds. */
export function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`Nothing like ${pattern} in:\n${output}`);
  return Number(found);
}
