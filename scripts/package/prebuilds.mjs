/** The prebuilds that go into the packages, none of them older than the native sources. */
import path from 'node:path';
import { prebuildsHere, requireFresh } from '../prebuild/freshness.mjs';
import { SetupFailure } from '../setup/failure.mjs';
import { mustRun, root } from '../setup/run.mjs';

/** Names (`linux-x64`, `wasm`) of those that `wanted` names, by default all: what this machine can make is made anew where it is old. */
export async function freshPrebuilds(wanted = []) {
  const takes = (target) => wanted.length === 0 || wanted.includes(target);
  const make = (sentence, ...args) =>
    mustRun(sentence, process.execPath, [path.join(root, 'scripts', args[0]), ...args.slice(1)]);
  const own = `${process.platform}-${process.arch}`;
  if (takes(own)) await make('The prebuild of this machine could not be made.', 'prebuild.mjs');
  if (takes('wasm')) await make('The WebAssembly module could not be made.', 'prebuild/wasm.mjs', '--if-possible');
  const here = prebuildsHere();
  const missing = wanted.filter((target) => !here.includes(target));
  if (missing.length > 0)
    throw new SetupFailure(`There is no prebuild of ${missing.join(', ')}, but of ${here.join(', ')}.`);
  const targets = here.filter(takes);
  for (const target of targets) if (target !== own) requireFresh(target);
  return targets;
}
