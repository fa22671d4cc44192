/** Prebuilds that were not made of the native sources as they are: known as such in a checkout of a few files, and kept out of the packages. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const checkout = mkdtempSync(path.join(tmpdir(), 'planesearch-freshness-'));
afterAll(() => rmSync(checkout, { recursive: true }));
cpSync(path.resolve(import.meta.dirname, '..', '..', 'scripts'), path.join(checkout, 'scripts'), { recursive: true });
function write(name: string, content: string): void {
  mkdirSync(path.dirname(path.join(checkout, name)), { recursive: true });
  writeFileSync(path.join(checkout, name), content);
}
write('native/sum.cc', 'one');
write('prebuilds/linux-arm64/planesearch.node', 'compiled');
write('prebuilds/wasm/planesearch.wasm', 'compiled');

const { requireFresh, recordPrebuild, prebuildsHere } = (await import(
  path.join(checkout, 'scripts', 'prebuild', 'freshness.mjs')
)) as Record<'requireFresh' | 'recordPrebuild', (target: string) => void> & { prebuildsHere(): string[] };
const { freshPrebuilds } = (await import(path.join(checkout, 'scripts', 'package', 'prebuilds.mjs'))) as {
  freshPrebuilds(wanted: readonly string[]): Promise<string[]>;
};

const refused = (file: string, command: string): RegExp =>
  new RegExp(`^${file} was not made of the native sources as they are now: 'npm run ${command}' makes it anew; [^.]*\\.$`);

it('a prebuild is fresh from when it was made to the next change of it or of the sources', () => {
  expect(prebuildsHere().sort()).toEqual(['linux-arm64', 'wasm']);
  const arm64 = refused('prebuilds/linux-arm64/planesearch.node', 'prebuild:arm64');
  expect(() => requireFresh('linux-arm64')).toThrow(arm64);
  recordPrebuild('linux-arm64');
  requireFresh('linux-arm64');
  write('native/sum.cc', 'two');
  expect(() => requireFresh('linux-arm64')).toThrow(arm64);
  write('native/sum.cc', 'one');
  requireFresh('linux-arm64');
  write('prebuilds/linux-arm64/planesearch.node', 'of elsewhere');
  expect(() => requireFresh('linux-arm64')).toThrow(arm64);
  expect(() => requireFresh('wasm')).toThrow(refused('prebuilds/wasm/planesearch.wasm', 'prebuild:wasm'));
});

it.skipIf(process.arch === 'arm64')('the packages take no old one, and none that is not there', async () => {
  write('prebuilds/linux-arm64/planesearch.node', 'old');
  await expect(freshPrebuilds(['linux-arm64'])).rejects.toThrow(
    /^prebuilds\/linux-arm64\/planesearch\.node was not made of/,
  );
  recordPrebuild('linux-arm64');
  expect(await freshPrebuilds(['linux-arm64'])).toEqual(['linux-arm64']);
  await expect(freshPrebuilds(['linux-arm64', 'plan9-x64'])).rejects.toThrow(
    /^There is no prebuild of plan9-x64, but of linux-arm64, wasm\.$/,
  );
});
