/**
 * `prebuilds/wasm/planesearch.wasm`, the core in WebAssembly, by Emscripten (Debian: `emscripten`), where that is installed.
 *
 * Of the system's headers the build gets Highway's alone, through a link of its own: those of its C library would be taken for Emscripten's.
 */
import { existsSync, mkdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { commandPath, mustRun, root } from './run.mjs';
import { forgetToolchain, nativeSources } from './native-build.mjs';
import { filesUnder, hashOf, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import { requirements } from './system-packages.mjs';

const folder = path.join(root, 'build', 'wasm');
export const wasmModule = path.join(root, 'prebuilds', 'wasm', 'planesearch.wasm');

/** Why the module cannot be built here; null when it can. */
export function whyNoWasm() {
  const missing = ['emcmake', 'cmake'].find((tool) => commandPath(tool) === null) ?? (highway() === null ? 'Highway' : null);
  return missing === null ? null : `${missing} is not installed (on Debian 'apt-get install emscripten cmake libhwy-dev')`;
}

const highway = () => requirements.find(({ what }) => what === 'Highway').find();

function highwayHeaders() {
  const include = path.join(folder, 'include');
  mkdirSync(include, { recursive: true });
  rmSync(path.join(include, 'hwy'), { force: true });
  symlinkSync(path.dirname(realpathSync(highway())), path.join(include, 'hwy'));
  return include;
}

async function build() {
  const work = path.join(folder, 'cmake');
  const given = [
    `-DCMAKE_BUILD_TYPE=Release`,
    `-DHIGHWAY_INCLUDE_DIR=${highwayHeaders()}`,
    `-DWASM_OUTPUT=${path.dirname(wasmModule)}`,
  ];
  await mustRun('CMake refused the WebAssembly build.', 'emcmake', ['cmake', '-S', root, '-B', work, ...given]);
  const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
  const targets = ['--build', work, '--parallel', jobs, '--target', 'planesearch'];
  await mustRun('The WebAssembly build failed: the compiler messages are above.', 'cmake', targets);
}

export async function wasmBuild() {
  const { size, mtimeMs } = statSync(commandPath('emcmake'));
  const tools = hashOf([], [root, size, mtimeMs]);
  const wanted = hashOf([...nativeSources(), ...filesUnder('scripts/setup/wasm-build.mjs')], [tools]);
  if (readStamp('wasm') === wanted && existsSync(wasmModule)) return 'up to date';
  removeStamp('wasm');
  if (readStamp('wasm-toolchain') !== tools) forgetToolchain(path.join(folder, 'cmake'));
  await build();
  writeStamp('wasm-toolchain', tools);
  writeStamp('wasm', wanted);
  return 'built';
}
