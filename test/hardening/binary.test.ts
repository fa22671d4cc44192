/** The binaries as the linker has left them: what they show to others, and what an overwritten stack or table would meet. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GLIBC_FLOOR } from '../../lib/backends/native-module.js';
import { addon, onLinux, root } from './support.js';

const folder = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);
const prebuilds = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.node'))
      .map((name) => path.join(folder, name))
  : [];
const files = [addon, ...prebuilds].filter((file) => existsSync(file));
const readable = onLinux && spawnSync('readelf', ['--version']).status === 0 && files.length > 0;

const readelf = (...args: string[]): string => execFileSync('readelf', ['--wide', ...args], { encoding: 'utf8' });

// Num: Value Size Type Bind Vis Ndx Name
const symbolsOf = (file: string): string[][] =>
  readelf('--dyn-syms', file)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => /^\d+:$/.test(fields[0]!));

describe.skipIf(!readable)('the binary', () => {
  describe.each(files.map((file) => path.relative(root, file)))('%s', (name) => {
    const file = path.join(root, name);
    const symbols = (): string[][] => symbolsOf(file);

    it('shows the two functions of Node-API and nothing else', () => {
      const shown = symbols()
        .filter(([, , , , , , section, symbol]) => section !== 'UND' && symbol !== undefined)
        .map((fields) => fields[7]);
      expect(shown.sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
    });

    it('has its table of addresses read-only (full RELRO), and no executable stack', () => {
      expect(readelf('--dynamic', file)).toMatch(/\(FLAGS\).*BIND_NOW/);
      const segments = readelf('--segments', file);
      expect(segments).toMatch(/GNU_RELRO/);
      expect(segments).toMatch(/GNU_STACK.* RW /);
    });

    it('guards its stacks', () => {
      expect(symbols().map((fields) => fields[7] ?? '')).toContainEqual(expect.stringMatching(/^__stack_chk_fail(@|$)/));
    });

    it('is linked without text relocations and search paths of this machine', () => {
      const dynamic = readelf('--dynamic', file);
      expect(dynamic).not.toMatch(/TEXTREL/);
      if (prebuilds.includes(file)) expect(dynamic).not.toMatch(/RPATH|RUNPATH/);
    });
  });

  describe.skipIf(prebuilds.length === 0)('a prebuild', () => {
    it('needs the glibc that the hint names, and no newer one', () => {
      for (const file of prebuilds) {
        const versions = [...readelf('--version-info', file).matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(
          ([, major, minor]) => 1000 * Number(major) + Number(minor),
        );
        const [major, minor] = GLIBC_FLOOR.split('.').map(Number);
        expect(Math.max(...versions)).toBe(1000 * major! + minor!);
      }
    });

    // What is there is compared with musl itself where one is at hand: npm run test:package.
    it('asks for no library that musl does not stand for, and for none of the functions that glibc alone has', () => {
      for (const file of prebuilds) {
        const needed = [...readelf('--dynamic', file).matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]);
        expect(needed.sort()).toEqual(['libc.so.6', 'libgcc_s.so.1', 'libm.so.6', 'libpthread.so.0']);
        const asked = symbolsOf(file)
          .filter(([, , , , bind, , section]) => section === 'UND' && bind !== 'WEAK')
          .map((fields) => fields[7]?.replace(/@.*/, '') ?? '');
        const glibcs =
          /_chk$|^__isoc|^__libc_|^_dl_|^__sched_cpu(alloc|free)$|^__register_atfork$|^__cxa_thread_atexit_impl$/;
        expect(asked.filter((name) => glibcs.test(name))).toEqual([]);
      }
    });
  });
});
