/** Step 4: `lib` to `dist`. */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { mustRun, root } from './run.mjs';
import { filesUnder, hashOf, readStamp, removeStamp, writeStamp } from './stamp.mjs';

export async function typescriptBuild() {
  const sources = filesUnder('lib').filter((file) => file.endsWith('.ts'));
  const settings = filesUnder('tsconfig.json', 'tsconfig.build.json', 'node_modules/typescript/package.json');
  const wanted = hashOf([...sources, ...settings]);
  const complete = sources.every((file) => existsSync(path.join(root, compiled(file))));
  if (readStamp('typescript') === wanted && complete) return 'up to date';

  removeStamp('typescript');
  // tsc trusts its own notes about what it has written and would not write a deleted file again.
  if (!complete) rmSync(path.join(root, 'build', 'tsc.tsbuildinfo'), { force: true });
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await mustRun('The TypeScript build failed: the messages are above.', process.execPath, [
    tsc,
    '-p',
    'tsconfig.build.json',
  ]);
  removeOrphans(sources);
  writeStamp('typescript', wanted);
  return 'built';
}

const compiled = (source) => source.replace(/^lib/, 'dist').replace(/\.ts$/, '.js');

/** What was compiled from a source that is gone would otherwise still be packed and imported. */
function removeOrphans(sources) {
  const stems = new Set(sources.map((file) => compiled(file).slice(0, -'.js'.length)));
  for (const file of filesUnder('dist')) {
    if (!stems.has(file.replace(/(\.d\.ts|\.js)(\.map)?$/, ''))) rmSync(path.join(root, file));
  }
}
