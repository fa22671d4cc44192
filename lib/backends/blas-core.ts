/**
 * Which kernels OpenBLAS should take. It knows Intel's processors by their numbers, and takes its oldest kernels (Prescott, without AVX) for
 * one that came after its release, at a third of the speed. What the processor can do says better which fit.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Instruction sets that kernels of OpenBLAS ask for, the best first. */
const cores: readonly (readonly [core: string, flags: readonly string[]])[] = [
  ['SkylakeX', ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']],
  ['Haswell', ['avx2', 'fma']],
];

/** Bytes of /proc/cpuinfo that hold the first processor. */
const HEAD = 8192;

/**
 * @param cpuinfo the text of /proc/cpuinfo
 * @returns a name for OPENBLAS_CORETYPE, or null where OpenBLAS is left to find out: other makers' processors it takes by what they can do
 */
export function coreFor(cpuinfo: string): string | null {
  if (!/^vendor_id\s*:\s*GenuineIntel\s*$/m.test(cpuinfo)) return null;
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
  return cores.find(([, wanted]) => wanted.every((flag) => flags.has(flag)))?.[0] ?? null;
}

/** For the processor of this machine; null where nobody says. */
export function coreOfMachine(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  try {
    const file = openSync('/proc/cpuinfo', 'r');
    try {
      const head = Buffer.alloc(HEAD);
      return coreFor(head.toString('latin1', 0, readSync(file, head)));
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}
