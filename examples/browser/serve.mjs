/**
 * Serves the checkout to a browser on this machine, because pages that lie in a file may not fetch modules.
 *
 *     node examples/browser/serve.mjs [port]      then open the address that it prints
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** @returns the server, listening, and the address of the page */
export async function serve(port = 0) {
  const server = createServer(async ({ url }, response) => {
    try {
      const file = path.join(root, decodeURIComponent(new URL(url, 'http://localhost').pathname));
      const type = types[path.extname(file)];
      if (type === undefined || !file.startsWith(root)) throw new Error('No file of the page.');
      const bytes = await readFile(file);
      response.writeHead(200, { 'content-type': type }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${server.address().port}/examples/browser/index.html` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await serve(Number(process.argv[2] ?? 8080));
  console.log(`Open ${address}`);
}
