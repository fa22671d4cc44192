/** A package registry of this machine alone, so that installing needs no network: what it has are packages as they lie in folders. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { root } from '../setup/run.mjs';
import { pack } from './split.mjs';

const manifestOf = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** Names of what the package in a folder needs at run time, itself left out. */
function dependenciesOf(folder, found = new Set()) {
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
    if (found.has(name)) continue;
    found.add(name);
    dependenciesOf(path.join(root, 'node_modules', name), found);
  }
  return found;
}

/** Serves the packages in these folders, and what the last one depends on as it lies in `node_modules`. */
export async function startRegistry(work, folders) {
  mkdirSync(work, { recursive: true });
  const needed = [...dependenciesOf(folders.at(-1))].map((name) => path.join(root, 'node_modules', name));
  const packages = new Map();
  for (const folder of [...folders, ...needed]) {
    const manifest = manifestOf(folder);
    packages.set(manifest.name, { manifest, bytes: readFileSync(await pack(folder, work)) });
  }
  const server = createServer((request, response) => {
    const [, name, file] = /^\/((?:@[^/]+(?:\/|%2f))?[^/]+)(\/-\/package\.tgz)?$/i.exec(request.url) ?? [];
    const found = packages.get(decodeURIComponent(name ?? ''));
    if (found === undefined) return response.writeHead(404).end('{}');
    if (file !== undefined) return response.end(found.bytes);
    const { manifest, bytes } = found;
    const tarball = `http://${request.headers.host}/${encodeURIComponent(manifest.name)}/-/package.tgz`;
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    const versions = { [manifest.version]: { ...manifest, dist: { tarball, integrity } } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: manifest.name, 'dist-tags': { latest: manifest.version }, versions }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    sizes: folders.map((folder) => [path.basename(folder), packages.get(path.basename(folder)).bytes.length]),
    close: () => server.close(),
  };
}
