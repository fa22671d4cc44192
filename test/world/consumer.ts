/**
 * A stranger's folder with the packed tarball in it, unpacked where npm would, its dependencies linked: nothing is fetched. The
 * native file is the local build, so that no prebuild has to be made for it; `test/packaging/pack.test.ts` tries that one.
 */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');
const binary = path.join('build', 'Release', 'planesearch.node');

/** Whether there is a native build to be tried. */
export const hasNative = process.env.PLANESEARCH_SKIP_NATIVE !== '1' && existsSync(path.join(root, binary));

export const expectedBackend = hasNative ? 'native' : 'javascript';

const linked = [
  'commander',
  'csv-parse',
  'pbf',
  'pure-rand',
  'yauzl',
  'pend',
  'vitest',
  'esbuild',
  'typescript',
  '@types',
  'undici-types',
];

export class Consumer {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'planesearch-world-'));

  constructor() {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', this.folder];
    const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [{ filename }] = JSON.parse(output) as [{ filename: string }];
    const installed = path.join(this.folder, 'node_modules', 'planesearch');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', path.join(this.folder, filename), '--strip-components=1', '-C', installed]);
    if (hasNative) {
      mkdirSync(path.join(installed, 'build', 'Release'), { recursive: true });
      copyFileSync(path.join(root, binary), path.join(installed, binary));
    }
    for (const name of linked)
      symlinkSync(path.join(root, 'node_modules', name), path.join(this.folder, 'node_modules', name));
    this.write('package.json', '{ "name": "consumer", "version": "1.0.0", "private": true, "type": "module" }\n');
  }

  write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** Runs node, without the variables that vitest sets for its children. */
  node(
    args: readonly string[],
    { cwd = this.folder, executable = process.execPath }: { cwd?: string; executable?: string } = {},
  ): SpawnSyncReturns<string> {
    const foreign = /^(NODE_|VITEST|JEST|TEST$|MODE$|PROD$|DEV$|FORCE_COLOR$)/;
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
    return spawnSync(executable, args, { cwd, env: { ...env, NO_COLOR: '1' }, encoding: 'utf8', timeout: 120_000 });
  }

  /** Runs a program among the development dependencies of this repository. */
  tool(file: string, args: readonly string[], nodeOptions: readonly string[] = []): SpawnSyncReturns<string> {
    return this.node([...nodeOptions, path.join(root, 'node_modules', file), ...args]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
