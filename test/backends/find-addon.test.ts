/** The loader looks in three places, one after the other, and says in words why there is nothing in the last one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findAddon } from '../../lib/backends/find-addon.js';

const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-find-'));
afterAll(() => rmSync(folder, { recursive: true }));
const root = path.join(folder, 'node_modules', 'planesearch');
const other = path.join(folder, 'node_modules', 'planesearch-linux-x64');

function write(file: string, content: object | null): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content === null ? '' : JSON.stringify(content));
  return file;
}

const on = (platform: NodeJS.Platform, arch: NodeJS.Architecture, env: NodeJS.ProcessEnv = {}): string => {
  const found = findAddon(root, { platform, arch, env });
  return 'file' in found ? found.file : found.missing;
};

it('takes a local build, a prebuild, or the package of the platform, in this order', () => {
  write(path.join(root, 'package.json'), {
    name: 'planesearch',
    optionalDependencies: { 'planesearch-linux-x64': '1.2.3' },
  });
  write(path.join(other, 'package.json'), { name: 'planesearch-linux-x64', version: '1.2.3' });
  expect(on('linux', 'x64')).toMatch(/^the package planesearch-linux-x64 has no planesearch\.node; .* brings it whole$/);
  const own = write(path.join(other, 'planesearch.node'), null);
  expect(on('linux', 'x64')).toBe(own);
  const prebuild = write(path.join(root, 'prebuilds', 'linux-x64', 'planesearch.node'), null);
  expect(on('linux', 'x64')).toBe(prebuild);
  const elsewhere = write(path.join(folder, 'elsewhere', 'build', 'Release', 'planesearch.node'), null);
  expect(on('linux', 'x64', { PLANESEARCH_PREBUILD: path.join(folder, 'elsewhere') })).toBe(elsewhere);
  const local = write(path.join(root, 'build', 'Release', 'planesearch.node'), null);
  expect(on('linux', 'x64')).toBe(local);
  expect(on('linux', 'x64', { PREBUILDS_ONLY: '1' })).toBe(prebuild);
  for (const name of ['prebuilds', 'build']) rmSync(path.join(root, name), { recursive: true });
});

it('names a package that is not installed, and the command that brings it', () => {
  rmSync(other, { recursive: true });
  expect(on('linux', 'x64')).toMatch(
    /^there is no build for linux-x64, because the package planesearch-linux-x64 is not installed; 'npm install planesearch-linux-x64@1\.2\.3' brings it/,
  );
});

it('refuses a package of another version', () => {
  write(path.join(other, 'package.json'), { name: 'planesearch-linux-x64', version: '1.2.2' });
  expect(on('linux', 'x64')).toBe(
    "the package planesearch-linux-x64 must have the version 1.2.3 here, but has 1.2.2; 'npm install planesearch-linux-x64@1.2.3' brings it",
  );
});

it('names what builds it on a platform that has no package', () => {
  expect(on('freebsd', 'x64')).toMatch(
    /^there is no build for freebsd-x64; .*'npx cmake-js build' in an installed package, makes one$/,
  );
});
