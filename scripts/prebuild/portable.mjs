/** What makes a binary that is linked here run on systems that are older, and how it is seen that it does. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SetupFailure } from '../setup/failure.mjs';
import { attempt, commandPath, root } from '../setup/run.mjs';

const hasGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;

/**
 * CMake's: g++ 12 links to symbols that the libstdc++ of RHEL 9 lacks (GLIBCXX_3.4.30), and a copy inside costs 0.1 MiB; of glibc the first version of
 * every function is asked for.
 */
export const portable = { CMAKE_MODULE_LINKER_FLAGS: '-static-libstdc++', OLD_GLIBC: hasGlibc ? 'ON' : 'OFF' };

/** A prebuild must load on a machine that has nothing but what node itself needs, in any version of libstdc++. */
const allowedLibraries = /^(libc|libm|libpthread|libdl|librt|libgcc_s|ld-linux[-\w]*|libc\.musl[-\w]*)\.so/;

/** @throws SetupFailure where the binary needs a library, or a version of glibc, that a machine with node may lack */
export async function checkPortable(file) {
  if (commandPath('readelf') === null) return;
  const { output } = await attempt('readelf', ['--dynamic', '--version-info', '--wide', file]);
  const needed = [...output.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]);
  const foreign = needed.filter((name) => !allowedLibraries.test(name));
  if (foreign.length > 0)
    throw new SetupFailure(`The prebuild must not need other libraries, but it needs ${foreign.join(', ')}.`);
  const { GLIBC_FLOOR } = await import(pathToFileURL(path.join(root, 'dist', 'backends', 'native-module.js')).href);
  const order = (version) => version.split('.').reduce((sum, part) => 1000 * sum + Number(part), 0);
  const versions = [...output.matchAll(/GLIBC_(\d+\.\d+)/g)].map((match) => match[1]);
  const newer = versions.filter((version) => order(version) > order(GLIBC_FLOOR));
  if (newer.length > 0)
    throw new SetupFailure(`The prebuild must run on glibc ${GLIBC_FLOOR}, but it needs ${[...new Set(newer)].join(', ')}.`);
}
