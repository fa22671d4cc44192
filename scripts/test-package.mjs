#!/usr/bin/env node
/**
 * `npm run test:package`: the packages as they are published (`npm run packages`) on machines that have nothing but node. Each is a folder that a
 * process takes for its root: this machine's node and libraries; the same node on Debian 11, whose glibc is older; arm64 under qemu, where its
 * prebuild was made; musl. In each the package is installed from a registry of this process, without a network: by `npm install`, by `npm ci`, and by
 * `npm ci` of a lock file that was made for another platform; it trains natively; and without the package of its platform it says why it does not
 * and comes to the same objective. What a machine cannot be made for is said and left out. `-- arm64` is one of them alone.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianRoot, ownRoot } from './package/roots.mjs';
import { checkMuslSymbols, muslRoot, withoutMusl } from './package/musl.mjs';
import { freshPrebuilds } from './package/prebuilds.mjs';
import { startRegistry } from './package/registry.mjs';
import { splitPackages } from './package/split.mjs';
import { madeUp } from './prebuild/made-up.mjs';
import { commandPath, root } from './setup/run.mjs';
import { runScript, setUp } from './setup/steps.mjs';

const work = path.join(root, 'build', 'package');

/** Trains to the minimum of a strictly convex problem, which no rounding moves. */
const program = `
  import { backendInfo, train } from 'planesearch';${madeUp(400, 9)}
  const { backend, objective, notice } = await train({ x, y }, { l2: 0.01, tolerance: 1e-9 });
  console.log(JSON.stringify({ backend, objective, notice, info: backendInfo() }));`;

const machines = [
  ['this machine', () => ownRoot(path.join(work, 'own')), () => null],
  ['Debian 11', () => debianRoot(path.join(work, 'bullseye'), 'bullseye', 'amd64'), withoutApt],
  ['musl', () => muslRoot(path.join(work, 'musl')), () => withoutMusl() ?? withoutApt()],
  ['arm64', arm64Root, withoutQemu],
];

async function arm64Root() {
  await checkMuslSymbols('arm64');
  return debianRoot(path.join(work, 'arm64'), 'bookworm', 'arm64');
}

function withoutApt() {
  if (process.arch !== 'x64') return 'this machine is not x64';
  return commandPath('apt-get') === null || commandPath('dpkg-deb') === null ? 'apt is not installed' : null;
}

function withoutQemu() {
  if (!existsSync(path.join(root, 'prebuilds', 'linux-arm64'))) return 'npm run prebuild:arm64 has not been run';
  return commandPath('qemu-aarch64') === null ? 'qemu-user is not installed' : withoutApt();
}

/** An npm that asks the registry of this process and no other. */
async function npm({ run, folder }, url, ...args) {
  const settings = ['--registry', url, '--no-audit', '--no-fund', '--fetch-retries=0', '--cache', run.file('/tmp/npm')];
  const command = [run.file('/npm/bin/npm-cli.js'), ...args, '--prefix', run.file('/app'), ...settings];
  const { code, stdout, stderr } = await run(command);
  assert.equal(code, 0, `npm ${args[0]} in ${folder}: ${stdout}${stderr}`);
  assert.doesNotMatch(stderr, /gyp|install script/);
}

async function trained({ run }, env) {
  const { code, stdout, stderr } = await run([run.file('/app/train.mjs')], env);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const near = (value, other) => assert.ok(Math.abs(value - other) <= 1e-9 * Math.abs(other), `${value} is not ${other}`);

/** A folder with a program and nothing installed. */
function emptyApp({ folder }) {
  const app = path.join(folder, 'app');
  for (const name of ['node_modules', 'package-lock.json']) rmSync(path.join(app, name), { recursive: true, force: true });
  writeFileSync(
    path.join(app, 'package.json'),
    '{ "name": "app", "version": "1.0.0", "private": true, "type": "module" }\n',
  );
  writeFileSync(path.join(app, 'train.mjs'), program);
  return app;
}

async function trainedNatively(machine, expected) {
  const { backend, objective, notice, info } = await trained(machine);
  assert.equal(backend, 'native', notice);
  near(objective, expected ?? objective);
  return { objective, info };
}

/** A lock file that was made where another platform's package is the one to be installed, or none. */
async function checkForeignLock(machine, url, expected) {
  const app = emptyApp(machine);
  await npm(machine, url, 'install', 'planesearch', '--os', 'darwin', '--cpu', 'arm64');
  const names = () => readdirSync(path.join(app, 'node_modules')).filter((name) => name.startsWith('planesearch'));
  assert.deepEqual(names(), ['planesearch']);
  rmSync(path.join(app, 'node_modules'), { recursive: true });
  await npm(machine, url, 'ci');
  assert.equal(names().length, 2);
  await trainedNatively(machine, expected);
}

/** What is there without the package of the platform. */
async function checkFallbacks(machine, url, expected) {
  emptyApp(machine);
  await npm(machine, url, 'install', 'planesearch', '--omit', 'optional');
  const fallback = await trained(machine);
  assert.notEqual(fallback.backend, 'native');
  assert.match(fallback.notice, /the package planesearch-linux-\w+ is not installed; 'npm install planesearch-linux-/);
  near(fallback.objective, expected);
  const javascript = await trained(machine, { PLANESEARCH_BACKEND: 'javascript' });
  assert.equal(javascript.backend, 'javascript');
  near(javascript.objective, expected);
  const refused = await machine.run([machine.run.file('/app/train.mjs')], { PLANESEARCH_BACKEND: 'native' });
  assert.match(refused.stderr, /BACKEND_UNAVAILABLE/);
  return fallback;
}

async function check(machine, url, expected) {
  const app = emptyApp(machine);
  await npm(machine, url, 'install', 'planesearch');
  const { objective, info } = await trainedNatively(machine, expected);
  rmSync(path.join(app, 'node_modules'), { recursive: true });
  await npm(machine, url, 'ci');
  assert.equal((await trainedNatively(machine)).objective, objective);
  const told = await machine.run([machine.run.file('/app/node_modules/planesearch/bin/planesearch.mjs'), 'info']);
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /native/);
  await checkForeignLock(machine, url, objective);
  const fallback = await checkFallbacks(machine, url, objective);
  return { objective, info, fallback };
}

await runScript(async () => {
  await setUp();
  const registry = await startRegistry(work, await splitPackages(await freshPrebuilds()));
  for (const [name, bytes] of registry.sizes) console.log(`package: ${name} ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  let expected;
  try {
    for (const [name, make, why] of machines) {
      if (process.argv.length > 2 && !process.argv.includes(name)) continue;
      const reason = why();
      if (reason !== null) {
        console.log(`package: ${name.padEnd(13)}left out: ${reason}`);
        continue;
      }
      const { objective, info, fallback } = await check(await make(), registry.url, expected);
      expected ??= objective;
      const { core, simd } = info.native;
      console.log(
        `package: ${name.padEnd(13)}native (${core}, ${simd}) ${objective}, ${fallback.backend} ${fallback.objective}`,
      );
    }
  } finally {
    registry.close();
  }
});
