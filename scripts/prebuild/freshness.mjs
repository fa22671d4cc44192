/** Whether a prebuild that lies there, perhaps made by tools that are not at hand now, is of the native sources as they are. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from '../setup/failure.mjs';
import { nativeSources } from '../setup/native-build.mjs';
import { root } from '../setup/run.mjs';
import { filesUnder, hashOf, readStamp, writeStamp } from '../setup/stamp.mjs';

/** The file of a platform (`linux-arm64`) or of `wasm`, relative to the top. */
export const fileOf = (target) => path.join('prebuilds', target, `planesearch.${target === 'wasm' ? 'wasm' : 'node'}`);

/** The prebuilds that lie there. */
export function prebuildsHere() {
  const folder = path.join(root, 'prebuilds');
  return existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(path.join(root, fileOf(name)))) : [];
}

const stampOf = (target) => `made-${target}`;
const madeOf = (target) => hashOf([...nativeSources(), ...filesUnder('scripts/prebuild'), fileOf(target)]);

/** To be called when a prebuild has been made and tried. */
export const recordPrebuild = (target) => writeStamp(stampOf(target), madeOf(target));

export const isFresh = (target) => readStamp(stampOf(target)) === madeOf(target);

/** @throws SetupFailure where the prebuild is older than the sources, or nobody knows what it was made of */
export function requireFresh(target) {
  if (isFresh(target)) return;
  const command = { wasm: 'npm run prebuild:wasm', 'linux-arm64': 'npm run prebuild:arm64' }[target];
  const advice = command === undefined ? '' : `'${command}' makes it anew; `;
  throw new SetupFailure(
    `${fileOf(target)} was not made of the native sources as they are now: ${advice}without the file there is no package of it.`,
  );
}
