/** Folders that stand for whole machines: a node, the libraries it needs, npm, and nothing else - no shell, compiler, make, Python or OpenBLAS. */
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { arm64Node } from '../prebuild/arm64-node.mjs';
import { unpackDebian } from '../prebuild/debian.mjs';
import { attempt, commandPath } from '../setup/run.mjs';

/** npm as it is installed here; it is JavaScript, the same on every machine. */
const npmFolder = () => path.resolve(realpathSync(commandPath('npm')), '..', '..');

export function furnish(folder, node) {
  for (const name of ['bin', 'tmp', 'app']) mkdirSync(path.join(folder, name), { recursive: true });
  if (!existsSync(path.join(folder, 'npm')))
    cpSync(npmFolder(), path.join(folder, 'npm'), { recursive: true, dereference: true });
  copyFileSync(node, path.join(folder, 'bin', 'node'));
}

/** This machine's node and its libraries. */
export async function ownRoot(folder) {
  furnish(folder, process.execPath);
  const { output } = await attempt('ldd', [process.execPath]);
  for (const [, file] of output.matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    copyFileSync(realpathSync(file), path.join(folder, file));
  }
  return { run: inRoot(folder), folder };
}

/** This machine's node, or that of npm for arm64, on the libraries of another Debian, unpacked from its packages. */
export async function debianRoot(folder, suite, architecture) {
  const foreign = architecture === 'arm64';
  furnish(folder, foreign ? await arm64Node() : process.execPath);
  await unpackDebian(folder, suite, architecture, ['libc6', 'libstdc++6', 'libgcc-s1']);
  return { run: foreign ? underQemu(folder) : inRoot(folder), folder };
}

/** Nothing of this process but a place for temporary files. */
const environment = { PATH: '/bin', HOME: '/tmp' };

/** The command by which a process takes the folder for its root. */
export function enterRoot(folder) {
  const rootless = process.getuid() !== 0;
  return [...(rootless ? ['unshare', '--map-root-user', 'chroot'] : ['chroot']), folder];
}

/** `run(program, ...args)` starts node in the folder as its root; `file` names of the root are those that it sees. */
export function inRoot(folder) {
  const run = (args, env = {}) => collect([...enterRoot(folder), '/bin/node', ...args], { ...environment, ...env }, '/');
  return Object.assign(run, { file: (name) => name });
}

/** As {@link inRoot}, without a root of its own: qemu looks for libraries in the folder. */
function underQemu(folder) {
  const run = (args, env = {}) =>
    collect(['qemu-aarch64', '-L', folder, path.join(folder, 'bin', 'node'), ...args], { ...environment, ...env }, folder);
  return Object.assign(run, { file: (name) => path.join(folder, name) });
}

export function collect([command, ...args], env, cwd) {
  return new Promise((resolve) => {
    const child = spawn(commandPath(command), args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (piece) => (stdout += piece));
    child.stderr.on('data', (piece) => (stderr += piece));
    child.on('error', (error) => resolve({ code: -1, stdout, stderr: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
