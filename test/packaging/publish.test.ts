/** Publishing, to a registry of this process: the packages in order, and a run that failed half-way taken up where it stopped. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-publish-'));
afterAll(() => rmSync(folder, { recursive: true }));

const platforms = ['planesearch-linux-x64', 'planesearch-linux-arm64'];
const tarballOf = (name: string): string => path.join(folder, `${name}-${version}.tgz`);

function makePackage(name: string, more: object = {}): void {
  mkdirSync(path.join(folder, 'package'), { recursive: true });
  writeFileSync(path.join(folder, 'package', 'package.json'), JSON.stringify({ name, version, ...more }));
  execFileSync('tar', ['-czf', tarballOf(name), '-C', folder, 'package']);
}

/** `name@version` of what has come, in this order. */
const published: string[] = [];
/** Status of an answer to what publishes a package of this name, or asks for it. */
const failing = new Map<string, number>();
const server = createServer((request, response) => {
  const name = decodeURIComponent(request.url!.slice(1));
  const answer = (status: number, value: object): void => void response.writeHead(status).end(JSON.stringify(value));
  void text(request).then((body) => {
    const failure = failing.get(`${request.method} ${name}`);
    if (failure !== undefined) return answer(failure, { error: 'out of order' });
    if (request.method === 'PUT') {
      const { versions } = JSON.parse(body) as { versions: object };
      const given = `${name}@${Object.keys(versions)[0]!}`;
      if (published.includes(given)) return answer(409, { error: 'conflict' });
      published.push(given);
      return answer(201, { ok: true });
    }
    const there = published.filter((one) => one.startsWith(`${name}@`)).map((one) => one.slice(name.length + 1));
    if (there.length === 0) return answer(404, { error: 'not found' });
    const manifests = there.map((one) => [one, { name, version: one, dist: { tarball: '', integrity: '' } }]);
    return answer(200, { name, 'dist-tags': { latest: there[0] }, versions: Object.fromEntries(manifests) as object });
  });
});

beforeAll(async () => {
  for (const name of platforms) makePackage(name);
  makePackage('planesearch', { optionalDependencies: Object.fromEntries(platforms.map((name) => [name, version])) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());
beforeEach(() => {
  published.length = 0;
  failing.clear();
});

async function publish(): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const settings = path.join(folder, 'npmrc');
  writeFileSync(settings, `registry=http://${host}\n//${host}:_authToken=none\nfetch-retries=0\ncache=${folder}/npm\n`);
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = { ...Object.fromEntries(inherited), npm_config_userconfig: settings };
  const child = spawn(process.execPath, ['scripts/package/publish.mjs', folder, '--access', 'public'], { cwd: root, env });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, stdout, stderr };
}

it('publishes the package behind those it names, and goes on where an earlier run has failed', {
  timeout: 120_000,
}, async () => {
  published.push('planesearch@0.0.1');
  failing.set('PUT planesearch-linux-arm64', 500);
  const first = await publish();
  expect(first.code).toBe(1);
  expect(first.stderr).toContain(`planesearch-linux-arm64@${version} was not published; start this again`);
  expect(published).toEqual(['planesearch@0.0.1', `planesearch-linux-x64@${version}`]);
  failing.clear();
  const second = await publish();
  expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: '' });
  expect(second.stdout).toContain(`planesearch-linux-x64@${version} is there already`);
  expect(published.slice(2)).toEqual([`planesearch-linux-arm64@${version}`, `planesearch@${version}`]);
});

it('publishes nothing where the registry does not answer, or a tarball is missing', { timeout: 60_000 }, async () => {
  failing.set('GET planesearch-linux-x64', 503);
  const silent = await publish();
  expect(silent.code).toBe(1);
  expect(silent.stderr).toContain(`The registry does not say whether it has planesearch-linux-x64 ${version}.`);
  failing.clear();
  rmSync(tarballOf('planesearch-linux-arm64'));
  const incomplete = await publish();
  expect(incomplete.code).toBe(1);
  expect(incomplete.stderr).toMatch(/^Nothing is published, because \S+arm64-\S+\.tgz is not there\.\n$/);
  expect(published).toEqual([]);
});
