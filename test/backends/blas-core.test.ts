import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { coreFor, coreOfMachine } from '../../lib/backends/blas-core.js';
import { nativeAbsence } from '../support/backends.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the kernels of OpenBLAS', () => {
  const cpu = (vendor: string, flags: string): string =>
    `processor\t: 0\nvendor_id\t: ${vendor}\ncpu family\t: 6\nmodel\t\t: 207\nflags\t\t: fpu ${flags} sse\nbugs\t\t:\n\nprocessor\t: 1\n`;
  const avx512 = 'avx avx2 fma avx512f avx512dq avx512cd avx512bw avx512vl';

  it.each([
    ['GenuineIntel', avx512, 'SkylakeX'],
    ['GenuineIntel', 'avx avx2 fma avx512f avx512er avx512pf avx512cd', 'Haswell'],
    ['GenuineIntel', 'avx avx2 fma bmi2', 'Haswell'],
    ['GenuineIntel', 'avx', null],
    ['AuthenticAMD', avx512, null],
  ])('of %s with %s are %s', (vendor, flags, core) => expect(coreFor(cpu(vendor, flags))).toBe(core));

  it('are left to OpenBLAS where the text says nothing', () => {
    expect(coreFor('')).toBeNull();
    expect(coreFor('vendor_id : GenuineIntel\n')).toBeNull();
  });

  it.skipIf(nativeAbsence !== null || !existsSync(path.join(root, 'dist')))(
    'are those that the environment names, else those that fit, and no child inherits them',
    () => {
      const code = `const { nativeInfo } = await import(${JSON.stringify(path.join(root, 'dist/index.js'))});
        console.log(JSON.stringify([nativeInfo().core, process.env.OPENBLAS_CORETYPE ?? null]));`;
      const { OPENBLAS_CORETYPE: _, ...env } = process.env;
      const run = (more: object): unknown =>
        JSON.parse(
          execFileSync(process.execPath, ['--input-type=module', '-e', code], {
            env: { ...env, ...more },
            encoding: 'utf8',
          }),
        );
      const core = coreOfMachine();
      if (core !== null) expect(run({})).toEqual([core, null]);
      const cpuinfo = '/proc/cpuinfo';
      if (existsSync(cpuinfo) && /\bavx2\b/.test(readFileSync(cpuinfo, 'utf8')))
        expect(run({ OPENBLAS_CORETYPE: 'Haswell' })).toEqual(['Haswell', 'Haswell']);
    },
  );
});
