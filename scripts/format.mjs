#!/usr/bin/env node
/** `npm run format`: writes every source as the settings want it; C++ only where the clang-format of their version is installed. */
import path from 'node:path';
import { formatterAbsence, nativeFiles } from './check/native.mjs';
import { attempt, mustRun, root } from './setup/run.mjs';
import { runScript } from './setup/steps.mjs';

await runScript(async () => {
  const biome = path.join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  console.log((await mustRun('Biome could not format the sources.', process.execPath, [biome, 'format', '--write'])).trim());
  const absence = await formatterAbsence();
  if (absence !== null) {
    console.log(`The C++ sources stay as they are: ${absence}.`);
    return;
  }
  // Once more when it changed something: version 14 is not always done after one pass.
  const files = nativeFiles();
  for (let pass = 0; pass < 3; pass++) {
    await mustRun('clang-format could not format the sources.', 'clang-format', ['-i', ...files]);
    if ((await attempt('clang-format', ['--dry-run', '-Werror', ...files])).code === 0) break;
  }
  console.log(`clang-format: ${files.length} files.`);
});
