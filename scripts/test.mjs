#!/usr/bin/env node
/**
 * `npm test`: set-up where needed, then the whole suite; arguments after `--` go to vitest. In CI the WebAssembly module is built before, where
 * Emscripten is installed; otherwise that is left to `npm run prebuild:wasm`.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './setup/run.mjs';
import { runScript, setUp } from './setup/steps.mjs';
import { wasmBuild, whyNoWasm } from './setup/wasm-build.mjs';

await runScript(async () => {
  await setUp();
  if (process.env.CI) console.log(`WebAssembly: ${whyNoWasm() ?? (await wasmBuild())}`);
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  process.exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
});
