#!/usr/bin/env node
/**
 * `npm run prebuild:arm64`: `prebuilds/linux-arm64/planesearch.node`, made on a Debian x64 with its cross compiler and run under qemu.
 *
 * OpenBLAS for arm64 is unpacked from Debian's packages into `build/arm64`, beside the system and not into it: a second architecture of
 * the system's own packages is neither needed nor wanted. The check runs the native tests and a training with the arm64 Node that npm
 * has as a package, and compares its objectives with those of this machine.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { SetupFailure } from '../setup/failure.mjs';
import { forgetToolchain } from '../setup/native-build.mjs';
import { attempt, commandPath, mustRun, root } from '../setup/run.mjs';
import { readStamp, writeStamp } from '../setup/stamp.mjs';
import { runScript, setUp } from '../setup/steps.mjs';
import { arm64Node } from './arm64-node.mjs';
import { unpackDebian } from './debian.mjs';
import { fileOf, recordPrebuild } from './freshness.mjs';
import { madeUp } from './made-up.mjs';
import { checkPortable, portable } from './portable.mjs';

const folder = path.join(root, 'build', 'arm64');
const work = (...parts) => path.join(folder, ...parts);
const library = work('sysroot', 'usr', 'lib', 'aarch64-linux-gnu', 'openblas-pthread', 'libopenblas.a');
const headers = work('sysroot', 'usr', 'include', 'aarch64-linux-gnu', 'openblas-pthread');
const built = work('cmake', 'planesearch.node');
const placed = path.join(root, fileOf('linux-arm64'));

const tools = {
  'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu',
  'qemu-aarch64': 'qemu-user',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
};

function requireTools() {
  const missing = Object.entries(tools).filter(([tool]) => commandPath(tool) === null);
  if (missing.length === 0) return;
  const named = missing.map(([, packageName]) => packageName).join(' ');
  throw new SetupFailure(`The arm64 prebuild needs ${missing[0][0]}: on Debian 'apt-get install ${named}'.`);
}

async function build() {
  const toolchain = work('toolchain.cmake');
  writeFileSync(
    toolchain,
    'set(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR aarch64)\nset(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)\n',
  );
  const options = {
    CMAKE_TOOLCHAIN_FILE: toolchain,
    NATIVE_TESTS: 'ON',
    CBLAS_INCLUDE_DIR: headers,
    OPENBLAS_LIBRARY: library,
    HIGHWAY_INCLUDE_DIR: '/usr/include',
    ...portable,
    CMAKE_EXE_LINKER_FLAGS: '-static-libstdc++',
  };
  const given = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
  // CMake's cache would keep an option that is no longer given.
  if (readStamp('arm64-options') !== given.join(' ')) forgetToolchain(work('cmake'));
  await mustRun('CMake refused the arm64 build.', 'cmake', ['-S', root, '-B', work('cmake'), ...given]);
  writeStamp('arm64-options', given.join(' '));
  const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
  const targets = ['--build', work('cmake'), '--parallel', jobs, '--target', 'planesearch', 'native_tests'];
  await mustRun('The arm64 build failed: the messages are above.', 'cmake', targets);
  mkdirSync(path.dirname(placed), { recursive: true });
  await mustRun('The arm64 build was not stripped.', 'aarch64-linux-gnu-strip', ['-o', placed, built]);
}

const emulated = (program, ...args) => ['-L', '/usr/aarch64-linux-gnu', program, ...args];

/** Trains and prints what comes out: the same everywhere but for rounding. */
const sample = `
  import { backendInfo, train } from ${JSON.stringify(path.join(root, 'dist', 'index.js'))};${madeUp(300, 7)}
  const floats = { ...x, values: Float32Array.from(values) }, found = [];
  const options = { backend: 'native', maxIterations: 20, tolerance: 1e-12 };
  for (const network of [{ network: 'linear' }, { network: 'mlp', hidden: [9] }]) for (const data of [x, floats])
    found.push((await train({ x: data, y }, { ...options, ...network })).objective);
  console.log(JSON.stringify({ simd: backendInfo().native.simd, found }));`;

async function check() {
  await checkPortable(placed);
  for (const name of readdirSync(work('cmake')).filter((file) => file.endsWith('_test'))) {
    await mustRun(`${name} failed on arm64.`, 'qemu-aarch64', emulated(work('cmake', name)));
  }
  const program = work('sample.mjs');
  writeFileSync(program, sample);
  const [here, there] = [
    await attempt(process.execPath, [program]),
    // Not the build of this machine, which comes first otherwise.
    await attempt('qemu-aarch64', emulated(await arm64Node(), program), { env: { PREBUILDS_ONLY: '1' } }),
  ];
  for (const { code, output } of [here, there]) if (code !== 0) throw new SetupFailure(`The sample failed:\n${output}`);
  const [ours, theirs] = [JSON.parse(here.output), JSON.parse(there.output)];
  const worst = Math.max(...ours.found.map((value, i) => Math.abs(theirs.found[i] / value - 1)));
  if (!(worst < 1e-4))
    throw new SetupFailure(`Objectives on arm64 are ${theirs.found.join(', ')}, here ${ours.found.join(', ')}.`);
  return `${theirs.simd}, objectives as here to ${worst.toExponential(1)}`;
}

await runScript(async () => {
  requireTools();
  await setUp();
  mkdirSync(folder, { recursive: true });
  await unpackDebian(work('sysroot'), 'bookworm', 'arm64', ['libopenblas-pthread-dev']);
  await build();
  try {
    const told = await check();
    recordPrebuild('linux-arm64');
    console.log(
      `prebuild: ${path.relative(root, placed)}, ${(statSync(placed).size / 2 ** 20).toFixed(1)} MiB, run under qemu: ${told}`,
    );
  } catch (error) {
    rmSync(placed, { force: true });
    throw error;
  }
});
