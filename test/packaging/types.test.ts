import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');

it('type-checks the library, the tests, the benches and the examples', { timeout: 180_000 }, () => {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const notes = path.join(root, 'build', 'typecheck.tsbuildinfo');
  const args = [tsc, '-p', 'tsconfig.json', '--noEmit', '--incremental', '--tsBuildInfoFile', notes];
  const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect(stdout).toBe('');
});
