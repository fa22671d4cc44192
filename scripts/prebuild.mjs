#!/usr/bin/env node
/**
 * `npm run prebuild`: `prebuilds/<platform>-<arch>/planesearch.<libc>.node`, the addon as it is published, with OpenBLAS
 * linked in.
 *
 * prebuildify names, strips and places the file. In place of node-gyp it calls `prebuild/cmake.mjs`, because node-gyp
 * wants Python and the headers of a whole Node, which it downloads where no `nodedir` is configured; the build needs only
 * the Node-API headers, and those are an npm package. The build lives in a folder of its own: prebuildify moves the
 * addon away, and the development build must stay.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { checkPortable } from './prebuild/portable.mjs';
import { forgetToolchain, nativeSources, toolchain } from './setup/native-build.mjs';
import { mustRun, root } from './setup/run.mjs';
import { filesUnder, hashOf, readStamp, removeStamp, writeStamp } from './setup/stamp.mjs';
import { runScript, setUp } from './setup/steps.mjs';

const folder = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);

function existingPrebuild() {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.node')) : [];
  return names.length === 1 ? path.join(folder, names[0]) : null;
}

async function build() {
  const work = path.join(root, 'build', 'prebuild');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const prebuildify = path.join(root, 'node_modules', 'prebuildify', 'bin.js');
  const shim = path.join(root, 'scripts', 'prebuild', 'cmake.mjs');
  const options = [
    '--napi',
    '--strip',
    '--tag-libc',
    '--name',
    'planesearch',
    '--cwd',
    work,
    '--out',
    root,
    '--node-gyp',
    shim,
  ];
  await mustRun('The prebuild failed: the messages are above.', process.execPath, [prebuildify, ...options]);
}

async function check(file) {
  if (process.platform === 'linux') await checkPortable(file);
  await mustRun('The prebuild was built but does not load.', process.execPath, ['-e', `require(${JSON.stringify(file)})`]);
}

await runScript(async () => {
  await setUp();
  const start = performance.now();
  const tools = hashOf([], toolchain());
  const wanted = hashOf([...nativeSources(), ...filesUnder('scripts/prebuild', 'scripts/prebuild.mjs')], [tools]);
  const fresh = readStamp('prebuild') === wanted && existingPrebuild() !== null;
  if (!fresh) {
    removeStamp('prebuild');
    if (readStamp('prebuild-toolchain') !== tools) forgetToolchain(path.join(root, 'build', 'prebuild', 'build'));
    await build();
    await check(existingPrebuild());
    writeStamp('prebuild-toolchain', tools);
    writeStamp('prebuild', wanted);
  }
  const file = existingPrebuild();
  const size = (statSync(file).size / 2 ** 20).toFixed(1);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`prebuild: ${path.relative(root, file)}, ${size} MiB, ${fresh ? 'up to date' : 'built'} (${seconds} s)`);
});
