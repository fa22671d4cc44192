#!/usr/bin/env node
/**
 * Started by prebuildify where it would start node-gyp, in the folder `build/prebuild`; node-gyp's arguments mean nothing
 * here. prebuildify takes the addon from `build/Release` below that folder.
 */
import path from 'node:path';
import { buildAddon } from '../setup/native-build.mjs';
import { runScript } from '../setup/steps.mjs';

await runScript(() => buildAddon(path.resolve('build'), ['--CDSTATIC_BLAS=ON']));
