/**
 * Step 1: what the native build takes from the operating system. Probed by looking for the files and commands
 * themselves, so that anything installed by other means counts as well.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { attempt, commandPath } from './run.mjs';

/** Folders in which headers are looked for: system prefixes, Debian's multiarch folders, and CMAKE_PREFIX_PATH. */
function includeFolders() {
  const prefixes = ['/usr', '/usr/local', '/opt/homebrew', ...(process.env.CMAKE_PREFIX_PATH ?? '').split(/[:;]/)].filter(
    Boolean,
  );
  const folders = prefixes.map((prefix) => path.join(prefix, 'include'));
  const multiarch = existsSync('/usr/include') ? readdirSync('/usr/include').filter((name) => /-linux-/.test(name)) : [];
  return [...folders, ...multiarch.map((name) => path.join('/usr/include', name))];
}

function findHeader(...names) {
  for (const folder of includeFolders()) {
    for (const name of names) if (existsSync(path.join(folder, name))) return path.join(folder, name);
  }
  return null;
}

const findCommand = (...names) => names.map(commandPath).find((file) => file !== null) ?? null;

/** One requirement: `find` returns the file that satisfies it or null; `debian` is the package that brings it. */
const all = [
  // The bare multiarch folder is left out: there the name may point to the serial flavor, which is not thread-safe.
  {
    what: 'OpenBLAS',
    debian: 'libopenblas-pthread-dev',
    find: () => findHeader('openblas-pthread/cblas.h', 'openblas/cblas.h') ?? findUnpackagedOpenblas(),
  },
  { what: 'Highway', debian: 'libhwy-dev', find: () => findHeader('hwy/highway.h') },
  { what: 'CMake', debian: 'cmake', find: () => findCommand('cmake') },
  { what: 'Ninja or make', debian: 'ninja-build', find: () => findCommand('ninja', 'ninja-build', 'make') },
  { what: 'a C++ compiler', debian: 'g++', find: () => findCommand(process.env.CXX || 'c++', 'g++', 'clang++') },
];

/** On macOS Accelerate stands in for OpenBLAS. */
export const requirements = all.filter(({ what }) => process.platform !== 'darwin' || what !== 'OpenBLAS');

/** An OpenBLAS built from source lies in a prefix of its own, where no other flavor can be meant. */
function findUnpackagedOpenblas() {
  return (
    includeFolders()
      .filter((folder) => !folder.startsWith('/usr/include'))
      .map((folder) => path.join(folder, 'openblas_config.h'))
      .find((file) => existsSync(file)) ?? null
  );
}

/** Installs what is missing where that is allowed, otherwise says what to install. */
export async function systemPackages() {
  const missing = requirements.filter(({ find }) => find() === null);
  if (missing.length === 0) return 'up to date';

  const packages = missing.map(({ debian }) => debian);
  const installed = await installWithApt(packages);
  const stillMissing = requirements.filter(({ find }) => find() === null);
  if (installed.done && stillMissing.length === 0) return `installed ${packages.join(', ')}`;

  const reason = installed.done ? 'installing it has not brought it' : installed.reason;
  throw new SetupFailure(adviceFor(stillMissing, reason), { cause: installed.output });
}

function adviceFor(missing, reason) {
  const names = missing.map(({ what }) => what).join(', ');
  const skip = 'or set PLANESEARCH_SKIP_NATIVE=1 to go on with the JavaScript backend alone';
  if (commandPath('apt-get') === null) {
    const advice = 'install that with the package manager of this system and run the command again';
    return `The native build needs ${names}, and ${reason}: ${advice}, ${skip}.`;
  }
  const packages = missing.map(({ debian }) => debian).join(' ');
  const command = `sudo apt-get update && sudo apt-get install -y ${packages}`;
  return `The native build needs ${names}, and ${reason}: run '${command}' and then this command again, ${skip}.`;
}

/** apt-get as root or by a sudo that asks nothing; once more with fresh lists, which a new machine may lack altogether. */
async function installWithApt(packages) {
  if (process.env.PLANESEARCH_NO_SYSTEM_PACKAGES === '1')
    return refused('PLANESEARCH_NO_SYSTEM_PACKAGES=1 forbids installing it');
  if (commandPath('apt-get') === null) return refused('there is no apt-get here to install it with');
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && (commandPath('sudo') === null || (await attempt('sudo', ['-n', 'true'])).code !== 0)) {
    return refused('installing it takes administrator rights');
  }
  const apt = (...args) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args];
    return isRoot ? attempt(command[0], command.slice(1)) : attempt('sudo', ['-n', ...command]);
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  let result = await install();
  if (result.code !== 0) {
    await apt('update');
    result = await install();
  }
  const output = result.output.trimEnd().split('\n').slice(-20).join('\n');
  return { done: result.code === 0, reason: 'installing it failed', output };
}

const refused = (reason) => ({ done: false, reason, output: undefined });
