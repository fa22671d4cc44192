/** On a system whose C library is musl (Alpine) the JavaScript backend serves, and says that it is for musl that there is no binary. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { buildDist } from '../support/dist.js';

beforeAll(buildDist, 180_000);
const index = pathToFileURL(path.resolve(import.meta.dirname, '..', '..', 'dist', 'index.js')).href;

/** What `backendInfo` tells where the report of the process has this header. */
function reasonWith(header: object): string {
  const program = `
    process.report.getReport = () => (${JSON.stringify({ header })});
    const { backendInfo } = await import(${JSON.stringify(index)});
    console.log(JSON.stringify(backendInfo()));`;
  // The finder of the binary looks at LIBC, as it does at /etc/alpine-release.
  const env = { ...process.env, LIBC: 'musl', PREBUILDS_ONLY: '1' };
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { env, encoding: 'utf8' });
  const { backend, native, reason } = JSON.parse(output) as { backend: string; native: unknown; reason: string };
  expect([backend === 'native', native]).toEqual([false, null]);
  return reason;
}

it.skipIf(process.platform !== 'linux')('says so', () => {
  const which = `${process.platform}-${process.arch}`;
  expect(reasonWith({})).toContain(`there is no build for ${which} with musl (Alpine), only for glibc`);
  expect(reasonWith({ glibcVersionRuntime: '2.36' })).toContain(`there is no build for ${which};`);
});
