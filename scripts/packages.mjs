#!/usr/bin/env node
/**
 * `npm run packages`: the tarballs that are published, in `build/packages`, printed in the order in which that is done: one for every platform
 * whose prebuild is there, then the package itself. What this machine can make is made anew where it is old; an old prebuild of another platform is
 * refused. `-- linux-x64 wasm` takes these prebuilds alone.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { freshPrebuilds } from './package/prebuilds.mjs';
import { pack, splitPackages } from './package/split.mjs';
import { root } from './setup/run.mjs';
import { runScript } from './setup/steps.mjs';

await runScript(async () => {
  for (const folder of await splitPackages(await freshPrebuilds(process.argv.slice(2)))) {
    const tarball = await pack(folder, path.dirname(folder));
    console.log(`${path.relative(root, tarball)} ${(statSync(tarball).size / 2 ** 20).toFixed(1)} MiB`);
  }
});
