#!/usr/bin/env node
/**
 * Started by prebuildify where it would start node-gyp, in the folder `build/prebuild`; node-gyp's arguments mean nothing
 * here. prebuildify takes the addon from `build/Release` below that folder.
 */
import path from 'node:path';
import { buildAddon } from '../setup/native-build.mjs';
import { runScript } from '../setup/steps.mjs';
import { portable } from './portable.mjs';

const flags = Object.entries(process.platform === 'linux' ? portable : {}).map(([name, value]) => `--CD${name}=${value}`);

await runScript(() => buildAddon(path.resolve('build'), ['--CDSTATIC_BLAS=ON', ...flags]));
