import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Brings `dist` up to date, which child processes run. */
export function buildDist(): void {
  const step = "const { typescriptBuild } = await import('./scripts/setup/typescript-build.mjs'); await typescriptBuild();";
  const root = path.resolve(import.meta.dirname, '..', '..');
  execFileSync(process.execPath, ['--input-type=module', '-e', step], { cwd: root, stdio: 'pipe' });
}
