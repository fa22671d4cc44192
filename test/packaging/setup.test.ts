import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const emptyPath = mkdtempSync(path.join(tmpdir(), 'planesearch-setup-'));
afterAll(() => rmSync(emptyPath, { recursive: true }));

/** Runs the set-up where no command is found, so that compiler, CMake and package manager are all missing. */
function setUpWithoutTools(variables: Record<string, string>): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, PATH: emptyPath, CXX: '', ...variables };
  return spawnSync(process.execPath, ['scripts/setup.mjs'], { cwd: root, env, encoding: 'utf8' });
}

describe('setup without the tools of the native build', () => {
  it('says in one sentence what is missing', () => {
    const { status, stderr } = setUpWithoutTools({ PLANESEARCH_SKIP_NATIVE: '' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The native build needs .*CMake, Ninja or make, a C\+\+ compiler.*\.\n$/);
    expect(stderr).toContain('PLANESEARCH_SKIP_NATIVE=1');
  });

  it('names the packages where apt-get exists but must not be used', () => {
    symlinkSync(process.execPath, path.join(emptyPath, 'apt-get'));
    const { status, stderr } = setUpWithoutTools({ PLANESEARCH_SKIP_NATIVE: '', PLANESEARCH_NO_SYSTEM_PACKAGES: '1' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/run 'sudo apt-get update && sudo apt-get install -y .*cmake ninja-build g\+\+'/);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
