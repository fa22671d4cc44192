#!/usr/bin/env node
/**
 * `npm run packages`: the tarballs that are published, in `build/packages`, printed in the order in which that is done: one for every platform
 * whose prebuild is there, then the package itself.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { pack, splitPackages } from './package/split.mjs';
import { root } from './setup/run.mjs';
import { runScript } from './setup/steps.mjs';

await runScript(async () => {
  for (const folder of await splitPackages()) {
    const tarball = await pack(folder, path.dirname(folder));
    console.log(`${path.relative(root, tarball)} ${(statSync(tarball).size / 2 ** 20).toFixed(1)} MiB`);
  }
});
