/** What makes a binary that is linked here run on systems that are older or have another C library, and how it is seen that it does. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SetupFailure } from '../setup/failure.mjs';
import { attempt, commandPath, root } from '../setup/run.mjs';

const hasGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;

/** CMake's options of a prebuild. */
export const portable = { STATIC_BLAS: 'ON', PORTABLE: hasGlibc ? 'ON' : 'OFF' };

/** A prebuild must load on a machine that has nothing but what node itself needs, in any version of libstdc++. */
const allowedLibraries = /^(libc|libm|libpthread|libdl|librt|libgcc_s|libc\.musl[-\w]*)\.so/;

/** @throws SetupFailure where the binary needs a library, or a version of glibc, that a machine with node may lack */
export async function checkPortable(file) {
  if (commandPath('readelf') === null) return;
  const foreign = (await neededBy(file)).filter((name) => !allowedLibraries.test(name));
  if (foreign.length > 0)
    throw new SetupFailure(`The prebuild must not need other libraries, but it needs ${foreign.join(', ')}.`);
  const { output } = await attempt('readelf', ['--version-info', '--wide', file]);
  const { GLIBC_FLOOR } = await import(pathToFileURL(path.join(root, 'dist', 'backends', 'native-module.js')).href);
  const order = (version) => version.split('.').reduce((sum, part) => 1000 * sum + Number(part), 0);
  const versions = [...output.matchAll(/GLIBC_(\d+\.\d+)/g)].map((match) => match[1]);
  const newer = versions.filter((version) => order(version) > order(GLIBC_FLOOR));
  if (newer.length > 0)
    throw new SetupFailure(`The prebuild must run on glibc ${GLIBC_FLOOR}, but it needs ${[...new Set(newer)].join(', ')}.`);
}

/**
 * For what the binary asks that musl (`library`, its libc.so) has not: as a whole nothing. Node brings what begins with napi_, libgcc_s what begins with
 * _Unwind_, and what is weak may be missing.
 */
export async function missingInMusl(file, library) {
  const found = new Set((await symbolsOf(library)).filter(({ defined }) => defined).map(({ name }) => name));
  const asked = (await symbolsOf(file)).filter(({ defined, weak, name }) => !defined && !weak && name !== '');
  return asked.map(({ name }) => name).filter((name) => !/^(napi_|_Unwind_)/.test(name) && !found.has(name));
}

/** Libraries that a binary names. */
export async function neededBy(file) {
  const { output } = await attempt('readelf', ['--dynamic', '--wide', file]);
  return [...output.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]);
}

/** The dynamic symbols of a binary. */
export async function symbolsOf(file) {
  const { output } = await attempt('readelf', ['--dyn-syms', '--wide', file]);
  // Num: Value Size Type Bind Vis Ndx Name
  return output
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => /^\d+:$/.test(fields[0]))
    .map(([, , , , bind, , section, name]) => ({
      name: (name ?? '').replace(/@.*$/, ''),
      defined: section !== 'UND',
      weak: bind === 'WEAK',
    }));
}
