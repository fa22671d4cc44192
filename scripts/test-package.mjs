#!/usr/bin/env node
/**
 * `npm run test:package`: the package on machines that have nothing but node. Each is a folder that a process takes for its root: this machine's
 * node and libraries; the same node on Debian 11, whose glibc is older; arm64 under qemu, where its prebuild was made. In each the package is
 * installed from a registry of this process, without a network, by `npm install` and by `npm ci`; it trains natively; and with its binary taken
 * away it says why it does not and comes to the same objective. What a machine cannot be made for is said and left out. `-- arm64` is one of them alone.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianRoot, ownRoot } from './package/roots.mjs';
import { startRegistry } from './package/registry.mjs';
import { madeUp } from './prebuild/made-up.mjs';
import { commandPath, mustRun, root } from './setup/run.mjs';
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
  ['arm64', () => debianRoot(path.join(work, 'arm64'), 'bookworm', 'arm64'), withoutQemu],
];

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

async function check(machine, url, expected) {
  const { folder, run } = machine;
  const app = path.join(folder, 'app');
  for (const name of ['node_modules', 'package-lock.json']) rmSync(path.join(app, name), { recursive: true, force: true });
  writeFileSync(
    path.join(app, 'package.json'),
    '{ "name": "app", "version": "1.0.0", "private": true, "type": "module" }\n',
  );
  writeFileSync(path.join(app, 'train.mjs'), program);
  await npm(machine, url, 'install', 'planesearch');
  const installed = await trained(machine);
  assert.equal(installed.backend, 'native', installed.notice);
  rmSync(path.join(app, 'node_modules'), { recursive: true });
  await npm(machine, url, 'ci');
  const native = await trained(machine);
  assert.deepEqual([native.backend, native.objective], ['native', installed.objective]);
  near(native.objective, expected ?? native.objective);
  const info = await run([run.file('/app/node_modules/planesearch/bin/planesearch.mjs'), 'info']);
  assert.equal(info.code, 0, info.stderr);
  assert.match(info.stdout, /native/);

  const prebuilds = path.join(app, 'node_modules', 'planesearch', 'prebuilds');
  renameSync(prebuilds, `${prebuilds}-away`);
  const fallback = await trained(machine);
  assert.notEqual(fallback.backend, 'native');
  assert.match(fallback.notice, /there is no build for linux-/);
  near(fallback.objective, native.objective);
  const javascript = await trained(machine, { PLANESEARCH_BACKEND: 'javascript' });
  assert.equal(javascript.backend, 'javascript');
  near(javascript.objective, native.objective);
  const refused = await run([run.file('/app/train.mjs')], { PLANESEARCH_BACKEND: 'native' });
  assert.match(refused.stderr, /BACKEND_UNAVAILABLE/);
  renameSync(`${prebuilds}-away`, prebuilds);
  return { native, fallback };
}

await runScript(async () => {
  await setUp();
  await mustRun('The prebuild failed.', process.execPath, [path.join(root, 'scripts', 'prebuild.mjs')]);
  mkdirSync(work, { recursive: true });
  const registry = await startRegistry(work);
  console.log(`package: ${(registry.tarballBytes / 2 ** 20).toFixed(1)} MiB`);
  let expected;
  try {
    for (const [name, make, why] of machines) {
      if (process.argv.length > 2 && !process.argv.includes(name)) continue;
      const reason = why();
      if (reason !== null) {
        console.log(`package: ${name.padEnd(13)}left out: ${reason}`);
        continue;
      }
      const { native, fallback } = await check(await make(), registry.url, expected);
      expected ??= native.objective;
      const { core, simd } = native.info.native;
      console.log(
        `package: ${name.padEnd(13)}native (${core}, ${simd}) ${native.objective}, ${fallback.backend} ${fallback.objective}`,
      );
    }
  } finally {
    registry.close();
  }
});
