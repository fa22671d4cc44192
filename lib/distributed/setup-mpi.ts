/**
 * `planesearch setup-mpi`: builds the addon of `mpi/` for every MPI of this machine, with its compiler wrapper, into a folder of its own.
 * The wrappers of Debian are `mpicxx.openmpi` and `mpicxx.mpich`; elsewhere `mpicxx` belongs to the one MPI that is loaded.
 */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isError, PlanesearchError } from '../core/errors.js';

export type MpiFlavor = 'openmpi' | 'mpich';

const mpiFlavors: readonly MpiFlavor[] = ['openmpi', 'mpich'];

const execute = promisify(execFile);
const source = fileURLToPath(new URL('../../mpi', import.meta.url));

/** Where the addon for it lies when it is built. */
export function mpiAddon(flavor: MpiFlavor): string {
  return path.join(source, 'build', flavor, 'planesearch_mpi.node');
}

/**
 * @returns for which MPIs it was built
 * @throws PlanesearchError BACKEND_UNAVAILABLE with what is missing: an MPI, CMake, the headers of Node-API, or what the compiler says
 */
export async function setupMpi(): Promise<MpiFlavor[]> {
  const built: MpiFlavor[] = [];
  const include = [headersOf('node-addon-api', 'napi.h'), headersOf('node-api-headers', 'node_api.h')].join(';');
  for (const flavor of mpiFlavors) {
    const compiler = await compilerOf(flavor);
    if (compiler === null) continue;
    const out = path.dirname(mpiAddon(flavor));
    rmSync(out, { recursive: true, force: true });
    const settings = [`-DMPI_CXX_COMPILER=${compiler}`, `-DNODE_API_INCLUDE=${include}`];
    await step('cmake', ['-S', source, '-B', out, ...settings], flavor);
    await step('cmake', ['--build', out], flavor);
    built.push(flavor);
  }
  if (built.length > 0) return built;
  const sentence =
    'No MPI was found: install Open MPI or MPICH with its compiler, such as libopenmpi-dev and openmpi-bin of Debian.';
  throw new PlanesearchError('BACKEND_UNAVAILABLE', sentence);
}

/** The wrapper of this MPI; null where there is none. */
async function compilerOf(flavor: MpiFlavor): Promise<string | null> {
  for (const compiler of [`mpicxx.${flavor}`, 'mpicxx']) {
    // Open MPI's knows --showme, MPICH's and its relatives -show.
    const [own, other] = flavor === 'openmpi' ? ['--showme:version', '-show'] : ['-show', '--showme:version'];
    if (
      (await answers(compiler, own!)) &&
      (compiler !== 'mpicxx' || !(await answers(compiler, other!)) || flavor === 'openmpi')
    )
      return compiler;
  }
  return null;
}

async function answers(command: string, option: string): Promise<boolean> {
  return execute(command, [option]).then(
    () => true,
    () => false,
  );
}

/** The folder of a header: that of a package, or what comes with Node. */
function headersOf(name: string, header: string): string {
  for (const from of [source, process.cwd()]) {
    try {
      const { include_dir: folder } = createRequire(path.join(from, 'package.json'))(name) as { include_dir: string };
      // node-addon-api tells it from the working folder.
      const found = path.resolve(folder);
      if (existsSync(path.join(found, header))) return found;
    } catch {
      // Not installed there.
    }
  }
  const own = path.resolve(path.dirname(process.execPath), '..', 'include', 'node');
  if (existsSync(path.join(own, header))) return own;
  throw new PlanesearchError('BACKEND_UNAVAILABLE', `The header ${header} was not found: npm install ${name} brings it.`);
}

async function step(command: string, args: readonly string[], flavor: MpiFlavor): Promise<void> {
  try {
    await execute(command, args, { maxBuffer: 2 ** 26 });
  } catch (cause) {
    const { code, stdout = '', stderr = '' } = cause as { code?: unknown; stdout?: string; stderr?: string };
    const said =
      code === 'ENOENT' ? `${command} is not installed` : `${stdout}${stderr}`.trim().split('\n').slice(-20).join('\n');
    const shown = said || (isError(cause) ? cause.message : String(cause));
    const sentence = `The addon for ${flavor} could not be built: ${shown}.`;
    throw new PlanesearchError('BACKEND_UNAVAILABLE', sentence, { cause });
  }
}
