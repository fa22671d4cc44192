import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadNative } from '../../lib/backends/native.js';
import { planesearch } from './support.js';

function nativeLoads(): boolean {
  try {
    loadNative();
    return true;
  } catch {
    return false;
  }
}

it('info --json tells the versions and which backends there are', async () => {
  const { code, stdout, stderr } = await planesearch(['info', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const manifestPath = path.resolve(import.meta.dirname, '../../package.json');
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as { version: string };
  expect(JSON.parse(stdout)).toMatchObject({
    planesearch: manifest.version,
    node: process.versions.node,
    backends: { native: { available: nativeLoads() }, javascript: { available: true } },
  });
});

it('info prints the same for people', async () => {
  const { stdout } = await planesearch(['info']);
  expect(stdout).toMatch(/^planesearch +\d+\.\d+\.\d+\nnode +\d/);
  expect(stdout).toMatch(nativeLoads() ? /\nnative +available\n/ : /\nreason +\S.*\nnative +not available\n/);
  expect(stdout).toMatch(/\njavascript +available\nthreads +\d+ \(/);
});
