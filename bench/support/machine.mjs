/** What a benchmark was run on: everything a reader needs to tell two machines, or two moments of one, apart. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { nativeInfo } from 'planesearch';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Processes that ran or waited to run, on average over the last minute; more than 1 or 2 means that others were at work. */
export const load = () => Number(loadavg()[0].toFixed(2));

export function describeMachine() {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
    system: `${type()} ${release()}`,
    node: process.version,
    ...native(),
    askedCore: process.env.OPENBLAS_CORETYPE ?? null,
    version,
    commit: commit(),
  };
}

function native() {
  try {
    const { blas, core, simd } = nativeInfo();
    return { blas: blas.split(' ').slice(0, 2).join(' '), core, simd };
  } catch {
    return { blas: null, core: null, simd: null };
  }
}

function commit() {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? ' with changes' : '')
    );
  } catch {
    return null;
  }
}

/**
 * What every side of a comparison runs under: as many threads for BLAS, and the kernels that planesearch takes. OpenBLAS takes its oldest
 * ones, at a third of the speed, on a processor that came after its release; planesearch asks for better ones, and the others must have them too.
 */
export function sameForAll(threads) {
  const core = process.env.OPENBLAS_CORETYPE ?? native().core;
  return {
    ...process.env,
    OPENBLAS_NUM_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    ...(core === null ? {} : { OPENBLAS_CORETYPE: core }),
  };
}
