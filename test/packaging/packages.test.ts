/** What is published: the package without native files, and one for each platform that has a prebuild (`npm run packages`). */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const packages = path.join(root, 'build', 'packages');
const ADDON = 'planesearch.node';
const prebuilds = path.join(root, 'prebuilds');
const targets = (existsSync(prebuilds) ? readdirSync(prebuilds) : []).filter((name) =>
  existsSync(path.join(prebuilds, name, ADDON)),
);

const manifestOf = (folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
const filesOf = (tarball: string): string[] =>
  execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));

describe.skipIf(targets.length === 0)('the published packages', () => {
  const { version, dependencies, exports } = manifestOf(root);
  let tarballs: string[];
  beforeAll(() => {
    const output = execFileSync(process.execPath, ['scripts/packages.mjs'], { cwd: root, encoding: 'utf8' });
    tarballs = output
      .trim()
      .split('\n')
      .map((line) => path.join(root, line.split(' ')[0]!));
  }, 300_000);

  it('are those of the platforms, then the package, each below 10 MB', () => {
    const names = [...targets.map((target) => `planesearch-${target}`), 'planesearch'];
    expect(tarballs.map((file) => path.basename(file))).toEqual(names.map((name) => `${name}-${String(version)}.tgz`));
    for (const file of tarballs) expect(statSync(file).size).toBeLessThan(10e6);
  });

  it('have the native files apart, each for one platform alone', () => {
    const main = filesOf(tarballs.at(-1)!);
    expect(main).toEqual(
      expect.arrayContaining(['dist/index.js', 'bin/planesearch.mjs', 'CMakeLists.txt', 'native/math/blas.cc']),
    );
    expect(main.filter((name) => name.endsWith('.node'))).toEqual([]);
    for (const [k, target] of targets.entries()) {
      const folder = path.join(packages, `planesearch-${target}`);
      const [os, cpu] = target.split('-');
      expect(manifestOf(folder)).toMatchObject({ version, os: [os], cpu: [cpu], license: 'MIT' });
      expect(filesOf(tarballs[k]!).sort()).toEqual([
        'LICENSE',
        'README.md',
        'THIRD_PARTY_NOTICES.md',
        'package.json',
        ADDON,
      ]);
      expect(readFileSync(path.join(folder, ADDON))).toEqual(readFileSync(path.join(prebuilds, target, ADDON)));
    }
  });

  it('names them in the same version, and nothing of the workshop', () => {
    const manifest = manifestOf(path.join(packages, 'planesearch'));
    const optionalDependencies = Object.fromEntries(targets.map((target) => [`planesearch-${target}`, version]));
    expect(manifest).toMatchObject({ version, dependencies, exports, optionalDependencies });
    expect(Object.keys(manifest).filter((name) => /^(scripts|devDependencies)$/.test(name))).toEqual([]);
  });
});
