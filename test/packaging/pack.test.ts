/**
 * The package as a stranger gets it: packed, installed into an empty folder where no compiler is to be found, and trained
 * natively from the prebuild. And what is published: the package without native files, and one for each platform that has a prebuild.
 */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const temporary = mkdtempSync(path.join(tmpdir(), 'planesearch-pack-'));
const consumer = path.join(temporary, 'consumer');
const tools = path.join(temporary, 'bin');
afterAll(() => rmSync(temporary, { recursive: true }));

function onPath(command: string): string | undefined {
  const files = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, command));
  return files.find((file) => existsSync(file));
}

function whyNot(): string | null {
  if (process.env.PLANESEARCH_SKIP_NATIVE === '1') return 'PLANESEARCH_SKIP_NATIVE=1';
  if (onPath('cmake') === undefined) return 'cmake is not installed';
  return null;
}
const reason = whyNot();
if (reason !== null) console.log(`The packaging tests are skipped: ${reason}.`);

/** Without the variables that npm and vitest set for their children, and with nothing but node and npm on the path. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(npm_(?!config_)|npm_config_local_prefix$|NODE_|VITEST|CXX$|CC$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(inherited), PATH: tools };
}

function inConsumer(command: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(command, args, { cwd: consumer, env: { ...bareEnvironment(), ...variables }, encoding: 'utf8' });
}

const npm = (...args: string[]): SpawnSyncReturns<string> =>
  inConsumer(path.join(tools, 'npm'), [...args, '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0']);

/** npm must succeed, unless the dependencies are not in its cache and the registry is out of reach: no fault of the package. */
function mustInstall(context: TestContext, result: SpawnSyncReturns<string>): void {
  const unreachable = /code (ENOTCACHED|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)/.exec(
    result.stderr,
  );
  if (unreachable !== null) {
    const why = `npm cannot reach the registry (${unreachable[1]}) and its cache lacks the dependencies`;
    console.log(`Installing the tarball is skipped: ${why}.`);
    context.skip(why);
  }
  expect(result.stderr).not.toMatch(/gyp|install script/);
  expect(result.status, result.stderr).toBe(0);
}

const script = `
  import { train } from 'planesearch';
  const values = Float64Array.from([0, 0, 0, 1, 1, 0, 3, 3, 3, 4, 4, 3]);
  const x = { values, rows: 6, columns: 2 };
  const { backend, scores } = await train({ x, y: [-1, -1, -1, 1, 1, 1] }, { backend: 'native' });
  const libraries = process.report.getReport().sharedObjects.filter((file) => /planesearch|blas|hwy/.test(file));
  console.log(JSON.stringify({ backend, accuracy: scores.accuracy, libraries }));
`;

function expectNativeTraining(): void {
  const file = path.join(consumer, 'train.mjs');
  writeFileSync(file, script);
  const { stdout, stderr } = inConsumer(path.join(tools, 'node'), [file], { PREBUILDS_ONLY: '1' });
  expect(stderr).toBe('');
  const installed = path.join(realpathSync(consumer), 'node_modules', 'planesearch');
  const prebuilds = path.join(installed, 'prebuilds', `${process.platform}-${process.arch}`);
  const libraries = readdirSync(prebuilds).map((name) => path.join(prebuilds, name));
  expect(JSON.parse(stdout)).toEqual({ backend: 'native', accuracy: 1, libraries });
}

describe.skipIf(reason !== null)('the packed tarball', { timeout: 300_000 }, () => {
  let tarball = '';
  let packed: readonly string[] = [];

  beforeAll(() => {
    execFileSync(process.execPath, ['scripts/prebuild.mjs'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    mkdirSync(consumer);
    mkdirSync(tools);
    symlinkSync(process.execPath, path.join(tools, 'node'));
    symlinkSync(realpathSync(onPath('npm') ?? ''), path.join(tools, 'npm'));
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', temporary];
    const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [description] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
    tarball = path.join(temporary, description.filename);
    packed = description.files.map((file) => file.path);
    writeFileSync(path.join(consumer, 'package.json'), '{ "name": "consumer", "version": "1.0.0", "private": true }\n');
  }, 300_000);

  it('holds the library, the prebuild, and what it takes to build from source', () => {
    const library = ['package.json', 'bin/planesearch.mjs', 'dist/index.js', 'dist/index.d.ts'];
    expect(packed).toEqual(expect.arrayContaining([...library, 'CMakeLists.txt', 'LICENSE', 'THIRD_PARTY_NOTICES.md']));
    const prebuilds = packed.filter((name) => name.startsWith('prebuilds/'));
    expect(prebuilds).toContain(`prebuilds/${process.platform}-${process.arch}/planesearch.node`);
    expect(
      prebuilds.filter((name) => !/^prebuilds\/(linux-(x64|arm64)\/planesearch\.node|wasm\/planesearch\.wasm)$/.test(name)),
    ).toEqual([]);
    expect(packed.filter((name) => name.startsWith('native/')).length).toBeGreaterThan(0);
  });

  it('holds no binding.gyp, which would make npm compile, and nothing of the workshop', () => {
    expect(packed.filter((name) => /\.gyp$|^(lib|test|bench|scripts|build|examples|\.ci)\//.test(name))).toEqual([]);
  });

  it('installs and trains natively without a compiler', (context) => {
    mustInstall(context, npm('install', tarball));
    expectNativeTraining();
  });

  it('installs and trains natively from a lock file', (context) => {
    if (!existsSync(path.join(consumer, 'package-lock.json'))) context.skip('the installation before this one was skipped');
    rmSync(path.join(consumer, 'node_modules'), { recursive: true });
    mustInstall(context, npm('ci'));
    expectNativeTraining();
  });

  it('can be required by a CommonJS program', (context) => {
    if (!existsSync(path.join(consumer, 'node_modules'))) context.skip('the installation before this one was skipped');
    const { stdout, stderr } = inConsumer(path.join(tools, 'node'), ['--print', "typeof require('planesearch').train"]);
    expect(stderr).toBe('');
    expect(stdout).toBe('function\n');
  });

  it('brings the command', (context) => {
    const command = path.join(consumer, 'node_modules', '.bin', 'planesearch');
    if (!existsSync(path.join(consumer, 'node_modules'))) context.skip('the installation before this one was skipped');
    const { status, stdout, stderr } = inConsumer(command, ['info']);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('native');
  });
});

const packages = path.join(root, 'build', 'packages');
const prebuilds = path.join(root, 'prebuilds');
const ADDON = 'planesearch.node';
const { prebuildsHere, isFresh } = (await import(path.join(root, 'scripts', 'prebuild', 'freshness.mjs'))) as {
  prebuildsHere(): string[];
  isFresh(target: string): boolean;
};

const manifestOf = (folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
const filesOf = (tarball: string): string[] =>
  execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));

// Behind the other suite, which makes the prebuild of this machine.
describe.skipIf(reason !== null)('the published packages', () => {
  const { version, dependencies, exports } = manifestOf(root);
  let targets: string[];
  let tarballs: string[];
  beforeAll(() => {
    const own = `${process.platform}-${process.arch}`;
    const taken = prebuildsHere().filter((name) => name === own || isFresh(name));
    targets = taken.filter((name) => name !== 'wasm');
    const output = execFileSync(process.execPath, ['scripts/packages.mjs', ...taken], { cwd: root, encoding: 'utf8' });
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
      expect(readFileSync(path.join(folder, ADDON)).equals(readFileSync(path.join(prebuilds, target, ADDON)))).toBe(true);
    }
  });

  it('names them in the same version, and nothing of the workshop', () => {
    const manifest = manifestOf(path.join(packages, 'planesearch'));
    const optionalDependencies = Object.fromEntries(targets.map((target) => [`planesearch-${target}`, version]));
    expect(manifest).toMatchObject({ version, dependencies, exports, optionalDependencies });
    expect(Object.keys(manifest).filter((name) => /^(scripts|devDependencies)$/.test(name))).toEqual([]);
  });
});
