/**
 * What makes a second run quick: a step stores the hash of all its inputs when it has succeeded, and is skipped while
 * that hash stays. Contents are hashed, not times, because a checkout or a branch switch touches times.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const folder = path.join(root, 'build', 'stamps');

/** All files under the given files and folders (relative to the top), sorted; names that do not exist are left out. */
export function filesUnder(...names) {
  const found = [];
  const visit = (name) => {
    const stat = statSync(path.join(root, name), { throwIfNoEntry: false });
    if (stat?.isFile()) found.push(name);
    if (stat?.isDirectory()) for (const entry of readdirSync(path.join(root, name))) visit(path.join(name, entry));
  };
  names.forEach(visit);
  return found.sort();
}

/** Hash of the names and contents of files, and of further facts (versions, options). */
export function hashOf(files, facts = []) {
  const hash = createHash('sha256');
  for (const fact of facts) hash.update(`${fact}\0`);
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

export function readStamp(step) {
  try {
    return readFileSync(path.join(folder, step), 'utf8');
  } catch {
    return null;
  }
}

export function writeStamp(step, hash) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, step), hash);
}

export function removeStamp(step) {
  rmSync(path.join(folder, step), { force: true });
}
