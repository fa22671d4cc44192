import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

interface PackageJson {
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as PackageJson;

describe('the lock file', () => {
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');

  it('names no host, so that it serves behind any mirror', () => {
    expect(lock).not.toMatch(/"resolved":/);
  });

  it('agrees with package.json', () => {
    const { packages } = JSON.parse(lock) as { packages: Record<string, Partial<PackageJson>> };
    expect(packages['']?.dependencies).toEqual(manifest.dependencies);
    expect(packages['']?.devDependencies).toEqual(manifest.devDependencies);
    expect(packages['']?.bin).toEqual(manifest.bin);
  });
});

it.skipIf(!existsSync(path.join(root, '.git')))('no file of the tree names a package registry', () => {
  const configured = new URL(run('npm', 'config', 'get', 'registry').trim()).hostname;
  // Written in two halves because this file is one of those that are searched.
  const hosts = [configured, 'registry.npm' + 'js.org'].filter((host) => host.includes('.'));
  const naming = run('git', 'ls-files')
    .split('\n')
    .filter((name) => name !== '' && existsSync(path.join(root, name)))
    .filter((name) => {
      const text = readFileSync(path.join(root, name), 'latin1');
      return hosts.some((host) => text.includes(host));
    });
  expect(naming).toEqual([]);
});

describe('package.json', () => {
  it('pins every dependency exactly', () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('runs nothing at installation', () => {
    const names = Object.keys(manifest.scripts);
    expect(names.filter((name) => /^(pre|post)?install$|^(pre|post)?prepare$/.test(name))).toEqual([]);
  });

  it('has a command that can be started before the first build', () => {
    const command = path.join(root, manifest.bin.planesearch ?? '');
    expect(readFileSync(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(command).mode & 0o111).toBe(0o111);
  });
});
