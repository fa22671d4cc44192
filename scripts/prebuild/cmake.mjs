#!/usr/bin/env node
/**
 * Started by prebuildify where it would start node-gyp, in the folder `build/prebuild`; node-gyp's arguments mean nothing
 * here. prebuildify takes the addon from `build/Release` below that folder.
 */
import path from 'node:path';
import { buildAddon } from '../setup/native-build.mjs';
import { runScript } from '../setup/steps.mjs';

// g++ 12 links to symbols that the libstdc++ of RHEL 9 lacks (GLIBCXX_3.4.30). A copy inside costs 0.1 MiB and leaves
// glibc 2.34 as the only floor.
const portable = process.platform === 'linux' ? ['--CDCMAKE_MODULE_LINKER_FLAGS=-static-libstdc++'] : [];

await runScript(() => buildAddon(path.resolve('build'), ['--CDSTATIC_BLAS=ON', ...portable]));
