#!/usr/bin/env node
/**
 * `npm run test:hardening`: the long form of test/hardening. It builds the addon a second time, with failing allocations and thread starts
 * on request (`build/fault`), and runs the tests with PLANESEARCH_HARDENING=long; arguments after `--` go to vitest.
 *
 * The short form is part of `npm test`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildAddon, nativeSources, toolchain } from './setup/native-build.mjs';
import { root } from './setup/run.mjs';
import { hashOf, readStamp, removeStamp, writeStamp } from './setup/stamp.mjs';
import { runScript, setUp } from './setup/steps.mjs';

const folder = path.join(root, 'build', 'fault');

async function faultBuild() {
  const wanted = hashOf(nativeSources(), [hashOf([], toolchain())]);
  if (readStamp('fault') === wanted && existsSync(path.join(folder, 'build', 'Release', 'planesearch.node'))) return;
  removeStamp('fault');
  await buildAddon(path.join(folder, 'build'), ['--CDFAULT_INJECTION=ON']);
  writeStamp('fault', wanted);
}

await runScript(async () => {
  await setUp();
  if (process.env.PLANESEARCH_SKIP_NATIVE !== '1') await faultBuild();
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', 'test/hardening', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PLANESEARCH_HARDENING: 'long' },
  });
  process.exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
});
