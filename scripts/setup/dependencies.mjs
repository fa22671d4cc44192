/** Step 2: the npm packages of the lock file. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun, root } from './run.mjs';

/** Compares the lock file with npm's own record of what it installed: a stamp would outlive a deleted folder. */
function upToDate() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (wanted === null || installed === null) return false;
  return Object.entries(wanted).every(([folder, { version, optional, link }]) => {
    if (folder === '' || link) return true;
    if (optional && installed[folder] === undefined) return true;
    return installed[folder]?.version === version && existsSync(path.join(root, folder, 'package.json'));
  });
}

function readPackages(name) {
  const file = path.join(root, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null;
}

export async function dependencies() {
  if (upToDate()) return 'up to date';
  const command = existsSync(path.join(root, 'package-lock.json')) ? 'ci' : 'install';
  const args = [command, '--include=dev', '--no-audit', '--no-fund'];
  // The CPU's part of onnxruntime comes in the package; its install script would fetch that of graphics cards.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
  await mustRun(`The npm packages could not be installed: 'npm ${command}' failed.`, 'npm', args, { env });
  return 'installed';
}
