#!/usr/bin/env node
/**
 * `npm run prebuild`: `prebuilds/<platform>-<arch>/planesearch.node`, the addon as it is published, with OpenBLAS linked in. On Linux it is one
 * binary for every glibc from the floor on and for musl.
 *
 * It is built in a folder of its own, because the development build must stay.
 */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { checkPortable, portable } from './prebuild/portable.mjs';
import { buildAddon, forgetToolchain, nativeSources, toolchain } from './setup/native-build.mjs';
import { mustRun, root } from './setup/run.mjs';
import { filesUnder, hashOf, readStamp, removeStamp, writeStamp } from './setup/stamp.mjs';
import { runScript, setUp } from './setup/steps.mjs';

const onLinux = process.platform === 'linux';
const placed = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'planesearch.node');
const work = path.join(root, 'build', 'prebuild');
const options = Object.entries(onLinux ? portable : { STATIC_BLAS: 'ON' }).map(([name, value]) => `--CD${name}=${value}`);

async function build() {
  rmSync(path.dirname(placed), { recursive: true, force: true });
  await buildAddon(work, options);
  mkdirSync(path.dirname(placed), { recursive: true });
  const built = path.join(work, 'Release', 'planesearch.node');
  const strip = process.platform === 'darwin' ? ['-x'] : [];
  await mustRun('The prebuild was not stripped.', 'strip', [...strip, '-o', placed, built]);
}

async function check() {
  if (onLinux) await checkPortable(placed);
  await mustRun('The prebuild was built but does not load.', process.execPath, ['-e', `require(${JSON.stringify(placed)})`]);
}

await runScript(async () => {
  await setUp();
  const start = performance.now();
  // CMake's cache would keep an option that is no longer given.
  const tools = hashOf([], [...toolchain(), ...options]);
  const wanted = hashOf([...nativeSources(), ...filesUnder('scripts/prebuild', 'scripts/prebuild.mjs')], [tools]);
  const fresh = readStamp('prebuild') === wanted && existsSync(placed);
  if (!fresh) {
    removeStamp('prebuild');
    if (readStamp('prebuild-toolchain') !== tools) forgetToolchain(work);
    await build();
    writeStamp('prebuild-toolchain', tools);
    await check();
    writeStamp('prebuild', wanted);
  }
  const size = (statSync(placed).size / 2 ** 20).toFixed(1);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`prebuild: ${path.relative(root, placed)}, ${size} MiB, ${fresh ? 'up to date' : 'built'} (${seconds} s)`);
});
