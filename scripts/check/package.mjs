/** What publint and arethetypeswrong say of the package as npm would pack it, without the prebuilds, which neither of them looks at. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { attempt, mustRun, root } from '../setup/run.mjs';

const work = path.join(root, 'build', 'check-package');

export async function packageCheck() {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const files = manifest.files.filter((name) => !/^(prebuilds|native|mpi|docs)/.test(name));
  for (const name of files) cpSync(path.join(root, name), path.join(work, name), { recursive: true });
  writeFileSync(path.join(work, 'package.json'), JSON.stringify({ ...manifest, files }));
  await mustRun('The package could not be packed.', 'npm', ['pack', '--ignore-scripts', '--silent'], { cwd: work });
  const tool = (...parts) => path.join(root, 'node_modules', ...parts);
  const tarball = path.join(work, `${manifest.name}-${manifest.version}.tgz`);
  // ES modules alone: what a CommonJS program gets by `require` (Node 20.19) is one of them.
  const commands = [
    [tool('publint', 'src', 'cli.js'), 'run', work, '--strict', '--pack', 'npm'],
    [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'],
  ];
  const complaints = [];
  for (const command of commands) {
    const { code, output } = await attempt(process.execPath, command);
    if (code !== 0) complaints.push(output);
  }
  return complaints.length === 0 ? {} : { complaint: complaints.join('\n') };
}
