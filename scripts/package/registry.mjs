/** A package registry of this machine alone, so that installing needs no network: what it has are packages as they lie in `node_modules`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { mustRun, root } from '../setup/run.mjs';

/** Packs `folder` into `to`; npm's scripts are left aside. */
async function pack(folder, to) {
  const args = ['pack', folder, '--json', '--ignore-scripts', '--silent', '--pack-destination', to];
  const [{ filename, name, version }] = JSON.parse(await mustRun(`${folder} could not be packed.`, 'npm', args));
  const bytes = readFileSync(path.join(to, filename.replace('@', '').replace('/', '-')));
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return { name, version, manifest, bytes };
}

/** Names of what `name` needs at run time, itself left out. */
function dependenciesOf(folder, found = new Set()) {
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    if (found.has(name)) continue;
    found.add(name);
    dependenciesOf(path.join(root, 'node_modules', name), found);
  }
  return found;
}

/** Serves planesearch, as `npm pack` makes it, and what it depends on. */
export async function startRegistry(work) {
  const folders = [root, ...[...dependenciesOf(root)].map((name) => path.join(root, 'node_modules', name))];
  const packages = new Map();
  for (const folder of folders) {
    const packed = await pack(folder, work);
    packages.set(packed.name, packed);
  }
  const server = createServer((request, response) => {
    const [, name, file] = /^\/((?:@[^/]+(?:\/|%2f))?[^/]+)(\/-\/package\.tgz)?$/i.exec(request.url) ?? [];
    const found = packages.get(decodeURIComponent(name ?? ''));
    if (found === undefined) return response.writeHead(404).end('{}');
    if (file !== undefined) return response.end(found.bytes);
    const tarball = `http://${request.headers.host}/${encodeURIComponent(found.name)}/-/package.tgz`;
    const integrity = `sha512-${createHash('sha512').update(found.bytes).digest('base64')}`;
    const versions = { [found.version]: { ...found.manifest, dist: { tarball, integrity } } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: found.name, 'dist-tags': { latest: found.version }, versions }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    tarballBytes: packages.get('planesearch').bytes.length,
    close: () => server.close(),
  };
}
