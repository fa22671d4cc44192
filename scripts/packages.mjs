#!/usr/bin/env node
/**
 * `npm run packages`: the tarballs that are published, in `build/packages`, printed in the order in which that is done: one for every platform
 * whose prebuild is there, this one's made anew where it is old, then the package itself.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { pack, splitPackages } from './package/split.mjs';
import { mustRun, root } from './setup/run.mjs';
import { runScript } from './setup/steps.mjs';

await runScript(async () => {
  await mustRun('The prebuild of this machine could not be made.', process.execPath, [
    path.join(root, 'scripts', 'prebuild.mjs'),
  ]);
  for (const folder of await splitPackages()) {
    const tarball = await pack(folder, path.dirname(folder));
    console.log(`${path.relative(root, tarball)} ${(statSync(tarball).size / 2 ** 20).toFixed(1)} MiB`);
  }
});
