import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './run.mjs';

const file = path.join(root, 'build', 'setup.lock');

/** Two setups at once (two terminals, a test beside a demo) would write the same build folder: the later one waits. */
export async function withLock(work) {
  mkdirSync(path.dirname(file), { recursive: true });
  while (!tryToTake()) await sleep(200);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryToTake() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!ownerLives()) rmSync(file, { force: true });
    return false;
  }
}

function ownerLives() {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    // Empty for the instant between creation and writing: the owner is about to show itself.
    if (owner === 0) return true;
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
