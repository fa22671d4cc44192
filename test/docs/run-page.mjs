/** Runs the blocks of a page, one after the other in this process; a shell script is a child. Between two of them both outputs have a mark. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

for (const name of process.argv.slice(2)) {
  for (const stream of [process.stdout, process.stderr]) stream.write(`\0${name}\n`);
  if (name.endsWith('.mjs')) await import(pathToFileURL(path.resolve(name)));
  else {
    const { status } = spawnSync('bash', ['-eo', 'pipefail', name], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`${name} ends with the exit code ${status}`);
  }
}
