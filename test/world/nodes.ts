/**
 * Other versions of Node than the one that runs: the packages node-PLATFORM-ARCH (behind the npm package `node`) hold their binaries.
 * They are kept under build/, and fetched by npm the first time; where that fails, the reason is printed and the tests are skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '..', '..', 'build', 'nodes');

/** What `engines` allows of the lines that are maintained. */
export const nodeMajors = [20, 22, 24] as const;

export interface NodeBinary {
  readonly major: number;
  /** Null where it is not to be had. */
  readonly file: string | null;
}

export function nodeOf(major: number): NodeBinary {
  if (process.versions.node.startsWith(`${major}.`)) return { major, file: process.execPath };
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = path.join(folder, String(major));
  const file = path.join(home, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  try {
    if (!existsSync(file)) {
      const args = [
        'install',
        '--prefix',
        home,
        '--no-save',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        `${name}@${major}`,
      ];
      const options = { encoding: 'utf8', timeout: 120_000 } as const;
      const { status, stderr, error } = spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
      if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n')[0]);
    }
    const version = execFileSync(file, ['--version'], { encoding: 'utf8' });
    if (!version.startsWith(`v${major}.`)) throw new Error(`${file} is Node ${version.trim()}`);
    return { major, file };
  } catch (error) {
    console.warn(`Node ${major} is not tried, as ${name}@${major} is not to be had: ${(error as Error).message}`);
    return { major, file: null };
  }
}
