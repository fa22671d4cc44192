#!/usr/bin/env node
/** `npm test`: set-up where needed, then the whole suite; arguments after `--` go to vitest. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './setup/run.mjs';
import { runScript, setUp } from './setup/steps.mjs';

await runScript(async () => {
  await setUp();
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  process.exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
});
