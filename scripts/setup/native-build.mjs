/** Step 3: the native addon for development, `build/Release/planesearch.node`, linked to the system's shared OpenBLAS. */
import { existsSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { mustRun, root } from './run.mjs';
import { filesUnder, hashOf, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import { requirements } from './system-packages.mjs';

const addon = path.join(root, 'build', 'Release', 'planesearch.node');
const cmakeJs = path.join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');

export const nativeSources = () => filesUnder('native', 'CMakeLists.txt');

/**
 * Facts that make an existing CMake cache wrong: another compiler, library, Node-API header, or place of the checkout
 * (the cache holds absolute paths).
 */
export function toolchain() {
  const files = requirements
    .map(({ find }) => find())
    .filter((file) => file !== null)
    .map((file) => realpathSync(file));
  const versions = ['node-addon-api', 'cmake-js', 'node-api-headers'].map((name) => `${name} ${installedVersion(name)}`);
  const flags = ['CC', 'CXX', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS'].map((name) => `${name}=${process.env[name] ?? ''}`);
  return [root, process.arch, ...files.map(fingerprint), ...versions, ...flags];
}

function fingerprint(file) {
  const { size, mtimeMs } = statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}

function installedVersion(name) {
  return JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** Runs cmake-js; `out` is the CMake build folder, the addon appears in its `Release` folder. */
export async function buildAddon(out, options = []) {
  const cores = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
  const args = [cmakeJs, 'build', '--directory', root, '--out', out, '--log-level', 'warn', ...options];
  const sentence = 'The native addon could not be built: the compiler messages are above.';
  await mustRun(sentence, process.execPath, args, { env: { CMAKE_BUILD_PARALLEL_LEVEL: cores } });
}

/** Throws away what an older toolchain configured; CMake would go on using it silently. */
export function forgetToolchain(out) {
  for (const name of ['CMakeCache.txt', 'CMakeFiles']) rmSync(path.join(out, name), { recursive: true, force: true });
}

export async function nativeBuild() {
  const tools = hashOf([], toolchain());
  const wanted = hashOf(nativeSources(), [tools]);
  if (readStamp('native') === wanted && existsSync(addon)) return 'up to date';

  const out = path.join(root, 'build');
  removeStamp('native');
  if (readStamp('toolchain') !== tools) forgetToolchain(out);
  await buildAddon(out);
  writeStamp('toolchain', tools);
  writeStamp('native', wanted);
  return 'built';
}
