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
 * OpenBLAS takes its oldest kernels on a processor that it does not know, at a tenth of the speed. What the vectors of our own kernels say
 * of the processor is then the better guide.
 *
 * @returns the name to ask for by OPENBLAS_CORETYPE, or null where what it finds by itself is right
 */
export function betterCore({ core, simd } = native()) {
  const old = [
    'Prescott',
    'Core2',
    'Penryn',
    'Dunnington',
    'Nehalem',
    'Generic',
    'Katmai',
    'Coppermine',
    'Northwood',
    'Banias',
  ];
  if (core === null || !old.includes(core)) return null;
  return { avx512: 'SkylakeX', avx2: 'Haswell' }[simd] ?? null;
}
